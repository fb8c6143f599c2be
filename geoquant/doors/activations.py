"""Run a float network and see the range of everything inside it, without ever holding its activations.

Minimum and maximum are reduced inside the graph, so that two scalars per tensor come out of each tile.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from geoquant.doors.fold import consumers, initializers
from geoquant.numbers.observer import Range
from geoquant.words.errors import CalibrationError, QuantizationError


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
    takers = consumers(graph, name)
    return len(takers) == 1 and takers[0].op_type in ("Relu", "Clip")


class ActivationRanges:
    """A float network whose outputs are the minimum and maximum of every float tensor in it.

    One session, not shared between threads; memory is that of one plain inference.
    """

    def __init__(self, model: onnx.ModelProto, threads: int = 2) -> None:
        self._names = float_tensors(model)
        watched = onnx.ModelProto()
        watched.CopyFrom(model)
        del watched.graph.output[:]
        for i, name in enumerate(self._names):
            for kind in ("Min", "Max"):
                node = helper.make_node(f"Reduce{kind}", [name], [f"{kind}_{i}"], keepdims=0)
                watched.graph.node.append(node)
                watched.graph.output.append(helper.make_tensor_value_info(f"{kind}_{i}", TensorProto.FLOAT, []))
        self._session = open_session(watched, threads)

    def measure(self, batch: NDArray[np.float32]) -> dict[str, Range]:
        """Range of every tensor for one batch (n, band, y, x).

        Raises:
            CalibrationError: the network can't run at this size.
        """
        values = run_session(self._session, batch)
        return {name: Range(float(values[2 * i]), float(values[2 * i + 1])) for i, name in enumerate(self._names)}


def open_session(model: onnx.ModelProto, threads: int):  # type: ignore[no-untyped-def]
    """An onnxruntime session for a model in memory.

    Raises:
        QuantizationError: onnxruntime refuses the model.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen exception classes without a common root
        raise QuantizationError(f"onnxruntime can't load the network: {error}") from error


def run_session(session, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:  # type: ignore[no-untyped-def]
    """All outputs for one batch.

    Raises:
        CalibrationError: onnxruntime fails.
    """
    try:
        return list(session.run(None, {session.get_inputs()[0].name: batch}))
    except Exception as error:
        raise CalibrationError(
            f"the network could not run on a calibration batch of shape {batch.shape}: {error}. A network exported "
            "with a fixed size only takes that size; export it with dynamic height and width, or set --tile."
        ) from error


def input_name(model: onnx.ModelProto) -> str:
    """The name of the one input that is no initializer."""
    constant = initializers(model.graph)
    return str(next(value.name for value in model.graph.input if value.name not in constant))
