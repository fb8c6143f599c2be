"""How far a scene's conditions can be trusted: how firmly tests tell them, and whether they look like what they are.

Nobody has labels for a new scene. What can be measured without them is how many pixels of a condition keep it when the
bands are read a little brighter or darker, and whether a cloud varies from pixel to pixel as clouds do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.strata.conditions import CLEAR, Conditions, Stratum
from geoquant.strata.spectra import Spectra
from geoquant.strata.spectral_tests import SceneThresholds, looks_like_snow, spectral_conditions

RADIOMETRY = 0.05
"""What sensors and their atmospheric correction are sure of at best: Sentinel-2's bands are right within 3 to 5 %."""
FIRM_PX = 500
"""Longest side of the view that firmness is measured on."""
LEAST_PAIRS = 400
"""Neighbouring pixels of cloud below which their texture says nothing."""
GROUND_TEXTURE, CLOUD_TEXTURE = 0.2, 0.6
"""Correlation of visible and near-infrared differences: what ground has at most, and clouds at least."""
DOUBTFUL = 0.5
"""Confidence below which a condition is warned of, where it has ``WARNED_SHARE`` of the valid pixels."""
WARNED_SHARE = 0.01
_VISIBLE = ("blue", "green", "red")
_CLOUDS = (Stratum.THICK_CLOUD, Stratum.THIN_CLOUD)
_LAND = (Stratum.LAND_DULL_BARE, Stratum.LAND_DULL_GREEN, Stratum.LAND_BRIGHT_BARE, Stratum.LAND_BRIGHT_GREEN)


@dataclass(frozen=True)
class Confidence:
    """How far conditions can be trusted.

    Attributes:
        by_stratum: 0..1 for each stratum whose condition occurs; 1 is as sure as the mask or the tests can be.
        doubts: What is implausible, for people.
    """

    by_stratum: Mapping[Stratum, float]
    doubts: tuple[str, ...] = ()

    def in_words(self) -> str:
        """``water 0.97, thick cloud 0.31``."""
        return ", ".join(f"{stratum.label} {value:.2f}" for stratum, value in self.by_stratum.items())


def confidence_by_tests(spectra: Spectra, conditions: Conditions, thresholds: SceneThresholds) -> Confidence:
    """The confidence of conditions that spectral tests gave.

    Args:
        spectra: of a view of the scene (y, x).
        conditions: (y, x) by ``spectral_conditions`` with these thresholds.
        thresholds: of the scene.
    """
    firm = _firmness(_thinned(spectra), thresholds)
    texture = cloud_texture(spectra, conditions)
    doubts = [*_texture_doubt(texture), *_snow_doubt(spectra, thresholds)]
    return _confidence(conditions, firm, texture, doubts)


def confidence_by_mask(spectra: Spectra, conditions: Conditions) -> Confidence:
    """The confidence of conditions (y, x) that a mask gave: only what contradicts it counts."""
    texture = cloud_texture(spectra, conditions)
    return _confidence(conditions, {}, texture, _texture_doubt(texture))


def cloud_texture(spectra: Spectra, conditions: Conditions) -> float | None:
    """How alike visible and near-infrared light vary within clouds: the correlation of differences between neighbours.

    A cloud is white, so that both follow its thickness; what grows on the ground is bright in one, dark in the other.

    Returns:
        -1..1, or None with too few clouds or without near infrared.
    """
    nir = spectra.get("nir")
    if nir is None or not any(role in spectra.bands for role in _VISIBLE):
        return None
    cloud = np.isin(conditions, _CLOUDS)
    pairs = cloud[:, 1:] & cloud[:, :-1]
    steps = [np.diff(band, axis=1)[pairs].astype(np.float64) for band in (spectra.visible(), nir)]
    if pairs.sum() < LEAST_PAIRS or any(not step.std() > 0 for step in steps):
        return None
    visible, infrared = (step - step.mean() for step in steps)
    return float((visible * infrared).mean() / (visible.std() * infrared.std()))


def _confidence(
    conditions: Conditions, firm: Mapping[int, float], texture: float | None, doubts: Sequence[str]
) -> Confidence:
    """One figure per stratum that occurs; rings are as sure as what they surround."""
    white = 1.0 if texture is None else (texture - GROUND_TEXTURE) / (CLOUD_TEXTURE - GROUND_TEXTURE)
    plausible = dict.fromkeys(_CLOUDS, float(np.clip(white, 0, 1)))
    there = {int(value) for value in np.unique(conditions)}
    found: dict[Stratum, float] = {}
    for stratum in Stratum:
        condition = CLEAR if stratum in _LAND else int(stratum)
        if stratum is not Stratum.NO_DATA and condition in there:
            found[stratum] = firm.get(condition, 1.0) * plausible.get(stratum, 1.0)
    weak = _weak(found, conditions)
    clouds = {stratum: int((conditions == stratum).sum()) for stratum in _CLOUDS if stratum in found}
    if clouds:
        weighed = sum(found[stratum] * pixels for stratum, pixels in clouds.items())
        found[Stratum.CLOUD_EDGE] = weighed / sum(clouds.values())
    return Confidence(found, tuple(doubts) or weak)


def _weak(found: Mapping[Stratum, float], conditions: Conditions) -> tuple[str, ...]:
    """The doubt that tests hardly tell a condition which covers a share of the scene."""
    valid = conditions[conditions != Stratum.NO_DATA]
    weak = [
        f"{stratum.label} {value:.2f}"
        for stratum, value in found.items()
        if value < DOUBTFUL and valid.size and (valid == stratum).mean() >= WARNED_SHARE
    ]
    return (f"spectral tests tell some with little confidence (0 to 1): {', '.join(weak)}",) if weak else ()


def _firmness(spectra: Spectra, thresholds: SceneThresholds) -> dict[int, float]:
    """Condition -> share of its pixels that keep it with visible or infrared bands 5 % brighter or darker."""
    conditions = spectral_conditions(spectra, thresholds)
    kept = np.ones(conditions.shape, bool)
    for other in _misread(spectra):
        kept &= spectral_conditions(other, thresholds) == conditions
    all_of, kept_of = (np.bincount(values.ravel(), minlength=len(Stratum)) for values in (conditions, conditions[kept]))
    return {condition: float(kept_of[condition] / all_of[condition]) for condition in np.flatnonzero(all_of).tolist()}


def _misread(spectra: Spectra) -> Iterator[Spectra]:
    for visible in (True, False):
        for factor in (1 - RADIOMETRY, 1 + RADIOMETRY):
            bands = {
                role: band * np.float32(factor) if (role in _VISIBLE) == visible else band
                for role, band in spectra.bands.items()
            }
            yield replace(spectra, bands=bands)


def _thinned(spectra: Spectra) -> Spectra:
    step = max(1, -(-max(spectra.valid.shape) // FIRM_PX))

    def thin(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values[::step, ::step]

    bands = {role: np.asarray(thin(band), np.float32) for role, band in spectra.bands.items()}
    return replace(spectra, bands=bands, valid=np.asarray(thin(spectra.valid), bool))


def _texture_doubt(texture: float | None) -> list[str]:
    if texture is None or texture >= (GROUND_TEXTURE + CLOUD_TEXTURE) / 2:
        return []
    return [
        f"what counts as cloud has the texture of ground: visible and near infrared vary together by {texture:.2f} "
        f"there, in clouds by more than {CLOUD_TEXTURE:g}"
    ]


def _snow_doubt(spectra: Spectra, thresholds: SceneThresholds) -> list[str]:
    """Snow that the scene was denied; see ``learn_thresholds``."""
    if np.isfinite(thresholds.snow_swir) or not spectra.valid.any():
        return []
    share = float(looks_like_snow(spectra)[spectra.valid].mean())
    if share < WARNED_SHARE:
        return []
    return [f"{share:.0%} of the pixels pass the tests of snow, but as ice clouds do, and count as cloud"]
