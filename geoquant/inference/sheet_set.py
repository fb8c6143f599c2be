"""One map in sheets: a file for each square of a regular grid, a virtual raster and a STAC collection over all."""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from geoquant._version import __version__
from geoquant.engines.postprocess import CONFIDENCE_NODATA
from geoquant.errors import GeoquantWarning
from geoquant.inference.classify import ClassifySummary, classify, confidence_path, drift_path
from geoquant.inference.map_folder import BatchSummary, MapFolder, MapOutcome, MapTask
from geoquant.inference.plan import Plan
from geoquant.inference.prepare import PreparedJob, prepare
from geoquant.inference.provenance import mosaic_tags
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.options.mosaic import SheetOptions
from geoquant.output.destination import STYLE_SUFFIX, check_destination, write_text
from geoquant.output.stac import (
    COLLECTION,
    MODEL,
    Catalogue,
    PublishedMap,
    write_collection,
    write_item,
    write_model_item,
)
from geoquant.output.style import Publication, qml
from geoquant.output.vrt import sheets_vrt
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.mosaic.mosaic import Mosaic
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from geoquant.raster.mosaic.sheets import Sheet, SheetInput, sheet_side, sheets_of
from geoquant.vector.polygons import digest_of

RECORD, MOSAIC = ".geoquant-sheets.json", "mosaic.vrt"


def classify_sheets(
    given: MosaicInput,
    model: str | Path | Model,
    folder: str | Path,
    options: SheetOptions,
    *,
    progress: ProgressCallback = silent,
) -> BatchSummary:
    """Classify many scenes as one mosaic, into a folder with a map for each square of a regular grid.

    Together the sheets are the one map that ``classify`` makes of the mosaic: the network sees the scenes beyond a
    sheet's edge. Where no scene has data there is no file. A sheet that fails does not stop the others. The same call
    again keeps the sheets whose scenes, model and options have not changed, and does the rest.

    Args:
        given: the scenes, the rule of overlaps and the grid.
        model: ONNX file, or an opened model.
        folder: of the maps; it is made where it is missing.
        options: ``sheets`` is the side, the rest as of ``classify``; ``polygons`` and ``areas`` are paths with
            ``{name}`` in them.
        progress: is told what is done; may raise ``Cancelled``.

    Raises:
        OptionError: the side is none, or a path lacks ``{name}``.
        RasterError, BandMismatch, ModelError, OptionError: as ``classify`` for the mosaic.
        Cancelled: maps that are finished stay.
    """
    started, maps = time.perf_counter(), MapFolder(Path(folder), RECORD, options, "sheet")
    side = sheet_side(options.sheets or "")
    maps.check("--sheets")
    opened = model if isinstance(model, Model) else open_model(model)
    whole = prepare(given, opened, replace(options, engine=_engine(maps, opened)), progress)
    mosaic, region = cast("Mosaic", whole.scene), whole.plan.region  # what a MosaicInput opens as
    try:
        sheets = [one for one in sheets_of(mosaic.grid, region, side) if mosaic.meeting(one.window)]
        maps.folder.mkdir(parents=True, exist_ok=True)
        _check_beside(maps, sorted(mosaic.files))
        maps.keep(engine=[opened.sha256, whole.choice.kind])
        work = _SheetSet(maps, whole, mosaic)
        outcomes = maps.make_all([work.task(sheet) for sheet in sheets], progress)
        beside = work.publish(sheets, outcomes)
    finally:
        mosaic.close()
    return BatchSummary(maps.folder, maps.table, outcomes, time.perf_counter() - started, beside)


def _engine(maps: MapFolder, model: Model) -> str:
    """The engine of the options; where it is free, the one that made the sheets that are there."""
    sha256, kind = maps.facts().get("engine", ("", ""))
    return kind if maps.options.engine == "auto" and sha256 == model.sha256 else maps.options.engine


def _check_beside(maps: MapFolder, sources: Sequence[str]) -> None:
    """Refuse to replace what stands for all sheets where another program, or person, made it.

    Raises:
        OptionError: naming the file.
    """
    own = maps.options.overwrite or (maps.folder / maps.record).exists()
    for name in (MOSAIC, COLLECTION, MODEL):
        check_destination(maps.folder / name, own, sources)


def _context_px(plan: Plan) -> int:
    """How far from a pixel scenes may lie that have a part in its class."""
    lattice = plan.lattice
    if not plan.depends_on_tiling:
        return lattice.halo_px + lattice.stride_px
    return max(lattice.tile_px, *(lattice.fixed_px or (0,))) + 2 * lattice.margin_px + lattice.stride_px


@dataclass(frozen=True)
class _SheetSet:
    """One model over the sheets of a mosaic; all run on the engine that was chosen for the whole."""

    maps: MapFolder
    whole: PreparedJob
    mosaic: Mosaic

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.maps.folder, self.whole.model.card, CONFIDENCE_NODATA)

    def task(self, sheet: Sheet) -> MapTask:
        """The map of a sheet; an item that tells of an earlier map goes before it is made."""
        part = self.mosaic.part(sheet.window, _context_px(self.whole.plan))

        def make(out: Path, options: ClassifyOptions, progress: ProgressCallback) -> ClassifySummary:
            item = self._item_path(sheet)
            check_destination(item, options.overwrite or self.maps.has_made(sheet.name))
            item.unlink(missing_ok=True)
            pinned = replace(options, engine=self.whole.choice.kind)
            return classify(SheetInput(part, sheet.window), self.whole.model, out, pinned, progress=progress)

        return MapTask(sheet.name, lambda: self._digest(part, sheet), make)

    def publish(self, sheets: Sequence[Sheet], outcomes: Sequence[MapOutcome]) -> tuple[Path, ...]:
        """Write what stands for all sheets that are there: items, virtual rasters, the collection."""
        state = {one.name: one.state for one in outcomes}
        there = [sheet for sheet in sheets if state[sheet.name] in ("made", "kept")]
        self._warn_of_others(sheets)
        if not there:
            return ()
        for sheet in there:
            if not self._item_path(sheet).exists():
                self._write_item(sheet)
        rasters = self._write_rasters(there)
        write_model_item(self.catalogue, self.whole.model.path, self.whole.model.facts)
        names = [sheet.name for sheet in there]
        return *rasters.values(), write_collection(self.catalogue, names, {**rasters, "table": self.maps.table})

    def _digest(self, part: Mosaic, sheet: Sheet) -> str:
        """A hash of all that the sheet is made of."""
        options = replace(self.maps.options, overwrite=False, engine=self.whole.choice.kind)
        polygons = self.whole.request.polygons
        area = None if polygons is None else digest_of(polygons)
        facts = (__version__, part.fingerprint, part.grid, sheet, self.whole.model.sha256, self.whole.model.card)
        return hashlib.sha256(repr((*facts, options, area)).encode()).hexdigest()

    def _item_path(self, sheet: Sheet) -> Path:
        return self.maps.folder / f"{sheet.name}.json"

    def _write_item(self, sheet: Sheet) -> None:
        members = self.mosaic.meeting(sheet.window)
        sources = sorted({band.path for member in members for band in member.scene.bands})
        times, grid = sorted({member.acquired for member in members}), self.mosaic.grid.crop(sheet.window)
        write_item(self.catalogue, PublishedMap(sheet.name, grid, self._files(sheet), times, sources))

    def _files(self, sheet: Sheet) -> dict[str, Path]:
        """The files of a sheet by the names of their STAC assets; a model that is not calibrated has no drift map."""
        out, options = self.maps.out(sheet.name), self.maps.options
        files = {"classes": out}
        if options.confidence:
            files["confidence"] = confidence_path(out)
        if options.drift and drift_path(out).exists():
            files["drift"] = drift_path(out)
        return files | {name: Path(path) for name, path in self.maps.aside(sheet.name).items()}

    def _write_rasters(self, sheets: Sequence[Sheet]) -> dict[str, Path]:
        """Virtual rasters of all classes and, where it is wanted, of all confidence, by asset name."""
        card, tags = self.whole.model.card, self._tags()
        made = {"mosaic": Publication(card.classes, card.output_nodata, tags)}
        if self.maps.options.confidence:
            made["mosaic_confidence"] = Publication((), CONFIDENCE_NODATA, tags, "confidence")
        region, paths = self.whole.plan.region, {}
        for name, publication in made.items():
            asset = "classes" if publication.labels else "confidence"
            files = [(self._files(sheet)[asset], sheet.window.relative_to(region)) for sheet in sheets]
            paths[name] = (self.maps.folder / MOSAIC).with_stem(name)
            write_text(paths[name], sheets_vrt(files, self.mosaic.grid.crop(region), publication))
            write_text(paths[name].with_suffix(STYLE_SUFFIX), qml(publication))
        return paths

    def _tags(self) -> dict[str, Any]:
        model = self.whole.model
        facts = {"GEOQUANT_MODEL": model.card.name, "GEOQUANT_MODEL_SHA256": model.sha256}
        return {
            "GEOQUANT_VERSION": __version__,
            **facts,
            "GEOQUANT_SOURCE": self.mosaic.name,
            **mosaic_tags(self.mosaic),
        }

    def _warn_of_others(self, sheets: Sequence[Sheet]) -> None:
        """Name the maps of earlier calls that are no sheets of this set: they stay, and no list names them."""
        names = {sheet.name for sheet in sheets}
        others = [name for name in self.maps.facts()["done"] if name not in names and self.maps.out(name).exists()]
        if others:
            warnings.warn(
                f"{self.maps.folder} holds {len(others)} maps of earlier calls that are no sheets of this set "
                f"({', '.join(sorted(others)[:5])}): they stay, and neither {MOSAIC} nor {COLLECTION} has them.",
                GeoquantWarning,
                stacklevel=3,
            )
