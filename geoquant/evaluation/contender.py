"""A model file in an engine, and how it runs over tiles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import load_engine
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


class Runner:
    """One contender, loaded, with the encoders of its input."""

    def __init__(self, contender: Contender, tiles: TileReader) -> None:
        self.engine = contender.load()
        self._encoders = tiles.encoders(contender.card, self.engine.input_format)

    def batch(self, tile: ReadTile) -> NDArray[np.generic]:
        """The tile with its context as the engine takes it (1, band, y, x)."""
        return np.asarray(self._encoders[tile.scene](tile.pixels.values, tile.pixels.valid))[None]

    def classes(self, tile: ReadTile) -> NDArray[np.uint8]:
        """Class positions of the tile (y, x)."""
        return np.asarray(self.engine.classes(self.batch(tile))[0][tile.core], np.uint8)
