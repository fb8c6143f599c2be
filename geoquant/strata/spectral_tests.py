"""Imaging conditions of every pixel: clear land by brightness and greenness, water, snow, cloud, its edge, shadow.

Quantization is calibrated and judged per condition ("stratum"), because a scene that is mostly clear hides what happens
under cloud; so each pixel needs exactly one. A product's mask gives them where there is one; otherwise published
spectral tests do. The tests are for choosing tiles and grouping pixels, not for masking clouds in a product: a stratum
may be impure, it must not be empty where the condition exists.

Sources:
    Zhu & Woodcock 2012, Remote Sensing of Environment 118, 83-94 (Fmask): equations 2, 3, 4, 5 and the snow test.
    Zhai et al. 2018, ISPRS Journal 144, 235-253 (CSD-SI): equations 1, 3, 5, 6, 7.
    McFeeters 1996, International Journal of Remote Sensing 17, 1425-1432: NDWI.
    Hall et al. 1995, Remote Sensing of Environment 54, 127-140, and the MODIS snow ATBD: NDSI > 0.4, NIR > 0.11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geoquant.strata.conditions import CLEAR, Conditions, Floats, Mask, Stratum
from geoquant.strata.spectra import Spectra, normalized_difference

# reflectances: HOT's constant (Zhu & Woodcock 2012, equation 3), which is the least that counts as cloud; brightness
# that even thin cloud over dark ground has; brightness from which the ground no longer shows through; short-wave
# infrared and green that bound snow
_HOT, _HAZY, _THICK, _SNOW_SWIR, _SNOW_GREEN = 0.08, 0.2, 0.3, 0.15, 0.1

_LIT = 0.2
"""Infrared reflectance that shadow has hardly anywhere: without the sun 90 % of the labelled shadows are below it."""

_CLEAR_SPREADS = 2.0
"""How far above clear land's lower quartile of HOT cloud begins, in distances of that quartile from the 2nd percentile.

Quantiles from below, because thin cloud among what is taken for clear land only moves the upper ones.
"""

_LEAST_CLEAR_SHARE = 0.01
"""Share of the valid pixels below which there is no clear land to learn from."""

_BARE_WHITE = 0.3
"""Whiteness below which bare numbers, counted from the darkest object, are cloud; pale desert has more."""


@dataclass(frozen=True)
class SceneThresholds:
    """Thresholds that follow the scene, learned once from a decimated read and used for every tile of it.

    Attributes:
        bright: The visible mean that splits dull from bright clear land (its median over clear land).
        green: The greenness that splits bare from green clear land (its median over clear land).
        cloud: The brightness above which a pixel is cloud (Zhai 2018, equation 5).
        dark: The near and short-wave infrared brightness below which a pixel is shadow or water (equation 6).
        dark_blue: The blue below which a pixel is shadow (equation 7).
        thin_cloud: The brightness above which a white pixel of bare stored numbers is thin cloud (equation 5 with t2 =
            0).
        haze: The B - 0.5 R above which a white pixel is cloud, reflectance: more than the scene's clear land has.
        snow_green: The green above which snow begins, reflectance: brighter than the scene's clear land.
        snow_swir: The short-wave infrared below which snow stays; minus infinity where the scene has no plausible snow.
    """

    bright: float
    green: float
    cloud: float
    dark: float
    dark_blue: float
    thin_cloud: float = np.inf
    haze: float = _HOT
    snow_green: float = _SNOW_GREEN
    snow_swir: float = _SNOW_SWIR


def learn_thresholds(spectra: Spectra) -> SceneThresholds:
    """Thresholds of one scene from a decimated view of it.

    Zhai's equations use the scene's minimum and maximum; a single hot or dead pixel would move them, so the 0.1 and
    99.9 percentiles take their place, with the paper's t2 = 1/3 (cloud), t3 = 1/3 and t4 = 1/2 (shadow).
    """
    if not spectra.valid.any():
        return SceneThresholds(0.0, 0.0, np.inf, -np.inf, -np.inf)
    valid, brightness = spectra.valid, _brightness(spectra)[spectra.valid]
    cloud, thin = _between(brightness, upper=1 / 3), _between(brightness, upper=0)
    dark_blue = _between(_blue(spectra)[valid], lower=1 / 2)
    rough = SceneThresholds(0.0, 0.0, cloud, -np.inf, dark_blue, thin)
    rough = replace(rough, dark=_dark(spectra, rough))
    if spectra.physical:
        rough = _by_clear_land(spectra, replace(rough, dark=min(rough.dark, _LIT)))
    land = spectral_conditions(spectra, rough) == CLEAR
    land = land if land.any() else valid
    bright, green = float(np.median(spectra.visible()[land])), float(np.median(spectra.greenness()[land]))
    return replace(rough, bright=bright, green=green)


def _dark(spectra: Spectra, thresholds: SceneThresholds) -> float:
    """The threshold of equation 6; without infrared, half way from the minimum to the median of what is not cloud.

    In visible bands land is little brighter than shadow, so that a mean with clouds in it would make all land shadow.
    """
    if "nir" in spectra.bands or "swir16" in spectra.bands:
        return _between(_infrared(spectra)[spectra.valid], lower=1 / 3)
    clear = spectra.valid & ~_cloud(spectra, thresholds)
    values = spectra.visible()[clear if clear.any() else spectra.valid]
    low = float(np.quantile(values, 0.001))
    return low + (float(np.median(values)) - low) / 2


def _by_clear_land(spectra: Spectra, thresholds: SceneThresholds) -> SceneThresholds:
    """Thresholds of cloud and snow that the scene's own clear land stays below, whatever its atmosphere scatters.

    Clear land, before clouds are known, is what is neither dark nor bright. The published constants are the least:
    over top-of-atmosphere reflectance of a hazy day, all of it exceeds them.
    """
    visible, haze, green = spectra.visible(), _haze(spectra), spectra.get("green")
    clear = spectra.valid & ~is_dark(spectra, thresholds) & (_brightness(spectra) < thresholds.thin_cloud)
    clear &= visible < _THICK
    if clear.sum() >= _LEAST_CLEAR_SHARE * spectra.valid.sum():
        if haze is not None:
            lowest, low = np.quantile(haze[clear], (0.02, 0.25))
            thresholds = replace(thresholds, haze=max(_HOT, float(low + _CLEAR_SPREADS * (low - lowest))))
        if green is not None:
            thresholds = replace(thresholds, snow_green=max(_SNOW_GREEN, float(np.quantile(green[clear], 0.75))))
    return thresholds if _snow_is_plausible(spectra, thresholds) else replace(thresholds, snow_swir=-np.inf)


def _snow_is_plausible(spectra: Spectra, thresholds: SceneThresholds) -> bool:
    """Whether snow is a surface of its own: more of it below 2/3 of its bound in SWIR than round the bound.

    Ice clouds pass all other tests of snow, and get brighter in short-wave infrared without a step where snow ends.
    """
    swir = spectra.get("swir16")
    if swir is None:
        return True
    wide = replace(thresholds, snow_swir=_SNOW_SWIR * 4 / 3)
    like_snow = swir[_snow(spectra, wide) & spectra.valid]
    return bool(2 * (like_snow < _SNOW_SWIR * 2 / 3).sum() >= like_snow.size)


def _between(values: Floats, *, lower: float | None = None, upper: float | None = None) -> float:
    """Zhai 2018: minimum + t (mean - minimum), or mean + t (maximum - mean), with robust extremes."""
    low, high, mean = float(np.quantile(values, 0.001)), float(np.quantile(values, 0.999)), float(values.mean())
    return low + lower * (mean - low) if lower is not None else mean + (upper or 0) * (high - mean)


def _brightness(spectra: Spectra) -> Floats:
    """CI2 of Zhai 2018, equation 1b: the mean of all bands there are."""
    return np.asarray(np.mean(list(spectra.bands.values()), axis=0, dtype=np.float32))


def _infrared(spectra: Spectra) -> Floats:
    """CSI of Zhai 2018, equation 3: (NIR + SWIR) / 2, NIR without SWIR, the visible mean without both."""
    chosen = [spectra.bands[role] for role in ("nir", "swir16") if role in spectra.bands]
    return np.asarray(np.mean(chosen, axis=0, dtype=np.float32)) if chosen else spectra.visible()


def _haze(spectra: Spectra) -> Floats | None:
    """HOT of Zhu & Woodcock 2012, equation 3, without its constant: B - 0.5 R."""
    blue, red = spectra.get("blue"), spectra.get("red")
    return None if blue is None or red is None else blue - np.float32(0.5) * red


def _whiteness(spectra: Spectra) -> Floats | None:
    """Zhu & Woodcock 2012, equation 2: sum of |band - mean| / mean over the visible bands; cloud is below 0.7."""
    visible = [spectra.get(role) for role in ("blue", "green", "red")]
    if any(band is None for band in visible):
        return None
    mean = np.maximum(spectra.visible(), np.float32(1e-6))
    return np.asarray(sum(np.abs(band - mean) / mean for band in visible if band is not None))


def spectral_conditions(spectra: Spectra, thresholds: SceneThresholds) -> Conditions:
    """Conditions (y, x) by spectral tests alone; clear land is ``CLEAR``, to be split by ``rings.refine``.

    With reflectances the published constants apply; with bare stored numbers (no scale) ratios and the scene's own
    distribution take their place, and snow is only told from cloud where there is a short-wave infrared band.
    """
    conditions = np.full(spectra.valid.shape, CLEAR, np.uint8)
    conditions[is_dark(spectra, thresholds)] = Stratum.SHADOW
    conditions[_water(spectra, thresholds)] = Stratum.WATER
    cloud = _cloud(spectra, thresholds)
    conditions[cloud] = Stratum.THIN_CLOUD
    conditions[cloud & (_brightness(spectra) > _thick_from(spectra, thresholds))] = Stratum.THICK_CLOUD
    conditions[_snow(spectra, thresholds)] = Stratum.SNOW
    conditions[~spectra.valid] = Stratum.NO_DATA
    return conditions


def is_dark(spectra: Spectra, thresholds: SceneThresholds) -> Mask:
    """Shadow or water by Zhai 2018, equations 6 and 7: dark in the infrared and in blue."""
    return (_infrared(spectra) < thresholds.dark) & (_blue(spectra) < thresholds.dark_blue)


def _blue(spectra: Spectra) -> Floats:
    blue = spectra.get("blue")
    return spectra.visible() if blue is None else blue


def _cloud(spectra: Spectra, thresholds: SceneThresholds) -> Mask:
    """White and hazy (Zhu & Woodcock 2012, equations 2 to 4), or white and brighter than Zhai's threshold.

    Without reflectances HOT has no constant, and the brighter white pixels are cloud unless they are reddish: a
    cloud's blue is about its red, so B - 0.5 R exceeds a third of the visible mean, which bright rock does not reach.
    """
    white, haze, brightness = _whiteness(spectra), _haze(spectra), _brightness(spectra)
    flat = np.ones(spectra.valid.shape, bool) if white is None else white < (0.7 if spectra.physical else _BARE_WHITE)
    bright = brightness > thresholds.cloud
    if haze is None:
        return flat & bright
    if spectra.physical:
        shining = bright & (brightness > _HAZY) & (haze > spectra.visible() / 3)
        return flat & _not_bright_rock(spectra) & ((haze > thresholds.haze) | shining)
    return flat & (brightness > thresholds.thin_cloud) & (haze > spectra.visible() / 3)


def _thick_from(spectra: Spectra, thresholds: SceneThresholds) -> float:
    return _THICK if spectra.physical else thresholds.cloud


def _not_bright_rock(spectra: Spectra) -> Mask:
    """Zhu & Woodcock 2012, equation 4: NIR / SWIR1 > 0.75 excludes bright rock and desert."""
    nir, swir = spectra.get("nir"), spectra.get("swir16")
    return np.ones(spectra.valid.shape, bool) if nir is None or swir is None else nir > np.float32(0.75) * swir


def _water(spectra: Spectra, thresholds: SceneThresholds) -> Mask:
    """Zhu & Woodcock 2012, equation 5, or without reflectances NDWI > 0 (McFeeters 1996) where infrared is dark."""
    nir, green = spectra.get("nir"), spectra.get("green")
    if nir is None or spectra.get("red") is None:
        return np.zeros(spectra.valid.shape, bool)
    ndvi = spectra.greenness()
    if spectra.physical:
        return ((ndvi < 0.01) & (nir < 0.11)) | ((ndvi < 0.1) & (nir < 0.05))
    wet = normalized_difference(green, nir) > 0 if green is not None else ndvi < 0
    return wet & (_infrared(spectra) < thresholds.dark)


def looks_like_snow(spectra: Spectra) -> Mask:
    """What the published tests of snow find (y, x), whether the scene has plausible snow or not."""
    return _snow(spectra, SceneThresholds(0.0, 0.0, np.inf, -np.inf, -np.inf))


def _snow(spectra: Spectra, thresholds: SceneThresholds) -> Mask:
    """Hall 1995: NDSI > 0.4 with NIR > 0.11 and green > 0.1; nothing without short-wave infrared or reflectances.

    Fmask tells snow from ice cloud by temperature; here the bound on short-wave infrared has to: in the Landsat and
    Sentinel-2 scenes that this was tried on, 95 % of the snow was below 0.14 and half of the cloud above 0.21. See
    ``_snow_is_plausible`` for scenes that have ice clouds alone.
    """
    green, nir, swir = spectra.get("green"), spectra.get("nir"), spectra.get("swir16")
    if green is None or nir is None or swir is None or not spectra.physical:
        return np.zeros(spectra.valid.shape, bool)
    cold = (normalized_difference(green, swir) > 0.4) & (swir < thresholds.snow_swir)
    return cold & (nir > 0.11) & (green > thresholds.snow_green)
