"""From a file and a kind to an engine."""

from __future__ import annotations

from pathlib import Path

import onnx

from geoquant.engines.float_twin import float_twin
from geoquant.engines.protocol import KINDS, Engine, Kind
from geoquant.errors import EngineError
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import is_quantized
from geoquant.onnx_graph.loading import read_model

ENGINE_NAMES = {"ort": "onnxruntime", "openvino": "OpenVINO"}


def load_engine(model: Path | bytes, card: ModelCard, kind: Kind, threads: int = 1, workers: int = 2) -> Engine:
    """Load a network into an engine.

    Args:
        model: the ONNX file, float or QDQ, or its bytes.
        card: its card.
        kind: see ``KINDS``.
        threads: threads inside one call.
        workers: Python threads that will call at the same time.

    Raises:
        EngineError: the engine is not installed or can't run the network.
        ModelError: the file is not a network, or it contradicts its card.
    """
    proto = network_for(model, kind)
    if kind.startswith("ort"):
        from geoquant.engines.onnxruntime_engine import OnnxRuntimeEngine

        return OnnxRuntimeEngine(proto, card, kind, threads)
    from geoquant.engines.openvino_engine import OpenVinoEngine

    return OpenVinoEngine(proto, card, kind, threads, workers)


def network_for(model: Path | bytes, kind: Kind) -> onnx.ModelProto:
    """The network that ``kind`` runs: the file's, or its float twin.

    Raises:
        EngineError: there is no such kind, or no float twin.
        ModelError: the file is not a network.
    """
    if kind not in KINDS:
        raise EngineError(f"There is no engine {kind!r}; the engines are {', '.join(KINDS)}.")
    proto = read_model(model)
    if kind not in ("ort", "openvino") and is_quantized(proto):
        twin = float_twin(proto)
        if twin is None:
            raise EngineError(f"This INT8 file has no float twin (it is not QDQ), so {kind!r} can't run it.")
        proto = twin
    return proto


def faithful_engines(model: onnx.ModelProto) -> tuple[Kind, ...]:
    """Engines that compute an INT8 file here as its target does, and so may judge it.

    Not OpenVINO for int8 activations, which are for ARM and TensorRT: on x86 CPUs without AMX it loses 8 dB of signal
    to noise with them (OpenVINO 2026.4, a U-Net of four levels; onnxruntime 1.32 loses none).
    """
    types = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    levels = {
        types.get(node.input[2]) for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[2:]
    }
    return ("ort",) if onnx.TensorProto.INT8 in levels else ("ort", "openvino")
