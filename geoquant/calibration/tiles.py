"""The calibration tiles as the network takes them, and what their bands look like."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoquant.calibration.observers import TileMask
from geoquant.calibration.stratum_weights import stratum_weights
from geoquant.drift.band_profile import BandProfile, profile_of
from geoquant.errors import CalibrationError
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.handles import reserve_block_cache
from geoquant.sampling.tile_reader import TileReader
from geoquant.system import give_back

PROFILE_PX = 4096
"""Pixels of a tile, about, that its bands' quantiles are taken from."""
BLOCK_CACHE_BYTES = 64_000_000
"""Bytes for GDAL's decoded blocks: calibration tiles lie apart, so more would only grow with their number."""


class CalibrationTiles(TileReader):
    """Tiles that a float network is observed on; their labels are not looked at."""

    @cached_property
    def stratum_weights(self) -> NDArray[np.float32]:
        """The weight of a pixel of each stratum (STRATUM_COUNT,), by the view that the tiles were chosen from."""
        tiles = [choice.candidate for choice in self.choices]
        return stratum_weights(np.sum([tile.shares * tile.window.pixels for tile in tiles], axis=0))

    def batches(self, progress: ProgressCallback, stage: str) -> Iterator[tuple[NDArray[np.float32], TileMask]]:
        """Z with its context as a batch (1, band, y, x), and which of its pixels are valid tile pixels."""
        reserve_block_cache(BLOCK_CACHE_BYTES)
        encoders = self.encoders(self.card)
        for done, choice in enumerate(self.choices):
            progress(Progress(stage, done, len(self.choices), "tiles"))
            tile = self.read(choice, labels=False)
            z = np.asarray(encoders[tile.scene](tile.pixels.values, tile.pixels.valid), np.float32)
            strata = np.zeros(tile.pixels.valid.shape, np.uint8)
            strata[tile.core] = tile.strata
            yield z[None], TileMask(tile.counted, strata)
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
        pixels = tiles.scenes[position].scene.read(tiles.window(choice))
        stored = pixels.values[:, pixels.valid]
        samples.append(tiles.chains[position].in_card_units(stored[:, :: max(1, stored.shape[1] // PROFILE_PX)]))
    joined = np.concatenate(samples, axis=1)
    if not joined.size:
        raise CalibrationError("the calibration tiles hold no valid pixel; check --nodata and the scenes.")
    return profile_of(joined)
