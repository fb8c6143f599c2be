"""The files that this process has begun to write: a process that has to end at once can still leave nothing behind.

Whoever writes cleans up after itself; this is for the moment when its code does not get to run, because native code
that can't be stopped from Python holds its thread.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_paths: set[Path] = set()


@contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """Mark a file or folder, there already or not, as one that must not outlive a cancelled process."""
    _paths.add(path)
    try:
        yield
    finally:
        _paths.discard(path)


def remove_unfinished() -> None:
    """Remove every marked file and folder; called once, right before the process ends."""
    for path in tuple(_paths):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
