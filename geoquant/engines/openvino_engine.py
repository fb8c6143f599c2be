"""The fast engine on x86: OpenVINO, which reads the same QDQ file.

One compiled network per tile shape, with a stream per worker: N threads that call ``infer`` on requests of their own
run side by side and share the weights. Networks are reshaped to the tile (a scene has a handful of shapes), the
argmax is in the graph, and only bytes cross the border for an INT8 network.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.engines import memory_estimate as memory
from geoquant.engines.graph_interface import interface_of, take_levels
from geoquant.engines.onnxruntime_engine import decide
from geoquant.engines.protocol import EngineSettings, Interface
from geoquant.errors import EngineError
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import is_quantized
from geoquant.preprocessing.chain import EngineInput
from geoquant.system import give_back

SHAPES_KEPT = 4  # inside, right edge, bottom edge and corner of a scene
PEAK_OVER_LIVE = {"f32": 1.15, "bf16": 0.7}  # measured: 1.04 to 1.1, and 0.55 to 0.75; INT8 1.3 to 1.4 of its bytes
PEAK_OVER_LIVE_INT8 = 1.4
COMPILED_BYTES = 30_000_000
GROWTH = 1.1  # what one measurement may miss: pages that were free before, and a second worker's own rounding
_NOTHING: Mapping[str, Any] = {}


_importing = threading.Lock()


def import_openvino() -> Any:
    """``import openvino``, ready to be called from several threads.

    Its first ``Type.to_dtype()``, which every ``infer`` of NumPy arrays enters, must not be reached by two threads at
    once: one would hold a C++ guard and wait for Python's global lock, the other the reverse, for ever, and no signal
    ends that (OpenVINO 2026.4). So that call is made here, once, before any engine exists.

    Raises:
        EngineError: it is not installed.
    """
    with _importing:
        openvino = _import_without_telemetry()
        openvino.Type.u8.to_dtype()
    return openvino


def _import_without_telemetry() -> Any:
    """OpenVINO sends an event when it is imported, unless the package ``openvino_telemetry`` can't be imported."""
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    hidden = sys.modules.get("openvino_telemetry")
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # makes its import raise ImportError
    try:
        import openvino
    except ImportError as error:
        raise EngineError("OpenVINO is not installed: pip install openvino, or choose --engine ort.") from error
    finally:
        if hidden is None:
            del sys.modules["openvino_telemetry"]
        else:
            sys.modules["openvino_telemetry"] = hidden
    return openvino


@dataclass
class _Compiled:
    """A network for one tile shape; the engine's lock guards its fields."""

    network: Any
    idle: list[Any] = field(default_factory=list)
    in_flight: int = 0
    holds_tiles: bool = False

    def borrow(self) -> Any:
        """An inference request for the caller alone, until it puts it back."""
        self.in_flight += 1
        self.holds_tiles = True
        return self.idle.pop() if self.idle else self.network.create_infer_request()

    def put_back(self, request: Any) -> None:
        """Let another thread have the request."""
        self.in_flight -= 1
        self.idle.append(request)

    def release(self) -> None:
        """Give back the activations of a shape that does not run now; they are there again with its next tile."""
        if self.holds_tiles and not self.in_flight:
            self.network.release_memory()
            self.holds_tiles = False


class OpenVinoEngine:
    """See ``protocol.Engine``."""

    def __init__(self, model: onnx.ModelProto, card: ModelCard, settings: EngineSettings) -> None:
        self._ov = import_openvino()
        self.kind = settings.kind
        self.interface: Interface = interface_of(model, card)
        self.class_count, self.fixed_shape = self.interface.class_count, self.interface.fixed_shape
        self.input_format = take_levels(model) or EngineInput()
        self._configuration = _configuration(settings)
        self._core = self._ov.Core()
        self._compiled: OrderedDict[tuple[bool, tuple[int, ...]], _Compiled] = OrderedDict()
        self._lock = threading.Lock()
        precision = "INT8" if is_quantized(model) else "bfloat16" if settings.bfloat16 else "float32"
        self.name = f"OpenVINO {self._ov.__version__.split('-')[0]} {precision}"
        live = memory.activation_bytes_per_pixel(model, self.interface.bands, self.fixed_shape)
        factor = PEAK_OVER_LIVE_INT8 if is_quantized(model) else PEAK_OVER_LIVE["bf16" if settings.bfloat16 else "f32"]
        self.bytes_per_pixel = live * factor
        self.loaded_bytes = memory.weight_bytes(model)
        self.growth = GROWTH
        self.settling_tiles = 1  # a second tile might run in another stream, with memory of its own
        self.bytes_per_shape = self.loaded_bytes + COMPILED_BYTES
        self._source = self._read(model)
        give_back()

    def classes(self, batch: NDArray[Any]) -> NDArray[np.uint8]:
        """See ``protocol.Engine.classes``."""
        self.interface.check_batch(batch, self.input_format)
        in_graph = self.interface.head == "argmax"
        maps = [self._run(tile[None], in_graph) for tile in batch]
        decided = [one if in_graph else decide(one, self.interface)[None] for one in maps]
        return decided[0] if len(decided) == 1 else np.concatenate(decided)

    def scores(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """See ``protocol.Engine.scores``."""
        self.interface.check_batch(batch, self.input_format)
        tiles = [self._run(tile[None], False) for tile in batch]
        return np.concatenate(tiles).astype(np.float32, copy=False)

    def _read(self, model: onnx.ModelProto) -> Any:
        content = model.SerializeToString()
        model.Clear()  # to free its memory
        try:
            return self._core.read_model(content, b"")
        except RuntimeError as error:
            raise EngineError(f"OpenVINO can't read this network: {error}; choose --engine ort.") from error

    def _run(self, tile: NDArray[Any], in_graph: bool) -> NDArray[Any]:
        """One tile (1, band, y, x) through an idle request; the result is a copy."""
        compiled, request = self._borrow(tile.shape, in_graph)
        # shared inputs stay alive in this frame until infer has returned; outputs are copied before the request is idle
        held = np.ascontiguousarray(tile)
        try:
            output: NDArray[Any] = request.infer([held], share_inputs=True, share_outputs=True)[0].copy()
        except RuntimeError as error:
            shape = "x".join(map(str, tile.shape))
            raise EngineError(f"OpenVINO failed on a tile of {shape} {tile.dtype}: {error}") from error
        finally:
            with self._lock:
                compiled.put_back(request)
        if not in_graph:
            self.interface.check_output(output, tile)
        return output

    def _borrow(self, shape: tuple[int, ...], in_graph: bool) -> tuple[_Compiled, Any]:
        """An idle request of the network compiled for a tile shape; shapes that do not run give their memory back."""
        key = in_graph, shape
        with self._lock:
            for other, idle in self._compiled.items():
                if other != key:
                    idle.release()
            if key not in self._compiled:
                while len(self._compiled) >= SHAPES_KEPT:
                    self._compiled.popitem(last=False)
                self._compiled[key] = self._compile(shape, in_graph)
            self._compiled.move_to_end(key)
            return self._compiled[key], self._compiled[key].borrow()

    def profiled(self, shape: tuple[int, ...]) -> Any:
        """The network as ``classes`` runs it on tiles of ``shape`` (1, band, y, x), compiled to time its nodes.

        Raises:
            EngineError: OpenVINO can't compile it.
        """
        return self._compile(shape, self.interface.head == "argmax", {"PERF_COUNT": True}).network

    def _compile(self, shape: tuple[int, ...], in_graph: bool, extra: Mapping[str, Any] = _NOTHING) -> _Compiled:
        network = self._source.clone()
        try:
            network.reshape({network.input(0): list(shape)})
            self._check_shape(network, shape)
            network = self._with_argmax(network) if in_graph else network
            return _Compiled(self._core.compile_model(network, "CPU", {**self._configuration, **extra}))
        except RuntimeError as error:
            size = "x".join(map(str, shape))
            raise EngineError(f"OpenVINO can't compile this network for tiles of {size}: {error}") from error

    def _check_shape(self, network: Any, shape: tuple[int, ...]) -> None:
        output = tuple(network.output(0).shape)
        self.interface.check_output(np.broadcast_to(np.float32(0), output), np.broadcast_to(np.float32(0), shape))

    def _with_argmax(self, network: Any) -> Any:
        """Channel indices as bytes instead of scores: TopK sorts equal values by index, so the lowest class wins.

        Flattened to (class, pixel), because TopK over the channels of a 4-d tensor keeps the convolution's layout with
        channels innermost, which is ten times as slow: it took 40 % of a small INT8 network's time.
        """
        op = self._ov.opset13
        _, channels, height, width = network.output(0).shape
        scores = network.output(0).get_node().input_value(0)
        flat = op.reshape(scores, op.constant(np.array([channels, height * width])), False)
        best = op.topk(flat, op.constant(np.int32(1)), 0, "max", "value", index_element_type="i32", stable=True)
        shape = op.constant(np.array([1, height, width]))
        result = op.result(op.reshape(op.convert(best.output(1), "u8"), shape, False))
        return self._ov.Model([result], network.get_parameters(), "classes")


def _configuration(settings: EngineSettings) -> dict[str, Any]:
    """OpenVINO's own words for the settings."""
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if settings.bfloat16 else "f32",
        "NUM_STREAMS": str(settings.workers),
        "INFERENCE_NUM_THREADS": settings.workers * settings.threads,
        "ENABLE_CPU_PINNING": False,
    }
