"""Finding fill that a file does not declare: a large share of pixels with one tell-tale value in every band."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geoquant.errors import RasterError
from geoquant.grid import Window, ceil_div
from geoquant.raster.handles import RASTERIO_ERRORS, HandleKey, borrowed, is_remote
from geoquant.raster.scattered import VIEW_PX, scattered_pixels

if TYPE_CHECKING:
    from geoquant.raster.scene import Scene
    from geoquant.raster.types import SceneBand


_SUSPICIOUS_SHARE = 0.01
_SAMPLE_PX = 64
_SAMPLED_BANDS = 16  # of a cube of hundreds: a value that fills all of these is fill in the others
_ALPHA_LEVELS = 32  # a feathered edge has a few


def undeclared_fill(scene: Scene) -> str:
    """A warning that names the suspected fill value and the option that declares it, or an empty string."""
    try:
        step = ceil_div(len(scene.bands), _SAMPLED_BANDS)
        lattice_side = 3 if is_remote(scene.bands[0].path) else 5
        values = scattered_pixels(replace(scene, bands=scene.bands[::step]), lattice_side, _SAMPLE_PX).values[:, 0]
    except RasterError:
        return ""  # a damaged block here is reported where it matters, when it is read
    for candidate in _candidates(scene.dtype):
        share = float((values == candidate).all(axis=0).mean())
        if share >= _SUSPICIOUS_SHARE:
            return (
                f"{scene.name} declares no nodata, but about {share:.0%} of its pixels are {candidate:g} in every "
                f"band, which looks like fill. If it is, pass --nodata {candidate:g}."
            )
    return ""


def data_in_alpha(band: SceneBand) -> str:
    """A warning that a band tagged as alpha holds a picture (NAIP tags near infrared so), or an empty string."""
    try:
        with borrowed(HandleKey(band.path, band.stamp)) as dataset:
            rows, cols = (min(size, VIEW_PX) for size in dataset.shape)
            middle = Window((dataset.height - rows) // 2, (dataset.width - cols) // 2, rows, cols)
            values = dataset.read(band.index, window=((middle.row, middle.row_end), (middle.col, middle.col_end)))
    except RASTERIO_ERRORS:
        return ""  # as above: reported where it is read
    levels = len(np.unique(values))
    if levels <= _ALPHA_LEVELS:
        return ""
    return (
        f"Band {band.number} of {band.path} is tagged as alpha but holds {levels} different values, like a picture: "
        f"only its zeros count as no data. If it is a band (NAIP tags near infrared so), name it in --bands."
    )


def _candidates(dtype: np.dtype[Any]) -> list[float]:
    """Values that fill commonly has."""
    if np.issubdtype(dtype, np.unsignedinteger):
        return [0] if dtype.itemsize == 1 else [0, float(np.iinfo(dtype).max)]
    if np.issubdtype(dtype, np.integer):
        return [float(np.iinfo(dtype).min), -9999, 0][dtype.itemsize == 1 :]
    return [float(np.finfo(np.float32).min), -9999, 0]
