"""geoquant's calibration against everybody's: the worst imaging condition of INT8, on tiles that nobody calibrated on.

Promise: the smallest loss of mean IoU in the worst stratum, on every scene and every network.

For each scene, network and seed geoquant chooses its tiles and holds others out; the others get 64 tiles of the same
size, the first of the scene in reading order or random ones, none of which touches a held-out tile. All INT8 files are
judged by the same code in onnxruntime on those held-out tiles.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.bench import Bench
from benchmarks.calibrator_cases import ARCHITECTURES, Ground, grounds, network
from benchmarks.calibrator_methods import METHODS, NAMES, NNCF_NAME, OWN_NAME, Tiles, by_nncf
from benchmarks.measure import say
from benchmarks.report import Result, Verdict
from geoquant.doors.card import read_card
from geoquant.doors.raster import fit_to_card, open_scene
from geoquant.jobs.evaluate import Contender, JudgingTiles, compare
from geoquant.jobs.quantize import quantize
from geoquant.jobs.survey import SurveyedScene, TileGeometry, survey
from geoquant.jobs.verdict import QuantizeSummary
from geoquant.numbers.grid import Window
from geoquant.numbers.metrics import Comparison
from geoquant.numbers.normalize import Entry, make_encoder
from geoquant.numbers.sampling import Candidate, Choice, lattice
from geoquant.numbers.strata import STRATUM_COUNT, Stratum
from geoquant.words.card import ModelCard
from geoquant.words.errors import AccuracyDrop
from geoquant.words.options import QuantizeOptions

TILE_PX = 128
TILES, SEEDS = 64, (0, 1, 2)
QUICK_TILES, QUICK_SEEDS = 8, (0,)


@dataclass(frozen=True)
class Score:
    """One INT8 model.

    Attributes:
        ground: scene.
        architecture: network.
        method: who calibrated.
        seed: of the tiles.
        miou_lost: points of mean IoU against labels that the worst stratum loses.
        stratum: where.
        agreement: share of the float model's classes kept, in the stratum where it is least.
        seconds: that calibration and quantization took, judging by itself left out where it could be.
    """

    ground: str
    architecture: str
    method: str
    seed: int
    miou_lost: float
    stratum: str
    agreement: float
    seconds: float


def measure(bench: Bench) -> Result:
    """Everything against everything."""
    scores: list[Score] = []
    for ground in grounds(bench):
        for label, architecture in ARCHITECTURES.items():
            say(f"calibrators: {ground.name}, {label}")
            scores += _case(bench, ground, label, network(bench, ground, architecture))
    (bench.work / "calibrators_scores.json").write_text(json.dumps([asdict(score) for score in scores], indent=1))
    return Result("calibrators", COLUMNS, _rows(scores), _verdicts(scores), NOTES)


COLUMNS = (
    "scene",
    "network",
    "method",
    "worst stratum's mIoU lost, median",
    "worst seed",
    "its stratum",
    "least agreement",
    "s",
)
NOTES = (
    f"{TILES} tiles of {TILE_PX} px for everybody, three seeds; mIoU in points against the scene's labels, the worst "
    "stratum of at least 1000 held-out pixels; least agreement is of the worst stratum and seed.",
    "Every INT8 file runs in onnxruntime. onnxruntime's files are made by `quantize_static` with its defaults (QInt8 "
    "activations, QInt8 weights per tensor), NNCF's by `nncf.quantize` on the ONNX file, geoquant's by "
    "`geoquant quantize` with its defaults; where its gate fails it is made again without (`--max-drop 100`): a "
    "benchmark reports a bad model, it does not refuse it.",
    "onnxruntime's calibrators get the tiles in parts of 8, because they hold all activations.",
    "Seconds are of one model; geoquant's contain its own judging in two engines and timing.",
)


def _case(bench: Bench, ground: Ground, label: str, model: Path) -> list[Score]:
    """All methods and seeds on one scene and network."""
    seeds, count = (QUICK_SEEDS, QUICK_TILES) if bench.quick else (SEEDS, TILES)
    folder = bench.work / "calibrators" / model.stem
    folder.mkdir(exist_ok=True)
    card = read_card(model)
    scene = fit_to_card(open_scene(ground.scene), card)
    surveyed = survey(scene, card, ground.mask, ground.labels)
    runs = [_start(ground, model, surveyed, folder, (seed, count)) for seed in seeds]
    for run in runs:
        run.calibrate()
    started = time.perf_counter()
    by_nncf(bench, model, {run.out(NNCF_NAME): run.random_tiles() for run in runs})
    each = (time.perf_counter() - started) / len(runs)
    scores = []
    for run in runs:
        run.seconds[NNCF_NAME] = each
        scores += run.scores(label)
    surveyed.close()
    scene.close()
    return scores


def _start(ground: Ground, model: Path, surveyed: SurveyedScene, folder: Path, draw: tuple[int, int]) -> _Run:
    """Make geoquant's file, which also says which tiles are held out; ``draw`` is seed and number of tiles."""
    seed, count = draw
    options = QuantizeOptions(tiles=count, tile=TILE_PX, held_out=count, seed=seed, overwrite=True)
    truths = {"masks": [ground.mask] if ground.mask else None, "labels": [ground.labels]}
    out, started = _file(folder, OWN_NAME, seed), time.perf_counter()
    try:
        own = quantize(model, [ground.scene], out, options, **truths)
    except AccuracyDrop as drop:
        say(f"  the gate fails, and is taken away: {drop}")
        own = quantize(model, [ground.scene], out, replace(options, max_drop=100), **truths)
    seconds = {OWN_NAME: time.perf_counter() - started}
    say(f"  {OWN_NAME}, seed {seed}: {seconds[OWN_NAME]:.0f} s")
    return _Run(ground, model, surveyed, folder, own, draw, seconds, read_card(model))


def _file(folder: Path, method: str, seed: int) -> Path:
    name = "".join(letter if letter.isalnum() else "_" for letter in method)
    return folder / f"{name}_{seed}.onnx"


@dataclass(frozen=True)
class _Run:
    """One seed: everybody's file, and the tiles that all are judged on."""

    ground: Ground
    model: Path
    surveyed: SurveyedScene
    folder: Path
    own: QuantizeSummary
    draw: tuple[int, int]
    seconds: dict[str, float]
    card: ModelCard

    def out(self, method: str) -> Path:
        """A method's INT8 file."""
        return _file(self.folder, method, self.draw[0])

    def calibrate(self) -> None:
        """Make the others' files but NNCF's."""
        for method in METHODS:
            tiles = self.first_tiles() if method.first else self.random_tiles()
            started = time.perf_counter()
            method.make(self.model, tiles, self.out(method.name))
            self.seconds[method.name] = time.perf_counter() - started
            say(f"  {method.name}, seed {self.draw[0]}: {self.seconds[method.name]:.0f} s")

    def first_tiles(self) -> Tiles:
        """The first tiles that hold data, in reading order."""
        return self._read(self._free()[: self.draw[1]])

    def random_tiles(self) -> Tiles:
        """Random tiles that hold data."""
        free = self._free()
        order = np.random.default_rng(self.draw[0]).permutation(len(free))[: self.draw[1]]
        return self._read([free[i] for i in order])

    def _free(self) -> list[Window]:
        """Tiles of the scene that hold data and touch no held-out tile."""
        held_out = self._held_out()
        grid = self.surveyed.scene.grid
        windows = lattice(grid, TILE_PX, TILE_PX, self.card.tiling.stride_px)
        apart = [w for w in windows if not any(w.intersection(other).pixels for other in held_out)]
        return [w for w in apart if self.surveyed.scene.read(w).valid.mean() >= 0.1]

    def _held_out(self) -> list[Window]:
        return [Window(t["row"], t["col"], t["height"], t["width"]) for t in self.own.held_out]

    def _read(self, windows: Sequence[Window]) -> Tiles:
        scene = self.surveyed.scene
        encode = make_encoder(self.card, scene.bands, scene.dtype, Entry("float32"))
        pixels = [scene.read_padded(window, self.card.tiling.edge) for window in windows]
        return np.stack([np.asarray(encode(p.values, p.valid), np.float32)[None] for p in pixels])

    def scores(self, label: str) -> list[Score]:
        """Judge every file on the held-out tiles."""
        stride, halo = self.card.tiling.stride_px, self.card.tiling.halo_px
        context = halo if halo is not None else (self.card.tiling.overlap_px or 0) // 2 // stride * stride
        nothing = np.zeros(STRATUM_COUNT)
        places = [Candidate(0, window, nothing, nothing, nothing, nothing) for window in self._held_out()]
        choices = [Choice(place, Stratum.NO_DATA, "held out") for place in places]
        tiles = JudgingTiles([self.surveyed], self.card, TileGeometry(self.own.tile_px, context, stride), choices)
        contenders = [Contender(self.out(name), read_card(self.out(name)), "ort", name) for name in NAMES]
        found = compare(Contender(self.model, self.card, "ort", "float"), contenders, tiles)
        return [self._score(label, name, one) for name, one in zip(NAMES, found, strict=True)]

    def _score(self, label: str, method: str, found: Comparison) -> Score:
        strata = found.strata()
        lost = {stratum: scores.miou_lost for stratum, scores in strata.items() if np.isfinite(scores.miou_lost)}
        worst = max(lost, key=lambda stratum: lost[stratum])
        agreement = min(scores.agreement for scores in strata.values())
        name = self.ground.name
        return Score(name, label, method, self.draw[0], lost[worst], worst.label, agreement, self.seconds[method])


def _by_case(scores: Sequence[Score]) -> Mapping[tuple[str, str], Mapping[str, list[Score]]]:
    """(scene, network) -> method -> scores of all seeds."""
    cases: dict[tuple[str, str], dict[str, list[Score]]] = {}
    for score in scores:
        cases.setdefault((score.ground, score.architecture), {}).setdefault(score.method, []).append(score)
    return cases


def _median(scores: Sequence[Score]) -> float:
    return statistics.median(score.miou_lost for score in scores)


def _rows(scores: Sequence[Score]) -> list[list[str]]:
    rows = []
    for (ground, architecture), methods in _by_case(scores).items():
        best = min(_median(each) for each in methods.values())
        for method, each in methods.items():
            worst = max(each, key=lambda score: score.miou_lost)
            median = f"{_median(each):.2f}"
            rows.append(
                [
                    *(ground, architecture, method, f"**{median}**" if _median(each) == best else median),
                    *(f"{worst.miou_lost:.2f}", worst.stratum),
                    f"{100 * min(score.agreement for score in each):.2f} %",
                    f"{statistics.median(score.seconds for score in each):.0f}",
                ]
            )
    return rows


MAX_LOST = 0.3


def _verdicts(scores: Sequence[Score]) -> list[Verdict]:
    verdicts = []
    for (ground, architecture), methods in _by_case(scores).items():
        own = _median(methods[OWN_NAME])
        others = {name: _median(each) for name, each in methods.items() if name != OWN_NAME}
        nearest = min(others, key=others.__getitem__)
        found = f"{own:.2f}, {nearest} {others[nearest]:.2f}"
        name = f"{ground}, {architecture}"
        verdicts.append(Verdict(f"{name}: geoquant loses least in the worst stratum", found, own <= others[nearest]))
        limit = f"{name}: at most {MAX_LOST} points in the worst stratum"
        verdicts.append(Verdict(limit, f"{own:.2f}", own <= MAX_LOST))
    return verdicts
