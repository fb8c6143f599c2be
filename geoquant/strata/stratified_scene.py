"""A scene whose pixels are told apart by condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.model_card.card import InputUnits, ModelCard
from geoquant.options.scene import MaskOptions
from geoquant.raster.aligned import AlignedRaster, class_positions
from geoquant.raster.band_names import common_name
from geoquant.raster.decimation import decimation, overview
from geoquant.raster.ground import ground_pixel_size
from geoquant.raster.opening import watch_beside
from geoquant.raster.scene import Scene
from geoquant.raster.source_watch import SourceWatch
from geoquant.redaction import file_name
from geoquant.strata.conditions import Conditions
from geoquant.strata.confidence import Confidence, confidence_by_mask, confidence_by_tests
from geoquant.strata.quality_mask import QualityMask, open_mask
from geoquant.strata.rings import Margins, bounded, margins_on_ground, refine
from geoquant.strata.spectra import BandReader, Spectra, band_reader, find_roles
from geoquant.strata.spectral_tests import SceneThresholds, learn_thresholds, spectral_conditions

SPECK_PX = 1
"""The ``speck_px`` of ``Margins`` for clouds that spectral tests find."""
OWN_MASKS = ("SCL", "QA_PIXEL")
"""Quality layers of products that serve as masks."""


@dataclass(frozen=True)
class StratifiedScene:
    """A scene whose pixels can be told apart by condition.

    Attributes:
        scene: The scene, fitted to the card.
        mask: A quality mask on its grid, or None.
        labels: True classes on its grid, or None.
        reader: Makes spectra of its stored numbers.
        thresholds: The thresholds learned from its overview.
        margins: How far its edge strata reach, in its pixels.
        confidence: How far its conditions can be trusted.
        valid_share: The share of its pixels that hold data, 0..1.
        watch: The watch that tells whether the files of scene, mask and labels are still those that were surveyed.
    """

    scene: Scene
    mask: QualityMask | None
    labels: AlignedRaster | None
    reader: BandReader
    thresholds: SceneThresholds
    margins: Margins
    confidence: Confidence
    valid_share: float
    watch: SourceWatch

    @property
    def told_by(self) -> str:
        """The source of its conditions, for people: the mask and its kind, or spectral tests, and their bands."""
        reader = self.reader
        bands = (
            f"{', '.join(reader.roles)} as {'reflectance' if reader.physical else 'numbers that are no reflectance'}"
        )
        if self.mask is None:
            return f"spectral tests of {bands}"
        return f"{file_name(self.mask.path)} read as {self.mask.meaning.kind}, with {bands}"

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is implausible about its strata, each as a warning with what helps."""
        advice = "Look at them with `geoquant strata`; a quality mask (--mask, --mask-kind) can say what they are."
        return tuple(f"Strata of {self.scene.name}: {doubt}. {advice}" for doubt in self.confidence.doubts)

    @property
    def reach_px(self) -> int:
        """How far around a pixel the scene is read to tell its stratum."""
        return self._rings.reach_px

    def strata(self, window: Window) -> Conditions:
        """Strata (y, x) of a window at full resolution, the same whichever window a pixel is read in."""
        around = window.expand(self.reach_px).intersection(self.scene.grid.window)
        pixels = self.scene.read(around)
        spectra = self.reader.spectra(pixels.values, pixels.valid)
        return self._strata(around, spectra, self._rings)[window.relative_to(around).slices]

    def overview_strata(self) -> Conditions:
        """Strata (y, x) of the scene's decimated view, see ``overview``."""
        pixels = overview(self.scene)
        spectra = self.reader.spectra(pixels.values, pixels.valid)
        return self._strata(self.scene.grid.window, spectra, self._rings.decimated(decimation(self.scene)))

    @property
    def _rings(self) -> Margins:
        return self.margins if self.mask is not None else replace(self.margins, speck_px=SPECK_PX)

    def _strata(self, window: Window, spectra: Spectra, margins: Margins) -> Conditions:
        return refine(self._conditions(window, spectra), spectra, self.thresholds, margins)

    def _conditions(self, window: Window, spectra: Spectra) -> Conditions:
        if self.mask is not None:
            return self.mask.conditions(window, spectra, self.thresholds)
        return spectral_conditions(spectra, self.thresholds)

    def true_classes(self, window: Window, values: Sequence[int]) -> NDArray[np.uint8] | None:
        """Class positions (y, x) by the labels, 255 where there is none; None without labels."""
        return None if self.labels is None else class_positions(self.labels.read(window), values)

    @contextmanager
    def with_own_mask(self) -> Iterator[StratifiedScene]:
        """The same scene with a handle of its own on the mask, for another thread; without labels."""
        mask = None if self.mask is None else self.mask.reopened()
        try:
            yield replace(self, mask=mask, labels=None)
        finally:
            if mask is not None:
                mask.close()

    def close(self) -> None:
        """Close the mask and the labels."""
        for raster in (self.mask, self.labels):
            if raster is not None:
                raster.close()


def stratify(
    scene: Scene,
    card: ModelCard,
    mask: str | Path | None = None,
    labels: str | Path | None = None,
    mask_options: MaskOptions = MaskOptions(),  # noqa: B008  frozen
) -> StratifiedScene:
    """Prepare a scene for the choice and the judging of tiles.

    Args:
        scene: fitted to the card, see ``fit_to_card``.
        card: says which of its bands is which.
        mask: quality mask on any grid; None takes a product's own, or spectral tests where it has none.
        labels: class raster on any grid, with the card's class values.
        mask_options: what the mask's numbers mean.
    """
    stratified = stratify_by(scene, find_roles(*_known_names(scene, card)), mask, mask_options, card.units)
    if labels is None:
        return stratified
    watch = stratified.watch | watch_beside(labels)
    return replace(stratified, labels=AlignedRaster(labels, scene.grid), watch=watch)


def _known_names(scene: Scene, card: ModelCard) -> tuple[list[tuple[str | None, ...]], list[float | None]]:
    """What bands are called, the most trusted first, and their wavelengths: the scene knows its sensor, the card one.

    A colour tag is for display, and the card's word counts more.
    """
    names: list[tuple[str | None, ...]] = []
    wavelengths: list[float | None] = []
    for band, wanted in zip(scene.bands, card.bands, strict=True):
        tagged = band.colour is not None and band.colour == band.common_name != common_name(band.name)
        own = (wanted.common_name, band.common_name) if tagged else (band.common_name, wanted.common_name)
        names.append((*own, band.name, wanted.name))
        wavelengths.append(band.centre_wavelength_um or wanted.centre_wavelength_um)
    return names, wavelengths


def stratify_by(
    scene: Scene,
    roles: Mapping[str, int],
    mask: str | Path | None,
    mask_options: MaskOptions,
    units: InputUnits = "physical",
) -> StratifiedScene:
    """As ``stratify``, for bands whose roles are known otherwise; see ``find_roles`` and ``band_reader``."""
    path = _mask_path(scene, mask, mask_options)
    watch = scene.watch() if path is None else scene.watch() | watch_beside(path)
    opened = None if path is None else open_mask(path, scene.grid, MaskOptions() if mask is None else mask_options)
    pixels = overview(scene)
    reader = band_reader(pixels.values, pixels.valid, roles, scene.bands, units)
    spectra = reader.spectra(pixels.values, pixels.valid)
    thresholds, rough = learn_thresholds(spectra), margins_on_ground(_pixel_m(scene))
    share = float(pixels.valid.mean())
    learned = StratifiedScene(scene, opened, None, reader, thresholds, rough, Confidence({}), share, watch)
    conditions = learned._conditions(scene.grid.window, spectra)
    by_tests = opened is None
    sure = confidence_by_tests(spectra, conditions, thresholds) if by_tests else confidence_by_mask(spectra, conditions)
    return replace(learned, margins=bounded(learned._rings, conditions, decimation(scene)), confidence=sure)


def _pixel_m(scene: Scene) -> float | None:
    """The side of a square of the ground that a pixel covers, in metres, or None where nobody knows."""
    sides = ground_pixel_size(scene.grid)
    return None if sides is None else sqrt(sides[0] * sides[1])


def _mask_path(scene: Scene, mask: str | Path | None, options: MaskOptions) -> str | Path | None:
    """The mask that is given, else the product's own; None leaves it to spectral tests."""
    if options.mask_kind == "none":
        if mask is not None:
            raise OptionError(f"--mask-kind none takes no mask, but --mask {mask} was given; leave one of them out.")
        return None
    if mask is not None:
        return mask
    masks = scene.product.masks if scene.product else {}
    return next((masks[name] for name in OWN_MASKS if name in masks), None)
