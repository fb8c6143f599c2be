"""Try INT8 candidates on calibration tiles: the float maps are made once, each candidate is compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.calibration.stratum_weights import stratum_weights
from geoquant.engines.protocol import Kind
from geoquant.engines.registry import faithful_engines
from geoquant.errors import EngineError
from geoquant.evaluation.contender import Contender, Runner
from geoquant.metrics.confusion import Comparison, compare_maps
from geoquant.metrics.gate import Gate, GateScore, gate_score
from geoquant.model_card.card import ModelCard
from geoquant.model_card.embedding import write_card
from geoquant.preprocessing.encoder import Encoder
from geoquant.progress import Progress, ProgressCallback
from geoquant.quantization.bias_correction import Batch
from geoquant.quantization.paired_gain import Gain, paired_gain
from geoquant.sampling.tile_reader import ReadTile, TileReader
from geoquant.strata.conditions import STRATUM_COUNT

Item = TypeVar("Item")

TRIAL_TILES, FEW_TRIAL_TILES = 48, 24
"""Calibration tiles that candidates are tried on, and how few where tiles are large, because they stay in memory."""
TRIAL_PX = TRIAL_TILES * 400**2
LEAST_STAGE = 6
"""The fewest tiles after which a candidate may be given up."""


@dataclass(frozen=True)
class Challenge:
    """How a challenger did.

    Attributes:
        gain: What it gains over the best one so far.
        tiles: Its comparisons with the float model, one per tile: of all tiles, or of those after which it had lost.
    """

    gain: Gain
    tiles: tuple[Comparison, ...]


class Trials:
    """Some calibration tiles with their float maps. The held-out tiles take no part in anything that is chosen.

    Tiles stay in memory as stored numbers, a few megabytes each.
    """

    def __init__(
        self, reference: Contender, tiles: TileReader, gate: Gate, folder: Path, progress: ProgressCallback
    ) -> None:
        """Read the tiles and run the float model on them.

        Args:
            reference: the float model.
            tiles: calibration tiles, thinned.
            gate: measures what a candidate loses.
            folder: for temporary files.
            progress: is told after each tile.
        """
        side = tiles.geometry.run_px
        count = min(TRIAL_TILES, max(FEW_TRIAL_TILES, TRIAL_PX // side**2))
        self._source = replace(tiles, choices=_evenly(tiles.choices, count))
        self._folder, self._gate = folder, gate
        self.progress = progress
        runner = Runner(reference, self._source)
        self._tiles: list[tuple[ReadTile, NDArray[np.uint8]]] = []
        for done, tile in enumerate(self._source):
            progress(Progress("mapping calibration tiles", done, len(self._source), "tiles"))
            self._tiles.append((tile, runner.classes(tile)))
        progress(Progress("mapping calibration tiles", len(self._source), len(self._source), "tiles"))

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(1, band, y, x) of a tile with its context."""
        height, width = self._tiles[0][0].pixels.valid.shape
        return 1, len(self._source.card.bands), height, width

    def compare(self, network: onnx.ModelProto, card: ModelCard, count: int = TRIAL_TILES) -> list[Comparison]:
        """An INT8 network's class maps against the float model's, on each of (at most ``count``) tiles."""
        tiles = _evenly(self._tiles, count)
        runner = self._runner(network, card, tiles[0][0])
        return [_compared(runner, card, *tile) for tile in tiles]

    def challenge(self, network: onnx.ModelProto, card: ModelCard, champion: Sequence[Comparison]) -> Challenge:
        """An INT8 network against the best one so far, on more and more tiles, for as long as it may still win.

        Args:
            network: the challenger.
            card: its card.
            champion: what ``compare`` said of the best one so far, on all tiles.
        """
        runner = self._runner(network, card, self._tiles[0][0])
        found: dict[int, Comparison] = {}
        for stage in _stages(len(self._tiles)):
            found.update((position, _compared(runner, card, *self._tiles[position])) for position in stage)
            gain = paired_gain(list(found.values()), [champion[position] for position in found])
            if gain.hopeless:
                break
        return Challenge(gain, tuple(found[position] for position in sorted(found)))

    def _runner(self, network: onnx.ModelProto, card: ModelCard, tile: ReadTile) -> Runner:
        path = self._folder / "trial.onnx"
        write_card(network, card, path)
        return self._fastest(path, card, faithful_engines(network), tile)

    def _fastest(self, path: Path, card: ModelCard, kinds: Sequence[Kind], tile: ReadTile) -> Runner:
        """The last engine, which is the fastest, that runs this candidate; one that can't compile it is left out.

        Raises:
            EngineError: none can.
        """
        for kind in reversed(kinds[1:]):
            try:
                runner = Runner(Contender(path, card, kind, "INT8"), self._source)
                runner.classes(tile)
            except EngineError:
                continue
            return runner
        return Runner(Contender(path, card, kinds[0], "INT8"), self._source)

    def gate_score(self, network: onnx.ModelProto, card: ModelCard) -> GateScore:
        """How an INT8 network does by the gate's measure."""
        return self.score(self.compare(network, card))

    def score(self, tiles: Sequence[Comparison]) -> GateScore:
        """The gate's measure of what was compared."""
        return gate_score(tiles, self._gate)

    def batches(self, card: ModelCard, count: int) -> list[Batch]:
        """Some tiles: z of ``card`` with its context (1, band, y, x), and how much each pixel counts (y, x).

        Every imaging condition that they hold counts the same.
        """
        encoders, tiles = self._source.encoders(card), [tile for tile, _ in _evenly(self._tiles, count)]
        pixels = sum(np.bincount(tile.strata.ravel(), minlength=STRATUM_COUNT) for tile in tiles)
        by_stratum = stratum_weights(np.asarray(pixels))
        return [_batch(tile, encoders, by_stratum) for tile in tiles]


def _evenly(items: Sequence[Item], count: int) -> list[Item]:
    """At most ``count`` of the items, evenly spread over them, since tiles come stratum by stratum."""
    positions = range(count) if count < len(items) else ()
    return [items[i * len(items) // count] for i in positions] or list(items)


def _stages(count: int) -> list[range]:
    """Positions of a quarter of the tiles, another quarter and the rest, each evenly spread; all at once if few."""
    if count < LEAST_STAGE * 4:
        return [range(count)]
    return [range(0, count, 4), range(2, count, 4), range(1, count, 2)]


def _compared(runner: Runner, card: ModelCard, tile: ReadTile, truth: NDArray[np.uint8]) -> Comparison:
    return compare_maps(truth, runner.classes(tile), tile.strata, tile.labels, len(card.classes))


def _batch(tile: ReadTile, encoders: Sequence[Encoder], by_stratum: NDArray[np.float32]) -> Batch:
    z = np.asarray(encoders[tile.scene](tile.pixels.values, tile.pixels.valid), np.float32)
    weights = np.zeros(tile.pixels.valid.shape, np.float32)
    weights[tile.core] = by_stratum[tile.strata]
    return z[None], np.where(tile.pixels.valid, weights, np.float32(0))
