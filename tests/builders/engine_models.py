"""Small networks for the engine tests, built node by node: no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization

BANDS, CLASSES = 3, 5


def card_for(classes: int = CLASSES, bands: int = BANDS, **facts: Any) -> ModelCard:
    return ModelCard(
        name="test",
        bands=tuple(Band(f"B{number}") for number in range(bands)),
        normalization=Normalization((0.0,) * bands, (1.0,) * bands),
        classes=tuple(ClassLabel(number, f"class {number}", "#808080") for number in range(classes)),
        **facts,
    )


def finish(nodes: list[Any], weights: dict[str, NDArray[Any]], shape: tuple[Any, ...], out: tuple[Any, ...]) -> bytes:
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, out)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def small_net(
    classes: int = CLASSES, spatial: tuple[Any, Any] = ("h", "w"), batch: Any = "n", last: str | None = None
) -> bytes:
    """Stride-2 U-Net of four convolutions with a skip connection, ReLU and ReLU6, and an optional last op."""
    rng = np.random.default_rng(7)

    def conv(name: str, out: int, into: int, size: int = 3) -> NDArray[np.float32]:
        return (rng.normal(size=(out, into, size, size)) / np.sqrt(into * size * size)).astype(np.float32)

    weights = {
        "w0": conv("w0", 8, BANDS),
        "b0": rng.normal(size=8).astype(np.float32) * 0.1,
        "w1": conv("w1", 16, 8),
        "w2": conv("w2", 8, 24),
        "w3": conv("w3", classes, 8, 1) * 3,
        "b3": rng.normal(size=classes).astype(np.float32) * 0.1,
        "low": np.array(0, np.float32),
        "six": np.array(6, np.float32),
        "double": np.array([1, 1, 2, 2], np.float32),
    }
    scores = "scores" if last is None else "logits"
    pads = {"pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
    nodes = [
        helper.make_node("Conv", ["image", "w0", "b0"], ["c0"], "conv0", **pads),
        helper.make_node("Relu", ["c0"], ["r0"], "relu0"),
        helper.make_node("Conv", ["r0", "w1"], ["c1"], "conv1", strides=[2, 2], **pads),
        helper.make_node("Clip", ["c1", "low", "six"], ["r1"], "relu6"),
        helper.make_node("Resize", ["r1", "", "double"], ["up"], "up", mode="nearest",
                         coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
        helper.make_node("Concat", ["up", "r0"], ["both"], "skip", axis=1),
        helper.make_node("Conv", ["both", "w2"], ["c2"], "conv2", **pads),
        helper.make_node("Relu", ["c2"], ["r2"], "relu2"),
        helper.make_node("Conv", ["r2", "w3", "b3"], [scores], "head", kernel_shape=[1, 1]),
    ]  # fmt: skip
    if last is not None:
        nodes.append(
            helper.make_node(last, ["logits"], ["scores"], "last", **({"axis": 1} if last == "Softmax" else {}))
        )
    return finish(nodes, weights, (batch, BANDS, *spatial), (batch, classes, *spatial))


def tiles(count: int = 2, side: int = 64, seed: int = 0) -> NDArray[np.float32]:
    """Smooth and rough z values, (n, band, y, x)."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.normal(size=(count, BANDS, side // 8, side // 8)), np.ones((8, 8)))
    return (coarse + 0.3 * rng.normal(size=(count, BANDS, side, side))).astype(np.float32)


def quantized(model: bytes, folder: Path) -> bytes:
    """The network as a U8S8 per-channel QDQ file, by onnxruntime's own quantizer."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.rest = iter([{"image": tile[None]} for tile in tiles(4, seed=5)])

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(self.rest, None)

    source, target = folder / "float.onnx", folder / "int8.onnx"
    source.write_bytes(model)
    quantize_static(
        source, target, Reader(), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8, per_channel=True,
    )  # fmt: skip
    return target.read_bytes()
