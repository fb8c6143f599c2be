"""The files that this process has begun to write: a process that has to end at once can still leave nothing behind.

Whoever writes cleans up after itself; this is for the moment when its code does not get to run, because native code
that can't be stopped from Python holds its thread.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_paths: set[Path] = set()
_listeners: list[Callable[[list[str]], None]] = []


def link_target(path: Path) -> Path:
    """Where a file is written that is given the name ``path``: where that points to, if it is a symbolic link.

    A link is somebody's decision where the data lies (another disk, a store of versions): a file that took its name
    would undo it.
    """
    return Path(os.path.realpath(path)) if os.path.islink(path) else path


@contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """Mark a file or folder, there already or not, as one that must not outlive a cancelled process.

    Of two marks on one path, the first that ends takes both away.
    """
    _paths.add(path)
    _tell()
    try:
        yield
    finally:
        _paths.discard(path)
        _tell()


def listen(listener: Callable[[list[str]], None]) -> None:
    """Have a listener told of all marked paths, absolute ones, whenever they change.

    For another process that removes them where this one's code does not run again.
    """
    _listeners.append(listener)


def _tell() -> None:
    for listener in _listeners:
        listener([os.path.abspath(path) for path in tuple(_paths)])


def remove_unfinished() -> None:
    """Remove every marked file and folder; called once, right before the process ends."""
    for path in tuple(_paths):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
