"""Finding fill that a file does not declare, and bands that hold nothing but fill.

Fill that is not declared is a large share of pixels with one tell-tale value in every band.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_SATURATED_SHARE = 0.05
"""Share from which white in 8 bits is suspicious, where it fills a line along the scene's edge: clouds saturate too."""
_WHITE = 255.0
_SAMPLE_PX = 64
_SAMPLED_BANDS = 16  # of a cube of hundreds: a value that fills all of these is fill in the others
_ALPHA_LEVELS = 32  # a feathered edge has a few


def undeclared_fill(scene: Scene) -> str:
    """A warning that names the suspected fill value and the option that declares it, or an empty string."""
    try:
        step = ceil_div(len(scene.bands), _SAMPLED_BANDS)
        sampled = replace(scene, bands=scene.bands[::step])
        values = scattered_pixels(sampled, 3 if is_remote(scene.bands[0].path) else 5, _SAMPLE_PX).values[:, 0]
        for candidate in _candidates(scene.dtype):
            share = float((values == candidate).all(axis=0).mean())
            if share >= _SUSPICIOUS_SHARE and (candidate != _WHITE or _is_white_fill(sampled, share)):
                return (
                    f"{scene.name} declares no nodata, but about {share:.0%} of its pixels are {candidate:g} in every "
                    f"band, which looks like fill. If it is, pass --nodata {candidate:g}."
                )
    except RasterError:
        pass  # a damaged block here is reported where it matters, when it is read
    return ""


def _is_white_fill(scene: Scene, share: float) -> bool:
    """Whether white covers a part of the scene and a whole line along its edge, as fill does and no cloud."""
    if scene.dtype != np.uint8 or share < _SATURATED_SHARE:
        return False
    height, width = scene.grid.height, scene.grid.width
    rows, cols = min(_SAMPLE_PX, height), min(_SAMPLE_PX, width)
    across = [Window(row, col, 1, cols) for row in (0, height - 1) for col in _spread(width, cols)]
    down = [Window(row, col, rows, 1) for col in (0, width - 1) for row in _spread(height, rows)]
    return any(bool((scene.read(line).values == _WHITE).all()) for line in (*across, *down))


def _spread(size: int, part: int) -> list[int]:
    """Where parts begin that lie at both ends of a side and in its middle."""
    return sorted({0, (size - part) // 2, size - part})


def empty_bands(scene: Scene) -> str:
    """A warning that names bands without any data beside others that have some, or an empty string.

    A pixel counts where all bands have data, so that one such band (a cube's bands in the absorption of water vapour)
    leaves no pixel of the scene. Scenes under an address are not asked: every band would be a request.
    """
    if scene.is_remote or all(band.nodata is None and band.mask == "none" for band in scene.bands):
        return ""
    height, width = scene.grid.height, scene.grid.width
    rows, cols = min(_SAMPLE_PX, height), min(_SAMPLE_PX, width)
    try:
        if scene.read(Window((height - rows) // 2, (width - cols) // 2, rows, cols)).valid.any():
            return ""  # which is one window of nearly every scene
        if scattered_pixels(scene, 5, _SAMPLE_PX).valid.any():
            return ""
        empty = [band for band in scene.bands if not _has_data(scene, band)]
    except RasterError:
        return ""  # as above
    if not empty or len(empty) == len(scene.bands):
        return ""
    names, rest = _ranges([band.number for band in empty]), _ranges([b.number for b in scene.bands if b not in empty])
    which = f"{'band' if len(empty) == 1 else 'bands'} {names} of {scene.name}"
    return (
        f"No data was found in {which}, and a pixel counts only where all bands have data: every pixel would be no "
        f"data. Leave them out with --bands {rest} (for a model that was made for these), or make a scene whose bands "
        f"have data where the model needs them."
    )


def _has_data(scene: Scene, band: SceneBand) -> bool:
    return bool(scattered_pixels(replace(scene, bands=(band,)), 5, _SAMPLE_PX).valid.any())


def _ranges(numbers: Sequence[int]) -> str:
    """``1-3,7``, as --bands takes it."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


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
        return [0, float(np.iinfo(dtype).max)]
    if np.issubdtype(dtype, np.integer):
        return [float(np.iinfo(dtype).min), -9999, 0][dtype.itemsize == 1 :]
    return [float(np.finfo(np.float32).min), -9999, 0]
