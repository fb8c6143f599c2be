"""Judge models against a float model on tiles that calibration did not see, per class and stratum; and time them."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.doors.engine import Engine, Kind, load_engine
from geoquant.doors.raster import Pixels
from geoquant.jobs.survey import SurveyedScene, TileGeometry
from geoquant.numbers.metrics import Comparison, compare_maps
from geoquant.numbers.normalize import Encoder, make_encoder
from geoquant.numbers.sampling import Choice
from geoquant.words.card import ModelCard
from geoquant.words.progress import Progress, ProgressCallback, silent

TIMING_ROUNDS = 7
ENGINE_NAMES = {"ort": "onnxruntime", "openvino": "OpenVINO"}


@dataclass(frozen=True)
class Contender:
    """A model file in an engine.

    Attributes:
        model: ONNX file.
        card: its own card (an INT8 model's normalization is folded).
        kind: engine, as ``load_engine`` names it.
        label: for people.
    """

    model: Path
    card: ModelCard
    kind: Kind
    label: str

    def load(self, threads: int = 0) -> Engine:
        """The engine, with ``threads`` threads, or one per core."""
        return load_engine(self.model, self.card, self.kind, threads or cores(), workers=1)


def cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


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

    scenes: Sequence[SurveyedScene]
    card: ModelCard
    geometry: TileGeometry
    choices: Sequence[Choice]

    def __len__(self) -> int:
        return len(self.choices)

    def __iter__(self) -> Iterator[JudgedTile]:
        values = [label.value for label in self.card.classes]
        for choice in self.choices:
            place = choice.candidate
            surveyed = self.scenes[place.scene]
            around = place.window.expand(self.geometry.context_px)
            pixels = surveyed.scene.read_padded(around, self.card.tiling.edge)
            core = place.window.relative_to(around).slices
            truth = surveyed.true_classes(place.window, values)
            yield JudgedTile(place.scene, pixels, core, surveyed.strata(place.window), truth)

    def encoders(self, contender: Contender, engine: Engine) -> list[Encoder]:
        """Per scene, the way from stored numbers to the engine's entry."""
        scenes = [surveyed.scene for surveyed in self.scenes]
        return [make_encoder(contender.card, scene.bands, scene.dtype, engine.entry) for scene in scenes]


def compare(
    reference: Contender,
    candidates: Sequence[Contender],
    tiles: JudgingTiles,
    progress: ProgressCallback = silent,
    stage: str = "comparing INT8 with float",
) -> tuple[Comparison, ...]:
    """Class maps of each candidate against the reference's, per stratum.

    Args:
        reference: the float model.
        candidates: usually the INT8 model, once per engine.
        tiles: with strata, and labels when there are any.
        progress: is told after each tile.
        stage: what to tell it.

    Returns:
        One comparison per candidate.
    """
    totals = [Comparison.empty(len(tiles.card.classes)) for _ in candidates]
    for each in compare_each(reference, candidates, tiles, progress, stage):
        totals = [total + one for total, one in zip(totals, each, strict=True)]
    return tuple(totals)


def compare_each(
    reference: Contender,
    candidates: Sequence[Contender],
    tiles: JudgingTiles,
    progress: ProgressCallback = silent,
    stage: str = "comparing INT8 with float",
) -> Iterator[tuple[Comparison, ...]]:
    """As ``compare``, tile by tile: one comparison per candidate for each tile, in the order of the tiles."""
    runners = [Runner(contender, tiles) for contender in (reference, *candidates)]
    for done, tile in enumerate(tiles):
        progress(Progress(stage, done, len(tiles), "tiles"))
        truth, *maps = (runner.classes(tile) for runner in runners)
        count = len(tiles.card.classes)
        yield tuple(compare_maps(truth, classes, tile.strata, tile.labels, count) for classes in maps)
    progress(Progress(stage, len(tiles), len(tiles), "tiles"))


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


@dataclass(frozen=True)
class Speed:
    """How fast one contender runs.

    Attributes:
        label: of the contender.
        kind: its engine.
        mpx_per_s: million pixels per second, the median of interleaved rounds on all cores.
    """

    label: str
    kind: str
    mpx_per_s: float


def time_contenders(
    contenders: Sequence[Contender], tiles: JudgingTiles, progress: ProgressCallback = silent
) -> tuple[Speed, ...]:
    """Time engines alone (encoded tile in, classes out) on one held-out tile, in turns: all meet the same load."""
    times, pixels = time_rounds(contenders, tiles, TIMING_ROUNDS, progress)
    rates = zip(contenders, map(statistics.median, times), strict=True)
    return tuple(Speed(contender.label, contender.kind, pixels / 1e6 / median) for contender, median in rates)


def time_rounds(
    contenders: Sequence[Contender], tiles: JudgingTiles, rounds: int, progress: ProgressCallback
) -> tuple[list[list[float]], int]:
    """Seconds per contender and round for one held-out tile, and its pixels; a first round warms up and is dropped."""
    runners = [Runner(contender, tiles) for contender in contenders]
    tile = next(iter(tiles))
    batches = [runner.batch(tile) for runner in runners]
    times: list[list[float]] = [[] for _ in runners]
    for turn in range(rounds + 1):
        progress(Progress("timing engines", turn, rounds + 1, "rounds"))
        for i, runner in enumerate(runners):
            start = time.perf_counter()
            runner.engine.classes(batches[i])
            times[i].append(time.perf_counter() - start)
    progress(Progress("timing engines", rounds + 1, rounds + 1, "rounds"))
    return [seconds[1:] for seconds in times], batches[0].shape[-1] * batches[0].shape[-2]
