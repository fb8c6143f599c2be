"""Open a mask or a label raster and read it on a scene's grid, by nearest neighbour."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from geoquant.errors import GeoquantWarning, OptionError
from geoquant.grid import Grid, Window
from geoquant.options.scene import MaskOptions
from geoquant.output.style import labels_in
from geoquant.raster.aligned import AlignedRaster
from geoquant.redaction import file_name
from geoquant.strata.conditions import Conditions
from geoquant.strata.mask_decoders import MaskKind, MaskMeaning, classes_of_strata, decode, guess_kind, parse_classes
from geoquant.strata.spectra import Spectra
from geoquant.strata.spectral_tests import SceneThresholds


class QualityMask:
    """A quality mask on the grid of a scene, and what its numbers mean. Not shared between threads; close it.

    Attributes:
        path: The file of the mask.
        meaning: What its numbers mean.
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
    guess = guess_kind(file_name(raster.path), sample, raster.bands)
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
