"""What a class map tells of how its scene was read and cut into tiles: every option that changed a pixel is in it."""

from __future__ import annotations

import hashlib
import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from geoquant.raster.mosaic.mosaic import Mosaic
from geoquant.raster.region import Region
from geoquant.raster.types import SceneBand
from geoquant.redaction import file_name

if TYPE_CHECKING:
    from geoquant.inference.prepare import PreparedJob


MOST_NAMED = 1000
"""Scenes of a mosaic that a map names; a digest stands for all."""


def reading_tags(prepared: PreparedJob) -> dict[str, str]:
    """Tags with what holds after options, file and card were weighed; the same reading gives the same tags.

    The card's tag holds what lies beyond the scene's edge and how values are normalized, and the file's own grid the
    ground sampling distance. Files go by their names, without folders and what an address asks for.
    """
    scene = prepared.scene
    tags = {"GEOQUANT_READING": json.dumps([_band(band) for band in scene.bands], ensure_ascii=False)}
    if isinstance(scene, Mosaic):
        tags |= mosaic_tags(scene)
    if prepared.plan.depends_on_tiling:
        lattice = prepared.plan.lattice
        tags["GEOQUANT_TILES"] = json.dumps({"step_px": lattice.step_px, "overlap_px": lattice.overlap_px})
    return {**tags, **Region(prepared.plan.region, prepared.request.polygons).tags}


def mosaic_tags(mosaic: Mosaic) -> dict[str, str]:
    """The rule of overlaps and every scene in the order that it gave: name, date, and a digest of how each is read.

    ``GEOQUANT_READING`` then holds the first scene's bands, in the units that all are brought to.
    """
    scenes = [[member.scene.name, member.acquired] for member in mosaic.members]
    readings = [[_band(band) for band in member.scene.bands] for member in mosaic.members]
    text = json.dumps(readings, ensure_ascii=False)
    facts = {
        "rule": mosaic.rule,
        "scenes": scenes[:MOST_NAMED],
        "count": len(scenes),
        "readings_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    return {"GEOQUANT_MOSAIC": json.dumps(facts, ensure_ascii=False)}


def _band(band: SceneBand) -> dict[str, Any]:
    """How one band's stored numbers become input, and which of them are none."""
    return {
        "band": band.name,
        "file": file_name(band.path),
        "index": band.index,
        "nodata": _number(band.nodata),
        "mask": band.mask,
        "scale": _number(band.scale),
        "offset": _number(band.offset),
    }


def _number(value: float | None) -> float | str | None:
    """As JSON knows it: NaN and infinity are words there."""
    return value if value is None or isfinite(value) else str(value)
