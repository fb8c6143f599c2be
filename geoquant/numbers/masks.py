"""Decoders of the quality masks that come with products: mask values -> conditions.

Sources: Sentinel-2 L2A algorithm theoretical basis (scene classification values); Landsat 8-9 Collection 2 Level 2
science product guide, table "QA_PIXEL bit index".
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geoquant.numbers.strata import CLEAR, Conditions, SceneThresholds, Spectra, Stratum, is_dark, spectral_conditions

MaskKind = Literal["scl", "qa_pixel"]

# SCL: 0 no data, 1 saturated or defective, 2 dark (often unmarked shadow), 3 shadow, 4 vegetation, 5 bare, 6 water,
# 7 unclassified, 8 and 9 cloud of medium and high probability, 10 thin cirrus, 11 snow
_SCL = np.full(256, Stratum.NO_DATA, np.uint8)
_SCL[[2, 4, 5, 7]] = CLEAR
_SCL[3], _SCL[6], _SCL[10], _SCL[11] = Stratum.SHADOW, Stratum.WATER, Stratum.THIN_CLOUD, Stratum.SNOW
_SCL[[8, 9]] = Stratum.THICK_CLOUD

# QA_PIXEL bits, later ones win: water, then shadow, dilated cloud stays clear (``refine`` makes its own edge)
_QA_BITS = (
    (7, Stratum.WATER),
    (5, Stratum.SNOW),
    (4, Stratum.SHADOW),
    (2, Stratum.THIN_CLOUD),
    (3, Stratum.THICK_CLOUD),
)
_QA_FILL = 1


def decode_scl(mask: NDArray[Any], spectra: Spectra, thresholds: SceneThresholds) -> Conditions:
    """Conditions (y, x) from a Sentinel-2 scene classification.

    Its shadow recall is low, so pixels of class 2 (dark area) and of unclassified or land classes that are dark in the
    infrared and in blue (Zhai 2018, equations 6 and 7) are shadow too. Class 1 (saturated or defective) is valid data
    of an extreme kind: the spectral tests decide it.
    """
    conditions = np.asarray(_SCL[np.clip(mask, 0, 255).astype(np.uint8)])
    conditions[np.isin(mask, (2, 4, 5, 7)) & is_dark(spectra, thresholds)] = Stratum.SHADOW
    unsaid = np.isin(mask, (0, 1)) & spectra.valid
    if unsaid.any():
        conditions[unsaid] = spectral_conditions(spectra, thresholds)[unsaid]
    conditions[~spectra.valid] = Stratum.NO_DATA
    return conditions


def decode_qa_pixel(mask: NDArray[Any], spectra: Spectra, thresholds: SceneThresholds) -> Conditions:
    """Conditions (y, x) from the QA_PIXEL bits of Landsat Collection 2; fill over valid data is decided spectrally."""
    bits = mask.astype(np.uint16)
    conditions = np.full(bits.shape, CLEAR, np.uint8)
    for bit, stratum in _QA_BITS:
        conditions[(bits >> bit) & 1 == 1] = stratum
    unsaid = (((bits & _QA_FILL) == 1) | (bits == 0)) & spectra.valid  # 0 lies where the mask does not reach
    if unsaid.any():
        conditions[unsaid] = spectral_conditions(spectra, thresholds)[unsaid]
    conditions[~spectra.valid] = Stratum.NO_DATA
    return conditions


def guess_kind(name: str, sample: NDArray[Any]) -> MaskKind | None:
    """Which mask this is: by its file name, else by its values; None when it can't be told.

    SCL is 8 bits with values up to 11. QA_PIXEL is 16 bits and always carries confidence bits, so that its clear, fill
    and water values (1, 21824, 21952, ...) jump from 1 past 5000.
    """
    upper, values = name.upper(), np.unique(sample)
    if "QA_PIXEL" in upper or (sample.dtype.itemsize >= 2 and values.size and _looks_like_qa(values)):
        return "qa_pixel"
    if "SCL" in upper or (values.size and values.max() <= 11 and values.min() >= 0):
        return "scl"
    return None


def _looks_like_qa(values: NDArray[Any]) -> bool:
    return bool(values.max() >= 5000 and np.all((values == _QA_FILL) | (values >= 5000)))


def decode(kind: MaskKind, mask: NDArray[Any], spectra: Spectra, thresholds: SceneThresholds) -> Conditions:
    """Conditions (y, x) from a mask of this kind."""
    decoder = decode_scl if kind == "scl" else decode_qa_pixel
    return decoder(mask, spectra, thresholds)
