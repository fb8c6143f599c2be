"""The portable engine: onnxruntime, always there.

One session serves every thread: ``run`` is thread-safe and releases the GIL. Spinning is off, because a thread that
spins while it waits takes the core from another worker (two thirds of the speed under foreign load).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from geoquant.engines import memory_estimate as memory
from geoquant.engines.graph_interface import give_levels, interface_of, take_levels
from geoquant.engines.postprocess import above, argmax, channels_of
from geoquant.engines.protocol import EngineSettings, Interface
from geoquant.errors import EngineError
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import is_quantized
from geoquant.preprocessing.chain import EngineInput
from geoquant.system import give_back

PEAK_OVER_LIVE = 1.7  # measured: 1.3 to 1.8
GROWTH = 1.3
"""The arena grows by powers of two: tiles of 1,024 to 1,600 px took 0.6 to 1.28 times what one of 768 px let expect
(six networks)."""
NOT_WANTED = ["WeightBiasQuantization"]
"""Optimizers that are off because they change results: this one quantizes, per tensor, the weights of layers that a
file leaves in float between quantized ones, which are the very layers that need float."""


class OnnxRuntimeEngine:
    """See ``protocol.Engine``. ``classes`` takes uint8 levels straight into an INT8 network and gets levels back."""

    def __init__(self, model: onnx.ModelProto, card: ModelCard, settings: EngineSettings) -> None:
        self.kind = settings.kind
        self.interface: Interface = interface_of(model, card)
        self.class_count, self.fixed_shape = self.interface.class_count, self.interface.fixed_shape
        self.input_format, self._levels = plain_ends(model, self.interface)
        precision = "INT8" if is_quantized(model) else "float32"
        self.name = f"onnxruntime {onnxruntime.__version__} {precision}"
        live = memory.activation_bytes_per_pixel(model, self.interface.bands, self.fixed_shape)
        patches = memory.patches_bytes_per_pixel(model, self.interface.bands, self.fixed_shape)
        self.bytes_per_pixel = PEAK_OVER_LIVE * (live + patches * is_quantized(model))
        self.bytes_per_shape, self.loaded_bytes = 0, memory.weight_bytes(model)
        self.growth, self.settling_tiles = GROWTH, 2  # the arena grows once more with the second tile
        self._session = session(model, settings.threads)
        give_back()

    def classes(self, batch: NDArray[Any]) -> NDArray[np.uint8]:
        """See ``protocol.Engine.classes``."""
        self.interface.check_batch(batch, self.input_format)
        result = np.empty((len(batch), *batch.shape[2:]), np.uint8)
        for number, tile in enumerate(batch):
            result[number] = decide(self._run(tile[None]), self.interface)
        return result

    def scores(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """See ``protocol.Engine.scores``."""
        self.interface.check_batch(batch, self.input_format)
        scores = np.concatenate([self._run(tile[None]) for tile in batch]).astype(np.float32, copy=False)
        if self._levels is not None:  # what the last DequantizeLinear would have done, in the same arithmetic
            scores -= np.float32(self._levels.zero_point)
            scores *= np.float32(self._levels.scale)
        return scores

    def _run(self, tile: NDArray[Any]) -> NDArray[Any]:
        try:
            output: NDArray[Any] = self._session.run(None, {self.interface.input_name: tile})[0]
        except Exception as error:  # onnxruntime's exception classes share no public base
            shape = "x".join(map(str, tile.shape))
            raise EngineError(f"onnxruntime failed on a tile of {shape} {tile.dtype}: {error}") from error
        self.interface.check_output(output, tile)
        return output


def decide(output: NDArray[Any], interface: Interface) -> NDArray[np.uint8]:
    """One tile's scores or labels -> channel indices; (1, channel, y, x) or (1, y, x) -> (y, x).

    Raises:
        EngineError: the network gives values, not classes.
        ModelError: the network gives a label that its card does not know.
    """
    if interface.head == "values":
        raise EngineError("The card says that this network gives values (regression): it has no classes.")
    if interface.head == "labels":
        return channels_of(output.reshape(output.shape[-2:]), interface.labels)
    if interface.head == "threshold":
        return above(output, interface.threshold).reshape(output.shape[2:])
    return argmax(output[0])


def plain_ends(model: onnx.ModelProto, interface: Interface) -> tuple[EngineInput, EngineInput | None]:
    """Let an INT8 network take uint8 levels and, where classes are wanted, give them; changed in place.

    Returns:
        What the input is, and what the levels of the scores mean (None where they come as they are).
    """
    input_format = take_levels(model) or EngineInput()
    return input_format, give_levels(model) if interface.head == "argmax" else None


def session_options(threads: int) -> Any:
    """How every session runs: ``threads`` threads inside each run, no spinning, nothing on the terminal."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # a pattern plans one block for all activations of a shape; with two runs at once the arena then holds 40 % more
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    onnxruntime.disable_telemetry_events()
    return options


def session(model: onnx.ModelProto, threads: int) -> Any:
    """A session on the CPU with ``threads`` threads inside each run; ``model`` is emptied to free its memory.

    Raises:
        EngineError: onnxruntime can't load the model.
    """
    options = session_options(threads)
    content = model.SerializeToString()
    model.Clear()
    return open_session(content, options)


def open_session(content: bytes, options: Any) -> Any:
    """A session for a serialized network on the CPU.

    Raises:
        EngineError: onnxruntime can't load the model.
    """
    try:
        opened = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], disabled_optimizers=NOT_WANTED
        )
    except Exception as error:  # as above
        raise EngineError(f"onnxruntime {onnxruntime.__version__} can't load this network: {error}") from error
    opened._model_bytes = None  # it would keep the weights a second time, to be opened again with other providers
    return opened
