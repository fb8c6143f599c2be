"""The doctor says whether a scene can be cut for a network, and whether the cuts will show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geoquant.diagnostics.checks.tiles import finding
from geoquant.diagnostics.doctor import diagnose
from geoquant.model_card.card import Tiling
from geoquant.onnx_graph.facts import graph_facts
from geoquant.options.diagnostics import DoctorOptions
from tests.builders.networks import Network
from tests.builders.positive_layers import CHANNELS, conv, small_network

CASES = {
    "finite": (lambda b: conv(b, "x", 3, 1, 1, (1, 1)), "ok", "stride 1 px, context 1 px"),
    "pooled": (lambda b: b.node("Mul", "x", b.node("GlobalAveragePool", "x")), "ok", "sees the whole tile (Global"),
    "opaque": (lambda b: b.node("CumSum", "x", b.constant(1, np.int64)), "problem", "behind CumSum"),
    "coarse": (lambda b: conv(b, "x", 2, 2), "problem", "can't be laid over a scene"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_graph_means_for_tiles(case: str) -> None:
    grow, status, words = CASES[case]
    b = small_network()
    found = finding(None, graph_facts(b.ending_in(grow(b))))
    assert (found.check, found.status) == ("tiles", status)
    assert words in found.found
    assert bool(found.remedy) == (status == "problem")


def test_a_stated_stride_is_enough_and_a_small_fixed_size_is_said() -> None:
    b = small_network()
    opaque = graph_facts(b.ending_in(b.node("CumSum", "x", b.constant(1, np.int64))))
    assert finding(Tiling(stride_px=32), opaque).status == "ok"
    assert "--stride" in finding(Tiling(tile_px=256), opaque).remedy
    b = small_network()
    finite = graph_facts(b.ending_in(conv(b, "x", 9, 1, 1, (4, 4))))
    small = finding(None, replace(finite, input_shape=(None, CHANNELS, 8, 8)))
    assert (small.status, small.found) == ("ok", "blended, as its tiles of 8 px have no room for 4 px of context")


def test_the_doctor_looks_at_tiles(tmp_path: Path) -> None:
    path = tmp_path / "coarse.onnx"
    model = Network(3).conv(4, stride=2).model(scores=("n", 4, None, None))
    path.write_bytes(model.SerializeToString())
    found = {one.check: one for one in diagnose(path, options=DoctorOptions(quick=True, tile=64)).findings}
    assert "resizing layer" in found["tiles"].remedy
