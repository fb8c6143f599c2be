"""What was judged, as rows: every figure with an interval that narrows with the tiles; what has no judge."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geoquant.metrics.confusion import Comparison, compare_maps
from geoquant.quantization.judged_rows import class_rows, stratum_rows
from geoquant.strata.conditions import Stratum
from tests.builders.scenes import spectral_card


def tiles(count: int, seed: int = 0) -> list[Comparison]:
    """Tiles of 40 x 40 pixels of water with two classes, of which 0 to 10 % change; a corner is snow."""
    rng = np.random.default_rng(seed)
    strata = np.full((40, 40), Stratum.WATER, np.uint8)
    strata[:5, :5] = Stratum.SNOW
    made = []
    for _ in range(count):
        truth = rng.integers(0, 2, (40, 40)).astype(np.uint8)
        flips = rng.random((40, 40)) < rng.uniform(0, 0.1)
        made.append(compare_maps(truth, np.where(flips, 1 - truth, truth).astype(np.uint8), strata, None, 5))
    return made


def test_intervals_hold_the_figures_and_narrow_with_the_tiles():
    widths = []
    for count in (6, 96):
        whole, water, *_ = stratum_rows([Stratum.WATER], {"ort": tiles(count)}, 0)
        for row in (whole, water):
            low, high = row.agreement_interval["ort"]
            assert low < row.agreement["ort"] < high
            low, high = row.miou_interval["ort"]
            assert low < row.miou_lost["ort"] < high
        widths.append(np.subtract(*water.agreement_interval["ort"][::-1]))
    assert widths[0] > 2 * widths[1]
    first, second, third, *_ = class_rows(spectral_card(), {"ort": tiles(6)}, 0)
    for row in (first, second):
        assert row.agreement_interval["ort"][0] < row.agreement["ort"] < row.agreement_interval["ort"][1]
        assert row.iou_interval["ort"][0] < row.iou["ort"] < row.iou_interval["ort"][1]
    assert math.isnan(third.iou["ort"])


def test_rows_say_on_how_much_they_stand():
    whole, *rows = stratum_rows([Stratum.WATER, Stratum.SHADOW], {"ort": tiles(6), "openvino": tiles(6)}, 0)
    found = {row.stratum: row for row in rows}
    assert (whole.stratum, whole.held_out_px, whole.held_out_tiles) == ("all", 6 * 1600, 6)
    assert set(found) == {"water", "snow", "shadow"}
    assert (found["water"].held_out_px, found["water"].held_out_tiles) == (6 * 1575, 6)
    assert [found[name].judged for name in ("water", "snow", "shadow")] == [True, False, False]
    assert (found["shadow"].calibration_tiles, found["shadow"].held_out_px) == (1, 0)
    assert math.isnan(found["shadow"].agreement["openvino"])


@pytest.mark.parametrize("engines", [("ort",), ("ort", "openvino")])
def test_every_engine_has_its_own_figures(engines):
    judged = {engine: tiles(6, seed) for seed, engine in enumerate(engines)}
    (whole, *_) = stratum_rows([], judged, 0)
    assert tuple(whole.agreement) == engines
    assert len(set(whole.agreement.values())) == len(engines)
