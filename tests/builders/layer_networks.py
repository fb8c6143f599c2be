"""Small ONNX networks for tests: built by hand, with positive weights so that nothing cancels out."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 2


class Builder:
    """Appends layers to a graph; each method takes and returns a tensor name."""

    def __init__(self, seed: int = 0, channels: int = CHANNELS, opset: int = 17) -> None:
        self.random = np.random.default_rng(seed)
        self.channels, self.opset = channels, opset
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []

    def node(self, op_type: str, inputs: list[str], **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, [name], name=f"{op_type}_{len(self.nodes)}", **attributes))
        return name

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"k{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def weights(self, shape: tuple[int, ...]) -> str:
        return self.constant(self.random.uniform(0.5, 1.0, shape) / np.prod(shape[1:]))

    def conv(self, x: str, kernel: int, step: int = 1, dilation: int = 1, pads: tuple[int, int] = (0, 0)) -> str:
        w = self.weights((self.channels, self.channels, kernel, kernel))
        low, high = pads
        return self.node("Conv", [x, w], strides=[step] * 2, dilations=[dilation] * 2, pads=[low, low, high, high])

    def up_conv(self, x: str, kernel: int, pad: int, extra: int = 0) -> str:
        w = self.weights((self.channels, self.channels, kernel, kernel))
        return self.node("ConvTranspose", [x, w], strides=[2, 2], pads=[pad] * 4, output_padding=[extra] * 2)

    def resize(self, x: str, factor: float, mode: str, **attributes: str) -> str:
        scales = self.constant([1, 1, factor, factor])
        return self.node("Resize", [x, "", scales], mode=mode, **attributes)

    def mix(self, x: str, channels: int) -> str:
        """A 1 x 1 convolution back to the usual number of channels."""
        return self.node("Conv", [x, self.weights((self.channels, channels, 1, 1))])

    def model(self, output: str, side: int | None = None, rank: int = 4) -> Any:
        size: list[Any] = [side, side] if side else ["height", "width"]
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", self.channels, *size])
        y = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", None, None, None][:rank])
        graph = helper.make_graph(self.nodes, "network", [x], [y], self.initializers)
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def run(model: Any, x: np.ndarray) -> np.ndarray:
    """The first output of ``model`` for one image (band, y, x)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    result: np.ndarray = session.run(None, {"x": x[None].astype(np.float32)})[0][0]
    return result
