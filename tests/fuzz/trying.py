"""The process that tries cases, one after the other: only it can crash, hang or run out of memory."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import time
import zlib
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz import areas, cards, masks, models, rasters, requests
from tests.fuzz.calling import command_line, worker
from tests.fuzz.case import Case, Maker, Outcome
from tests.fuzz.judging import judged

MAKERS: dict[str, Maker] = {
    "rasters": rasters.make,
    "models": models.make,
    "cards": cards.make,
    "masks": masks.make,
    "areas": areas.make,
    "tiles": areas.make_tiles,
    "requests": requests.make,
}
REPEATED = 4
"""One of so many cases that ended well is called again: the same bytes have to come."""


def serve(connection: Connection, home: str, memory_bytes: int) -> None:
    """Take (kind, seed, folder) until None comes, and give an ``Outcome`` for each.

    Args:
        connection: of the parent.
        home: folder for what this process keeps: its temporary files, remembered engines and ``log``.
        memory_bytes: of address space; more is a MemoryError.
    """
    _confine(Path(home), memory_bytes)
    while (order := connection.recv()) is not None:
        kind, seed, folder = order
        started = time.monotonic()
        outcome = tried(kind, seed, Path(folder))
        connection.send(Outcome(outcome.kind, outcome.what, outcome.detail, time.monotonic() - started))


def _confine(home: Path, memory_bytes: int) -> None:
    import resource
    import tempfile

    os.setsid()  # the parent ends all that this process has started
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tempfile.tempdir = str(home)
    os.environ.update(TMPDIR=str(home), GEOQUANT_CACHE=str(home / "cache"))
    log = os.open(home / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    faulthandler.enable(2)


def tried(kind: str, seed: int, folder: Path) -> Outcome:
    """One case in an empty folder."""
    case = MAKERS[kind](generator(kind, seed), folder)
    (folder / "case.txt").write_text(f"{kind} {seed}: {case.told}\n{case.arguments}\n", errors="replace")
    ended = command_line(case.arguments) if case.requests is None else worker(case.requests)
    outcome = judged(case, ended, folder)
    if outcome.kind == "ok" and case.requests is None and case.writes and seed % REPEATED == 0:
        return _repeated(case, folder)
    return outcome


def generator(kind: str, seed: int) -> random.Random:
    """The random numbers of one case, the same on every machine."""
    return random.Random(zlib.crc32(kind.encode()) * 2**32 + seed)


def _repeated(case: Case, folder: Path) -> Outcome:
    """The same call again: the same bytes, or, where it fails now, a finding."""
    before = dict(_contents(case))
    ended = command_line([*case.arguments, "--overwrite"])
    outcome = judged(case, ended, folder)
    if outcome.kind == "error":
        return Outcome("unlike", "fails when it is called again", outcome.what)
    unlike = [path.suffix for path, content in _contents(case) if before.get(path) != content]
    if outcome.kind == "ok" and unlike:
        return Outcome("unlike", f"other bytes when it is called again: {', '.join(unlike)}")
    return outcome


def _contents(case: Case) -> Iterator[tuple[Path, bytes]]:
    for path in case.writes:
        with contextlib.suppress(FileNotFoundError):
            yield path, path.read_bytes()
