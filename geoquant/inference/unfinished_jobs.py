"""Classifications that were cut off: what lies in a folder, how to go on with it, and its removal.

A job is a hidden folder beside its output, see ``job_folder``. Its name tells the output, its record the rest.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geoquant.errors import OptionError, RasterError
from geoquant.inference.job_folder import LOCK, RECORD, SUFFIX, JobFolder
from geoquant.output.publishing import waits_for_names
from geoquant.output.records import read_record
from geoquant.owner import held, works_here

_UNJUDGED = "a process on another machine, perhaps: this folder can't be written to, so its lock can't be judged"


@dataclass(frozen=True)
class UnfinishedJob:
    """A classification that has begun and whose outputs do not all have their names.

    Attributes:
        folder: The folder of the job.
        out: The class map that it writes.
        scene: The scene's name; empty where the job's record is missing or damaged, or the job has only begun.
        model: The model's file name, or empty likewise.
        shards: The number of shards of the job; 0 likewise.
        shards_done: The number of shards that are finished.
        idle_s: The seconds since anything was written there.
        size_bytes: The size of all files in the folder.
        owner: The process that works there now, in words; empty where none does.
        command: The command to go on with, quoted for a shell; empty for a job that Python code began.
        is_complete: Whether the outputs are made already and only wait for their names.
    """

    folder: Path
    out: Path
    scene: str
    model: str
    shards: int
    shards_done: int
    idle_s: float
    size_bytes: int
    owner: str
    command: str
    is_complete: bool

    @property
    def percent(self) -> float:
        """The finished shards in percent of all; 0 where their number is not known."""
        return min(100.0, 100.0 * self.shards_done / self.shards) if self.shards else 0.0

    def to_json(self) -> dict[str, Any]:
        """The job as JSON values."""
        facts = asdict(self) | {"folder": str(self.folder), "out": str(self.out)}
        return {**facts, "percent": round(self.percent, 1)}


def unfinished_jobs(folder: str | Path = ".") -> tuple[UnfinishedJob, ...]:
    """The jobs whose outputs lie in ``folder``, by the names of their outputs; folders below are not looked at.

    Raises:
        OptionError: it is not a folder, or can't be read.
    """
    place = Path(folder)
    try:
        found = sorted(entry for entry in place.iterdir() if _is_job(entry))
    except OSError as error:
        raise OptionError(f"{place} can't be looked through: {error}. Name the folder of the outputs.") from error
    return tuple(job for entry in found if (job := _job(entry)) is not None)


def remove_job(job: UnfinishedJob) -> None:
    """Remove a job with its shards.

    Raises:
        RasterError: a process works there, also one that came after the job was listed; or its outputs are finished
            and wait for their names, which the job's own command gives them; or the folder can't be written to.
    """
    try:
        with held(job.folder / LOCK, f"{job.out} is being written") as lock:
            if waits_for_names(job.folder):
                raise RasterError(
                    f"{job.out} is finished and only waits for its name: run its command again, which takes seconds. "
                    "It is not removed."
                )
            JobFolder(job.folder, {}, lock).remove()
    except FileNotFoundError:  # it ended, or somebody else removed it
        return
    except OSError as error:
        raise RasterError(f"{job.folder} can't be removed: {error}. Ask whoever owns it.") from error


def _is_job(entry: Path) -> bool:
    is_named = entry.name.startswith(".") and entry.name.endswith(SUFFIX) and len(entry.name) > len(SUFFIX) + 1
    is_folder = is_named and entry.is_dir() and not entry.is_symlink()
    return is_folder and ((entry / LOCK).exists() or (entry / RECORD).exists())


def _job(folder: Path) -> UnfinishedJob | None:
    """What a folder tells; None where it is removed at this moment."""
    about: Mapping[str, Any] = (read_record(folder / RECORD) or {}).get("about") or {}
    files = _files(folder)
    if not files:
        return None
    return UnfinishedJob(
        folder=folder,
        out=folder.with_name(folder.name.removeprefix(".").removesuffix(SUFFIX)),
        scene=about.get("scene", ""),
        model=about.get("model", ""),
        shards=about.get("shards", 0),
        shards_done=sum(_is_shard_record(path) for path in files),
        idle_s=max(0.0, time.time() - max(found.st_mtime for found in files.values())),
        size_bytes=sum(found.st_size for found in files.values()),
        owner=_owner(folder),
        command=_command(about),
        is_complete=waits_for_names(folder),
    )


def _files(folder: Path) -> dict[Path, os.stat_result]:
    """All files in a folder, which others may change meanwhile."""
    found = {}
    for path in folder.rglob("*"):
        try:
            found[path] = path.lstat()
        except OSError:
            continue
    return found


def _is_shard_record(path: Path) -> bool:
    return path.suffix == ".json" and path.name.startswith("r") and "_c" in path.name


def _owner(folder: Path) -> str:
    try:
        return works_here(folder / LOCK)
    except OSError:
        return _UNJUDGED


def _command(about: Mapping[str, Any]) -> str:
    """The command, after a change to the folder in which it was given where that is another one than this."""
    command, given_in = about.get("command", ""), about.get("folder", "")
    if not command or not given_in or given_in == os.path.abspath(os.curdir):
        return str(command)
    return f"cd {shlex.quote(given_in)} && {command}"
