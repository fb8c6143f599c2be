"""``geoquant jobs``: the classifications that were cut off, how to go on with them, and their removal."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import click

from geoquant.cli.classify import MIB, duration_text
from geoquant.cli.console import shared_options, show_result
from geoquant.errors import RasterError
from geoquant.redaction import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from geoquant.inference.unfinished_jobs import UnfinishedJob

EPILOG = "Example: geoquant jobs maps/"
CLEAN = "clean"
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class Age(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.3 on only
    """A span of time as ``7d``, in seconds."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw])", str(value))
        if found is None:
            self.fail(f"{value!r} is not an age such as 30m, 12h, 7d or 2w.", param, ctx)
        return float(found[1]) * _SECONDS[found[2]]


@click.command(epilog=EPILOG)
@click.argument("words", nargs=-1, metavar="[clean] [FOLDER]...")
@click.option("--older-than", type=Age(), metavar="AGE", help="Only jobs where nothing was written so long: 12h, 7d.")
@click.option("--yes", is_flag=True, help="With clean: remove them; without it, they are only listed.")
@shared_options
def command(words: tuple[str, ...], older_than: float | None, yes: bool, progress: str) -> None:
    """List the classifications in each FOLDER that were cut off, with the command that goes on with each.

    FOLDER is where the outputs lie, or would; without one, the folder you are in. Folders below are not looked at.

    With clean as the first word, those that nobody works on are removed with their shards, once --yes is given. A job
    where a process works stays, and so does one whose outputs are finished and only wait for their names. A folder that
    is called clean is written ./clean.
    """
    cleaning = words[:1] == (CLEAN,)
    if yes and not cleaning:
        raise click.UsageError("--yes belongs to clean: geoquant jobs clean --yes.")
    from geoquant.inference.unfinished_jobs import unfinished_jobs

    found = [job for folder in dict.fromkeys(words[cleaning:] or (".",)) for job in unfinished_jobs(folder)]
    jobs = [job for job in found if older_than is None or job.idle_s > older_than]
    if cleaning:
        _clean(jobs, yes, progress)
    else:
        show_result(progress, {"jobs": [job.to_json() for job in jobs]}, partial(_draw, jobs))


def _clean(jobs: Sequence[UnfinishedJob], confirmed: bool, progress: str) -> None:
    """Remove the jobs that may go, or list them."""
    idle = [job for job in jobs if not job.owner and not job.is_complete]
    kept = {str(job.out): job.owner or "finished, waits for its name" for job in jobs if job not in idle}
    removed = []
    for job in idle if confirmed else ():
        try:
            _remove(job)
            removed.append(job)
        except RasterError as error:  # somebody came a moment ago
            kept[str(job.out)] = str(error)
    result = {"removed": [job.to_json() for job in removed], "kept": kept}
    if not confirmed:
        result["would_remove"] = [job.to_json() for job in idle]
    show_result(progress, result, partial(_draw_clean, removed if confirmed else idle, kept, confirmed))


def _remove(job: UnfinishedJob) -> None:
    from geoquant.inference.unfinished_jobs import remove_job

    remove_job(job)


def _draw(jobs: Sequence[UnfinishedJob], console: Console) -> None:
    if not jobs:
        console.print("No unfinished jobs.")
    for job in jobs:
        console.print(_told(job), markup=False, soft_wrap=True)


def _told(job: UnfinishedJob) -> str:
    """One job in lines."""
    what = f"{job.scene}, {job.model}" if job.scene else "not known: its record is missing"
    far = f"{job.shards_done} of {job.shards} shards, {job.percent:.0f} %" if job.shards else "not known"
    lines = {
        "of": what,
        "done": "all; the outputs wait for their names" if job.is_complete else far,
        "size": f"{job.size_bytes / MIB:.1f} MiB, last written {duration_text(job.idle_s)} ago",
        "at work": job.owner or "nobody",
        "go on": _way(job.command),
    }
    return "\n".join([str(job.out), *(f"  {name:<8} {fact}" for name, fact in lines.items())])


def _way(command: str) -> str:
    if not command:
        return "call geoquant.classify again as before"
    return f"{command}    (put the secrets back where {HIDDEN} stands)" if HIDDEN in command else command


def _draw_clean(jobs: Sequence[UnfinishedJob], kept: dict[str, str], confirmed: bool, console: Console) -> None:
    for job in jobs:
        word = "Removed" if confirmed else "Would remove"
        console.print(f"{word} {job.folder}: {_size(job)}", markup=False, soft_wrap=True)
    for out, why in kept.items():
        console.print(f"Kept the job of {out}: {why}", markup=False, soft_wrap=True)
    if not jobs:
        console.print("Nothing to remove.")
    elif not confirmed:
        console.print("Give --yes to remove them.")


def _size(job: UnfinishedJob) -> str:
    return f"{job.shards_done} shards, {job.size_bytes / MIB:.1f} MiB, last written {duration_text(job.idle_s)} ago"
