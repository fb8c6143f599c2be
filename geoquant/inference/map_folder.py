"""A folder of maps of one command: what fails is named at the end, what is finished is not done again."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from geoquant.errors import Cancelled, GeoquantError, GeoquantWarning, OptionError
from geoquant.inference.classify import ClassifySummary, confidence_path, drift_path
from geoquant.options.classify import ClassifyOptions
from geoquant.output.areas import as_text_cell
from geoquant.output.destination import STYLE_SUFFIX, part_file
from geoquant.output.records import read_record, write_record
from geoquant.progress import Progress, ProgressCallback

NAME = "{name}"
"""Stands for the map's name in the paths of polygons and areas."""
COLUMNS = ("map", "state", "pixels", "valid_pixels", "seconds", "engine", "drift", "error")


@dataclass(frozen=True)
class MapOutcome:
    """What became of one map of many.

    Attributes:
        name: The name of the map: that of its scene, or of its sheet.
        out: The file of the map.
        state: Whether it was "made", "kept" from an earlier run, "failed", or is "empty" and not written.
        summary: What its classification did; None where it was kept or failed.
        error: Why it failed, or empty.
    """

    name: str
    out: Path
    state: str
    summary: ClassifySummary | None = None
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        summary = None if self.summary is None else self.summary.to_json()
        return {"name": self.name, "out": str(self.out), "state": self.state, "error": self.error, "summary": summary}


@dataclass(frozen=True)
class BatchSummary:
    """What a command did that makes many maps.

    Attributes:
        folder: The folder of the maps.
        table: The table of all maps, CSV.
        outcomes: What became of each map, in their order.
        seconds: The wall time.
        beside: What stands for all maps together: a virtual raster and a STAC collection of sheets.
    """

    folder: Path
    table: Path
    outcomes: tuple[MapOutcome, ...]
    seconds: float
    beside: tuple[Path, ...] = ()

    @property
    def failed(self) -> tuple[MapOutcome, ...]:
        """The maps that failed."""
        return tuple(one for one in self.outcomes if one.state == "failed")

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        maps, beside = [one.to_json() for one in self.outcomes], [str(path) for path in self.beside]
        facts = {"folder": str(self.folder), "table": str(self.table), "seconds": self.seconds}
        return {**facts, "maps": maps, "beside": beside}


@dataclass(frozen=True)
class MapTask:
    """One map to make.

    Attributes:
        name: Its file's name without suffix.
        digest: Gives a hash of all that the map is made of.
        make: Classifies into a file, with options of its own.
    """

    name: str
    digest: Callable[[], str]
    make: Callable[[Path, ClassifyOptions, ProgressCallback], ClassifySummary]


@dataclass(frozen=True)
class MapFolder:
    """A folder of maps and the record of what is finished.

    Attributes:
        folder: The folder that holds them.
        record: The name of the record in it.
        options: The options of every map.
        kind: What a map stands for: the first column of the table.
    """

    folder: Path
    record: str
    options: ClassifyOptions
    kind: str

    @property
    def table(self) -> Path:
        """The table of all maps."""
        return self.folder / f"{self.kind}s.csv"

    def check(self, flag: str) -> None:
        """Refuse what can't be the folder of many maps.

        Args:
            flag: the option that asks for many.

        Raises:
            OptionError: a file has the folder's name, or a path lacks ``{name}``.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise OptionError(f"{self.folder} is a file; with {flag}, -o is the folder of the maps.")
        for aside, path in (("--polygons", self.options.polygons), ("--areas", self.options.areas)):
            if path and NAME not in path:
                raise OptionError(
                    f"{aside} is {path}; with {flag} it names one file for each {self.kind}: write {NAME} in it."
                )

    def out(self, name: str) -> Path:
        """The file of a map."""
        return self.folder / f"{name}.tif"

    def aside(self, name: str) -> dict[str, str]:
        """The files of a map's polygons and areas, by option."""
        given = {"polygons": self.options.polygons, "areas": self.options.areas}
        return {option: path.replace(NAME, name) for option, path in given.items() if path}

    def make_all(self, tasks: Sequence[MapTask], progress: ProgressCallback) -> tuple[MapOutcome, ...]:
        """Make every map that is not there as it should be; the table tells of each as soon as it is known.

        Raises:
            Cancelled: maps that are finished stay.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        outcomes: list[MapOutcome] = []
        for number, task in enumerate(tasks, start=1):
            told = partial(_tell, progress, f"{number} of {len(tasks)}, {task.name}")
            outcomes.append(self._outcome(task, told))
            self._write_table(outcomes)
        return tuple(outcomes)

    def has_made(self, name: str) -> bool:
        """Whether an earlier call, or this one, finished a map of that name."""
        return name in self._done()

    def facts(self) -> dict[str, Any]:
        """What the record holds; ``done`` is map -> what it was made of, and which file it was."""
        return read_record(self.folder / self.record) or {"done": {}}

    def keep(self, **facts: Any) -> None:
        """Write facts into the record, beside those that are there."""
        write_record(self.folder / self.record, {**self.facts(), **facts})

    def _outcome(self, task: MapTask, progress: ProgressCallback) -> MapOutcome:
        out = self.out(task.name)
        try:
            digest = task.digest()
            if self._done().get(task.name) == [digest, _mark(out)]:
                return MapOutcome(task.name, out, "kept" if out.exists() else "empty")
            own, before = self._is_own(task.name), _mark(out)
            summary = task.make(out, self._options(task.name, own), progress)
            if own and not summary.valid_pixels and _mark(out) == before:  # what is there is of an earlier call
                self._remove(task.name)
        except Cancelled:
            raise
        except (GeoquantError, OSError) as error:
            warnings.warn(f"{task.name} failed: {error}", GeoquantWarning, stacklevel=4)
            return MapOutcome(task.name, out, "failed", error=str(error))
        self.keep(done={**self._done(), task.name: [digest, _mark(out)]})
        return MapOutcome(task.name, out, "made" if out.exists() else "empty", summary)

    def _done(self) -> dict[str, list[str]]:
        done: dict[str, list[str]] = self.facts()["done"]
        return done

    def _is_own(self, name: str) -> bool:
        """Whether this folder's command made the map that is there, or one that somebody took away since."""
        made = self._done().get(name, ["", ""])[1]
        return bool(made) and _mark(self.out(name)) in ("", made)

    def _options(self, name: str, own: bool) -> ClassifyOptions:
        """The options of one map: one of this folder that is not current any more may be replaced."""
        paths = self.aside(name)
        return replace(self.options, overwrite=self.options.overwrite or own, **paths)  # type: ignore[arg-type]

    def _remove(self, name: str) -> None:
        """Take away a map of an earlier call where there is no data any more, with all that belongs to it."""
        out = self.out(name)
        for path in (out, confidence_path(out), drift_path(out), *map(Path, self.aside(name).values())):
            for file in (path, path.with_suffix(STYLE_SUFFIX), path.with_name(f"{path.name}.aux.xml")):
                file.unlink(missing_ok=True)

    def _write_table(self, outcomes: Sequence[MapOutcome]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow((self.kind, *COLUMNS))
        writer.writerows([as_text_cell(cell) for cell in _row(one)] for one in outcomes)
        with part_file(self.table) as part:
            part.write_text(text.getvalue(), encoding="utf-8")


def _tell(progress: ProgressCallback, name: str, told: Progress) -> None:
    progress(replace(told, stage=f"{name}: {told.stage}"))


def _mark(out: Path) -> str:
    """Size and time of change of a map, which another program's file of that name does not share; empty for none."""
    try:
        found = out.stat()
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"


def _row(one: MapOutcome) -> list[str]:
    made, facts = one.summary, [""] * 5
    if made is not None:
        facts = [str(made.pixels), str(made.valid_pixels), f"{made.seconds:.1f}", made.engine, made.drift_diagnosis]
    return [one.name, one.out.name, one.state, *facts, one.error]
