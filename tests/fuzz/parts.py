"""Valid small files that cases begin with, made once per process and copied."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.model_card.embedding import write_card
from tests.builders.model_files import BAND_NAMES, COLORS, int8_file, network_file
from tests.builders.networks import network_of
from tests.builders.rasters import write_tif

NAMES = BAND_NAMES[:3]
HEIGHT, WIDTH = 40, 48
QUICK = ("--engine", "ort", "--workers", "1")


@cache
def folder() -> Path:
    """Of this process's files; it lies in the folder that the process's parent removes."""
    return Path(tempfile.mkdtemp(prefix="parts-"))


@cache
def numbers() -> np.ndarray:
    """Stored numbers (band, y, x) of three bands, 1 to 1000, uint16."""
    rng = np.random.default_rng(0)
    smooth = np.kron(rng.integers(100, 900, (3, HEIGHT // 8, WIDTH // 8)), np.ones((8, 8), int))
    return (smooth + rng.integers(-99, 100, smooth.shape)).astype(np.uint16)


@cache
def scene() -> Path:
    """The numbers as a GeoTIFF whose bands have names."""
    return write_tif(folder() / "scene.tif", numbers(), descriptions=NAMES, nodata=0)


@cache
def nameless_scene() -> Path:
    """The same without names, for models that know bands by their number."""
    return write_tif(folder() / "nameless.tif", numbers())


@cache
def wide_scene() -> Path:
    """The same ten by eight times, for calibration, which judges conditions of 1,000 pixels on 3 tiles."""
    return write_tif(folder() / "wide.tif", np.tile(numbers(), (1, 10, 8)), descriptions=NAMES)


@cache
def model(kind: str = "conv") -> Path:
    """A network of three bands, with its card in stored numbers."""
    return network_file(folder() / f"{kind}.onnx", kind, 3, 3 if kind == "identity" else 4)


@cache
def int8_model() -> Path:
    """The same network in INT8."""
    return int8_file(folder() / "int8.onnx", model(), [numbers()])


@cache
def bare_model() -> Path:
    """The same network without a card."""
    import onnx

    path = folder() / "bare.onnx"
    onnx.save(network_of("conv", 3, 4), path)
    return path


@cache
def physical_model() -> Path:
    """A network whose class is the highest band, in the physical values that the scene's own scale and offset give."""
    card = ModelCard(
        "highest band",
        tuple(Band(name, name) for name in NAMES),
        Normalization((0.0,) * 3, (1.0,) * 3),
        tuple(ClassLabel(value, f"class {value}", COLORS[value]) for value in range(3)),
        units="physical",
    )
    path = folder() / "physical.onnx"
    write_card(network_of("identity", 3, 3), card, path)
    return path


def copied(path: Path, into: Path) -> Path:
    """A copy of a file under its own name in a case's folder."""
    return Path(shutil.copy(path, into))
