"""The output of every command: progress as a bar or JSON lines, errors as one message, and exit codes.

With ``--progress json`` events go to stderr and the result to stdout, or all of it to one stream, see ``protocol_on``.
Exit codes: 0 done, 1 error, 2 usage, 3 accuracy gate, 130 cancelled.
"""

from __future__ import annotations

import _thread
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import click

from geoquant.errors import Cancelled, GeoquantError, GeoquantWarning
from geoquant.progress import Progress, ProgressCallback
from geoquant.redaction import redacted

if TYPE_CHECKING:
    from rich.console import Console


Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., Any])

CANCELLED_EXIT = Cancelled.exit_code
JSON_INTERVAL_S = 0.2
_NAMES = ("onnxruntime", "geoquant")
_MODE, _DEBUG = "geoquant.progress", "geoquant.debug"
_stop = threading.Event()  # set by SIGINT and SIGTERM; a process has one set of signal handlers, hence one flag
_protocol: TextIO | None = None  # one stream per process, like stderr, whose place it takes


def shared_options(command: Command) -> Command:
    """Add ``--progress bar|json|none`` (passed on as ``progress``) and ``--debug`` to a command."""
    progress = click.option(
        "--progress",
        type=click.Choice(["bar", "json", "none"]),
        default="bar",
        show_default=True,
        callback=_remember_mode,
        is_eager=True,
        help="How to report: a bar, one JSON object a line on stderr with the result on stdout, or nothing.",
    )
    debug = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_remember_debug,
        is_eager=True,
        help="Show the traceback of an unexpected error.",
    )
    return progress(debug(command))


def run(work: Callable[[], Result]) -> Result:
    """Call ``work``; a failure becomes a message on stderr and ``SystemExit`` with its exit code.

    SIGINT and SIGTERM raise ``KeyboardInterrupt`` here and make every progress callback raise ``Cancelled``, so that
    worker threads stop too.
    """
    _stop.clear()
    try:
        with _signals_handled(), _warnings_shown():
            return work()
    except (click.ClickException, click.exceptions.Exit, SystemExit):
        raise
    except BaseException as error:
        raise SystemExit(_report(error)) from error


@contextmanager
def protocol_on(stream: TextIO) -> Iterator[None]:
    """Write every JSON event to ``stream``, the result as one of them (``{"event": "result", "result": {...}}``).

    For a program that starts this one: on stderr and stdout other libraries may write lines of their own.
    """
    global _protocol
    before, _protocol = _protocol, stream
    try:
        yield
    finally:
        _protocol = before


def request_stop() -> None:
    """Cancel the running command as Ctrl-C does; from any thread, also while the main thread waits in native code."""
    _stop.set()
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


@contextmanager
def progress_reporter(mode: str) -> Iterator[ProgressCallback]:
    """A progress callback that any thread may call: ``mode`` is "bar", "json" or "none".

    The callback raises ``Cancelled`` once the process was asked to stop.
    """
    if mode == "json":
        yield _cancellable(JsonLines())
    elif mode == "bar":
        with _bar() as callback:
            yield _cancellable(callback)
    else:
        yield _cancellable(lambda _: None)


def show_result(mode: str, result: Mapping[str, Any], draw: Callable[[Console], None]) -> None:
    """The result as one JSON object on stdout (mode "json"), or drawn on the terminal by ``draw(console)``."""
    if mode == "json":
        if _protocol is None:
            click.echo(json.dumps(result, default=str))
        else:
            write_event({"event": "result", "result": result})
        return
    from rich.console import Console

    draw(Console(highlight=False))


def write_event(event: Mapping[str, Any]) -> None:
    """One JSON object a line, on stderr or where ``protocol_on`` says; where nobody reads, the command is cancelled."""
    try:
        click.echo(json.dumps(event, default=str), file=_protocol or sys.stderr)
    except OSError:  # a broken pipe, which Windows reports as an invalid argument
        _stop.set()


class JsonLines:
    """Writes reports as events: the first and last of a stage, else at most 5 a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stage, self._written_at = "", 0.0

    def __call__(self, report: Progress) -> None:
        """Write ``report`` unless one was written just before it."""
        with self._lock:
            now = time.monotonic()
            finished = report.total > 0 and report.done >= report.total
            if report.stage == self._stage and not finished and now - self._written_at < JSON_INTERVAL_S:
                return
            self._stage, self._written_at = report.stage, now
            facts = {name: fact for name, fact in asdict(report).items() if fact is not None}
            write_event({"event": "progress", **facts})


@contextmanager
def _bar() -> Iterator[ProgressCallback]:
    """A rich bar on stderr with rate and remaining time: a line per stage, or one for a job that knows its whole."""
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeElapsedColumn(),
        bars.TextColumn("so far,"),
        _time_left_column(),
        bars.TextColumn("left"),
    )
    lines: dict[str, bars.TaskID] = {}
    stage, started = "", 0.0
    with bars.Progress(*columns, console=Console(stderr=True)) as bar:

        def show(report: Progress) -> None:
            nonlocal stage, started
            if report.stage != stage:
                stage, started = report.stage, time.monotonic()
            line = stage if report.whole is None else ""
            if line not in lines:
                for earlier in lines.values():
                    bar.stop_task(earlier)
                    bar.update(earlier, visible=bar.tasks[earlier].total is not None)
                lines[line] = bar.add_task(stage, total=None, rate="", seconds_left=None)
            done, total = (report.done, report.total or None) if report.whole is None else (report.whole, 1.0)
            rate = _rate_text(report, time.monotonic() - started)
            left, at = report.seconds_left, lines[line]
            bar.update(at, description=stage, completed=done, total=total, rate=rate, seconds_left=left)

        yield show


def _time_left_column() -> Any:
    """The time that is left as the job estimates it, or else by how fast the bar went."""
    from datetime import timedelta

    from rich import progress as bars
    from rich.text import Text

    class TimeLeft(bars.TimeRemainingColumn):
        def render(self, task: bars.Task) -> Text:
            left = task.fields["seconds_left"]
            if left is None:
                return super().render(task)
            return Text(str(timedelta(seconds=round(left))), style="progress.remaining")

    return TimeLeft()


def _rate_text(report: Progress, seconds: float) -> str:
    if seconds <= 0 or report.done <= 0:
        return ""
    rate = report.done / seconds
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rate >= factor and report.unit in ("px", "bytes"):
            unit = "B" if report.unit == "bytes" else report.unit
            return f"{rate / factor:.1f} {prefix}{unit}/s"
    return f"{rate:.1f} {report.unit}/s"


def _cancellable(callback: ProgressCallback) -> ProgressCallback:
    def report(progress: Progress) -> None:
        if _stop.is_set():
            raise Cancelled("Cancelled.")
        callback(progress)

    return report


@contextmanager
def _signals_handled() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into the stop flag plus one ``KeyboardInterrupt``; restore the handlers afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    raised = False

    def stop(number: int, frame: object) -> None:
        nonlocal raised
        _stop.set()
        if not raised:  # a second signal must not interrupt the clean-up
            raised = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _logs_kept_off() -> Iterator[None]:
    """Keep what GDAL logs from between the lines of stderr: Python's handler of last resort would write it there.

    So would rasterio, as a traceback, where a message of GDAL is not UTF-8, because it quotes a damaged file.
    """
    silence, before = logging.NullHandler(), sys.unraisablehook

    def unless_rasterio(unraisable: Any) -> None:
        if not str(unraisable.object).startswith("rasterio."):
            before(unraisable)

    if not _debugging():
        logging.getLogger().addHandler(silence)
        sys.unraisablehook = unless_rasterio
    try:
        yield
    finally:
        logging.getLogger().removeHandler(silence)
        sys.unraisablehook = before


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Show ``GeoquantWarning`` as one line each; what other libraries warn of and log only with ``--debug``."""
    with warnings.catch_warnings(), _logs_kept_off():
        if not _debugging():
            warnings.simplefilter("ignore")
        warnings.simplefilter("default", GeoquantWarning)
        default = warnings.showwarning

        def show(message: Any, category: type[Warning], *where: Any) -> None:
            if issubclass(category, GeoquantWarning):
                _say("warning", {"message": str(message)})
            else:
                default(message, category, *where)

        warnings.showwarning = show  # type: ignore[assignment]  # positional names differ
        yield


def _report(error: BaseException) -> int:
    """Write ``error`` to stderr and return the exit code it stands for."""
    if isinstance(error, (KeyboardInterrupt, click.Abort)) or _stop.is_set():
        error = Cancelled("Cancelled; nothing was written under the final name.")
    facts = {"kind": type(error).__name__, "message": redacted(str(error))}
    if isinstance(error, GeoquantError):
        _say("error", {**facts, "exit_code": error.exit_code})
    else:
        text = f"unexpected {facts['kind']}: {facts['message'] or 'no message'}"
        report_it = " Please report it with the output of --debug (or GEOQUANT_DEBUG=1)."
        _say("error", {**facts, "message": text + report_it, "exit_code": 1})
    if _debugging():
        click.echo(redacted("".join(traceback.format_exception(error))), err=True)
    return error.exit_code if isinstance(error, GeoquantError) else 1


def _say(event: str, facts: dict[str, Any]) -> None:
    """One event: a JSON line under ``--progress json``, else ``event: message`` on stderr."""
    if _meta().get(_MODE) == "json":
        write_event({"event": event, **facts})
    else:
        click.echo(f"{event}: {facts['message']}", err=True)


def _debugging() -> bool:
    return bool(_meta().get(_DEBUG)) or os.environ.get("GEOQUANT_DEBUG", "") not in ("", "0")


def _meta() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    return context.meta if context else {}


def _remember_mode(context: click.Context, _: click.Parameter, value: str) -> str:
    context.meta[_MODE] = value
    return value


def _remember_debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[_DEBUG] = value


def end_with(command: click.Command) -> NoReturn:
    """Run a command and end the process with its exit code.

    A cancelled process ends at once: GDAL and the engines can't be stopped from Python, and what they still do must
    not keep anyone waiting; everything with a final name is complete already.
    """
    try:
        command()
    except SystemExit as end:
        if end.code == CANCELLED_EXIT:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(CANCELLED_EXIT)
        raise
    raise SystemExit(0)


def capitalized(text: str) -> str:
    """A sentence's first letter large, unless it begins with a name (uint8, conv_1, onnxruntime)."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return text if not first.rstrip(",:").isalpha() or first in _NAMES else f"{text[0].upper()}{text[1:]}"
