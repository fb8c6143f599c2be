"""What became of a call: ok, a clean error, or a finding."""

from __future__ import annotations

import inspect
import re
import traceback
from pathlib import Path

from geoquant import errors
from tests.fuzz.case import Case, Ended, Outcome

OURS = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.GeoquantError) and kind is not errors.GeoquantError
}
PYTHONISMS = re.compile(
    r"\b(KeyError|AttributeError|TypeError|IndexError|NoneType|RecursionError|object is not|has no attribute)\b"
)
TRACEBACK = "Traceback (most recent call last)"
LEFT = re.compile(r"\.part$|\.shards$|^\.geoquant")


def judged(case: Case, ended: Ended, folder: Path) -> Outcome:
    """Ok, error or finding, without its time."""
    detail = _detail(case, ended)
    kind, what = _fault(case, ended, folder) or ("", "")
    if kind:
        return Outcome(kind, what, detail)
    if ended.exit_code == 0:
        return Outcome("ok")
    return Outcome("error", _message(ended))


def _fault(case: Case, ended: Ended, folder: Path) -> tuple[str, str] | None:
    if ended.error is not None and not isinstance(ended.error, errors.GeoquantError):
        return "unexpected", f"{type(ended.error).__name__} in {_raised_in(ended.error)}"
    if TRACEBACK in ended.stderr:
        return "unexpected", f"traceback on stderr: {ended.stderr.rstrip().splitlines()[-1]:.80}"
    if ended.of_kind("noise"):
        return "unexpected", "a line that is no event on the protocol's stream"
    if ended.exit_code == 0:
        wrong = _law(case, ended)
        return ("wrong", wrong) if wrong else None
    return _unclean(ended) or _leftover(case, ended, folder)


def _law(case: Case, ended: Ended) -> str | None:
    """What a law finds; an output that can't even be looked at is wrong too."""
    try:
        return case.law(ended)
    except Exception as error:
        return f"its output can't be judged: {type(error).__name__}: {error!s:.60}"


def _unclean(ended: Ended) -> tuple[str, str] | None:
    """Whether an error is not one of geoquant's own, with a sentence and its exit code."""
    found = ended.of_kind("error")
    if not found:
        spoke = "Error:" in ended.stderr or "Usage:" in ended.stderr + ended.stdout
        return None if spoke or _is_verdict(ended) else ("wordless", f"exit code {ended.exit_code} and no message")
    event = found[-1]
    kind, message = str(event.get("kind")), str(event.get("message"))
    if kind in OURS and event["exit_code"] != OURS[kind].exit_code:
        return "unexpected", f"{kind} with the exit code {event['exit_code']}"
    if kind not in OURS and "unexpected" in message:
        return "unexpected", f"{kind}: {message:.80}"
    if not message.strip():
        return "wordless", f"{kind} without a message"
    if match := PYTHONISMS.search(message):
        return "python", f"{match[0]} in a message of {_raised_in(ended.error) if ended.error else kind}"
    return None


def _is_verdict(ended: Ended) -> bool:
    """``inspect`` ends with 1 where the model does not fit the scene, which its result says."""
    return bool(ended.of_kind("result")) or ended.stdout.lstrip().startswith("{")


def _leftover(case: Case, ended: Ended, folder: Path) -> tuple[str, str] | None:
    """What lies under a final or a temporary name after an error; what a verdict comes with is complete."""
    for path in case.writes if not _is_verdict(ended) else ():
        if path.exists():
            return "leftover", f"{path.name} after an error"
    for path in folder.iterdir():
        if LEFT.search(path.name):
            return "leftover", f"{LEFT.search(path.name)[0]} after an error"  # type: ignore[index]
    return None


def _raised_in(error: BaseException) -> str:
    """The innermost function of geoquant."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "geoquant" in Path(frame.filename).parts]
    if not frames:
        return "no function of geoquant"
    file = Path(frames[-1].filename)
    parts = file.parts
    return f"{'/'.join(parts[len(parts) - parts[::-1].index('geoquant') :])}:{frames[-1].name}"


def _message(ended: Ended) -> str:
    found = ended.of_kind("error")
    return str(found[-1].get("message")) if found else ended.stderr.strip()[-200:]


def _detail(case: Case, ended: Ended) -> str:
    lines = [f"changed: {case.told}", f"arguments: {case.arguments or case.requests}", f"exit code: {ended.exit_code}"]
    lines += [f"event: {event}" for event in ended.events if event.get("event") != "progress"]
    lines += [f"stdout: {ended.stdout[-2000:]}", f"stderr: {ended.stderr[-4000:]}"]
    if ended.error is not None:
        lines += traceback.format_exception(ended.error)
    return "\n".join(lines)[:40_000]
