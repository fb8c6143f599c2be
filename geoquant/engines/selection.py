"""Which engine runs a network fastest here: candidates are measured on tiles of the scene, with the real concurrency.

No rule of thumb survives contact with machines: INT8 wins by nine times with AMX and loses without VNNI, and networks
of depthwise convolutions with HardSwish lose by it almost everywhere. So the candidates run, interleaved, and the
fastest one wins that says what the given file says in onnxruntime.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.footprint import Footprint, measure_footprint
from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import (
    REFERENCE,
    automatic_kinds,
    engine_packages,
    kinds_of,
    load_engine,
    variant_of,
)
from geoquant.engines.selection_cache import cache_key, load_choice, store_choice
from geoquant.errors import EngineError, OptionError
from geoquant.grid import align_up
from geoquant.model_card.card import ModelCard
from geoquant.preprocessing.chain import levels
from geoquant.system import give_back, machine_bytes, machine_facts, package_versions

MIN_AGREEMENT = 0.98
ROUNDS = 6
TRIAL_ROUNDS = 3  # before a candidate may be dropped
TILE_PX = 256  # speed per pixel hardly depends on the tile (benchmarks/engines.py); small ones are soon measured
HOPELESS = 0.6  # of the fastest so far: dropped after its trial, so that few networks are loaded at a time
ALIKE = 0.95  # speeds within 5 % are noise: then the one that needs less memory


@dataclass(frozen=True)
class Measurement:
    """The measurement of one candidate.

    Attributes:
        kind: The kind as ``load_engine`` takes it.
        name: The name for people.
        mpx_per_s: The speed of all workers together in the best round, 10^6 pixels a second; 0 when it does not run.
            Other programs only ever slow a round down, so the best one is the least disturbed.
        agreement: The share of pixels whose class is the reference's, 0..1.
        bytes_per_pixel: The memory of one running tile per pixel of it, as of ``Engine``.
        note: Why the engine was left out, or "".
    """

    kind: Kind
    name: str
    mpx_per_s: float
    agreement: float
    bytes_per_pixel: float
    note: str = ""


Sample: TypeAlias = Callable[[], NDArray[np.float32]]


@dataclass(frozen=True)
class EngineChoice:
    """The engine that ``auto`` chose, and why.

    Attributes:
        kind: The kind as ``load_engine`` takes it.
        name: The name for people.
        reason: The reason for the choice, one sentence.
        measured: Every candidate, fastest first; empty when there was nothing to choose from.
        footprint: The memory of the engine that was chosen.
        cached: Whether the measurement is an earlier run's.
    """

    kind: Kind
    name: str
    reason: str
    measured: tuple[Measurement, ...]
    footprint: Footprint
    cached: bool = False


def choose_engine(
    model: Path | bytes, card: ModelCard, preference: str, sample: Sample, workers: int = 2
) -> EngineChoice:
    """The fastest engine for a network on this machine that keeps its classes, and the memory that it takes.

    An engine that is chosen by name is not measured against others, but its classes are compared with those of
    onnxruntime on the sample, once.

    The decision is cached in the user's cache folder (``GEOQUANT_CACHE``, else ``XDG_CACHE_HOME``) by model, card, CPU,
    package versions and workers.

    Args:
        model: the ONNX file, float or QDQ, or its bytes.
        card: its card.
        preference: "auto" for all candidates, or the id of the one engine.
        sample: gives a few tiles of the scene, z values after the card's normalization, (n, band, y, x); it is called
            only when something is to be measured.
        workers: Python threads that will call the engine at the same time, each with one thread inside.

    Raises:
        EngineError: no candidate runs the network, or the one that was asked for gives other classes than onnxruntime.
        ModelError: the network contradicts its card.
        OptionError: an unknown preference.
    """
    kinds = candidates(model, preference)
    facts = {**machine_facts(), **package_versions(engine_packages())}
    key = cache_key(model, card, (preference, workers, facts))
    known = _from_cache(load_choice(key), kinds)
    if known is not None:
        return known
    check_memory(model, card)
    if preference == "auto":
        measured = _measure(model, card, kinds, sample(), workers)
        kind, name, reason = _decide(measured, workers)
    else:
        measured, kind, name = (), kinds[0], kinds[0]
        reason = _named(model, card, kind, sample, workers)
    give_back()
    footprint = measure_footprint(
        lambda: load_engine(model, card, kind, workers=workers), len(card.bands), card.tiling.stride_px
    )
    choice = EngineChoice(kind, name, reason, measured, footprint)
    store_choice(key, asdict(choice))
    return choice


def check_memory(model: Path | bytes, card: ModelCard) -> None:
    """Refuse, before any engine runs it, a network of whose activations not one small tile fits into this machine.

    Raises:
        EngineError: naming both sizes.
    """
    from geoquant.engines.memory_estimate import activation_bytes_per_pixel
    from geoquant.onnx_graph.facts import graph_facts
    from geoquant.onnx_graph.loading import read_model

    proto = read_model(model)
    fixed = graph_facts(proto).fixed_shape
    rows, columns = fixed or (TILE_PX, TILE_PX)
    needed = activation_bytes_per_pixel(proto, len(card.bands), fixed) * rows * columns
    if needed > machine_bytes():
        raise EngineError(
            f"One tile of {rows} x {columns} px takes {needed / 2**30:.0f} GiB by the network's own shapes; this "
            f"machine has {machine_bytes() / 2**30:.0f} GiB. Export it for smaller tiles, or with fewer channels."
        )


def _measure(
    model: Path | bytes, card: ModelCard, kinds: tuple[Kind, ...], sample: NDArray[np.float32], workers: int
) -> tuple[Measurement, ...]:
    """The table of all candidates; the engines are gone when it returns."""
    tiles, expected = _expected(model, card, REFERENCE.id, sample, workers)
    # what differs from an INT8 file may be nearer to the float network: its twin is held against that
    twin = REFERENCE.kind("float")
    try:
        of_float = _expected(model, card, twin, sample, workers)[1] if twin in kinds else expected
    except EngineError:  # the file has no twin: what would run it is left out
        kinds, of_float = tuple(kind for kind in kinds if variant_of(kind) == "file"), expected
    trial = Trial(tiles, lambda kind: expected if variant_of(kind) == "file" else of_float, workers)
    return trial.run(kinds, lambda kind: load_engine(model, card, kind, workers=workers))


def _named(model: Path | bytes, card: ModelCard, kind: Kind, sample: Sample, workers: int) -> str:
    """Why an engine that was asked for by name may run; every other one is held against the reference.

    Raises:
        EngineError: it gives other classes than the reference, or does not run the network.
    """
    asked = "It was asked for by name"
    if kind == REFERENCE.id or card.output == "regression":
        return f"{asked}."
    try:
        tiles, expected = _expected(model, card, REFERENCE.id, sample(), workers)
    except EngineError:
        return f"{asked}; {REFERENCE.name} can't run this network, so its classes are compared with nothing."
    engine = load_engine(model, card, kind, workers=workers)
    agreement = agreement_of(engine, tiles, expected)
    if agreement < MIN_AGREEMENT:
        raise EngineError(
            f"{engine.name} gives only {agreement:.1%} of the pixels of sample tiles the class that "
            f"{REFERENCE.name} gives them; expected at least {MIN_AGREEMENT:.0%}. It does not compute what the file "
            f"says: run with --engine {REFERENCE.id}, or with --engine auto, which leaves it out."
        )
    return f"{asked} and gives {agreement:.2%} of the pixels the class of the file in {REFERENCE.name}."


def agreement_of(engine: Engine, tiles: NDArray[np.float32], expected: NDArray[np.uint8]) -> float:
    """Share of pixels (n, y, x), 0..1, whose class is the expected one; those without data, z = 0, do not count.

    No network was trained on them, so that any two engines may differ there.
    """
    wanted = (tiles != 0).any(axis=1)
    alike = engine.classes(fed(engine, tiles)) == expected
    return float(alike[wanted].mean() if wanted.any() else alike.mean())


def _expected(
    model: Path | bytes, card: ModelCard, kind: Kind, sample: NDArray[np.float32], workers: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Tiles to measure on, and their classes by a reference that is gone when this returns."""
    reference = load_engine(model, card, kind, workers=workers)
    tiles = _tiles(sample, reference.fixed_shape, card.tiling.stride_px)
    return tiles, reference.classes(fed(reference, tiles))


def candidates(model: Path | bytes, preference: str) -> tuple[Kind, ...]:
    """The kinds that ``preference`` allows for this file on this CPU; an INT8 file brings its float twin along.

    An engine that is chosen by name runs the file as it is, so that its result never depends on a measurement.

    Raises:
        OptionError: an unknown preference.
    """
    from geoquant.onnx_graph.editing import is_quantized
    from geoquant.onnx_graph.loading import read_model

    if preference in kinds_of("file"):
        return (preference,)
    if preference != "auto":
        raise OptionError(f"--engine is {preference!r}; it takes one of {', '.join(('auto', *kinds_of('file')))}.")
    return automatic_kinds(is_quantized(read_model(model)), machine_facts()["flags"].split())


@dataclass
class _Runner:
    """A candidate that is loaded, and what is known of it so far."""

    kind: Kind
    engine: Engine
    batch: NDArray[Any]
    agreement: float
    seconds: list[float] = field(default_factory=list)

    def result(self, pixels: int, note: str = "") -> Measurement:
        """The measurement, with ``pixels`` in a round."""
        speed = pixels / min(self.seconds) / 1e6 if self.seconds else 0.0
        return Measurement(self.kind, self.engine.name, speed, self.agreement, self.engine.bytes_per_pixel, note)


class Trial:
    """Candidates on the same tiles with the same threads, in interleaved rounds."""

    def __init__(self, tiles: NDArray[np.float32], expected: Callable[[Kind], NDArray[np.uint8]], workers: int) -> None:
        """Take z tiles (n, band, y, x), the classes (n, y, x) that a kind should give, and the number of threads."""
        self._tiles, self._expected, self._workers = tiles, expected, workers
        self._calls = align_up(len(tiles), workers)  # every tile at least once, and as many for each worker
        self._pixels = self._calls * tiles[0, 0].size
        self._running: list[_Runner] = []
        self._left_out: list[Measurement] = []

    def run(self, kinds: tuple[Kind, ...], load: Callable[[Kind], Engine]) -> tuple[Measurement, ...]:
        """Measure every kind; fastest first, those that were left out with a note."""
        with ThreadPoolExecutor(self._workers) as pool:
            for kind in kinds:
                self._enter(kind, load, pool)
            for _ in range(ROUNDS):
                for runner in self._running:
                    runner.seconds.append(self._seconds(runner, pool))
        results = [runner.result(self._pixels) for runner in self._running]
        return tuple(sorted([*results, *self._left_out], key=lambda one: -one.mpx_per_s))

    def _enter(self, kind: Kind, load: Callable[[Kind], Engine], pool: ThreadPoolExecutor) -> None:
        """Load a candidate, check its classes, time it once, and keep it while it has a chance."""
        try:
            engine = load(kind)
            batch = fed(engine, self._tiles)
            agreement = agreement_of(engine, self._tiles, self._expected(kind))
        except EngineError as error:
            self._left_out.append(Measurement(kind, kind, 0.0, 0.0, 0.0, f"does not run: {error}"))
            return
        runner = _Runner(kind, engine, batch, agreement)
        self._seconds(runner, pool)  # every worker's first call allocates
        runner.seconds += [self._seconds(runner, pool) for _ in range(TRIAL_ROUNDS)]
        if agreement < MIN_AGREEMENT:
            self._left_out.append(runner.result(self._pixels, "another result than in onnxruntime"))
            return
        self._running.append(runner)
        self._drop_hopeless()

    def _drop_hopeless(self) -> None:
        limit = min(min(runner.seconds) for runner in self._running) / HOPELESS
        slow = [runner for runner in self._running if min(runner.seconds) > limit]
        self._left_out += [runner.result(self._pixels, "far slower at once") for runner in slow]
        self._running = [runner for runner in self._running if min(runner.seconds) <= limit]

    def _seconds(self, runner: _Runner, pool: ThreadPoolExecutor) -> float:
        """Wall time of one round by all workers."""
        jobs = [runner.batch[number % len(runner.batch)][None] for number in range(self._calls)]
        begin = time.perf_counter()
        for result in pool.map(runner.engine.classes, jobs):
            del result
        return time.perf_counter() - begin


def fed(engine: Engine, z: NDArray[np.float32]) -> NDArray[Any]:
    """Z values (n, band, y, x) as the engine takes them."""
    return levels(z.astype(np.float64), engine.input_format) if engine.input_format.dtype == "uint8" else z


def _tiles(sample: NDArray[np.float32], fixed: tuple[int, int] | None, stride_px: int) -> NDArray[np.float32]:
    """The middle of every sample tile, small and a multiple of the stride; as it is where the network's size is fixed.

    Raises:
        EngineError: no tile to measure on.
    """
    if sample.ndim != 4 or not sample.size:
        raise EngineError(f"Choosing an engine takes tiles (n, band, y, x), got shape {sample.shape}.")
    if fixed is not None:
        return sample
    starts_stops = []
    for side in sample.shape[2:]:
        size = max(min(side, TILE_PX) // stride_px * stride_px, min(side, stride_px))
        start = (side - size) // 2
        starts_stops.append(slice(start, start + size))
    return np.ascontiguousarray(sample[:, :, starts_stops[0], starts_stops[1]])


def _decide(measured: tuple[Measurement, ...], workers: int) -> tuple[Kind, str, str]:
    """Kind, name and reason of the fastest candidate that was not left out; among equals, of the smallest."""
    able = [one for one in measured if not one.note]
    if not able:
        notes = "; ".join(f"{one.kind}: {one.note}" for one in measured)
        raise EngineError(f"No engine runs this network as onnxruntime does ({notes}). Name one with --engine.")
    best = max(one.mpx_per_s for one in able)
    alike = [one for one in able if one.mpx_per_s >= ALIKE * best]
    winner = min(alike, key=lambda one: (one.bytes_per_pixel, -one.mpx_per_s))
    return winner.kind, winner.name, _reason(winner, measured, workers)


def _reason(winner: Measurement, measured: tuple[Measurement, ...], workers: int) -> str:
    facts = f"{winner.name} runs {winner.mpx_per_s:.2f} Mpx/s with {workers} workers on this machine"
    others = [f"{one.name} {one.mpx_per_s:.2f}" for one in measured if one is not winner and one.mpx_per_s > 0]
    against = f" ({', '.join(others)})" if others else ""
    has_twin = any(variant_of(one.kind) == "float" for one in measured)
    if has_twin and variant_of(winner.kind) != "file":
        facts = f"INT8 is SLOWER than float here, so the file's float twin runs: {facts}"
    return f"{facts}{against} and gives {winner.agreement:.2%} of the pixels the class of the file in onnxruntime."


def _from_cache(record: dict[str, Any] | None, kinds: tuple[Kind, ...]) -> EngineChoice | None:
    """An earlier choice, or None when the record is not one (a damaged or foreign file)."""
    try:
        if record is None or record["kind"] not in kinds:
            return None
        measured = tuple(Measurement(**one) for one in record["measured"])
        footprint = Footprint(**record["footprint"])
        return EngineChoice(
            record["kind"], str(record["name"]), str(record["reason"]), measured, footprint, cached=True
        )
    except (KeyError, TypeError):
        return None
