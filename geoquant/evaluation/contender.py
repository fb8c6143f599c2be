"""A model file in an engine, and how it runs over tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.postprocess import decided
from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import REFERENCE, engine_of, load_engine
from geoquant.errors import EngineError
from geoquant.grid import Window
from geoquant.inference.blending import blended_scores
from geoquant.model_card.card import ModelCard
from geoquant.sampling.tile_reader import ReadTile, TileReader
from geoquant.system import cores


@dataclass(frozen=True)
class Contender:
    """A model file in an engine.

    Attributes:
        model: The ONNX file.
        card: The card of this very file (an INT8 model's normalization is folded).
        kind: The engine and what it runs, as ``load_engine`` names it.
        label: The name for people.
    """

    model: Path
    card: ModelCard
    kind: Kind
    label: str

    def load(self, threads: int = 0) -> Engine:
        """The engine, with ``threads`` threads, or one per core."""
        return load_engine(self.model, self.card, self.kind, threads or cores(), workers=1)


@dataclass(frozen=True)
class Able:
    """Who can run.

    Attributes:
        contenders: Those that gave a class map, in their order.
        left_out: One sentence for each engine that can't run a model, with the reason.
    """

    contenders: tuple[Contender, ...]
    left_out: tuple[str, ...]


def able(contenders: Sequence[Contender], tiles: TileReader) -> Able:
    """Run the first tile with each of them: an engine that can't compile a network is no reason to give it up.

    Raises:
        EngineError: the reference can't run one of the models, or nothing else can.
    """
    tile = next(iter(tiles))
    running: list[Contender] = []
    reasons: list[str] = []
    for contender in contenders:
        try:
            Runner(contender, tiles).classes(tile)
            running.append(contender)
        except EngineError as error:
            if contender.kind == REFERENCE.id or len(reasons) + 1 == len(contenders):
                raise
            reasons.append(left_out(contender.kind, contender.label, error))
    return Able(tuple(running), tuple(reasons))


def left_out(kind: Kind, label: str, error: EngineError) -> str:
    """A sentence about an engine that can't run a model."""
    first = str(error).strip().splitlines()[0][:300]
    return f"{engine_of(kind).name} can't run the {label} model, which is judged without it: {first}"


class Runner:
    """One contender, loaded, with the encoders of its input. It belongs to one thread."""

    def __init__(self, contender: Contender, tiles: TileReader) -> None:
        self.contender, self.engine = contender, contender.load()
        self._lattice = tiles.geometry.lattice if tiles.blended else None
        self._encoders = tiles.encoders(contender.card, self.engine.input_format)
        self._scored: dict[tuple[int, Window], NDArray[np.float32]] = {}

    def batch(self, tile: ReadTile) -> NDArray[np.generic]:
        """The tile with its context as the engine takes it (1, band, y, x)."""
        return np.asarray(self._encoders[tile.scene](tile.pixels.values, tile.pixels.valid))[None]

    def classes(self, tile: ReadTile) -> NDArray[np.uint8]:
        """Class positions of the tile (y, x), as ``classify`` gives them where the reader reads blended tiles."""
        if self._lattice is None:
            return np.asarray(self.engine.classes(self.batch(tile))[0][tile.core], np.uint8)
        before, self._scored = self._scored, {}

        def scores_of(read: Window) -> NDArray[np.float32]:
            key = tile.scene, read
            self._scored[key] = before[key] if key in before else self._scores(tile, read)
            return self._scored[key]

        return decided(blended_scores(tile.window, self._lattice, scores_of), self.contender.card)

    def _scores(self, tile: ReadTile, read: Window) -> NDArray[np.float32]:
        """Scores (class, y, x) of one tile of the lattice, cut from what was read."""
        y, x = read.relative_to(tile.around).slices
        values, valid = tile.pixels.values[:, y, x], tile.pixels.valid[y, x]
        batch = np.asarray(self._encoders[tile.scene](values, valid))[None]
        return np.asarray(self.engine.scores(batch)[0], np.float32)
