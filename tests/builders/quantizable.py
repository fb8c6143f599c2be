"""Small float networks for the tests of folding and quantization, made with onnx.helper from a seed."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geoquant.calibration.activation_taps import ActivationTaps
from geoquant.calibration.observers import ActivationObserver, BandObserver, TileMask
from geoquant.calibration.range_estimators import Range, RangeRule, choose_range
from geoquant.onnx_graph.editing import Graph

BANDS, CLASSES = 4, 3


class Network:
    """Builds a graph layer by layer; ``model`` gives the ModelProto."""

    def __init__(self, bands: int = BANDS, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []
        self.bands, self.last, self.channels = bands, "x", bands

    def constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(value, name))
        return name

    def add(self, kind: str, *inputs: str, **attributes: object) -> Network:
        self.nodes.append(helper.make_node(kind, inputs, [f"t{len(self.nodes)}"], **attributes))
        self.last = f"t{len(self.nodes) - 1}"
        return self

    def conv(self, channels: int, size: int = 3, groups: int = 1, pad: bool = True) -> Network:
        fan = self.channels // groups
        weight = self.rng.normal(size=(channels, fan, size, size)) * np.sqrt(2 / (fan * size * size))
        names = self.constant(weight.astype(np.float32)), self.constant(np.zeros(channels, np.float32))
        margin = size // 2 if pad else 0
        self.add("Conv", self.last, *names, kernel_shape=[size, size], pads=[margin] * 4, group=groups)
        self.channels = channels
        return self

    def norm(self) -> Network:
        shape = self.channels
        gain, shift = self.rng.uniform(0.5, 2, shape), self.rng.normal(size=shape) * 0.1
        mean, variance = self.rng.normal(size=shape) * 0.1, self.rng.uniform(0.5, 2, shape)
        names = [self.constant(value.astype(np.float32)) for value in (gain, shift, mean, variance)]
        return self.add("BatchNormalization", self.last, *names)

    def relu(self) -> Network:
        return self.add("Relu", self.last)

    def model(self, opset: int = 17) -> onnx.ModelProto:
        shape = ["n", self.bands, "y", "x"]
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
        self.nodes[-1].output[0] = "scores"
        outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", self.channels, "y", "x"])]
        graph = helper.make_graph(self.nodes, "net", inputs, outputs, self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def u_shaped(bands: int = BANDS, classes: int = CLASSES, seed: int = 0, width: int = 16) -> onnx.ModelProto:
    """Convolutions with batch norm, a max pool, an upsampling by two and a skip: stride 2."""
    net = Network(bands, seed).conv(width).norm().relu().conv(width).norm().relu()
    skip = net.last
    net.add("MaxPool", net.last, kernel_shape=[2, 2], strides=[2, 2]).conv(2 * width).norm().relu()
    scales = net.constant(np.array([1, 1, 2, 2], np.float32))
    net.add("Resize", net.last, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric")
    net.add("Concat", net.last, skip, axis=1)
    net.channels = 3 * width
    return net.conv(width).norm().relu().conv(classes, size=1).model()


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    import onnxruntime as ort

    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def nearest_spectrum(centres: np.ndarray) -> onnx.ModelProto:
    """A network that knows something without training: each pixel's 3 x 3 mean goes to the nearest spectrum.

    -|z - c|^2 is linear in z up to a term that all classes share; z is split into its positive and negative part, so
    that there is a ReLU between the two convolutions.

    Args:
        centres: (class, band), in z.
    """
    classes, bands = centres.shape
    mean = np.zeros((2 * bands, bands, 3, 3), np.float32)
    for band in range(bands):
        mean[band, band], mean[bands + band, band] = 1 / 9, -1 / 9
    head = np.concatenate([2 * centres, -2 * centres], axis=1)[:, :, None, None].astype(np.float32)
    net = Network(bands)
    names = net.constant(mean), net.constant(np.zeros(2 * bands, np.float32))
    net.add("Conv", "x", *names, kernel_shape=[3, 3], pads=[1, 1, 1, 1]).relu()
    bias = -(centres**2).sum(axis=1).astype(np.float32)
    net.add("Conv", net.last, net.constant(head), net.constant(bias), kernel_shape=[1, 1])
    net.channels = classes
    return net.model()


def observed(prepared: onnx.ModelProto, batches: list[np.ndarray], rule: RangeRule | None = None) -> dict[str, Range]:
    """Ranges (min-max unless told otherwise) of batches (1, band, y, x) of one size, all of whose pixels count."""
    rule = rule or RangeRule("min-max")
    taps, inside = ActivationTaps(prepared, batches[0].shape[1:]), defaultdict(ActivationObserver)
    inputs = BandObserver(1)
    for batch in batches:
        place = everywhere(batch.shape[2:])
        for name, seen in taps.measure(batch).items():
            inside[name].update(seen, place)
        stacked = batch.reshape(1, -1, batch.shape[3])
        inputs.update(stacked, everywhere(stacked.shape[1:]))
    distributions = {name: observer.distribution() for name, observer in inside.items()}
    distributions[Graph(prepared).input_name] = inputs.distributions()[0]
    return {name: choose_range(distribution, rule) for name, distribution in distributions.items()}


def everywhere(shape: tuple[int, ...]) -> TileMask:
    """Every pixel valid and of stratum 1."""
    return TileMask(np.ones(shape, bool), np.ones(shape, np.uint8))
