#!/usr/bin/env python
"""Print how well the spectral tests find conditions that somebody else has labelled: the table of docs/strata.md.

Example: GEOQUANT_DATA=FOLDER_OF_SCENES python scripts/docs/measure_strata.py
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import rasterio

from geoquant.strata.conditions import CLEAR, Stratum
from geoquant.strata.spectra import band_reader
from geoquant.strata.spectral_tests import learn_thresholds, spectral_conditions

ROLES = ("blue", "green", "red", "nir", "swir16")
CLOUD = (Stratum.THICK_CLOUD, Stratum.THIN_CLOUD)
FOUND = {"cloud": CLOUD, "shadow or water": (Stratum.SHADOW, Stratum.WATER), "clear land": (CLEAR,)}


class Band(NamedTuple):
    """Scale and offset of a band."""

    scale: float | None
    offset: float | None


class Case(NamedTuple):
    """A scene whose conditions are known."""

    name: str
    values: np.ndarray  # (band, y, x), in the order of ROLES
    band: Band
    truth: Mapping[str, np.ndarray]  # condition -> (y, x)


def cases(folder: Path) -> Iterator[Case]:
    """The labelled scenes of the folder, as reflectance and as bare numbers."""
    arrays = np.load(folder / "cloud_shadow_s2" / "sentinel2.npz")
    labels = arrays["msk"].reshape(arrays["img"].shape[:2])
    truth = {"cloud": labels == 4, "shadow or water": labels < 2, "clear land": labels == 3}
    reflectance = np.moveaxis(arrays["img"], -1, 0)[: len(ROLES)]
    yield Case("cloud_shadow_s2, reflectance", reflectance, Band(None, None), truth)
    yield Case("cloud_shadow_s2, numbers", (reflectance * 1e4).astype(np.uint16), Band(None, None), truth)
    tile = folder / "sentinel2_l2a_t29unu"
    bands = ("B02", "B03", "B04", "B8A", "B11")
    values = np.concatenate([_read(next(tile.glob(f"*{band}_60m.jp2"))) for band in bands])
    scl = _read(next(tile.glob("*SCL_60m.jp2")))[0]
    known = {"cloud": (8, 9, 10), "shadow or water": (2, 3, 6), "clear land": (4, 5, 7)}
    truth = {name: np.isin(scl, classes) for name, classes in known.items()}
    yield Case("T29UNU against SCL, reflectance", values, Band(1e-4, -0.1), truth)
    yield Case("T29UNU against SCL, numbers", values, Band(None, None), truth)


def _read(path: Path) -> Any:
    with rasterio.open(path) as source:
        return source.read()


def row(case: Case, bands: int) -> str:
    """A table row: precision and recall of each condition with the first ``bands`` bands."""
    values = case.values[:bands]
    valid = (values != 0).all(axis=0)
    reader = band_reader(values, valid, {role: i for i, role in enumerate(ROLES[:bands])}, [case.band] * bands)
    spectra = reader.spectra(values, valid)
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    cells = []
    for name, strata in FOUND.items():
        found, true = np.isin(conditions, strata) & valid, case.truth[name] & valid
        both = (found & true).sum()
        cells.append(f"{both / max(1, found.sum()):.2f} / {both / max(1, true.sum()):.2f}")
    return f"| {case.name} | {', '.join(ROLES[:bands])} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    folder = Path(os.environ.get("GEOQUANT_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    print("| scene | bands | " + " | ".join(f"{name}: precision / recall" for name in FOUND) + " |")
    print("|---|---|" + "---|" * len(FOUND))
    for case in cases(folder):
        for bands in (5, 4, 3):
            print(row(case, bands))


if __name__ == "__main__":
    main()
