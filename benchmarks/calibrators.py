"""geoquant's calibration against everybody's: the worst imaging condition of INT8, on tiles that nobody calibrated on.

Promise: the smallest loss of mean IoU in the worst stratum, on every scene and every network.

For each scene, network and seed geoquant chooses its tiles and holds others out; the others get 64 tiles of the same
size, the first of the scene in reading order or random ones, none of which touches a held-out tile. All INT8 files are
judged by the same code in onnxruntime on those held-out tiles. What the work folder holds already is not made again, so
a run may be cut off and started again.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.bench import Bench
from benchmarks.calibrator_cases import networks
from benchmarks.calibrator_methods import OWN_NAME
from benchmarks.calibrator_runs import MAX_LOST, TILE_PX, Case, Score, case_scores
from benchmarks.measure import say
from benchmarks.report import Result, Verdict

TILES, SEEDS = 64, (0, 1, 2)
QUICK_TILES, QUICK_SEEDS = 8, (0,)


def measure(bench: Bench) -> Result:
    """Everything against everything, seed by seed, so that a run cut off has covered all scenes and networks."""
    seeds, tiles = (QUICK_SEEDS, QUICK_TILES) if bench.quick else (SEEDS, TILES)
    scores: list[Score] = []
    for seed in seeds:
        for ground, label, model in networks(bench):
            say(f"calibrators: {ground.name}, {label}, seed {seed}")
            folder = bench.work / "calibrators" / f"{ground.name}_{label}{'_quick' if bench.quick else ''}"
            scores += case_scores(bench, Case(ground, label, model, folder, seed, tiles))
    return summary(scores)


def summary(scores: Sequence[Score]) -> Result:
    """The table of what was judged, and whether promises hold."""
    return Result("calibrators", COLUMNS, _rows(scores), _verdicts(scores), _notes(scores))


COLUMNS = (
    *("scene", "network", "method", "worst stratum's mIoU lost, median", "worst seed", "its stratum"),
    *("changed pixels, mean over strata", "least agreement", "work in INT8", "s"),
)


def _notes(scores: Sequence[Score]) -> tuple[str, ...]:
    seeds = sorted({score.seed for score in scores})
    return (
        f"{TILES} tiles of {TILE_PX} px for everybody; seeds {', '.join(map(str, seeds))} of the tile choice; mIoU in "
        "points against the scene's labels, the worst stratum of at least 1000 held-out pixels; least agreement is of "
        "the worst stratum and seed.",
        "Every INT8 file runs in onnxruntime. onnxruntime's files are made by `quantize_static` with its defaults "
        "(QInt8 activations, QInt8 weights per tensor), NNCF's by `nncf.quantize` on the ONNX file, geoquant's by "
        f"`geoquant quantize --max-drop {MAX_LOST} --keep-refused`: what the gate refuses is judged all the same.",
        "onnxruntime's calibrators get the tiles in parts of 8, because they hold all activations.",
        "Seconds are of one model; geoquant's contain its own judging in two engines and timing. They are wall times, "
        "so other work on the machine counts.",
    )


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
                    f"{100 * statistics.median(score.changed for score in each):.2f} %",
                    f"{100 * min(score.agreement for score in each):.2f} %",
                    _share(each),
                    f"{statistics.median(score.seconds for score in each):.0f}",
                ]
            )
    return rows


def _share(scores: Sequence[Score]) -> str:
    """The smallest share of work in INT8, and how often the gate refused the file."""
    known = [score.int8_share for score in scores if score.int8_share is not None]
    refused = sum(score.refused for score in scores)
    return (f"{100 * min(known):.1f} %" if known else "") + (f", {refused} refused" if refused else "")


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
