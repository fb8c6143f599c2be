"""Esri's model definitions: normalized as ArcGIS does, malformed ones refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geoquant.errors import CardError
from geoquant.model_card.card import ClassLabel
from geoquant.model_card.dialects.esri_emd import from_emd
from tests.builders.cards import EMD


def test_an_emd_reads_as_arcgis_normalizes() -> None:
    facts = from_emd(EMD, outputs=2)
    assert [band.name for band in facts.bands] == ["r", "nir"]
    stored = np.array([700.0, 2100.0])
    scaled = (stored - [0, 100]) / (np.array([1000.0, 4000.0]) + 1e-5)
    wanted = (scaled - [0.5, 0.25]) / [0.1, 0.2]
    z = (stored - facts.normalization.shift) / np.array(facts.normalization.scale)
    np.testing.assert_allclose(z, wanted)
    assert facts.classes == (ClassLabel(0, "background", "#000000"), ClassLabel(3, "tree", "#0080ff"))
    assert facts.tiling.tile_px == 224


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ModelType": "ObjectDetection"}, "ObjectDetection"),
        ({"ExtractBands": [0.5]}, "0-based"),
        ({"Classes": [{"Value": "x"}]}, "whole number"),
        ({"Classes": 5}, "list of objects"),
        ({"NormalizationStats": {"band_min_values": [1]}}, "band_min_values"),
    ],
)
def test_malformed_emds_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CardError, match=words):
        from_emd({**EMD, **change})
