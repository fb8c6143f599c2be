"""The folder of an unfinished classification: beside its output, owned by one process, with the job's facts in words.

``job.json`` says what the job is made of, so that another job with the same output can tell what has changed. The
owner's lock, finished shards and outputs that wait for their names lie beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.errors import GeoquantWarning, RasterError
from geoquant.output.publishing import StagedOutputs, is_staged_name
from geoquant.output.records import read_record, write_record
from geoquant.owner import Lock, held, read_owner
from geoquant.unfinished import unfinished

LOCK, RECORD = "owner.json", "job.json"
SUFFIX, TRASH = ".shards", ".trash"
_ENTRIES = 8
"""Tries to make and own a folder that others remove at the same moment."""


@dataclass(frozen=True)
class JobFolder:
    """The folder of one job, which this process owns.

    Attributes:
        path: The folder itself.
        facts: The facts that the job is made of: name in words -> value, or a hash of it.
        lock: The lock that this process holds.
    """

    path: Path
    facts: Mapping[str, str]
    lock: Lock

    @property
    def key(self) -> str:
        """Tells this job from every other one."""
        return hashlib.sha256(json.dumps(dict(self.facts), sort_keys=True).encode()).hexdigest()

    @property
    def outputs(self) -> StagedOutputs:
        """Where its outputs wait for their names."""
        return StagedOutputs(self.path, self.key)

    @property
    def changes(self) -> list[str]:
        """What differs from the job whose shards lie here, in words; empty where it is this one or none is known."""
        record = read_record(self.path / RECORD)
        if record is None or record["facts"] == dict(self.facts):
            return []
        return sorted(
            name for name in {*self.facts, *record["facts"]} if record["facts"].get(name) != self.facts.get(name)
        )

    def begin(self, elsewhere: Sequence[Path], about: Mapping[str, Any]) -> None:
        """Make the folder this job's: another job's shards are removed, and that is said.

        Args:
            elsewhere: what this job will keep outside its folder, so that whoever removes the folder finds it.
            about: what a person wants to know who finds the folder, as JSON values; no result depends on it.
        """
        changes = self.changes
        if changes:
            text = (
                f"{self.path} holds an unfinished job of which this has changed: {', '.join(changes)}. It begins anew."
            )
            warnings.warn(text, GeoquantWarning, stacklevel=4)
            self._clear()
        elif read_record(self.path / RECORD) is None and any(self.path.glob("*.tif")):
            text = (
                f"{self.path / RECORD} is missing or damaged; the shards beside it are used where they are this job's."
            )
            warnings.warn(text, GeoquantWarning, stacklevel=4)
        earlier = read_record(self.path / RECORD) or {"elsewhere": []}
        names = sorted({*earlier["elsewhere"], *map(str, elsewhere)})
        write_record(self.path / RECORD, {"facts": dict(self.facts), "elsewhere": names, "about": about})

    def remove(self) -> None:
        """Remove the folder with all that belongs to it; at no moment does half of it stand under its name."""
        if read_owner(self.lock.path) != self.lock.facts:
            return  # somebody took it over
        _remove_elsewhere(self.path)
        trash = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}{TRASH}")
        with suppress(FileNotFoundError):
            os.rename(self.path, trash)
        shutil.rmtree(trash, ignore_errors=True)

    def _clear(self) -> None:
        _remove_elsewhere(self.path)
        for entry in self.path.iterdir():
            if entry.name != LOCK:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink(missing_ok=True)


def folder_of(out: Path) -> Path:
    """The hidden folder beside an output that its unfinished job uses."""
    return out.parent / f".{out.name}{SUFFIX}"


@contextmanager
def job_folder(out: Path, facts: Mapping[str, str]) -> Iterator[JobFolder]:
    """Own the folder of the job that writes ``out``; what is there already is kept until ``begin``.

    Raises:
        RasterError: another process works on the same output.
    """
    path = folder_of(out)
    _set_aside(path)
    with ExitStack() as stack:
        lock = None
        if not path.exists():  # what is there may be the work of others
            stack.enter_context(unfinished(path))
        for _ in range(_ENTRIES):
            path.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # removed by the one who had it, at this moment
                lock = stack.enter_context(held(path / LOCK, f"{out} is being written"))
                break
        if lock is None:
            raise RasterError(f"{path} is made and removed again and again by others; give another output.")
        yield JobFolder(path, facts, lock)


def sweep(out: Path) -> None:
    """Remove what can't be of use any more: folders on their way out, and shards of older versions of geoquant."""
    leftover = re.compile(rf"\.{re.escape(out.name)}(\.[0-9a-f]{{12}}\.shards|\.shards\.[0-9a-f]{{8}}\.trash)")
    for entry in out.parent.iterdir() if os.path.isdir(out.parent) else ():
        if leftover.fullmatch(entry.name) and entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)


def _set_aside(path: Path) -> None:
    """Move away a file that has the folder's name: it is not ours to remove."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        other = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        os.replace(path, other)
        text = f"{path} is not a folder, as the shards of an unfinished job need it; it is called {other.name} now."
        warnings.warn(text, GeoquantWarning, stacklevel=5)


def _remove_elsewhere(path: Path) -> None:
    record = read_record(path / RECORD)
    for name in record["elsewhere"] if record else ():
        if is_staged_name(name):  # whoever can write here must not choose what else is removed
            Path(name).unlink(missing_ok=True)
