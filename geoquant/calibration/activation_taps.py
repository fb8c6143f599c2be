"""Run a float network and see what is inside it, without ever holding all its activations.

Minimum and maximum over channels and a sample of the pixels are made inside the graph. onnxruntime keeps a tensor until
its last taker has run, and by default it puts off what nothing else waits for: the U-Net's activations would pile up to
1.5 GB. In the order of the nodes, with every tensor's watchers right behind it, they are gone at once (0.7 GB).
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from geoquant.calibration.observers import TensorSummary
from geoquant.onnx_graph.editing import at_shape, consumers, input_name, opset_of
from geoquant.onnx_graph.probe import open_session, run_session

SAMPLED_PX = 8192
"""Pixels of a map that are looked at for its histogram, at most; its bounds are those of all pixels."""


def float_tensors(model: onnx.ModelProto) -> list[str]:
    """Names of the input and of every float tensor that a node makes, except those that only a ReLU or Clip takes.

    Those take the range of what the ReLU or Clip leaves of them, because an engine fuses the two.
    """
    graph = model.graph
    types = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.output, *graph.input)}
    made = [name for node in graph.node for name in node.output if name]
    names = [value.name for value in graph.input] + made
    return [name for name in names if types.get(name) == TensorProto.FLOAT and not _only_clipped(graph, name)]


def _only_clipped(graph: onnx.GraphProto, name: str) -> bool:
    behind = consumers(graph, name)
    return len(behind) == 1 and behind[0].op_type in ("Relu", "Clip")


class ActivationTaps:
    """A float network whose outputs tell of every float tensor in it.

    One session, not shared between threads; memory is little more than that of one plain inference.
    """

    def __init__(self, model: onnx.ModelProto, tile: tuple[int, int, int], threads: int = 2) -> None:
        """Prepare.

        Args:
            model: prepared float network (``fold.prepare``).
            tile: (band, y, x) of what will come; another height or width works, with the sampling made for this one.
            threads: of the session.
        """
        self._input = input_name(model)
        shapes = _shapes(model, tile)
        self._steps = {name: _step(shapes.get(name)) for name in float_tensors(model) if name != self._input}
        self._mapped = {name: len(shapes.get(name, ())) == 4 for name in self._steps}
        self._order = [name for node in model.graph.node for name in node.output if name in self._steps]
        self._session = open_session(self._watched(model), threads, in_order=True)

    def _watched(self, model: onnx.ModelProto) -> onnx.ModelProto:
        watched = onnx.ModelProto()
        watched.CopyFrom(model)
        graph = watched.graph
        nodes = list(graph.node)
        del graph.node[:], graph.output[:]
        numbers = {name: i for i, name in enumerate(self._steps)}
        for node in nodes:
            graph.node.append(node)
            for name in node.output:
                if name in numbers:
                    self._watch(watched, name, numbers[name])
        return watched

    def _watch(self, model: onnx.ModelProto, name: str, number: int) -> None:
        graph = model.graph
        axes = [0, 1] if self._mapped[name] else None
        for kind in ("Min", "Max"):
            graph.node.append(_reduce(model, f"Reduce{kind}", name, f"{kind}_{number}", axes))
        ends, step = np.iinfo(np.int64).max, self._steps[name]
        settings = {"starts": [0, 0], "ends": [ends, ends], "axes": [2, 3], "steps": [step, step]}
        for key, value in settings.items() if step > 1 else ():
            graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), f"{key}_{number}"))
        kind, more = ("Slice", [f"{key}_{number}" for key in settings]) if step > 1 else ("Identity", [])
        graph.node.append(helper.make_node(kind, [name, *more], [f"Sample_{number}"]))
        for output in ("Min", "Max", "Sample"):
            graph.output.append(helper.make_tensor_value_info(f"{output}_{number}", TensorProto.FLOAT, None))

    def measure(self, batch: NDArray[np.float32]) -> dict[str, TensorSummary]:
        """What every tensor but the input held for one batch (1, band, y, x).

        Raises:
            CalibrationError: the network can't run at this size.
        """
        values = run_session(self._session, batch)
        triples = zip(values[::3], values[1::3], values[2::3], strict=True)
        return {name: self._seen(name, *triple) for name, triple in zip(self._order, triples, strict=True)}

    def _seen(
        self, name: str, low: NDArray[np.float32], high: NDArray[np.float32], sample: NDArray[np.float32]
    ) -> TensorSummary:
        return TensorSummary(low, high, sample[0] if self._mapped[name] else sample.reshape(1, -1), self._steps[name])


def _shapes(model: onnx.ModelProto, tile: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
    """Tensor -> its shape for a batch of one tile; 0 stands for what can't be inferred."""
    graph = at_shape(model, tile[0], tile[1:]).graph
    known = (value for value in (*graph.value_info, *graph.output) if value.type.tensor_type.HasField("shape"))
    return {value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim) for value in known}


def _step(shape: tuple[int, ...] | None) -> int:
    """The smallest odd step that leaves ``SAMPLED_PX`` pixels of a map; 1 for what is no map."""
    height, width = shape[2:] if shape is not None and len(shape) == 4 else (1, 1)
    step = 1
    while -(-height // step) * -(-width // step) > SAMPLED_PX:
        step += 2
    return step


def _reduce(model: onnx.ModelProto, kind: str, source: str, target: str, axes: list[int] | None) -> onnx.NodeProto:
    """ReduceMin or ReduceMax; from opset 18 on the axes are an input."""
    if axes is None or opset_of(model) < 18:
        return helper.make_node(kind, [source], [target], keepdims=0, **({} if axes is None else {"axes": axes}))
    name = f"axes_of_{target}"
    model.graph.initializer.append(numpy_helper.from_array(np.array(axes, np.int64), name))
    return helper.make_node(kind, [source, name], [target], keepdims=0)
