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

# reflectances: HOT's constant (Zhu & Woodcock 2012, equation 3); brightness that even thin cloud over dark ground has;
# brightness from which the ground no longer shows through; short-wave infrared that snow stays below
_HOT, _HAZY, _THICK, _SNOW_SWIR = 0.08, 0.2, 0.3, 0.15

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
    """

    bright: float
    green: float
    cloud: float
    dark: float
    dark_blue: float
    thin_cloud: float = np.inf


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
    """Conditions (y, x) by spectral tests alone; clear land is ``CLEAR``, to be split by ``refine``.

    With reflectances the published constants apply; with bare stored numbers (no scale) ratios and the scene's own
    distribution take their place, and snow is only told from cloud where there is a short-wave infrared band.
    """
    conditions = np.full(spectra.valid.shape, CLEAR, np.uint8)
    conditions[is_dark(spectra, thresholds)] = Stratum.SHADOW
    conditions[_water(spectra, thresholds)] = Stratum.WATER
    cloud = _cloud(spectra, thresholds)
    conditions[cloud] = Stratum.THIN_CLOUD
    conditions[cloud & (_brightness(spectra) > _thick_from(spectra, thresholds))] = Stratum.THICK_CLOUD
    conditions[_snow(spectra)] = Stratum.SNOW
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
        return flat & _not_bright_rock(spectra) & ((haze > _HOT) | (bright & (brightness > _HAZY)))
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


def _snow(spectra: Spectra) -> Mask:
    """Hall 1995: NDSI > 0.4 with NIR > 0.11 and green > 0.1; nothing without short-wave infrared or reflectances.

    Fmask tells snow from ice cloud by temperature; here the bound on short-wave infrared has to: in the Landsat and
    Sentinel-2 scenes that this was tried on, 95 % of the snow was below 0.14 and half of the cloud above 0.21.
    """
    green, nir, swir = spectra.get("green"), spectra.get("nir"), spectra.get("swir16")
    if green is None or nir is None or swir is None or not spectra.physical:
        return np.zeros(spectra.valid.shape, bool)
    return (normalized_difference(green, swir) > 0.4) & (nir > 0.11) & (green > 0.1) & (swir < _SNOW_SWIR)


def dilate(mask: Mask, radius_px: int) -> Mask:
    """True within ``radius_px`` rows and columns of a True pixel (a square neighbourhood)."""
    return _dilate_rows(_dilate_rows(mask, radius_px).T, radius_px).T


def _dilate_rows(mask: Mask, radius_px: int) -> Mask:
    padded = np.pad(mask, ((radius_px + 1, radius_px), (0, 0)))
    count = np.cumsum(padded, axis=0, dtype=np.int32)
    return np.asarray(count[2 * radius_px + 1 :] > count[: -2 * radius_px - 1])


@dataclass(frozen=True)
class Margins:
    """How far an edge stratum reaches, in pixels of the array at hand (divide by the decimation for overviews).

    No data enters a network as z = 0 and reaches as far as its receptive field: a wider ring. A cloud that is narrower
    than 2 * ``speck_px`` + 1 has no edge: by spectral tests bright roofs would cover a town with edges.
    """

    cloud_px: int = 6
    scene_px: int = 16
    speck_px: int = 0

    @property
    def reach_px(self) -> int:
        """How far away a pixel can be that decides the stratum of this one."""
        return max(self.cloud_px + 2 * self.speck_px, self.scene_px)

    def decimated(self, factor: int) -> Margins:
        """The same distances in pixels of a view decimated by ``factor``, at least 1."""
        return Margins(max(1, round(self.cloud_px / factor)), max(1, round(self.scene_px / factor)))


def refine(conditions: Conditions, spectra: Spectra, thresholds: SceneThresholds, margins: Margins) -> Conditions:
    """The final strata (y, x): clear land split in four, the ring round clouds and the ring inside no data marked."""
    strata = conditions.copy()
    clear = conditions == CLEAR
    bright, green = spectra.visible() > thresholds.bright, spectra.greenness() > thresholds.green
    strata[clear] = (CLEAR + 2 * bright + green).astype(np.uint8)[clear]
    cloud = (conditions == Stratum.THICK_CLOUD) | (conditions == Stratum.THIN_CLOUD)
    core = ~dilate(~cloud, margins.speck_px)
    strata[dilate(core, margins.cloud_px + margins.speck_px) & ~cloud] = Stratum.CLOUD_EDGE
    empty = ~spectra.valid
    strata[dilate(empty, margins.scene_px)] = Stratum.SCENE_EDGE
    strata[empty] = Stratum.NO_DATA
    return strata
