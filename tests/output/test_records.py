"""Records are what was written under that name, or nothing."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from geoquant.output.records import file_facts, fits, read_record, write_record

FACTS = {"job": "a", "window": [0, 1], "share": 0.1}


def test_a_record_comes_back(tmp_path: Path) -> None:
    write_record(tmp_path / "a.json", FACTS)
    assert read_record(tmp_path / "a.json") == FACTS
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_record_under_another_name_is_none(tmp_path: Path) -> None:
    write_record(tmp_path / "a.json", FACTS)
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    assert read_record(tmp_path / "a.json") is read_record(tmp_path / "b.json") is None


@given(st.binary(max_size=300))
def test_any_other_content_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert read_record(tmp_path / "a.json") is None


@given(st.integers(0, 200), st.integers(1, 255))
def test_one_changed_byte_is_noticed(tmp_path: Path, place: int, change: int) -> None:
    path = tmp_path / "a.json"
    write_record(path, FACTS)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= change
    path.write_bytes(content)
    assert read_record(path) in (None, FACTS)


def test_a_file_fits_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"content")
    facts = file_facts(path)
    assert fits(path, *facts)
    path.write_bytes(b"Content")
    assert not fits(path, *facts)
    assert not fits(tmp_path / "none.tif", *facts)
