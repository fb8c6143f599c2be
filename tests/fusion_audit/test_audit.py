"""The fusion audit: what each engine really runs in INT8, what stays float, and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from geoquant.fusion_audit.audit import Audit, EngineAudit, audit_fusion
from geoquant.fusion_audit.nodes import Tensor
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.qdq import QdqSettings, write_qdq
from tests.builders.model_files import int8_file
from tests.builders.quantizing import observed
from tests.builders.rasters import images

ENGINES = ("ort", "openvino")


def int8(tmp_path: Path, source: Path) -> Path:
    return int8_file(tmp_path / f"{source.stem}.int8.onnx", source, images())


def engine_of(found: Audit, kind: str) -> EngineAudit:
    return next(one for one in found.engines if one.kind == kind)


def quantized_with(tmp_path: Path, source: Path, settings: QdqSettings, change: Callable = lambda model: None) -> Path:
    network = prepare(load_model(source))
    ranges = observed(network, [((image.astype(np.float32) - 500) / 250)[None] for image in images()])
    model = write_qdq(network, ranges, settings)
    change(model)
    target = tmp_path / "changed.onnx"
    write_card(model, read_card(source), target)
    return target


def test_a_float_file_has_no_int8_and_no_islands(make_model) -> None:
    found = audit_fusion(make_model("unet"), read_card(make_model("unet")), tile_px=64)
    assert not found.quantized
    assert set(found.int8_share.values()) == {0.0}
    assert not any(one.islands for one in found.engines)


def test_everything_hard_runs_in_int8_after_the_exact_remedies(make_model, tmp_path: Path) -> None:
    path = int8(tmp_path, make_model("mobile"))
    found = audit_fusion(path, read_card(path), tile_px=64)
    assert found.int8_share["openvino"] == 1.0
    assert found.int8_share["ort"] > 0.7, "only the last convolution, whose scores are float"
    (left,) = [island for island in engine_of(found, "ort").islands if island.macs_share]
    assert "network's output" in left.cause
    causes = " ".join(island.cause for island in engine_of(found, "ort").islands)
    assert "HardSwish" in causes
    assert "interpolating Resize" in causes
    assert json.loads(json.dumps(found.to_json()))["engines"][0]["int8_share"] == found.int8_share["ort"]


@pytest.mark.parametrize("kind", ENGINES)
def test_time_and_macs_add_up(make_model, tmp_path: Path, kind: str) -> None:
    path = int8(tmp_path, make_model("mobile"))
    found = engine_of(audit_fusion(path, read_card(path), (kind,), tile_px=64), kind)
    assert found.seconds > 0
    assert 0 < found.float_time_share < 1
    assert found.int8_share + sum(island.macs_share for island in found.islands) == pytest.approx(1)
    assert [island.time_share for island in found.islands] == sorted(
        (island.time_share for island in found.islands), reverse=True
    )


def test_a_fallback_shows_as_an_island_of_its_own(make_model, tmp_path: Path) -> None:
    source = make_model("conv")
    middle = [node.name for node in prepare(load_model(source)).graph.node if node.op_type == "Conv"][1]
    path = quantized_with(tmp_path, source, QdqSettings(keep_float=(middle,)))
    found = audit_fusion(path, read_card(path), tile_px=64)
    for one in found.engines:
        island = next(island for island in one.islands if middle in island.layers)
        assert "leaves it in float" in island.cause
        assert island.macs_share > 0.7, f"{one.kind} must not quantize what the file leaves in float"


def test_a_missing_pair_takes_the_layers_on_both_sides(make_model, tmp_path: Path) -> None:
    def drop_pair(model: onnx.ModelProto) -> None:
        first = next(node for node in model.graph.node if node.op_type == "Relu" or node.op_type == "Conv")
        quantize = next(node for node in model.graph.node if first.output[0] in node.input)
        dequantize = next(node for node in model.graph.node if quantize.output[0] in node.input)
        for node in model.graph.node:
            for index, name in enumerate(node.input):
                if name == dequantize.output[0] and node is not dequantize:
                    node.input[index] = first.output[0]
        model.graph.node.remove(quantize)
        model.graph.node.remove(dequantize)

    path = quantized_with(tmp_path, make_model("conv"), QdqSettings(), drop_pair)
    found = audit_fusion(path, read_card(path), tile_px=64)
    island = next(one for one in engine_of(found, "ort").islands if "Conv_0" in one.layers)
    assert "not quantized" in island.cause
    assert "Conv_2" in island.layers


def test_asymmetric_int8_activations_are_named(make_model, tmp_path: Path) -> None:
    def to_signed(model: onnx.ModelProto) -> None:
        """The same levels as int8: zero point and levels less 128."""
        for tensor in list(model.graph.initializer):
            value = numpy_helper.to_array(tensor)
            if value.dtype == np.uint8:
                signed = (value.astype(np.int16) - 128).astype(np.int8)
                tensor.CopyFrom(numpy_helper.from_array(signed, tensor.name))

    path = quantized_with(tmp_path, make_model("mobile"), QdqSettings(), to_signed)
    found = engine_of(audit_fusion(path, read_card(path), tile_px=64), "ort")
    assert any("int8 activations with a zero point" in island.cause for island in found.islands)


def test_weights_have_no_zero_points(make_model, tmp_path: Path) -> None:
    """Layers that share one lose INT8 in OpenVINO."""
    model = load_model(int8(tmp_path, make_model("mobile")))
    stored = {tensor.name for tensor in model.graph.initializer}
    weights = [n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] in stored]
    assert weights
    assert all(len(node.input) == 2 for node in weights)


def test_an_engine_that_can_not_run_the_file_is_a_finding(make_model, tmp_path: Path) -> None:
    def with_foreign_operator(model: onnx.ModelProto) -> None:
        first = next(node for node in model.graph.node if node.op_type == "QuantizeLinear")
        node = helper.make_node("Binarizer", [first.input[0]], ["foreign"], domain="ai.onnx.ml", threshold=0.0)
        first.input[0] = "foreign"
        model.graph.node.insert(0, node)
        model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))

    path = quantized_with(tmp_path, make_model("conv"), QdqSettings(), with_foreign_operator)
    found = audit_fusion(path, read_card(path), tile_px=64)
    assert "Binarizer" in engine_of(found, "openvino").problem
    assert list(found.int8_share) == ["ort"]


def test_a_tile_is_rounded_up_to_the_stride(make_model) -> None:
    path = make_model("unet")
    card = read_card(path)
    assert (
        audit_fusion(path, replace(card, tiling=replace(card.tiling, stride_px=4)), ("ort",), tile_px=61).tile_px == 64
    )


def tensor(name: str, dtype: str) -> Tensor:
    return Tensor(name, (2, 3), dtype)
