"""Pictures of rasters for people: PNG and JPEG bytes from arrays, through GDAL's own drivers, in memory."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile

from geoquant.errors import RasterError
from geoquant.grid import Window

Picture = NDArray[np.uint8]
"""A picture: red, green, blue ``(3, y, x)``."""

OUTLINE_DARK = (20, 20, 24)


def encode_png(picture: Picture, palette: Mapping[int, str] | None = None) -> bytes:
    """A PNG file.

    Args:
        picture: ``(3, y, x)``, or ``(y, x)`` class values with a ``palette``.
        palette: value -> ``#rrggbb``; values without a colour are transparent.

    Raises:
        RasterError: the PNG driver refused it.
    """
    if palette is None:
        return _encode(picture, "PNG", zlevel=6)
    colors = dict.fromkeys(range(256), (0, 0, 0, 0)) | {value: (*rgb(color), 255) for value, color in palette.items()}
    return _encode(picture[None], "PNG", colors, zlevel=9)


def encode_jpeg(picture: Picture, quality: int = 88) -> bytes:
    """A JPEG file of ``(3, y, x)``: a tenth of a PNG's size for a photograph.

    Raises:
        RasterError: the JPEG driver refused it.
    """
    return _encode(picture, "JPEG", quality=quality)


def _encode(
    bands: NDArray[np.uint8], driver: str, palette: Mapping[int, tuple[int, ...]] | None = None, **creation: Any
) -> bytes:
    count, height, width = bands.shape
    profile = {"driver": driver, "count": count, "height": height, "width": width, "dtype": "uint8", **creation}
    try:
        with warnings.catch_warnings(), rasterio.Env(GDAL_PAM_ENABLED="NO"), MemoryFile() as memory:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with memory.open(**profile) as sink:
                sink.write(bands)
                if palette is not None:
                    sink.write_colormap(1, palette)
            return bytes(memory.read())
    except RasterioError as error:
        raise RasterError(f"GDAL's {driver} driver could not write a picture of {width} x {height}: {error}") from error


def rgb(color: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three numbers."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


@dataclass(frozen=True)
class Tone:
    """The curve from stored numbers or reflectance to a picture; learned once, it makes pictures of a scene comparable.

    Attributes:
        dark: The value that becomes black, per band.
        gains: One factor per band, for false colour, where one band is much brighter than the others.
        knee: The s of the curve ``x / (x + s)``.
        white: The x that becomes white.
    """

    dark: tuple[float, ...]
    gains: tuple[float, ...]
    knee: float
    white: float

    def apply(self, values: NDArray[Any], valid: NDArray[np.bool_]) -> Picture:
        """Bands for red, green and blue ``(3, y, x)`` as a picture; black where not ``valid (y, x)``."""
        dark, gains = (np.asarray(part, np.float32)[:, None, None] for part in (self.dark, self.gains))
        light = np.maximum(values.astype(np.float32) - dark, 0) * gains
        curve = light / (light + np.float32(self.knee)) * np.float32((self.white + self.knee) / self.white)
        return np.asarray(np.clip(curve, 0, 1) * valid * 255, np.uint8)


def learn_tone(values: NDArray[Any], valid: NDArray[np.bool_], gains: Sequence[float] = (1, 1, 1)) -> Tone:
    """A tone that shows dark forest and bright cloud at once, like a photograph.

    The darkest half percent of each band is taken off (haze); all bands are then put through one curve,
    ``x / (x + s)``, the global operator of Reinhard et al. 2002 ("Photographic tone reproduction for digital images",
    equation 3), with s set so that the median pixel comes out at 0.4 of white, and white at the 99.5 percentile.

    Args:
        values: ``(3, y, x)``, stored numbers or reflectance: bands for red, green and blue.
        valid: ``(y, x)``; the rest is not looked at.
        gains: see ``Tone``.
    """
    if not valid.any():
        return Tone((0.0, 0.0, 0.0), tuple(gains), 1e9, 1.0)
    inside = values[:, valid].astype(np.float32)
    dark = np.quantile(inside, 0.005, axis=1)
    brightness = (np.maximum(inside - dark[:, None], 0) * np.asarray(gains)[:, None]).mean(axis=0)
    white = max(float(np.quantile(brightness, 0.995)), 1e-9)
    return Tone(tuple(map(float, dark)), tuple(gains), _knee(float(np.median(brightness)), white), white)


def stretch(values: NDArray[Any], valid: NDArray[np.bool_], gains: Sequence[float] = (1, 1, 1)) -> Picture:
    """A picture ``(3, y, x)`` in the tone that ``learn_tone`` finds for it."""
    return learn_tone(values, valid, gains).apply(values, valid)


def _knee(middle: float, white: float, target: float = 0.4) -> float:
    """The s of ``x / (x + s) * (w + s) / w`` that takes ``middle`` to ``target``; huge (a line) where none does."""
    bend = target * white - middle
    return max((1 - target) * white * middle / bend, 1e-9) if bend > 1e-9 else 1e9


def false_colour_gains() -> tuple[float, float, float]:
    """Gains for near infrared, red, green: vegetation reflects many times as much in the first as in the second."""
    return 0.5, 0.95, 0.85


def paint_classes(classes: NDArray[np.uint8], palette: Mapping[int, str]) -> Picture:
    """Class values ``(y, x)`` in their colours ``(3, y, x)``; values without a colour are black."""
    table = np.zeros((256, 3), np.uint8)
    for value, color in palette.items():
        table[value] = rgb(color)
    return np.ascontiguousarray(table[classes].transpose(2, 0, 1))


def shrink_mean(values: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Means over ``factor`` x ``factor`` blocks of ``(band, y, x)``; ragged edges are cut off."""
    bands, height, width = values.shape
    rows, cols = height // factor, width // factor
    blocks = values[:, : rows * factor, : cols * factor].reshape(bands, rows, factor, cols, factor)
    return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float32))


def shrink_any(mask: NDArray[np.bool_], factor: int) -> NDArray[np.bool_]:
    """True where any pixel of a ``factor`` x ``factor`` block is: thin things stay visible."""
    rows, cols = mask.shape[0] // factor, mask.shape[1] // factor
    blocks = mask[: rows * factor, : cols * factor].reshape(rows, factor, cols, factor)
    return np.asarray(blocks.any(axis=(1, 3)))


def shrink_nearest(classes: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Every ``factor``-th pixel of ``(y, x)``, from the middle of each block."""
    rows, cols = classes.shape[0] // factor, classes.shape[1] // factor
    return np.ascontiguousarray(classes[factor // 2 :: factor, factor // 2 :: factor][:rows, :cols])


def outline(picture: Picture, windows: Sequence[Window], colors: Sequence[str]) -> Picture:
    """The picture with a frame round each window (in pixels of the picture): colour inside, dark outside."""
    framed = picture.copy()
    for window, color in zip(windows, colors, strict=True):
        _frame(framed, window.expand(1), OUTLINE_DARK)
        _frame(framed, window, rgb(color))
        _frame(framed, window.expand(-1), rgb(color))
    return framed


def _frame(picture: Picture, window: Window, color: tuple[int, int, int]) -> None:
    """Draw the border of a window in place, as far as it lies on the picture."""
    inside = window.intersection(Window(0, 0, *picture.shape[1:]))
    if not inside.pixels:
        return
    rows, cols = inside.slices
    shade = np.array(color, np.uint8)[:, None]
    for row in (window.row, window.row_end - 1):
        if 0 <= row < picture.shape[1]:
            picture[:, row, cols] = shade
    for col in (window.col, window.col_end - 1):
        if 0 <= col < picture.shape[2]:
            picture[:, rows, col] = shade
