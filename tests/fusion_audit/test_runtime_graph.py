"""The graph that an engine really runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoquant.engines.registry import load_engine
from geoquant.fusion_audit.runtime_graph import runtime_graph
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.macs import macs_by_node
from tests.builders.model_files import int8_file
from tests.builders.rasters import images

ENGINES = ("ort", "openvino")


def int8(tmp_path: Path, source: Path) -> Path:
    return int8_file(tmp_path / f"{source.stem}.int8.onnx", source, images())


@pytest.mark.parametrize("kind", ["conv", "unet", "mobile"])
@pytest.mark.parametrize("engine", ENGINES)
def test_macs_of_the_runtime_graph_are_those_of_the_file(make_model, tmp_path: Path, kind: str, engine: str) -> None:
    for path in (make_model(kind), int8(tmp_path, make_model(kind))):
        expected = sum(macs_by_node(load_model(path), (1, 3, 64, 64)).values())
        found = runtime_graph(path, read_card(path), engine, (64, 64))
        assert found.macs == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", ENGINES)
def test_the_audited_network_is_the_engines(make_model, tmp_path: Path, kind: str) -> None:
    """The way in is uint8 where the engine takes levels, and the engine's result is what the graph's tensors say."""
    path = int8(tmp_path, make_model("conv"))
    card = read_card(path)
    input_format = load_engine(path, card, kind).input_format
    graph = runtime_graph(path, card, kind, (64, 64))
    assert graph.nodes[0].inputs[0].dtype == input_format.dtype == "uint8"
