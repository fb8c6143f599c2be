"""Run a network on the CPU reference session and see what is inside it.

Tensors, reductions and counters become outputs, each right behind the node that makes what it looks at. Only what they
need is run, and nothing else is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from geoquant.errors import CalibrationError, QuantizationError
from geoquant.onnx_graph.editing import Graph


@dataclass(frozen=True)
class SessionSettings:
    """How a probed network runs.

    Attributes:
        threads: The number of threads inside each run.
        in_order: Whether nodes run as soon as they can, the first of the graph first, instead of when an output waits
            for them. This goes without the blocked layout of convolutions, whose nodes would come last.
        optimized: Whether nodes are fused as usual; what is fused has no tensor of its own unless it is looked at.
    """

    threads: int = 2
    in_order: bool = False
    optimized: bool = True


class Tap:
    """Adds the nodes that look at one tensor.

    Attributes:
        tensor: The name of the tensor.
    """

    def __init__(self, graph: Graph, tensor: str) -> None:
        self.tensor = tensor
        self._graph, self._last = graph, graph.producer(tensor)

    def node(self, op_type: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its one result."""
        name = self._graph.unique_name(f"{op_type}_of_{self.tensor}")
        node = helper.make_node(op_type, list(inputs), [name], **attributes)
        behind = self._last
        (self._last,) = self._graph.append(node) if behind is None else self._graph.insert_after(behind, [node])
        return name

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        return self._graph.add_initializer(value, self._graph.unique_name(f"constant_of_{self.tensor}"))

    def reduced(self, op_type: str, source: str, axes: Sequence[int] | None = None) -> str:
        """Add ReduceMin or ReduceMax over some axes, or all; from opset 18 on the axes are an input."""
        if axes is None:
            return self.node(op_type, source, keepdims=0)
        if self._graph.opset < 18:
            return self.node(op_type, source, keepdims=0, axes=list(axes))
        return self.node(op_type, source, self.constant(np.array(axes, np.int64)), keepdims=0)


Measure = Callable[[Tap], Sequence[str]]
"""Adds the nodes that look at a tensor, and returns the names of their results."""


def whole(tap: Tap) -> tuple[str]:
    """The tensor itself."""
    return (tap.tensor,)


class Probe:
    """A network whose outputs are what its tensors measure. One session, not shared between threads."""

    def __init__(
        self,
        model: onnx.ModelProto,
        measures: Iterable[tuple[str, Measure]],
        settings: SessionSettings = SessionSettings(),
        planes: Sequence[str] = (),
    ) -> None:
        """Add the measures and open the session.

        Args:
            model: Any network of one input; not changed.
            measures: Tensor name and how to look at it; a tensor may come more than once.
            settings: How the session runs.
            planes: Names of inputs of four axes, float32, that the measures read beside the network's own: a map
                (1, 1, y, x), or one value per channel (1, channel, 1, 1).

        Raises:
            QuantizationError: onnxruntime refuses the network.
        """
        graph = Graph.copied(model)
        self._input = graph.input_name
        free = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in planes)
        graph.model.graph.input.extend(free)
        self._results = [tuple(measure(Tap(graph, name))) for name, measure in measures]
        self._outputs = list(dict.fromkeys(name for names in self._results for name in names))
        _cut(graph, self._outputs)
        self._session = _open_session(graph.model, settings) if self._outputs else None

    def run(self, batch: NDArray[Any], **planes: NDArray[np.float32]) -> list[tuple[NDArray[Any], ...]]:
        """What every measure gives, in the order of the measures.

        Args:
            batch: For the network's input.
            planes: Name -> values of the other inputs.

        Raises:
            CalibrationError: The network can't run on such a batch.
        """
        if self._session is None:
            return [() for _ in self._results]
        try:
            values = self._session.run(self._outputs, {self._input: batch, **planes})
        except Exception as error:  # onnxruntime has a dozen exception classes without a common root
            raise CalibrationError(
                f"the network could not run on a calibration batch of shape {batch.shape}: {error}. A network exported "
                "with a fixed size only takes that size; export it with dynamic height and width, or set --tile."
            ) from error
        found = dict(zip(self._outputs, values, strict=True))
        return [tuple(found[name] for name in names) for names in self._results]


def _cut(graph: Graph, outputs: Iterable[str]) -> None:
    """Leave what the outputs need."""
    del graph.model.graph.output[:]
    graph.model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    graph.remove_unused_nodes()
    graph.remove_unused_initializers()


def _open_session(model: onnx.ModelProto, settings: SessionSettings) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.log_severity_level = 4  # whatever is wrong is raised
    if settings.in_order:
        options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    if not settings.optimized:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise QuantizationError(f"onnxruntime can't load the network: {error}") from error
