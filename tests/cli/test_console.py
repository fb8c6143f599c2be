"""Messages, exit codes and progress of every command."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time

import click
import pytest
from click.testing import CliRunner

from geoquant.cli import console as screen
from geoquant.errors import AccuracyDrop, Cancelled, GeoquantWarning, OptionError, RasterError
from geoquant.progress import Progress


def make_command(work):
    @click.command
    @screen.shared_options
    def command(progress):
        def job():
            with screen.progress_reporter(progress) as report:
                work(report)
            screen.show_result(progress, {"pixels": 4}, lambda console: console.print("four pixels"))

        screen.run(job)

    return command


def fail_with(error):
    def work(report):
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RasterError("no such file"), 1),
        (OptionError("--tile is 3"), 2),
        (AccuracyDrop("too much"), 3),
        (Cancelled("Cancelled."), 130),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_each_failure_has_its_exit_code_and_no_traceback(error, code):
    outcome = CliRunner().invoke(make_command(fail_with(error)), ["--progress", "none"])
    assert outcome.exit_code == code
    assert outcome.stderr.startswith("error: ")
    assert "Traceback" not in outcome.stderr
    assert outcome.stdout == ""


def test_unexpected_error_asks_for_a_report_and_debug_shows_the_traceback(monkeypatch):
    command = make_command(fail_with(ZeroDivisionError("division by zero")))
    plain = CliRunner().invoke(command, ["--progress", "none"]).stderr
    assert "Please report it" in plain
    assert "ZeroDivisionError" in plain
    assert "Traceback" in CliRunner().invoke(command, ["--debug"]).stderr
    monkeypatch.setenv("GEOQUANT_DEBUG", "1")
    assert "Traceback" in CliRunner().invoke(command, []).stderr


def test_json_progress_is_one_object_a_line_and_the_result_is_on_stdout():
    def work(report):
        for done in range(101):
            report(Progress("classifying", done, 100, "px"))

    outcome = CliRunner().invoke(make_command(work), ["--progress", "json"])
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert lines[0] == {"event": "progress", "stage": "classifying", "done": 0, "total": 100, "unit": "px"}
    assert lines[-1]["done"] == 100
    assert len(lines) < 50  # throttled
    assert json.loads(outcome.stdout) == {"pixels": 4}


def test_json_errors_and_warnings_are_objects_too():
    def work(report):
        import warnings

        warnings.warn("the scene has no CRS", GeoquantWarning, stacklevel=1)
        warnings.warn("some library's business", UserWarning, stacklevel=1)
        raise RasterError("unreadable")

    outcome = CliRunner().invoke(make_command(work), ["--progress", "json"])
    warning, error = (json.loads(line) for line in outcome.stderr.splitlines())
    assert warning == {"event": "warning", "message": "the scene has no CRS"}
    assert error == {"event": "error", "kind": "RasterError", "message": "unreadable", "exit_code": 1}


def test_a_job_that_knows_its_whole_has_one_line_with_its_stage_and_the_time_left(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # or rich draws nothing where nobody looks
    monkeypatch.setenv("COLUMNS", "120")

    def work(report):
        for share, stage in ((0.1, "choosing tiles"), (0.25, "observing ranges"), (0.5, "timing engines")):
            report(Progress(stage, 3, 4, "tiles", share, 200 * (1 - share)))

    shown = click.unstyle(CliRunner().invoke(make_command(work), ["--progress", "bar"]).stderr)
    last = [line for line in shown.splitlines() if line.strip()][-1]
    assert "timing engines" in last
    assert "50%" in last
    assert "0:01:40 left" in last
    assert "observing" not in last


def test_what_a_job_knows_of_its_whole_is_in_its_events():
    def work(report):
        report(Progress("observing ranges", 1, 4, "tiles", 0.25, 90.0))

    outcome = CliRunner().invoke(make_command(work), ["--progress", "json"])
    (event,) = (json.loads(line) for line in outcome.stderr.splitlines())
    assert (event["whole"], event["seconds_left"], event["stage"]) == (0.25, 90, "observing ranges")


def test_one_stream_takes_every_event_and_the_result():
    stream = io.StringIO()

    def work(report):
        report(Progress("classifying", 4, 4, "px"))

    with screen.protocol_on(stream):
        outcome = CliRunner().invoke(make_command(work), ["--progress", "json"])
    progress, result = (json.loads(line) for line in stream.getvalue().splitlines())
    assert progress["event"] == "progress"
    assert result == {"event": "result", "result": {"pixels": 4}}
    assert outcome.output == ""
    after = CliRunner().invoke(make_command(work), ["--progress", "json"])
    assert json.loads(after.stdout) == {"pixels": 4}


def test_a_reader_that_is_gone_cancels():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    reports = []

    def work(report):
        for done in range(3):
            reports.append(done)
            report(Progress(f"stage {done}", 0, 1, "px"))

    with screen.protocol_on(Gone()):
        assert CliRunner().invoke(make_command(work), ["--progress", "json"]).exit_code == 130
    assert reports == [0, 1]


def test_bar_shows_stage_and_rate_on_stderr_only():
    def work(report):
        report(Progress("classifying", 0, 2e6, "px"))
        report(Progress("classifying", 2e6, 2e6, "px"))

    outcome = CliRunner().invoke(make_command(work), [])
    assert "classifying" in outcome.stderr
    assert "px/s" in outcome.stderr
    assert outcome.stdout == "four pixels\n"


SLEEPER = """
import threading, time
from geoquant.cli import console as screen
from geoquant.progress import Progress

def work():
    with screen.progress_reporter("none") as report:
        def loop():
            while True:
                report(Progress("s", 0, 1, "px"))
                time.sleep(0.01)
        thread = threading.Thread(target=loop)
        thread.start()
        try:
            print("ready", flush=True)
            time.sleep(60)
        finally:
            thread.join()
            print("cleaned", flush=True)

screen.run(work)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_main_and_worker_threads_with_130(number):
    command = [sys.executable, "-c", SLEEPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == "cleaned\n"
    assert "Cancelled" in err
    assert time.monotonic() - started < 10


def test_what_other_libraries_log_stays_off_the_screen():
    """In a process of its own, because pytest's log capture stands in for Python's handler of last resort."""
    log = "import logging; from geoquant.cli import console as screen; "
    log += "screen.run(lambda: logging.getLogger('rasterio._env').warning('CPLE_AppDefined'))"
    for setting, shown in (("0", ""), ("1", "CPLE_AppDefined\n")):
        done = subprocess.run(
            [sys.executable, "-c", log],
            env={**os.environ, "GEOQUANT_DEBUG": setting},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("weights are per channel", "Weights are per channel"),
        ("transposed, and large", "Transposed, and large"),
        ("uint8 activations", "uint8 activations"),
        ("conv_1 is float", "conv_1 is float"),
        ("onnxruntime has no kernel", "onnxruntime has no kernel"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_with_a_name(text, shown):
    assert screen.capitalized(text) == shown
