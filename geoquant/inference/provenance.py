"""What a class map tells of how its scene was read and cut into tiles: every option that changed a pixel is in it."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from geoquant.raster.region import Region
from geoquant.raster.types import SceneBand
from geoquant.redaction import file_name

if TYPE_CHECKING:
    from geoquant.inference.prepare import PreparedJob


def reading_tags(prepared: PreparedJob) -> dict[str, str]:
    """Tags with what holds after options, file and card were weighed; the same reading gives the same tags.

    The card's tag holds what lies beyond the scene's edge and how values are normalized, and the file's own grid the
    ground sampling distance. Files go by their names, without folders and what an address asks for.
    """
    tags = {"GEOQUANT_READING": json.dumps([_band(band) for band in prepared.scene.bands], ensure_ascii=False)}
    if prepared.plan.depends_on_tiling:
        lattice = prepared.plan.lattice
        tags["GEOQUANT_TILES"] = json.dumps({"step_px": lattice.step_px, "overlap_px": lattice.overlap_px})
    return {**tags, **Region(prepared.plan.region, prepared.request.polygons).tags}


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
