"""Mixed precision from end to end: a network that INT8 harms, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from geoquant.errors import AccuracyDrop
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.quantization.quantize import quantize
from tests.builders.networks import Network, nearest_spectrum
from tests.builders.scenes import FEW, SCALE, SHIFT, SPECTRA, spectral_card


@pytest.fixture(scope="module")
def scene(spectral_scene) -> Path:
    return spectral_scene


def centres() -> np.ndarray:
    return (np.array([spectrum for spectrum, _, _ in SPECTRA.values()]) - SHIFT) / SCALE


def with_a_loud_channel(through: str) -> onnx.ModelProto:
    """One channel between the two convolutions is far larger than it has to be, so the others have few levels.

    Args:
        through: "Conv", where equalization takes that back exactly, or "Mul", where only float helps.
    """
    model = nearest_spectrum(centres())
    gain = np.ones(8, np.float32)
    gain[2] = {"Conv": 30, "Mul": 4000}[through]
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    head = numpy_helper.to_array(tensors[convs[1].input[1]]) / gain[None, :, None, None]
    tensors[convs[1].input[1]].CopyFrom(numpy_helper.from_array(head, convs[1].input[1]))
    if through == "Conv":
        first = numpy_helper.to_array(tensors[convs[0].input[1]]) * gain[:, None, None, None]
        tensors[convs[0].input[1]].CopyFrom(numpy_helper.from_array(first, convs[0].input[1]))
        return model
    model.graph.initializer.append(numpy_helper.from_array(gain[None, :, None, None], "gain"))
    model.graph.node.insert(2, helper.make_node("Mul", [convs[1].input[0], "gain"], ["loud"], name="gain"))
    convs[1].input[0] = "loud"
    onnx.checker.check_model(model)
    return model


def model_file(folder: Path, through: str) -> Path:
    path = folder / f"{through}.onnx"
    write_card(with_a_loud_channel(through), spectral_card(), path)
    return path


def test_equalization_is_kept_where_it_helps_and_said(scene, tmp_path):
    summary = quantize(model_file(tmp_path, "Conv"), [scene], tmp_path / "out.onnx", FEW)
    assert any(step.startswith("equalization of 1 layers kept: ") for step in summary.steps)
    assert summary.kept_float == ()
    assert summary.int8_macs_share == 1
    method = read_card(tmp_path / "out.onnx").quantization.method
    assert method["equalized"] is True
    assert method["steps"] == list(summary.steps)
    assert summary.worst_agreement > 0.98


@pytest.fixture(scope="module")
def mixed(scene, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    options = replace(FEW, sensitivity=True)
    return quantize(model_file(folder, "Mul"), [scene], folder / "out.onnx", options)


def test_layers_go_back_to_float_until_the_gate_holds(mixed):
    assert mixed.kept_float
    assert 0.5 < mixed.int8_macs_share < 1
    assert mixed.worst_agreement >= 0.98
    assert mixed.worst_miou_lost <= 2.5
    assert any("stay in float, where INT8 would cost most" in note for note in mixed.notes)
    method = read_card(mixed.out).quantization.method
    assert method["kept_float"] == list(mixed.kept_float)
    assert method["int8_macs_share"] == pytest.approx(mixed.int8_macs_share, abs=1e-6)


def test_the_file_has_those_layers_in_float_and_the_others_in_int8(mixed):
    graph = load_model(mixed.out).graph
    dequantized = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    for node in graph.node:
        if node.op_type == "Conv":
            assert (node.input[1] in dequantized) == (node.name not in mixed.kept_float)


def test_the_table_of_layers_is_ordered_and_marks_what_stays_float(mixed):
    costs = [layer.changed_mean for layer in mixed.sensitivity]
    assert costs == sorted(costs, reverse=True)
    assert {layer.name for layer in mixed.sensitivity if layer.kept_float} == set(mixed.kept_float)
    assert sum(layer.macs_share for layer in mixed.sensitivity) == pytest.approx(1)
    assert "<svg" in Path(mixed.out).with_suffix(".sensitivity.html").read_text(encoding="utf-8")


def test_two_runs_write_the_same_bytes_in_mixed_precision(mixed, scene, tmp_path):
    again = tmp_path / "again.onnx"
    quantize(model_file(tmp_path, "Mul"), [scene], again, FEW)
    assert again.read_bytes() == Path(mixed.out).read_bytes()


def test_a_gate_that_no_layer_can_hold_writes_nothing(scene, tmp_path):
    """Classes of random weights hang by a thread everywhere: any rounding changes some."""
    path, card = tmp_path / "random.onnx", spectral_card()
    write_card(Network(len(card.bands)).conv(6).relu().conv(len(card.classes), 1).model(), card, path)
    with pytest.raises(AccuracyDrop, match="0 points and") as caught:
        quantize(path, [scene], tmp_path / "out.onnx", replace(FEW, max_drop=0))
    assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == [path]
