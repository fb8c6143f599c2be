"""Open a mask or a label raster and read it on a scene's grid, by nearest neighbour."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window as RasterioWindow

from geoquant.doors.raster.handles import reading_env
from geoquant.doors.writer.style import labels_in
from geoquant.numbers.grid import Grid, Window
from geoquant.numbers.masks import MaskKind, MaskMeaning, classes_of_strata, decode, guess_kind, parse_classes
from geoquant.numbers.strata import Conditions, SceneThresholds, Spectra
from geoquant.words.errors import GeoquantWarning, GridMismatch, OptionError, RasterError
from geoquant.words.options import MaskOptions


class AlignedRaster:
    """The first bands of a raster, on the grid of a scene. Not shared between threads; close it.

    Attributes:
        path: of the file.
        grid: of the scene.
        bands: how many it has.
        tags: of the file.
    """

    def __init__(self, path: str | Path, grid: Grid) -> None:
        """Open ``path`` for reading on ``grid``.

        Raises:
            RasterError: it can't be opened.
            GridMismatch: it can't be put on the grid.
        """
        self.path = str(path)
        self.grid = grid
        try:
            with reading_env(self.path):
                self._source = rasterio.open(self.path, sharing=False)
                self._view = self._aligned()
                self.bands: int = self._source.count
                self.tags: dict[str, str] = self._source.tags()
        except RasterioError as error:
            raise RasterError(f"{self.path} can't be opened as a raster: {error}") from error

    def _aligned(self) -> Any:
        source, grid = self._source, self.grid
        if source.crs is None or grid.crs is None:
            if (source.width, source.height) != (grid.width, grid.height):
                raise GridMismatch(
                    f"{self.path} is {source.width} x {source.height} and the scene {grid.width} x {grid.height}; "
                    "without a CRS on both they must be of one size. Give a mask on the scene's grid, or both a CRS."
                )
            return source
        size = {"width": grid.width, "height": grid.height}
        transform = Affine(*grid.transform)
        return WarpedVRT(source, crs=grid.crs, transform=transform, resampling=Resampling.nearest, **size)

    def read(self, window: Window, shape: tuple[int, int] | None = None, bands: int = 1) -> NDArray[Any]:
        """Pixels of a window inside the scene's grid, or a nearest-neighbour view of it of another shape.

        0 lies where the raster does not reach.

        Args:
            window: on the scene's grid.
            shape: of the view, (y, x).
            bands: how many, from the first.

        Returns:
            (y, x) of one band, (band, y, x) of several.

        Raises:
            RasterError: the file is damaged.
        """
        part = RasterioWindow(window.col, window.row, window.width, window.height)
        which = 1 if bands == 1 else list(range(1, bands + 1))
        size = shape if shape is None or bands == 1 else (bands, *shape)
        try:
            with reading_env(self.path):
                return np.asarray(
                    self._view.read(which, window=part, out_shape=size, resampling=Resampling.nearest, masked=False)
                )
        except RasterioError as error:
            raise RasterError(f"{self.path} can't be read at {window}: {error}") from error

    def close(self) -> None:
        """Close the file."""
        if self._view is not self._source:
            self._view.close()
        self._source.close()


class QualityMask:
    """A quality mask on the grid of a scene, and what its numbers mean. Not shared between threads; close it.

    Attributes:
        path: of the file.
        meaning: of its numbers.
    """

    def __init__(self, raster: AlignedRaster, meaning: MaskMeaning) -> None:
        self._raster = raster
        self.path = raster.path
        self.meaning = meaning

    def reopened(self) -> QualityMask:
        """The same mask with a handle of its own, for another thread."""
        return QualityMask(AlignedRaster(self.path, self._raster.grid), self.meaning)

    def conditions(self, window: Window, spectra: Spectra, thresholds: SceneThresholds) -> Conditions:
        """Conditions (y, x) of a window at the shape of its spectra.

        Raises:
            RasterError: the file is damaged.
        """
        height, width = spectra.valid.shape
        mask = self._raster.read(window, (height, width), self.meaning.bands)
        return decode(self.meaning, mask, spectra, thresholds)

    def close(self) -> None:
        """Close the file."""
        self._raster.close()


def open_mask(path: str | Path, grid: Grid, options: MaskOptions = MaskOptions()) -> QualityMask:  # noqa: B008
    """A quality mask, opened on the grid of a scene.

    What it is follows from the options, else from its own class names where they are those of strata, else from its
    file name, else from its values; the last is said in a warning.

    Raises:
        RasterError: it can't be opened.
        GridMismatch: it can't be put on the grid.
        OptionError: nobody can tell what its numbers mean, or it is not what the options say.
    """
    raster = AlignedRaster(path, grid)
    try:
        meaning = _meaning(raster, grid, options)
        if raster.bands < meaning.bands:
            raise OptionError(
                f"--mask {path} has {raster.bands} bands, a UDM2 has 8 (the first {meaning.bands} are used). Give the "
                "UDM2 file itself, or another --mask-kind."
            )
        return QualityMask(raster, meaning)
    except BaseException:
        raster.close()
        raise


def _meaning(raster: AlignedRaster, grid: Grid, options: MaskOptions) -> MaskMeaning:
    if options.mask_classes is not None:
        try:
            return MaskMeaning("classes", parse_classes(options.mask_classes))
        except ValueError as error:
            raise OptionError(f"--mask-classes: {error}.") from error
    if options.mask_kind is not None and options.mask_kind != "none":
        return MaskMeaning(options.mask_kind)
    own = classes_of_strata({label.value: label.name for label in labels_in(raster.tags)})
    return MaskMeaning("classes", own) if own else MaskMeaning(_guessed(raster, grid))


def _guessed(raster: AlignedRaster, grid: Grid) -> MaskKind:
    sample = raster.read(grid.window, (min(512, grid.height), min(512, grid.width)))
    guess = guess_kind(Path(raster.path).name, sample, raster.bands)
    if guess is None:
        found = ", ".join(map(str, np.unique(sample)[:8]))
        raise OptionError(
            f"--mask {raster.path} holds {found} ..., and neither its name nor its values tell what they mean. Say it: "
            "--mask-kind scl, qa_pixel, fmask, qa60 or udm2, or for any class raster --mask-classes "
            '"1=water,4=thick cloud,...". Without --mask spectral tests make the strata.'
        )
    if not guess.by_name:
        text = f"{raster.path} is taken for {guess.kind} by its values; --mask-kind or --mask-classes says otherwise."
        warnings.warn(text, GeoquantWarning, stacklevel=4)
    return guess.kind


def class_positions(labels: NDArray[Any], values: Sequence[int]) -> NDArray[np.uint8]:
    """Label values -> class positions; 255 for values that no class has.

    Args:
        labels: (y, x), as stored.
        values: the class's value, per class.
    """
    table = np.full(256, 255, np.uint8)
    table[list(values)] = np.arange(len(values), dtype=np.uint8)
    inside = (labels >= 0) & (labels <= 255)
    return np.where(inside, table[np.where(inside, labels, 0).astype(np.uint8)], np.uint8(255))
