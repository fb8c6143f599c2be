"""Calls geoquant's command line in this process, or the QGIS plugin's worker in one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.case import Ended

CHECKOUT = Path(__file__).resolve().parents[2]
SERVER = CHECKOUT / "qgis_plugin" / "worker" / "server.py"
WORKER_S = 120


def command_line(arguments: Sequence[str]) -> Ended:
    """One command, its events caught as the QGIS plugin's worker catches them."""
    from geoquant.cli import console
    from geoquant.cli.main import command

    protocol, out, err = io.StringIO(), io.StringIO(), io.StringIO()
    given = [*arguments[:1], "--progress", "json", *arguments[1:]]
    code, error = 0, None
    with console.protocol_on(protocol), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            command.main(given, prog_name="geoquant")
        except SystemExit as stop:
            code, error = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1, stop.__cause__
        except BaseException as escaped:
            code, error = 1, escaped
    return Ended(code, _events(protocol.getvalue()), out.getvalue(), err.getvalue(), error)


def worker(lines: bytes) -> Ended:
    """The worker with these lines on stdin, which stays open until it has ended or answered."""
    process = subprocess.Popen(
        [sys.executable, "-I", str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(lines)
        process.stdin.flush()
    deadline = time.monotonic() + WORKER_S
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        stdout, stderr = process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
    text = stdout.decode("ascii", "replace")
    return Ended(process.returncode, _events(text), "", stderr.decode("utf-8", "replace"))


def _events(text: str) -> list[dict]:
    """One event a line; a line that is none becomes an event of its own kind."""
    events = []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        events.append(event if isinstance(event, dict) and "event" in event else {"event": "noise", "line": line})
    return events
