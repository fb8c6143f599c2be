"""The chosen tiles as pixels: with the context around them, their imaging conditions and their labels.

Whoever looks at tiles reads them here, so that calibration observes what the judging compares. What of a tile lies
beyond its scene's edge is cut off: there are reflections, which stand for nothing on the ground.

A network whose receptive field is unbounded sees what ``classify`` shows it: a tile of its blended lattice, the one
that has most of a say in the sampled tile. Classes as ``classify`` gives them take the tiles around that one, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window
from geoquant.model_card.card import ModelCard
from geoquant.preprocessing.chain import EngineInput, InputChain, input_chain
from geoquant.preprocessing.encoder import Encoder, make_encoder
from geoquant.raster.types import Pixels
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene
from geoquant.tile_grid import blended_reach, blended_tile


@dataclass(frozen=True)
class ReadTile:
    """One tile in memory.

    Attributes:
        scene: The position of its scene.
        around: What was read, in pixels of the scene: the tile with its context, or what is blended into it.
        pixels: Stored numbers with the context around the tile; beyond the scene as the card's edge rule makes them.
        core: The (y, x) slices, inside ``pixels``, of the part of the tile that lies on its scene.
        strata: The imaging condition of each pixel of the core (y, x), no data where it is not to be looked at.
        labels: The true class position of each pixel of the core (y, x), 255 where there is none; None where no labels
            were read.
    """

    scene: int
    around: Window
    pixels: Pixels
    core: tuple[slice, slice]
    strata: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None

    @property
    def window(self) -> Window:
        """The core, in pixels of the scene."""
        rows, cols = self.core
        corner = self.around.row + rows.start, self.around.col + cols.start
        return Window(*corner, rows.stop - rows.start, cols.stop - cols.start)

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which of ``pixels`` (y, x) are the tile's own, hold data and are to be looked at: no context."""
        counted = np.zeros(self.pixels.valid.shape, np.bool_)
        counted[self.core] = self.pixels.valid[self.core] & (self.strata != Stratum.NO_DATA)
        return counted


@dataclass(frozen=True)
class TileReader:
    """Chosen tiles: read when iterated, one in memory at a time.

    Attributes:
        scenes: All scenes, fitted to the card's bands.
        card: The card of the model, or any with the same bands, edge and class values.
        geometry: The sizes of the tiles.
        choices: The tiles, in the order in which they are read.
        left_out: Per scene, windows whose pixels are not looked at although a tile holds them; empty: none.
        blended: Whether each tile is read with all that ``classify`` blends into it, where it blends; else with the one
            tile of the lattice that has most of a say in it, cut to that.
    """

    scenes: Sequence[StratifiedScene]
    card: ModelCard
    geometry: TileGeometry
    choices: Sequence[ChosenTile]
    left_out: Sequence[Sequence[Window]] = ()
    blended: bool = False

    def __len__(self) -> int:
        return len(self.choices)

    def __iter__(self) -> Iterator[ReadTile]:
        return map(self.read, self.choices)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(band, y, x) of what enters the network at once."""
        return len(self.card.bands), self.geometry.run_px, self.geometry.run_px

    @cached_property
    def chains(self) -> tuple[InputChain, ...]:
        """Per scene, how its stored numbers enter the network of ``card``."""
        return self._chains_into(self.card)

    def encoders(self, card: ModelCard, input_format: EngineInput = EngineInput()) -> list[Encoder]:  # noqa: B008
        """Per scene, the way from its stored numbers into a network.

        Args:
            card: of the network: an INT8 model's has other ranges than the float model's.
            input_format: what its engine takes; by default z as float32.
        """
        chains = self.chains if card is self.card else self._chains_into(card)
        return [make_encoder(chain, input_format) for chain in chains]

    def _chains_into(self, card: ModelCard) -> tuple[InputChain, ...]:
        return tuple(input_chain(card, each.scene.bands, each.scene.dtype) for each in self.scenes)

    def window(self, choice: ChosenTile) -> Window:
        """The part of a tile that lies on its scene, in pixels of it."""
        tile = choice.candidate
        return tile.window.intersection(self.scenes[tile.scene].scene.grid.window)

    def read(self, choice: ChosenTile, *, labels: bool = True) -> ReadTile:
        """One of the tiles.

        Args:
            choice: which.
            labels: whether its labels are read too, where its scene has any.

        Raises:
            RasterError: the scene, its mask or its labels can't be read there.
        """
        tile = choice.candidate
        stratified, around = self.scenes[tile.scene], self._around(choice)
        inside, values = self.window(choice).intersection(around), [label.value for label in self.card.classes]
        return ReadTile(
            scene=tile.scene,
            around=around,
            pixels=stratified.scene.read_padded(around, self.card.tiling.edge),
            core=inside.relative_to(around).slices,
            strata=self._looked_at(tile.scene, inside),
            labels=stratified.true_classes(inside, values) if labels else None,
        )

    def _around(self, choice: ChosenTile) -> Window:
        """What is read of the scene for a tile."""
        lattice, inside = self.geometry.lattice, self.window(choice)
        if lattice is None:
            return choice.candidate.window.expand(self.geometry.context_px)
        if self.blended:
            return blended_reach(inside, lattice)
        return blended_tile(inside.row + inside.height // 2, inside.col + inside.width // 2, lattice)

    def _looked_at(self, scene: int, window: Window) -> NDArray[np.uint8]:
        """Strata (y, x) of a window, no data where it is left out."""
        strata = self.scenes[scene].strata(window)
        for other in self.left_out[scene] if self.left_out else ():
            shared = other.intersection(window)
            if shared.pixels:
                strata[shared.relative_to(window).slices] = Stratum.NO_DATA
        return strata
