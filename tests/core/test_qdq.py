"""The QDQ network: close to float, small, portable, the same twice, and read by both engines."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from quantizable import Network, observed, run, u_shaped

from geoquant.doors.activations import ActivationTaps, input_name
from geoquant.doors.fold import opset_of, prepare
from geoquant.doors.qdq import QdqSettings, write_qdq
from geoquant.words.errors import CalibrationError, QuantizationError


def tiles(count: int = 6, bands: int = 4, side: int = 32) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.normal(size=(1, bands, side, side)).astype(np.float32) for _ in range(count)]


def quantized(model: onnx.ModelProto, **settings: object) -> onnx.ModelProto:
    prepared = prepare(model)
    return write_qdq(prepared, observed(prepared, tiles()), QdqSettings(**settings))


def test_int8_stays_close_to_float_and_its_weights_are_int8_per_channel():
    model = u_shaped()
    int8 = quantized(model)
    onnx.checker.check_model(int8, full_check=True)
    reference, candidate = run(model, tiles()[0]), run(int8, tiles()[0])
    noise = ((candidate - reference) ** 2).mean() / (reference**2).mean()
    assert 10 * np.log10(noise) < -25
    constants = {tensor.name: tensor for tensor in int8.graph.initializer}
    for conv in (node for node in int8.graph.node if node.op_type == "Conv"):
        pair = next(node for node in int8.graph.node if conv.input[1] in node.output)
        weight, scale = constants[pair.input[0]], constants[pair.input[1]]
        assert weight.data_type == TensorProto.INT8
        assert list(scale.dims) == [weight.dims[0]]


def test_the_output_keeps_float_resolution_unless_asked():
    makers = {name: node.op_type for node in quantized(u_shaped()).graph.node for name in node.output}
    assert makers["scores"] == "Conv"
    paired = quantized(u_shaped(), quantize_output=True)
    makers = {name: node.op_type for node in paired.graph.node for name in node.output}
    assert makers["scores"] == "DequantizeLinear"


def test_a_quarter_million_parameters_take_at_most_thirty_percent():
    model = u_shaped(width=56)
    int8 = quantized(model)
    assert int8.ByteSize() <= 0.30 * model.ByteSize()
    assert int8.ir_version <= 9
    assert opset_of(int8) >= 17
    assert {entry.domain for entry in int8.opset_import} == {""}


def test_the_same_network_comes_out_twice():
    assert quantized(u_shaped()).SerializeToString() == quantized(u_shaped()).SerializeToString()


def test_openvino_runs_the_same_file_in_int8():
    import openvino as ov

    int8 = quantized(u_shaped())
    core = ov.Core()
    compiled = core.compile_model(core.read_model(int8.SerializeToString()), "CPU")
    kinds = [
        node.get_rt_info()["runtimePrecision"].astype(str)
        for node in compiled.get_runtime_model().get_ops()
        if node.get_rt_info()["layerType"].astype(str) == "Convolution"
    ]
    assert kinds
    assert set(kinds) <= {"u8", "i8"}
    np.testing.assert_allclose(
        compiled(tiles()[0])[0], run(int8, tiles()[0]), atol=0.05 * np.abs(run(int8, tiles()[0])).max()
    )


def test_onnxruntime_runs_its_convolutions_in_int8(tmp_path):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.log_severity_level = 3
    ort.InferenceSession(quantized(u_shaped()).SerializeToString(), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
    assert kinds.count("QLinearConv") == 4  # all but the head, whose scores stay float


def test_hard_swish_stays_one_float_operator():
    model = Network().conv(8).add("HardSwish", "t0").conv(8).relu().conv(3, 1).model()
    assert "HardSwish" in [node.op_type for node in quantized(model).graph.node]


def test_an_int8_model_is_not_quantized_again_and_a_fixed_size_is_explained():
    with pytest.raises(QuantizationError, match="quantized already"):
        prepare(quantized(u_shaped()))
    fixed = u_shaped()
    for axis in (2, 3):
        fixed.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = 64
    with pytest.raises(CalibrationError, match="fixed size"):
        ActivationTaps(prepare(fixed), (4, 32, 32)).measure(tiles(1)[0])
    assert input_name(fixed) == "x"
