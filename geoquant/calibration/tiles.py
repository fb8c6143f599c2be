"""The chosen tiles as batches (becomes sampling/tile_reader.py, see step 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoquant.calibration.observers import TileMask
from geoquant.drift.band_profile import BandProfile, profile_of
from geoquant.errors import CalibrationError
from geoquant.model_card.card import ModelCard
from geoquant.preprocessing.chain import InputChain, input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.handles import reserve_block_cache
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.stratified_scene import StratifiedScene
from geoquant.system import give_back

PROFILE_PX = 4096
"""Pixels of a tile, about, that its bands' quantiles are taken from."""
BLOCK_CACHE_BYTES = 64_000_000
"""For GDAL's decoded blocks: calibration tiles lie apart, so more would only grow with their number."""


@dataclass(frozen=True)
class CalibrationTiles:
    """The tiles, and how to read them as the network takes them.

    Attributes:
        scenes: all scenes.
        card: of the float model.
        geometry: of the tiles.
        choices: the chosen tiles.
    """

    scenes: Sequence[StratifiedScene]
    card: ModelCard
    geometry: TileGeometry
    choices: Sequence[ChosenTile]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(band, y, x) of a tile with its context."""
        side = self.geometry.tile_px + 2 * self.geometry.context_px
        return len(self.card.bands), side, side

    @cached_property
    def chains(self) -> tuple[InputChain, ...]:
        """Per scene, how its stored numbers enter the network."""
        return tuple(input_chain(self.card, each.scene.bands, each.scene.dtype) for each in self.scenes)

    def batches(self, progress: ProgressCallback, stage: str) -> Iterator[tuple[NDArray[np.float32], TileMask]]:
        """Z with its context as a batch (1, band, y, x), and which of its pixels are valid tile pixels."""
        reserve_block_cache(BLOCK_CACHE_BYTES)
        encoders = [make_encoder(chain) for chain in self.chains]
        for done, choice in enumerate(self.choices):
            progress(Progress(stage, done, len(self.choices), "tiles"))
            place = choice.candidate
            stratified, around = self.scenes[place.scene], place.window.expand(self.geometry.context_px)
            pixels = stratified.scene.read_padded(around, self.card.tiling.edge)
            z = np.asarray(encoders[place.scene](pixels.values, pixels.valid), np.float32)
            inside = place.window.intersection(stratified.scene.grid.window)  # beyond it are reflections
            core = inside.relative_to(around).slices
            valid, strata = np.zeros(pixels.valid.shape, bool), np.zeros(pixels.valid.shape, np.uint8)
            valid[core], strata[core] = pixels.valid[core], stratified.strata(inside)
            yield z[None], TileMask(valid, strata)
            give_back()  # or what a tile needed stays with the heap: 170 MB more with a U-Net
        progress(Progress(stage, len(self.choices), len(self.choices), "tiles"))


def band_profile(tiles: CalibrationTiles) -> BandProfile:
    """What the valid pixels of the tiles look like in the card's units: the drift guard's evidence.

    Raises:
        CalibrationError: no valid pixel.
    """
    samples = []
    for choice in tiles.choices:
        position = choice.candidate.scene
        scene = tiles.scenes[position].scene
        pixels = scene.read(choice.candidate.window.intersection(scene.grid.window))
        stored = pixels.values[:, pixels.valid]
        samples.append(tiles.chains[position].in_card_units(stored[:, :: max(1, stored.shape[1] // PROFILE_PX)]))
    joined = np.concatenate(samples, axis=1)
    if not joined.size:
        raise CalibrationError("the calibration tiles hold no valid pixel; check --nodata and the scenes.")
    return profile_of(joined)
