"""Run a float network and its INT8 version side by side and measure every layer's error, tile by tile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.evaluation.layer_matching import QuantizationParams, pair_layers
from geoquant.metrics.sqnr import ChannelGains, ErrorSums
from geoquant.onnx_graph.probe import Probe, SessionSettings, whole


@dataclass(frozen=True)
class LayerError:
    """What INT8 does to one layer's result, with all that happened in the layers before it.

    Attributes:
        name: The name of the layer in the float network.
        kind: The operator of the layer.
        integer: Whether the layer is computed on integers.
        sqnr_db: The signal-to-quantization-noise ratio in decibels; infinite where nothing differs.
        clip_rate: The share of the float network's values beyond the INT8 range, 0..1; 0 where the result stays float.
    """

    name: str
    kind: str
    integer: bool
    sqnr_db: float
    clip_rate: float


class LayerProbe:
    """Both networks, with every layer's result as an output. Memory: all activations of both at one tile."""

    def __init__(self, float_model: onnx.ModelProto, int8_model: onnx.ModelProto, threads: int = 2) -> None:
        """Pair the layers and open both sessions.

        Args:
            float_model: prepared (``prepare``).
            int8_model: QDQ, made from it.
            threads: of each session.

        Raises:
            QuantizationError: onnxruntime refuses one of them.
        """
        self.pairs = pair_layers(float_model, int8_model)
        self._sums = [_sums(pair.levels) for pair in self.pairs]
        self._gains: list[NDArray[np.float32]] | None = None
        settings = SessionSettings(threads)
        self._float = Probe(float_model, [(pair.float_tensor, whole) for pair in self.pairs], settings)
        self._int8 = Probe(int8_model, [(pair.int8_tensor, whole) for pair in self.pairs], settings)

    def align(self, batches: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> None:
        """Learn by how much equalization scaled each channel, so that ``measure`` compares at one scale.

        Args:
            batches: tiles as each network takes them.

        Raises:
            CalibrationError: a network can't run at this size.
        """
        found = [ChannelGains() for _ in self.pairs]
        for batch in batches:
            for gains, (reference, candidate) in zip(found, self._results(*batch), strict=True):
                gains.update(reference, candidate)
        self._gains = [gains.gains().astype(np.float32) for gains in found]

    def measure(self, float_batch: NDArray[np.float32], int8_batch: NDArray[np.float32]) -> None:
        """Add one tile, as each network takes it: (1, band, y, x).

        Raises:
            CalibrationError: a network can't run at this size.
        """
        for i, (reference, candidate) in enumerate(self._results(float_batch, int8_batch)):
            if self._gains is not None:
                reference = reference / self._gains[i].reshape(-1, *[1] * (reference.ndim - 2))
            self._sums[i].update(reference, candidate)

    def _results(
        self, float_batch: NDArray[np.float32], int8_batch: NDArray[np.float32]
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Every layer's result in both networks."""
        both = self._float.run(float_batch), self._int8.run(int8_batch)
        for pair, (reference,), (stored,) in zip(self.pairs, *both, strict=True):
            yield reference, _dequantized(stored, pair.levels)

    @property
    def errors(self) -> tuple[LayerError, ...]:
        """One entry per layer, in the order they run."""
        return tuple(
            LayerError(pair.name, pair.kind, pair.integer, sums.sqnr_db, sums.clip_rate)
            for pair, sums in zip(self.pairs, self._sums, strict=True)
        )


def _sums(levels: QuantizationParams | None) -> ErrorSums:
    return ErrorSums() if levels is None else ErrorSums(*levels.limits)


def _dequantized(stored: NDArray[Any], levels: QuantizationParams | None) -> NDArray[np.float32]:
    if levels is None:
        return stored
    return (stored.astype(np.float32) - np.float32(levels.zero_point)) * np.float32(levels.scale)
