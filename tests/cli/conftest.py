"""A small network and scenes that fit it, for the commands that quantize."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.model_card.embedding import write_card
from tests.builders.networks import Network


@pytest.fixture
def model(tmp_path) -> Path:
    bands = tuple(Band(f"b{i}") for i in range(4))
    classes = tuple(ClassLabel(i, name, "#000000") for i, name in enumerate("abc"))
    card = ModelCard("toy", bands, Normalization((10,) * 4, (5,) * 4), classes, "dn", tiling=Tiling(None, 2, 2))
    path = tmp_path / "toy.onnx"
    write_card(Network().conv(8).relu().conv(3, 1).model(), card, path)
    return path


@pytest.fixture
def scenes(make_tif) -> list[str]:
    rng = np.random.default_rng(0)
    smooth = np.kron(rng.integers(0, 25, (4, 20, 20)), np.ones((16, 16))).astype(np.uint8)
    return [str(make_tif(smooth + np.uint8(i), f"s{i}.tif", descriptions=("b0", "b1", "b2", "b3"))) for i in range(2)]
