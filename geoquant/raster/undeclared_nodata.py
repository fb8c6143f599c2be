"""Finding fill that a file does not declare: a large share of pixels with one tell-tale value in every band."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import RasterError
from geoquant.grid import Window, ceil_div
from geoquant.raster.handles import RASTERIO_ERRORS, HandleKey, borrowed, is_remote

if TYPE_CHECKING:
    from geoquant.raster.scene import Scene
    from geoquant.raster.types import SceneBand


_SUSPICIOUS_SHARE = 0.01
_SAMPLE_PX = 64
_OVERVIEW_PX = 256
_SAMPLED_BANDS = 16  # of a cube of hundreds: a value that fills all of these is fill in the others
_ALPHA_LEVELS = 32  # a feathered edge has a few


def undeclared_fill(scene: Scene) -> str:
    """A warning that names the suspected fill value and the option that declares it, or an empty string."""
    try:
        step = ceil_div(len(scene.bands), _SAMPLED_BANDS)
        values = _sample(replace(scene, bands=scene.bands[::step]))
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
            rows, cols = (min(size, _OVERVIEW_PX) for size in dataset.shape)
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


def _sample(scene: Scene) -> NDArray[Any]:
    """Pixels ``(band, n)`` from all over the scene, through overviews, or else from small windows on a lattice."""
    height, width = scene.grid.height, scene.grid.width
    if _has_overviews(scene) or height * width <= 16 * _OVERVIEW_PX**2:
        shrink = max(1, max(height, width) // _OVERVIEW_PX)
        values = scene.read_decimated(max(1, height // shrink), max(1, width // shrink)).values
        return values.reshape(len(scene.bands), -1)
    count = 3 if is_remote(scene.bands[0].path) else 5
    windows = [_lattice_window(height, width, i, j, count) for i in range(count) for j in range(count)]
    return np.concatenate([scene.read(window).values.reshape(len(scene.bands), -1) for window in windows], axis=1)


def _lattice_window(height: int, width: int, i: int, j: int, count: int) -> Window:
    """The (i, j)-th of count x count windows, from corner to corner."""
    rows, cols = min(_SAMPLE_PX, height), min(_SAMPLE_PX, width)
    return Window((height - rows) * i // (count - 1), (width - cols) * j // (count - 1), rows, cols)


def _has_overviews(scene: Scene) -> bool:
    for band in {band.path: band for band in scene.bands}.values():
        with borrowed(HandleKey(band.path, band.stamp)) as dataset:
            if not dataset.overviews(band.index):
                return False
    return True
