"""The final strata: clear land split in four, and the rings round clouds and in from no data, of clear land only.

A ring says what lies near. Shadow, water, snow and cloud are conditions of the pixel itself, and rare: a ring that took
them would leave nothing to calibrate and to judge them by. Widths are metres of ground, because that is how wide the
haze round a cloud is, whatever the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geoquant.strata.conditions import CLEAR, Conditions, Mask, Stratum
from geoquant.strata.spectra import Spectra
from geoquant.strata.spectral_tests import SceneThresholds

CLOUD_EDGE_M, SCENE_EDGE_M = 60.0, 160.0
"""Widths on the ground. No data enters a network as z = 0 and reaches as far as its receptive field: a wider ring."""
NOMINAL_PIXEL_M = 10.0
"""The pixel that widths are counted in where nobody knows the ground."""
MOST_PX = 32
"""The widest ring, in pixels: on photographs from the air the haze of a cloud would fill the picture."""
LARGEST_SHARE = 1 / 3
"""What one ring takes of clear land at most, so that both leave a third of it."""


@dataclass(frozen=True)
class Margins:
    """How far an edge stratum reaches, in pixels of the array at hand.

    A cloud that is narrower than 2 * ``speck_px`` + 1 has no edge: by spectral tests bright roofs would cover a town
    with edges.
    """

    cloud_px: int
    scene_px: int
    speck_px: int = 0

    @property
    def reach_px(self) -> int:
        """How far away a pixel can be that decides the stratum of this one."""
        return max(self.cloud_px + 2 * self.speck_px, self.scene_px)

    def decimated(self, factor: int) -> Margins:
        """The same distances in pixels of a view decimated by ``factor``; a ring that there is has at least 1."""
        cloud, scene = (width and max(1, round(width / factor)) for width in (self.cloud_px, self.scene_px))
        return Margins(cloud, scene, self.speck_px)


def margins_on_ground(pixel_m: float | None) -> Margins:
    """The widths of both rings where a pixel measures ``pixel_m`` metres on the ground (None: nobody knows).

    At least a pixel, because the one beside a cloud is mixed, and at most ``MOST_PX``.
    """
    pixel = pixel_m or NOMINAL_PIXEL_M
    cloud, scene = (min(MOST_PX, max(1, round(width_m / pixel))) for width_m in (CLOUD_EDGE_M, SCENE_EDGE_M))
    return Margins(cloud, scene)


def bounded(margins: Margins, conditions: Conditions, factor: int) -> Margins:
    """Margins that are narrower where a ring would take more than ``LARGEST_SHARE`` of the scene's clear land.

    Args:
        margins: at full resolution.
        conditions: (y, x) of a view of the scene that is decimated by ``factor``, before ``refine``.
        factor: of the view.
    """
    cloud, empty, clear = _cores(conditions, margins.speck_px), conditions == Stratum.NO_DATA, conditions == CLEAR
    cloud_px = _widest(cloud, clear, margins.cloud_px, margins.speck_px, factor)
    return replace(margins, cloud_px=cloud_px, scene_px=_widest(empty, clear, margins.scene_px, 0, factor))


def _widest(of: Mask, clear: Mask, width_px: int, grown_px: int, factor: int) -> int:
    """The widest ring up to ``width_px`` that leaves enough of ``clear``; by bisection, since shares grow with it."""
    total = int(clear.sum())

    def fits(width: int) -> bool:
        radius = max(1, round(width / factor))
        taken = int((dilate(of, radius + grown_px) & clear).sum())
        return taken * min(1.0, width / (radius * factor)) <= LARGEST_SHARE * total

    if fits(width_px):
        return width_px
    fitting, too_wide = 0, width_px
    while too_wide - fitting > 1:
        middle = (fitting + too_wide) // 2
        fitting, too_wide = (middle, too_wide) if fits(middle) else (fitting, middle)
    return fitting


def refine(conditions: Conditions, spectra: Spectra, thresholds: SceneThresholds, margins: Margins) -> Conditions:
    """The final strata (y, x): clear land split in four, or an edge where it lies near a cloud or no data.

    Whatever else ``conditions`` names stays what it is.
    """
    strata = conditions.copy()
    clear, empty = conditions == CLEAR, ~spectra.valid
    bright, green = spectra.visible() > thresholds.bright, spectra.greenness() > thresholds.green
    strata[clear] = (CLEAR + 2 * bright + green).astype(np.uint8)[clear]
    if margins.cloud_px:
        near = dilate(_cores(conditions, margins.speck_px), margins.cloud_px + margins.speck_px)
        strata[near & clear] = Stratum.CLOUD_EDGE
    strata[dilate(empty, margins.scene_px) & clear] = Stratum.SCENE_EDGE
    strata[empty] = Stratum.NO_DATA
    return strata


def _cores(conditions: Conditions, speck_px: int) -> Mask:
    """Clouds without what is narrower than 2 * ``speck_px`` + 1, and without their outer ``speck_px``."""
    cloud = (conditions == Stratum.THICK_CLOUD) | (conditions == Stratum.THIN_CLOUD)
    return ~dilate(~cloud, speck_px)


def dilate(mask: Mask, radius_px: int) -> Mask:
    """True within ``radius_px`` rows and columns of a True pixel (a square neighbourhood)."""
    return _dilate_rows(_dilate_rows(mask, radius_px).T, radius_px).T


def _dilate_rows(mask: Mask, radius_px: int) -> Mask:
    padded = np.pad(mask, ((radius_px + 1, radius_px), (0, 0)))
    count = np.cumsum(padded, axis=0, dtype=np.int32)
    return np.asarray(count[2 * radius_px + 1 :] > count[: -2 * radius_px - 1])
