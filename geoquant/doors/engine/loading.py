"""From a file and a kind to an engine."""

from __future__ import annotations

from pathlib import Path

import onnx

from geoquant.doors.engine.preparation import is_quantized, read_model
from geoquant.doors.engine.protocol import KINDS, Engine, Kind
from geoquant.doors.engine.twin import float_twin
from geoquant.words.card import ModelCard
from geoquant.words.errors import EngineError


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
        from geoquant.doors.engine.ort import OrtEngine

        return OrtEngine(proto, card, kind, threads)
    from geoquant.doors.engine.ov import OpenVinoEngine

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
