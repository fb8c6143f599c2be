"""Run a float network and see what is inside it, without ever holding all its activations.

Minimum and maximum over channels and a sample of the pixels are made inside the graph. onnxruntime keeps a tensor until
its last consumer has run, and by default it puts off what nothing else waits for: the U-Net's activations would pile up
to 1.5 GB. In the order of the nodes, with every tensor's watchers right behind it, they are gone at once (0.7 GB).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from geoquant.calibration.observers import TensorSummary
from geoquant.grid import ceil_div
from geoquant.onnx_graph.editing import Graph, Shape
from geoquant.onnx_graph.probe import Probe, SessionSettings, Tap

SAMPLED_PX = 8192
"""Pixels of a map that are looked at for its histogram, at most; its bounds are those of all pixels."""


def float_tensors(model: onnx.ModelProto) -> list[str]:
    """Names of the input and of every float tensor that a node makes, except those that only a ReLU or Clip takes.

    Those take the range of what the ReLU or Clip leaves of them, because an engine fuses the two.
    """
    graph = Graph(model)
    made = [name for node in graph.nodes for name in node.output if name]
    names = [value.name for value in model.graph.input] + made
    return [name for name in names if graph.element_type(name) == TensorProto.FLOAT and not _only_clipped(graph, name)]


def _only_clipped(graph: Graph, name: str) -> bool:
    behind = graph.consumers(name)
    return len(behind) == 1 and behind[0].op_type in ("Relu", "Clip")


class ActivationTaps:
    """A float network whose outputs summarize every float tensor in it.

    One session, not shared between threads; memory is little more than that of one plain inference.
    """

    def __init__(self, model: onnx.ModelProto, tile: tuple[int, int, int], threads: int = 2) -> None:
        """Prepare.

        Args:
            model: prepared float network (``prepare``).
            tile: (band, y, x) of what will come; another height or width works, with the sampling made for this one.
            threads: of the session.
        """
        graph, names = Graph(model).at_shape(tile[0], tile[1:]), float_tensors(model)
        names = [name for name in names if name != graph.input_name]
        self._steps = {name: _step(graph.shape(name)) for name in names}
        self._mapped = {name: len(graph.shape(name) or ()) == 4 for name in names}
        measures = [(name, partial(_bounds_and_sample, self._mapped[name], self._steps[name])) for name in names]
        self._probe = Probe(model, measures, SessionSettings(threads, in_order=True))

    def measure(self, batch: NDArray[np.float32]) -> dict[str, TensorSummary]:
        """Summaries of every tensor but the input for one batch (1, band, y, x).

        Raises:
            CalibrationError: the network can't run at this size.
        """
        results = zip(self._steps, self._probe.run(batch), strict=True)
        return {name: self._summary(name, *result) for name, result in results}

    def _summary(
        self, name: str, low: NDArray[np.float32], high: NDArray[np.float32], sample: NDArray[np.float32]
    ) -> TensorSummary:
        return TensorSummary(low, high, sample[0] if self._mapped[name] else sample.reshape(1, -1), self._steps[name])


def _bounds_and_sample(mapped: bool, step: int, tap: Tap) -> tuple[str, str, str]:
    """Minimum and maximum, per channel of a map, and every ``step``-th of its rows and columns."""
    axes = [0, 1] if mapped else None
    low, high = (tap.reduced(kind, tap.tensor, axes) for kind in ("ReduceMin", "ReduceMax"))
    if step == 1:
        return low, high, tap.node("Identity", tap.tensor)
    ends = np.iinfo(np.int64).max
    settings = ([0, 0], [ends, ends], [2, 3], [step, step])  # starts, ends, axes, steps
    return low, high, tap.node("Slice", tap.tensor, *(tap.constant(np.array(value, np.int64)) for value in settings))


def _step(shape: Shape | None) -> int:
    """The smallest odd step that leaves ``SAMPLED_PX`` pixels of a map; 1 for what is no map or of unknown size."""
    height, width = ((side or 0) for side in shape[2:]) if shape is not None and len(shape) == 4 else (1, 1)
    step = 1
    while ceil_div(height, step) * ceil_div(width, step) > SAMPLED_PX:
        step += 2
    return step
