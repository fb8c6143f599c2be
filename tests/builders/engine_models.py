"""Small networks for the engine tests, built node by node: no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.protocol import Engine
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.preprocessing.chain import levels
from tests.builders.networks import Network

BANDS, CLASSES = 3, 5


def card_for(classes: int = CLASSES, bands: int = BANDS, **facts: Any) -> ModelCard:
    return ModelCard(
        name="test",
        bands=tuple(Band(f"B{number}") for number in range(bands)),
        normalization=Normalization((0.0,) * bands, (1.0,) * bands),
        classes=tuple(ClassLabel(number, f"class {number}", "#808080") for number in range(classes)),
        **facts,
    )


def small_net(
    classes: int = CLASSES, spatial: tuple[object, object] = ("h", "w"), batch: object = "n", last: str | None = None
) -> bytes:
    """Stride-2 U-Net of four convolutions with a skip connection, ReLU and ReLU6, and an optional last op."""
    net = Network(BANDS, 7, "image")

    def weight(out: int, into: int, size: int = 3, gain: float = 1) -> str:
        return net.constant(net.rng.normal(size=(out, into, size, size)) * gain / np.sqrt(into * size**2))

    def bias(size: int) -> str:
        return net.constant(net.rng.normal(size=size) * 0.1)

    pads = {"pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
    skip = net.add("Conv", "image", weight(8, BANDS), bias(8), **pads).relu().last
    net.add("Conv", skip, weight(16, 8), strides=[2, 2], **pads)
    net.add("Clip", net.last, net.constant(0.0), net.constant(6.0)).upsample(2, nearest_mode="floor")
    net.add("Concat", net.last, skip, axis=1).add("Conv", net.last, weight(8, 24), **pads).relu()
    net.add("Conv", net.last, weight(classes, 8, 1, 3), bias(classes), kernel_shape=[1, 1]).at(net.last, classes)
    if last is not None:
        net.add(last, net.last, **({"axis": 1} if last == "Softmax" else {}))
    return bytes(net.model(size=spatial, batch=batch).SerializeToString())


def tiles(count: int = 2, side: int = 64, seed: int = 0) -> NDArray[np.float32]:
    """Smooth and rough z values, (n, band, y, x)."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.normal(size=(count, BANDS, side // 8, side // 8)), np.ones((8, 8)))
    return (coarse + 0.3 * rng.normal(size=(count, BANDS, side, side))).astype(np.float32)


def quantized(model: bytes, folder: Path, activations: Any = None) -> bytes:
    """The network as a per-channel QDQ file, uint8 and int8 unless said otherwise, by onnxruntime's own quantizer."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.rest = iter([{"image": tile[None]} for tile in tiles(4, seed=5)])

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(self.rest, None)

    source, target = folder / "float.onnx", folder / "int8.onnx"
    source.write_bytes(model)
    quantize_static(
        source, target, Reader(), quant_format=QuantFormat.QDQ, activation_type=activations or QuantType.QUInt8,
        weight_type=QuantType.QInt8, per_channel=True,
    )  # fmt: skip
    return target.read_bytes()


def fed(engine: Engine, z: NDArray[np.float32]) -> NDArray[np.generic]:
    """What the engine takes for z: levels where its way in is uint8."""
    return levels(z.astype(np.float64), engine.input_format) if engine.input_format.dtype == "uint8" else z
