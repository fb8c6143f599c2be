"""The judged tiles with labels (becomes sampling/tile_reader.py, see step 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.protocol import Engine
from geoquant.evaluation.contender import Contender
from geoquant.model_card.card import ModelCard
from geoquant.preprocessing.chain import input_chain
from geoquant.preprocessing.encoder import Encoder, make_encoder
from geoquant.raster.types import Pixels
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.stratified_scene import StratifiedScene


@dataclass(frozen=True)
class JudgedTile:
    """One tile as it is compared.

    Attributes:
        scene: position of its scene.
        pixels: stored numbers with the context around the tile.
        core: (y, x) slices of the tile inside ``pixels``.
        strata: (y, x) of the tile.
        labels: (y, x) true class positions, or None.
    """

    scene: int
    pixels: Pixels
    core: tuple[slice, slice]
    strata: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None


@dataclass(frozen=True)
class JudgingTiles:
    """Tiles to compare models on: read when iterated, one in memory at a time.

    Attributes:
        scenes: all scenes, fitted to the card's bands.
        card: of either model: bands, edge and class values are the same.
        geometry: of the tiles.
        choices: the held-out tiles.
    """

    scenes: Sequence[StratifiedScene]
    card: ModelCard
    geometry: TileGeometry
    choices: Sequence[ChosenTile]

    def __len__(self) -> int:
        return len(self.choices)

    def __iter__(self) -> Iterator[JudgedTile]:
        values = [label.value for label in self.card.classes]
        for choice in self.choices:
            place = choice.candidate
            stratified = self.scenes[place.scene]
            around = place.window.expand(self.geometry.context_px)
            pixels = stratified.scene.read_padded(around, self.card.tiling.edge)
            core = place.window.relative_to(around).slices
            truth = stratified.true_classes(place.window, values)
            yield JudgedTile(place.scene, pixels, core, stratified.strata(place.window), truth)

    def encoders(self, contender: Contender, engine: Engine) -> list[Encoder]:
        """Per scene, the way from stored numbers to the engine's input."""
        scenes = [stratified.scene for stratified in self.scenes]
        return [make_encoder(input_chain(contender.card, one.bands, one.dtype), engine.input_format) for one in scenes]


class Runner:
    """One contender, loaded, with its way in."""

    def __init__(self, contender: Contender, tiles: JudgingTiles) -> None:
        self.engine = contender.load()
        self._encoders = tiles.encoders(contender, self.engine)

    def batch(self, tile: JudgedTile) -> NDArray[np.generic]:
        """The tile with its context as the engine takes it (1, band, y, x)."""
        return np.asarray(self._encoders[tile.scene](tile.pixels.values, tile.pixels.valid))[None]

    def classes(self, tile: JudgedTile) -> NDArray[np.uint8]:
        """Class positions of the tile (y, x)."""
        return np.asarray(self.engine.classes(self.batch(tile))[0][tile.core], np.uint8)
