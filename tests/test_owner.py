"""A lock has one owner, and a void one is nobody's; what killed processes left is removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from geoquant import owner
from geoquant.errors import RasterError
from geoquant.output.destination import part_file
from geoquant.output.work_folder import work_folder
from geoquant.owner import held, machine_mark, process_exists, read_owner


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_one_at_a_time(tmp_path: Path) -> None:
    with held(tmp_path / "lock", "The output") as lock:
        lock.check()
        with pytest.raises(RasterError, match=rf"The output: process {os.getpid()} on .* works on it now"):
            held(tmp_path / "lock", "The output").__enter__()
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_come_at_once_one_works(tmp_path: Path) -> None:
    gate, working, most = threading.Barrier(8), [0], [0]
    got: list[bool] = []

    def come() -> None:
        gate.wait()
        try:
            with held(tmp_path / "lock", "It"):
                working[0] += 1
                most[0] = max(most[0], working[0])
                gate.wait()
                working[0] -= 1
                got.append(True)
        except RasterError:
            got.append(False)
            gate.wait()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(got), most[0]) == (1, 1)


def leave(path: Path, **changes: object) -> None:
    """A lock as its owner left it."""
    with held(path, "") as lock:
        facts = replace(lock.facts, **changes)
    path.write_text(json.dumps(asdict(facts)))


def test_the_lock_of_a_killed_process_is_void(tmp_path: Path, gone: int) -> None:
    for changes in ({"pid": gone}, {"pid": os.getpid(), "birth": "an earlier one of that number"}):
        if "birth" in changes and not owner.birth_of(os.getpid()):
            continue  # the system does not tell them apart
        leave(tmp_path / "lock", **changes)
        with held(tmp_path / "lock", "") as lock:
            lock.check()
            assert read_owner(tmp_path / "lock") == lock.facts


@pytest.mark.parametrize(("age_s", "is_void"), [(0, False), (owner.STALE_S + 60, True)])
def test_a_lock_of_another_machine_is_void_when_it_is_not_renewed(tmp_path: Path, age_s: float, is_void: bool) -> None:
    path = tmp_path / "lock"
    leave(path, place="elsewhere", host="other", pid=1)
    os.utime(path, (path.stat().st_mtime - age_s,) * 2)
    if is_void:
        with held(path, ""):
            pass
    else:
        with pytest.raises(RasterError, match="process 1 on other"):
            held(path, "").__enter__()


@pytest.mark.parametrize("content", [b"", b"\0" * 200, b"[]", b'{"pid": 1}'])
def test_a_damaged_lock_is_void_after_a_moment(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lock"
    path.write_bytes(content)
    with pytest.raises(RasterError, match="about to say who it is"):
        held(path, "").__enter__()
    os.utime(path, (path.stat().st_mtime - 60,) * 2)
    with held(path, ""):
        pass


def test_who_was_thought_dead_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that slept: another machine took over, and this one must not write any more."""
    path = tmp_path / "lock"
    with held(path, "") as lock:
        leave_to = replace(lock.facts, token="another")
        path.write_text(json.dumps(asdict(leave_to)))
        with pytest.raises(RasterError, match="was taken over by process"):
            lock.check()
    assert read_owner(path) == leave_to  # it is not ours to remove


def test_an_owner_renews_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "HEARTBEAT_S", 0.01)
    path = tmp_path / "lock"
    with held(path, ""):
        os.utime(path, (0, 0))
        for _ in range(500):
            if path.stat().st_mtime > 0:
                break
            threading.Event().wait(0.01)
        assert path.stat().st_mtime > 0


def test_a_process_is_known_by_its_birth(gone: int) -> None:
    assert process_exists(os.getpid())
    assert process_exists(os.getpid(), owner.birth_of(os.getpid()))
    assert not process_exists(gone)


def test_what_killed_processes_left_is_removed(tmp_path: Path, gone: int) -> None:
    """Parts and work folders: of this machine's dead processes only."""
    final, mark = tmp_path / "a.tif", machine_mark()
    dead = [f".a.tif.{mark}-{gone}-abcdef.part", f".geoquant-{mark}-{gone}-01234567"]
    alive = [f".a.tif.{mark}-{os.getpid()}-abcdef.part", f".geoquant-{mark}-{os.getpid()}-01234567"]
    other = [f".a.tif.ffffff-{gone}-abcdef.part", f".geoquant-ffffff-{gone}-01234567", "a.tif.part", ".geoquant-mine"]
    for name in (*dead, *alive, *other):
        (tmp_path / name).touch() if name.endswith(".part") else (tmp_path / name).mkdir()
    with work_folder(tmp_path) as folder, part_file(final) as part:
        assert tempfile.gettempdir() == str(folder)
        part.write_text("content")
    assert tempfile.gettempdir() != str(folder)
    assert {path.name for path in tmp_path.iterdir()} == {*alive, *other, "a.tif"}


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    final = tmp_path / ("ü" * 113 + ".tif")
    with part_file(final) as part:
        part.write_text("content")
    assert final.read_text() == "content"
