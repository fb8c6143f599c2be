"""Small float networks, built node by node from a seed, so that core tests need no torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BANDS, CLASSES = 4, 3


class Network:
    """Builds a graph; each method that grows it goes on from ``last``, which has ``channels`` channels.

    Nodes without a name are what a network made by hand has; exporters name theirs, as ``named`` does: ``Conv_0``.
    """

    def __init__(self, bands: int = BANDS, seed: int = 0, source: str = "x", named: bool = False) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []
        self.bands, self.source, self.named = bands, source, named
        self.last, self.channels = source, bands

    def constant(self, values: object, dtype: object = None) -> str:
        """An initializer; float64 and numbers of Python become float32 unless ``dtype`` says otherwise."""
        name, own = f"c{len(self.tensors)}", getattr(values, "dtype", np.float64)
        array = np.asarray(values, dtype or (np.float32 if own == np.float64 else own))
        self.tensors.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, *shape: int) -> str:
        """Positive weights of a layer, so that nothing cancels out."""
        return self.constant(self.rng.uniform(0.5, 1.0, shape) / np.prod(shape[1:]))

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        """One node; the name of what comes out."""
        out, name = f"t{len(self.nodes)}", f"{kind}_{len(self.nodes)}" if self.named else None
        self.nodes.append(helper.make_node(kind, inputs, [out], name, **attributes))
        return out

    def add(self, kind: str, *inputs: str, **attributes: object) -> Network:
        """One node to go on from."""
        self.last = self.node(kind, *inputs, **attributes)
        return self

    def at(self, name: str, channels: int) -> Network:
        """Go on from another tensor."""
        self.last, self.channels = name, channels
        return self

    def conv(
        self, channels: int, size: int = 3, groups: int = 1, pad: bool = True, stride: int = 1, bias: float = 0
    ) -> Network:
        """A convolution with normal weights, and biases with the standard deviation ``bias``."""
        fan = self.channels // groups
        weight = self.rng.normal(size=(channels, fan, size, size)) * np.sqrt(2 / (fan * size * size))
        shift = self.rng.normal(0, bias, channels) if bias else np.zeros(channels)
        names = self.constant(weight), self.constant(shift)
        shape = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [size // 2 if pad else 0] * 4}
        self.add("Conv", self.last, *names, group=groups, **shape)
        self.channels = channels
        return self

    def norm(self) -> Network:
        shape = self.channels
        gain, shift = self.rng.uniform(0.5, 2, shape), self.rng.normal(size=shape) * 0.1
        mean, variance = self.rng.normal(size=shape) * 0.1, self.rng.uniform(0.5, 2, shape)
        names = [self.constant(value) for value in (gain, shift, mean, variance)]
        return self.add("BatchNormalization", self.last, *names)

    def relu(self) -> Network:
        return self.add("Relu", self.last)

    def upsample(self, factor: int, **attributes: str) -> Network:
        """Nearest neighbour; the pixel that an output pixel lies in."""
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", **attributes}
        return self.add("Resize", self.last, "", self.constant([1, 1, factor, factor]), **how)

    def model(
        self,
        opset: int = 17,
        size: tuple[object, object] = ("y", "x"),
        batch: object = "n",
        scores: tuple[object, ...] | None = None,
    ) -> onnx.ModelProto:
        """The network whose output is ``last``, as ``scores`` of the input's size."""
        self.nodes[-1].output[0] = "scores"
        model = self.ending_in("scores", opset, (batch, self.bands, *size), scores or (batch, self.channels, *size))
        onnx.checker.check_model(model)
        return model

    def ending_in(
        self,
        output: str,
        opset: int = 17,
        taken: tuple[object, ...] | None = None,
        given: tuple[object, ...] = ("n", None, None, None),
    ) -> onnx.ModelProto:
        """The network with ``output`` as its output, unchecked; shapes ``taken`` and ``given``."""
        source = helper.make_tensor_value_info(self.source, TensorProto.FLOAT, taken or ("n", self.bands, "y", "x"))
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, given)
        graph = helper.make_graph(self.nodes, "net", [source], [result], self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    """The first output for a batch, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def run_image(model: onnx.ModelProto, image: np.ndarray) -> np.ndarray:
    """The first output for one image (band, y, x)."""
    return run(model, image[None].astype(np.float32))[0]


def u_shaped(bands: int = BANDS, classes: int = CLASSES, seed: int = 0, width: int = 16) -> onnx.ModelProto:
    """Convolutions with batch norm, a max pool, an upsampling by two and a skip: stride 2."""
    net = Network(bands, seed).conv(width).norm().relu().conv(width).norm().relu()
    skip = net.last
    net.add("MaxPool", net.last, kernel_shape=[2, 2], strides=[2, 2]).conv(2 * width).norm().relu().upsample(2)
    net.add("Concat", net.last, skip, axis=1)
    net.channels = 3 * width
    return net.conv(width).norm().relu().conv(classes, size=1).model()


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


def clipped_swish(net: Network, late: bool, by_product: bool) -> Network:
    """x * clip(x + 3, 0, 6) / 6 as exporters of old write it."""
    x = net.last
    three, zero, six = (net.constant(np.float32(value)) for value in (3, 0, 6))
    part = net.constant(np.float32(1 / 6)) if by_product else six
    divide = "Mul" if by_product else "Div"
    gate = net.add("Add", x, three).add("Clip", net.last, zero, six).last
    if late:
        return net.add("Mul", x, gate).add(divide, net.last, part)
    return net.add(divide, gate, part).add("Mul", net.last, x)


NOISE = {"bias": 0.1}


def identity(net: Network, classes: int) -> Network:
    """Class = index of the band with the highest normalized value."""
    eye = np.eye(classes, net.bands, dtype=np.float32).reshape(classes, net.bands, 1, 1)
    return net.add("Conv", net.last, net.constant(eye), kernel_shape=[1, 1])


def conv(net: Network, classes: int) -> Network:
    """Three convolutions: a receptive field of 9 pixels, stride 1."""
    return net.conv(8, **NOISE).relu().conv(8, 5, **NOISE).relu().conv(classes, **NOISE)


def unet(net: Network, classes: int) -> Network:
    """An encoder and decoder with a skip connection: total stride 4."""
    skip = net.conv(8, **NOISE).relu().last
    net.conv(12, stride=2, **NOISE).relu().conv(16, stride=2, **NOISE).relu().upsample(4, nearest_mode="floor")
    net.add("Concat", net.last, skip, axis=1).at(net.last, 24)
    return net.conv(8, **NOISE).relu().conv(classes, 1, **NOISE)


def pooled(net: Network, classes: int) -> Network:
    """Squeeze-and-excite over the whole tile: an unbounded receptive field."""
    x = net.conv(8, **NOISE).relu().last
    net.add("GlobalAveragePool", x).conv(8, 1, **NOISE).add("Sigmoid", net.last)
    return net.add("Mul", x, net.last).conv(classes, **NOISE)


def mobile(net: Network, classes: int) -> Network:
    """What is hard to run in INT8: HardSwish, depthwise, squeeze-and-excite, SiLU, ConvTranspose, bilinear Resize."""
    x = net.conv(16, **NOISE).add("HardSwish", net.last).last
    depthwise = net.constant(net.rng.normal(0, 0.3, (16, 1, 3, 3)))
    net.add("Conv", x, depthwise, kernel_shape=[3, 3], pads=[1] * 4, group=16)
    y = net.add("HardSwish", net.last).last
    net.add("GlobalAveragePool", y).conv(8, 1, **NOISE).relu().conv(16, 1, **NOISE)
    net.add("HardSigmoid", net.last, alpha=1 / 6, beta=0.5).add("Mul", y, net.last).conv(16, 1, **NOISE)
    y = net.add("Add", net.last, x).conv(32, stride=2, **NOISE).last
    net.add("Sigmoid", y).add("Mul", y, net.last)
    up = net.constant(net.rng.normal(0, 0.2, (32, 16, 2, 2)))
    net.add("ConvTranspose", net.last, up, kernel_shape=[2, 2], strides=[2, 2]).at(net.last, 16)
    net.relu().conv(16, stride=2, **NOISE).relu()
    net.add("Resize", net.last, "", net.constant([1, 1, 2, 2]), mode="linear")
    return net.add("Concat", net.last, x, axis=1).at(net.last, 32).conv(classes, **NOISE)


KINDS: dict[str, Callable[[Network, int], Network]] = {
    "identity": identity,
    "conv": conv,
    "unet": unet,
    "pooled": pooled,
    "mobile": mobile,
}


def network_of(kind: str, bands: int = 3, classes: int = 4, seed: int = 0, side: int | None = None) -> onnx.ModelProto:
    """One of ``KINDS``, its nodes named; ``side`` fixes its tile."""
    net = KINDS[kind](Network(bands, seed, "image", named=True), classes)
    net.channels = classes
    return net.model(size=(side, side) if side else ("y", "x"))
