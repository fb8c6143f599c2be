"""Small ONNX networks to test with, made node by node so that core tests need no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.qdq import QdqSettings, write_qdq
from tests.builders.quantizable import BANDS, observed, run

BAND_NAMES = ("blue", "green", "red", "nir", "swir16", "swir22")
COLORS = ("#1f78b4", "#33a02c", "#ffd92f", "#e31a1c", "#a65628", "#999999", "#ffffff", "#6a3d9a")


class Graph:
    """Collects nodes and weights; every method returns the name of its output."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, op: str, *inputs: str, **attributes: object) -> str:
        name = f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, x: str, inputs: int, outputs: int, kernel: int, stride: int = 1) -> str:
        scale = (2 / (inputs * kernel**2)) ** 0.5
        weights = self.random.normal(0, scale, (outputs, inputs, kernel, kernel)).astype(np.float32)
        bias = self.random.normal(0, 0.1, outputs).astype(np.float32)
        pad = kernel // 2
        return self.add(
            "Conv",
            x,
            self.constant(weights),
            self.constant(bias),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[pad] * 4,
        )

    def upsample(self, x: str, factor: int) -> str:
        scales = self.constant(np.array([1, 1, factor, factor], np.float32))
        return self.add(
            "Resize", x, "", scales, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"
        )


def identity(graph: Graph, bands: int, classes: int) -> str:
    """Class = index of the band with the highest normalized value."""
    weights = np.eye(classes, bands, dtype=np.float32).reshape(classes, bands, 1, 1)
    return graph.add("Conv", "image", graph.constant(weights), kernel_shape=[1, 1])


def conv(graph: Graph, bands: int, classes: int) -> str:
    """Three convolutions: a receptive field of 9 pixels, stride 1."""
    x = graph.add("Relu", graph.conv("image", bands, 8, 3))
    x = graph.add("Relu", graph.conv(x, 8, 8, 5))
    return graph.conv(x, 8, classes, 3)


def unet(graph: Graph, bands: int, classes: int) -> str:
    """An encoder and decoder with a skip connection: total stride 4."""
    skip = graph.add("Relu", graph.conv("image", bands, 8, 3))
    x = graph.add("Relu", graph.conv(skip, 8, 12, 3, stride=2))
    x = graph.add("Relu", graph.conv(x, 12, 16, 3, stride=2))
    x = graph.add("Concat", graph.upsample(x, 4), skip, axis=1)
    return graph.conv(graph.add("Relu", graph.conv(x, 24, 8, 3)), 8, classes, 1)


def pooled(graph: Graph, bands: int, classes: int) -> str:
    """Squeeze-and-excite over the whole tile: an unbounded receptive field."""
    x = graph.add("Relu", graph.conv("image", bands, 8, 3))
    gate = graph.add("Sigmoid", graph.conv(graph.add("GlobalAveragePool", x), 8, 8, 1))
    return graph.conv(graph.add("Mul", x, gate), 8, classes, 3)


def mobile(graph: Graph, bands: int, classes: int) -> str:
    """What is hard to run in INT8: HardSwish, depthwise, squeeze-and-excite, SiLU, ConvTranspose, bilinear Resize."""
    x = graph.add("HardSwish", graph.conv("image", bands, 16, 3))
    depthwise = graph.constant(graph.random.normal(0, 0.3, (16, 1, 3, 3)).astype(np.float32))
    y = graph.add("Conv", x, depthwise, kernel_shape=[3, 3], pads=[1] * 4, group=16)
    y = graph.add("HardSwish", y)
    gate = graph.add("Relu", graph.conv(graph.add("GlobalAveragePool", y), 16, 8, 1))
    gate = graph.add("HardSigmoid", graph.conv(gate, 8, 16, 1), alpha=1 / 6, beta=0.5)
    y = graph.add("Add", graph.conv(graph.add("Mul", y, gate), 16, 16, 1), x)
    y = graph.conv(y, 16, 32, 3, stride=2)
    y = graph.add("Mul", y, graph.add("Sigmoid", y))
    weights = graph.constant(graph.random.normal(0, 0.2, (32, 16, 2, 2)).astype(np.float32))
    y = graph.add("Relu", graph.add("ConvTranspose", y, weights, kernel_shape=[2, 2], strides=[2, 2]))
    y = graph.add("Relu", graph.conv(y, 16, 16, 3, stride=2))
    y = graph.add("Resize", y, "", graph.constant(np.array([1, 1, 2, 2], np.float32)), mode="linear")
    return graph.conv(graph.add("Concat", y, x, axis=1), 32, classes, 3)


BUILDERS: dict[str, Callable[[Graph, int, int], str]] = {
    "identity": identity,
    "conv": conv,
    "unet": unet,
    "pooled": pooled,
    "mobile": mobile,
}


def card_for(bands: int, classes: int, **facts: object) -> ModelCard:
    """A card for stored numbers of about 0..1000, in ``dn``."""
    card = ModelCard(
        name="test network",
        bands=tuple(Band(name, name) for name in BAND_NAMES[:bands]),
        normalization=Normalization((500.0,) * bands, (250.0,) * bands),
        classes=tuple(ClassLabel(index, f"class {index}", COLORS[index]) for index in range(classes)),
        units="dn",
        tiling=Tiling(halo_px=None),
    )
    return replace(card, **facts)  # type: ignore[arg-type]


def network_file(
    path: Path,
    kind: str = "conv",
    bands: int = 3,
    classes: int = 4,
    seed: int = 0,
    size: int | None = None,
    **facts: object,
) -> Path:
    """Write a network with its card; ``size`` fixes its tile, ``facts`` go into the card."""
    graph = Graph(seed)
    last = BUILDERS[kind](graph, bands, classes)
    graph.nodes[-1].output[0] = "scores"
    assert last != "scores"
    side = size or "side"
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", bands, side, side if size else "other"])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", classes, side, side if size else "other"])
    body = helper.make_graph(graph.nodes, kind, [image], [scores], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    write_card(model, card_for(bands, classes, **facts), path)
    return path


def whole_image(path: Path, image: np.ndarray) -> np.ndarray:
    """Class values ``(y, x)`` of ``image (band, y, x)`` by onnxruntime in one pass over the reflected image."""
    return whole_scores(path, image).argmax(axis=0).astype(np.uint8)


def margins(scores: np.ndarray) -> np.ndarray:
    """How far the best of ``scores (class, y, x)`` is above the second, ``(y, x)``."""
    second, best = np.sort(scores, axis=0)[-2:]
    return best - second


def whole_scores(path: Path, image: np.ndarray, pad: int = 64) -> np.ndarray:
    """Scores ``(class, y, x)`` of ``image (band, y, x)`` by onnxruntime in one pass over the reflected image."""
    import onnxruntime

    z = normalized(image)
    height, width = image.shape[1:]
    extra = [(0, 0), (pad, pad + -height % pad), (pad, pad + -width % pad)]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"image": np.pad(z, extra, mode="reflect")[None]})
    return scores[0, :, pad : pad + height, pad : pad + width]


def int8_file(path: Path, source: Path, images: list[np.ndarray]) -> Path:
    """The network of ``source`` in INT8, its ranges observed on ``images (band, y, x)`` of stored numbers."""
    network = prepare(load_model(source))
    ranges = observed(network, [normalized(image)[None] for image in images])
    write_card(write_qdq(network, ranges, QdqSettings()), read_card(source), path)
    return path


def normalized(image: np.ndarray) -> np.ndarray:
    """What ``card_for``'s normalization makes of stored numbers, float32."""
    return ((image.astype(np.float64) - 500) / 250).astype(np.float32)


def assert_equal_to_rounding(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * np.abs(a).max())


def noise_images(height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2, BANDS, height, width)).astype(np.float32)


def ops(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def rewritten(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model after ``prepare``, which agrees with it to float rounding at several sizes."""
    made = prepare(model)
    for height, width in ((24, 32), (8, 40)):
        before, after = run(model, noise_images(height, width)), run(made, noise_images(height, width))
        assert before.shape == after.shape
        np.testing.assert_allclose(after, before, atol=2e-5 * np.abs(before).max(), rtol=1e-4)
    onnx.checker.check_model(made, full_check=True)
    return made
