"""Many scenes, each to a map of its own: what fails is named at the end, what is finished is not done again."""

from __future__ import annotations

import csv
import hashlib
import io
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from geoquant._version import __version__
from geoquant.errors import Cancelled, GeoquantError, GeoquantWarning, OptionError
from geoquant.inference.classify import ClassifySummary, classify
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.output.areas import as_text_cell
from geoquant.output.destination import part_file
from geoquant.output.records import read_record, write_record
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.mosaic.listing import Listed, listed, title
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from geoquant.raster.scene_input import SceneInput

RECORD, TABLE = ".geoquant-scenes.json", "scenes.csv"
NAME = "{name}"
"""Stands for the scene's name in the paths of polygons and areas."""
COLUMNS = ("scene", "map", "state", "pixels", "valid_pixels", "seconds", "engine", "drift", "error")


@dataclass(frozen=True)
class SceneOutcome:
    """What became of one scene of a batch.

    Attributes:
        scene: The scene's name.
        out: Its map.
        state: Whether it was "made", "kept" from an earlier run, or "failed".
        summary: What its classification did; None where it was kept or failed.
        error: Why it failed, or empty.
    """

    scene: str
    out: Path
    state: str
    summary: ClassifySummary | None = None
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        summary = None if self.summary is None else self.summary.to_json()
        return {"scene": self.scene, "out": str(self.out), "state": self.state, "error": self.error, "summary": summary}


@dataclass(frozen=True)
class BatchSummary:
    """What a batch did.

    Attributes:
        folder: The folder of the maps.
        table: The table of all scenes, CSV.
        outcomes: What became of each scene, in their order.
        seconds: The wall time.
    """

    folder: Path
    table: Path
    outcomes: tuple[SceneOutcome, ...]
    seconds: float

    @property
    def failed(self) -> tuple[SceneOutcome, ...]:
        """The scenes that failed."""
        return tuple(one for one in self.outcomes if one.state == "failed")

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        scenes = [one.to_json() for one in self.outcomes]
        return {"folder": str(self.folder), "table": str(self.table), "seconds": self.seconds, "scenes": scenes}


def classify_each(
    given: MosaicInput,
    model: str | Path | Model,
    folder: str | Path,
    options: ClassifyOptions = ClassifyOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> BatchSummary:
    """Classify every scene on its own, into a folder with a map of its name for each and a table of all.

    A scene that fails does not stop the others. The same call again keeps the maps of scenes, model and options that
    have not changed, and does the rest.

    Args:
        given: the scenes; what they say of a mosaic (rule, CRS, grid) counts for nothing.
        model: ONNX file, or an opened model.
        folder: of the maps; it is made where it is missing.
        options: as of ``classify``; ``polygons`` and ``areas`` are paths with ``{name}`` in them.
        progress: is told what is done; may raise ``Cancelled``.

    Raises:
        OptionError: no scene is given, two have the same name, or a path lacks ``{name}``.
        ModelError: the model can't be used.
        Cancelled: maps that are finished stay.
    """
    started, place = time.perf_counter(), Path(folder)
    scenes = _named(listed(given.sources))
    _check(place, options)
    opened = model if isinstance(model, Model) else open_model(model)
    place.mkdir(parents=True, exist_ok=True)
    batch = _Batch(given, opened, place, options)
    outcomes = []
    for number, (name, one) in enumerate(scenes.items(), start=1):
        told = partial(_tell, progress, f"{number} of {len(scenes)}, {name}")
        outcomes.append(batch.outcome(name, one, told))
        _write_table(place / TABLE, outcomes)
    return BatchSummary(place, place / TABLE, tuple(outcomes), time.perf_counter() - started)


def _tell(progress: ProgressCallback, scene: str, told: Progress) -> None:
    progress(replace(told, stage=f"{scene}: {told.stage}"))


def _named(scenes: Sequence[Listed]) -> dict[str, Listed]:
    """The scenes by the names of their maps.

    Raises:
        OptionError: two would have the same.
    """
    names = [Path(title([one])).stem for one in scenes]
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise OptionError(
            f"Several scenes are called {', '.join(twice[:5])}, and each map is named by its scene: rename them, or "
            f"classify them into folders of their own."
        )
    return dict(zip(names, scenes, strict=True))


def _check(folder: Path, options: ClassifyOptions) -> None:
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file; with --each, -o is the folder of the maps.")
    for flag, path in (("--polygons", options.polygons), ("--areas", options.areas)):
        if path and NAME not in path:
            raise OptionError(f"{flag} is {path}; with --each it names one file for each scene: write {NAME} in it.")


@dataclass(frozen=True)
class _Batch:
    """One model over many scenes, and the record of what is finished."""

    given: MosaicInput
    model: Model
    folder: Path
    options: ClassifyOptions

    def outcome(self, name: str, one: Listed, progress: ProgressCallback) -> SceneOutcome:
        """Classify a scene, unless its map is there already."""
        out = self.folder / f"{name}.tif"
        try:
            digest = self._digest(one)
            if self._record().get(name) == [digest, _mark(out)]:
                return SceneOutcome(name, out, "kept")
            summary = classify(self._input(one), self.model, out, self._options(name, out), progress=progress)
        except Cancelled:
            raise
        except (GeoquantError, OSError) as error:
            warnings.warn(f"{name} failed: {error}", GeoquantWarning, stacklevel=3)
            return SceneOutcome(name, out, "failed", error=str(error))
        write_record(self.folder / RECORD, {"done": {**self._record(), name: [digest, _mark(out)]}})
        return SceneOutcome(name, out, "made", summary)

    def _record(self) -> dict[str, list[str]]:
        """Map -> what it was made of, and which file it was."""
        found: dict[str, list[str]] = (read_record(self.folder / RECORD) or {"done": {}})["done"]
        return found

    def _options(self, name: str, out: Path) -> ClassifyOptions:
        """The options of one scene: a map of this batch that is not current any more may be replaced."""
        own = out.exists() and self._record().get(name, ["", ""])[1] == _mark(out)
        given = {"polygons": self.options.polygons, "areas": self.options.areas}
        paths = {flag: path.replace(NAME, name) for flag, path in given.items() if path}
        return replace(self.options, overwrite=self.options.overwrite or own, **paths)  # type: ignore[arg-type]

    def _input(self, one: Listed) -> SceneInput:
        return SceneInput(one.source if isinstance(one.source, str) else list(one.source), self.given.scene_options)

    def _digest(self, one: Listed) -> str:
        """A hash of all that the map is made of."""
        with fit_to_card(self._input(one).open(), self.model.card, self.given.scene_options) as scene:
            options = replace(self.options, overwrite=False)
            facts = (__version__, scene.fingerprint, self.model.sha256, self.model.card, options)
            return hashlib.sha256(repr(facts).encode()).hexdigest()


def _mark(out: Path) -> str:
    """Size and time of change of a map, which another program's file of that name does not share; empty for none."""
    try:
        found = out.stat()
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"


def _write_table(path: Path, outcomes: Sequence[SceneOutcome]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([as_text_cell(cell) for cell in _row(one)] for one in outcomes)
    with part_file(path) as part:
        part.write_text(text.getvalue(), encoding="utf-8")


def _row(one: SceneOutcome) -> list[str]:
    made, facts = one.summary, [""] * 5
    if made is not None:
        facts = [str(made.pixels), str(made.valid_pixels), f"{made.seconds:.1f}", made.engine, made.drift_diagnosis]
    return [one.scene, one.out.name, one.state, *facts, one.error]
