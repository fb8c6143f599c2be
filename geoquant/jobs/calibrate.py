"""Observe a float network on chosen tiles: the range of every band and of every tensor inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.doors.activations import ActivationTaps, input_name
from geoquant.doors.engine import memory
from geoquant.doors.raster import reserve_block_cache
from geoquant.doors.saturation import saturation_limits
from geoquant.jobs.survey import SurveyedScene, TileGeometry
from geoquant.numbers.band_profile import BandProfile, profile_of
from geoquant.numbers.histograms import Distribution
from geoquant.numbers.normalize import Entry, chains, make_encoder
from geoquant.numbers.observer import ActivationObserver, BandObserver, Place
from geoquant.numbers.ranges import Range, RangeRule, choose_range, pooled_range
from geoquant.numbers.sampling import Choice
from geoquant.words.card import ModelCard
from geoquant.words.errors import CalibrationError
from geoquant.words.progress import Progress, ProgressCallback

PROFILE_PX = 4096
"""Pixels of a tile, about, that its bands' quantiles are taken from."""
BLOCK_CACHE_BYTES = 64_000_000
"""For GDAL's decoded blocks: calibration tiles lie apart, so more would only grow with their number."""


@dataclass(frozen=True)
class Observation:
    """What a float network met on the calibration tiles.

    Attributes:
        band_low: per band, the lowest z of a valid pixel (band,).
        band_high: per band, the highest.
        ranges: by each rule, tensor name -> the range for its levels.
        pixels: valid pixels that were seen.
        bands: per band, the distribution of z.
    """

    band_low: NDArray[np.float64]
    band_high: NDArray[np.float64]
    ranges: Mapping[RangeRule, Mapping[str, Range]]
    pixels: int
    bands: tuple[Distribution, ...]


@dataclass(frozen=True)
class CalibrationTiles:
    """The tiles, and how to read them as the network takes them.

    Attributes:
        scenes: all scenes.
        card: of the float model.
        geometry: of the tiles.
        choices: the chosen tiles.
    """

    scenes: Sequence[SurveyedScene]
    card: ModelCard
    geometry: TileGeometry
    choices: Sequence[Choice]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(band, y, x) of a tile with its context."""
        side = self.geometry.tile_px + 2 * self.geometry.context_px
        return len(self.card.bands), side, side

    def batches(self, progress: ProgressCallback, stage: str) -> Iterator[tuple[NDArray[np.float32], Place]]:
        """Z with its context as a batch (1, band, y, x), and which of its pixels are valid tile pixels."""
        reserve_block_cache(BLOCK_CACHE_BYTES)
        encoders = [make_encoder(self.card, s.scene.bands, s.scene.dtype, Entry("float32")) for s in self.scenes]
        for done, choice in enumerate(self.choices):
            progress(Progress(stage, done, len(self.choices), "tiles"))
            place = choice.candidate
            surveyed, around = self.scenes[place.scene], place.window.expand(self.geometry.context_px)
            pixels = surveyed.scene.read_padded(around, self.card.tiling.edge)
            z = np.asarray(encoders[place.scene](pixels.values, pixels.valid), np.float32)
            inside = place.window.intersection(surveyed.scene.grid.window)  # beyond it are reflections
            core = inside.relative_to(around).slices
            valid, strata = np.zeros(pixels.valid.shape, bool), np.zeros(pixels.valid.shape, np.uint8)
            valid[core], strata[core] = pixels.valid[core], surveyed.strata(inside)
            yield z[None], Place(valid, strata)
            memory.give_back()  # or what a tile needed stays with the heap: 170 MB more with a U-Net
        progress(Progress(stage, len(self.choices), len(self.choices), "tiles"))


def band_profile(tiles: CalibrationTiles) -> BandProfile:
    """What the valid pixels of the tiles look like in the card's units: the drift guard's evidence.

    Raises:
        CalibrationError: no valid pixel.
    """
    samples = []
    for choice in tiles.choices:
        scene = tiles.scenes[choice.candidate.scene].scene
        pixels = scene.read(choice.candidate.window.intersection(scene.grid.window))
        stored = pixels.values[:, pixels.valid]
        stored = stored[:, :: max(1, stored.shape[1] // PROFILE_PX)].astype(np.float64)
        ways = chains(tiles.card, scene.bands)
        samples.append([way.scale * band + way.offset for way, band in zip(ways, stored, strict=True)])
    joined = np.concatenate([np.array(part) for part in samples], axis=1)
    if not joined.size:
        raise CalibrationError("the calibration tiles hold no valid pixel; check --nodata and the scenes.")
    return profile_of(joined)


def observe(
    model: onnx.ModelProto,
    tiles: CalibrationTiles,
    progress: ProgressCallback,
    rules: Sequence[RangeRule] = (RangeRule(),),
) -> Observation:
    """Choose the range of every float tensor from what it held, tile by tile, in little more than one inference.

    Only valid pixels of the tiles count. No data (z = 0) and the context around a tile take part only in what the
    network computes from them, as they do when it runs.

    Args:
        model: prepared float network.
        tiles: where to look.
        progress: is told after each tile.
        rules: the ways to choose ranges; each makes its own of the same observation.

    Raises:
        CalibrationError: no valid pixel, too few of them, or NaN or infinity inside the network.
    """
    bands, inside = BandObserver(len(tiles.card.bands)), defaultdict[str, ActivationObserver](ActivationObserver)
    _look(ActivationTaps(model, tiles.shape), tiles.batches(progress, "observing ranges"), bands, inside)
    if bands.pixels == 0:
        raise CalibrationError("the calibration tiles hold no valid pixel; check --nodata and the scenes.")
    seen = {name: inside[name].distribution() for name in sorted(inside)}
    blind = [name for name, distribution in seen.items() if not distribution.seen]
    if blind:
        raise CalibrationError(
            f"the calibration tiles hold so few valid pixels that {len(blind)} tensors ({blind[0]}, ...) were seen at "
            "none of them; give scenes with whole areas of valid data."
        )
    seen_bands = bands.distributions()
    seen[input_name(model)] = Distribution.together(seen_bands)
    bounds, pooled = saturation_limits(model), {name for name, observer in inside.items() if observer.pooled}
    useful = {name: tensor.within(*bounds.get(name, (-inf, inf))) for name, tensor in seen.items()}

    def choose(name: str, rule: RangeRule) -> Range:
        return pooled_range(seen[name], rule) if name in pooled else choose_range(useful[name], rule)

    ranges = {rule: {name: choose(name, rule) for name in seen} for rule in rules}
    return Observation(bands.low, bands.high, ranges, bands.pixels, seen_bands)


def _look(
    network: ActivationTaps,
    batches: Iterable[tuple[NDArray[np.float32], Place]],
    bands: BandObserver,
    inside: Mapping[str, ActivationObserver],
) -> None:
    """Show every tile to the observers."""
    for batch, place in batches:
        if not np.isfinite(batch).all():
            raise CalibrationError(
                "a calibration tile holds NaN or infinity in valid pixels; declare it with --nodata."
            )
        bands.update(batch[0], place)
        for name, seen in network.measure(batch).items():
            try:
                inside[name].update(seen, place)
            except ValueError as error:
                raise CalibrationError(
                    f"the network overflows on a calibration tile: tensor {name} held {error}."
                ) from error


def folded_input_range(observation: Observation, factors: NDArray[np.float64], rule: RangeRule) -> Range:
    """Range of the network's input once band b is divided by its factor; it always holds 0, the value of no data."""
    folded = [band.divided(float(factor)) for band, factor in zip(observation.bands, factors, strict=True)]
    return choose_range(Distribution.together(folded), rule)
