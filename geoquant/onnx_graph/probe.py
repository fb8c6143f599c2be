"""Run a network on the CPU reference session, with extra outputs or reductions at any tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.errors import CalibrationError, QuantizationError


def open_session(model: onnx.ModelProto, threads: int, in_order: bool = False) -> Any:
    """An onnxruntime session for a model in memory.

    Args:
        model: any.
        threads: inside each run.
        in_order: run nodes as soon as they can, the first of the graph first, instead of what the outputs wait for.
            Only without the blocked layout of convolutions, whose nodes would come last.

    Raises:
        QuantizationError: onnxruntime refuses the model.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if in_order:
        options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    try:
        return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen exception classes without a common root
        raise QuantizationError(f"onnxruntime can't load the network: {error}") from error


def run_session(session: Any, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
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
