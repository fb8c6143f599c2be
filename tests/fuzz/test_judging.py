"""The harness itself: it is blind to nothing that it is there to see, and repeats what it did."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from geoquant.errors import OptionError, RasterError
from tests.builders.rasters import write_tif
from tests.fuzz import laws, trying
from tests.fuzz.calling import command_line
from tests.fuzz.case import Case, Ended
from tests.fuzz.fuzzer import Fuzzer
from tests.fuzz.judging import judged
from tests.fuzz.trying import MAKERS, generator

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX limits and process groups")


def error(kind: str, message: str, exit_code: int) -> Ended:
    event = {"event": "error", "kind": kind, "message": message, "exit_code": exit_code}
    return Ended(exit_code, [event], "", "")


@pytest.mark.parametrize(
    ("ended", "kind"),
    [
        (Ended(0, [], "", ""), "ok"),
        (error("RasterError", "scene.tif is no raster.", 1), "error"),
        (Ended(2, [], "", "Usage: geoquant\n\nError: No such option"), "error"),
        (Ended(1, [{"event": "result", "result": {}}], "", ""), "error"),
        (error("OptionError", "--tile is odd.", 1), "unexpected"),
        (error("ValueError", "unexpected ValueError: no message", 1), "unexpected"),
        (Ended(1, [], "", "", ValueError("odd")), "unexpected"),
        (Ended(0, [], "", "Traceback (most recent call last):\nValueError: odd"), "unexpected"),
        (Ended(0, [{"event": "noise", "line": "hello"}], "", ""), "unexpected"),
        (error("CardError", "The item is malformed: KeyError 'value'.", 1), "python"),
        (error("CardError", " ", 1), "wordless"),
        (Ended(1, [{"event": "progress"}], "", ""), "wordless"),
    ],
)
def test_an_end_is_what_it_is_called(ended: Ended, kind: str, tmp_path: Path) -> None:
    assert judged(Case([], "nothing"), ended, tmp_path).kind == kind


def test_what_an_error_leaves_under_a_final_or_temporary_name_is_a_finding(tmp_path: Path) -> None:
    out = tmp_path / "out.tif"
    ended = Ended(1, error("RasterError", "It is full.", 1).events, "", "", RasterError("It is full."))
    assert judged(Case([], "", (out,)), ended, tmp_path).kind == "error"
    (tmp_path / "other.tif.part").touch()
    assert judged(Case([], "", (out,)), ended, tmp_path).kind == "leftover"
    out.touch()
    assert judged(Case([], "", (out,)), ended, tmp_path).what == "out.tif after an error"


def test_a_law_that_does_not_hold_is_a_finding(tmp_path: Path) -> None:
    assert judged(Case([], "", law=lambda _: "odd"), Ended(0, [], "", ""), tmp_path).kind == "wrong"
    assert judged(Case([], "", law=laws.is_class_map(tmp_path / "x")), Ended(0, [], "", ""), tmp_path).kind == "wrong"


def test_an_empty_map_wants_a_word_and_other_classes_are_wrong(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(1, 1000, (3, 20, 20)).astype(np.uint16)
    scene, classes = write_tif(tmp_path / "scene.tif", values), values.argmax(axis=0).astype(np.uint8)[None]
    out, said = tmp_path / "out.tif", Ended(0, [{"event": "warning", "message": "It is empty."}], "", "")
    write_tif(out, classes, nodata=255)
    law = laws.highest_band_wins(scene, out, physical=False)
    assert law(Ended(0, [], "", "")) is None
    write_tif(out, np.roll(classes, 1, axis=2), nodata=255)
    assert law(Ended(0, [], "", "")) == "other classes than a plain reading of the scene gives"
    write_tif(out, np.full_like(classes, 255), nodata=255)
    assert "without a word" in str(law(Ended(0, [], "", "")))
    assert "no word of it" in str(laws.is_class_map(out)(Ended(0, [], "", "")))
    assert laws.is_class_map(out)(said) is None


def test_the_command_line_is_called_as_the_worker_calls_it(tmp_path: Path) -> None:
    ended = command_line(["inspect", str(tmp_path / "none.onnx")])
    assert ended.exit_code != 0
    assert ended.of_kind("error") or "Error:" in ended.stderr
    assert command_line(["inspect", "--nothing"]).exit_code == OptionError.exit_code


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind != "requests"])
def test_a_seed_makes_the_same_input_again(kind: str, tmp_path: Path) -> None:
    for seed in range(3):
        made = []
        for time_made in ("first", "second"):
            folder = tmp_path / f"{time_made}-{seed}" / "case"
            folder.mkdir(parents=True)
            case = MAKERS[kind](generator(kind, seed), folder)
            made.append((case.told, {path.name: path.read_bytes() for path in sorted(folder.iterdir())}))
        assert made[0] == made[1]


def crash(*_: object) -> Case:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def hang(*_: object) -> Case:
    time.sleep(1000)
    raise AssertionError


@posix
def test_a_crash_and_a_hang_are_findings_and_the_next_case_is_tried(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("multiprocessing.get_context", lambda _: __import__("multiprocessing").context.ForkContext())
    monkeypatch.setitem(trying.MAKERS, "crash", crash)
    monkeypatch.setitem(trying.MAKERS, "hang", hang)
    monkeypatch.setattr("tests.fuzz.fuzzer.START_S", 0.0)
    with Fuzzer(limit_s=2, keep=tmp_path) as fuzzer:
        assert fuzzer.try_case("crash", 0).kind == "crash"
        assert fuzzer.try_case("hang", 0).kind == "hang"
        assert fuzzer.try_case("crash", 1).what == f"the process ended with {-signal.SIGSEGV}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crash-0-crash", "crash-1-crash", "hang-0-hang"]
