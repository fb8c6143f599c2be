"""The doctor's checks of engines: what this CPU has, which engines run the file, how much in INT8, and how fast."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.diagnostics.checks.levels import ARM, VNNI
from geoquant.diagnostics.finding import Finding, listed, ok, problem, warning
from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import REFERENCE, engine_of, kinds_of, load_engine, variant_of
from geoquant.engines.selection import MIN_AGREEMENT, agreement_of, fed
from geoquant.errors import EngineError, ModelError
from geoquant.fusion_audit.audit import Audit, EngineAudit, audit_fusion
from geoquant.grid import align_up
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import is_quantized
from geoquant.options.diagnostics import DoctorOptions
from geoquant.system import machine_facts

LOW_SHARE = 0.9
SLOWER = 0.95
"""Share of float's speed below which INT8 counts as slower; between this and 1 lies noise."""
ROUNDS = 5


def findings(path: Path, model: Any, card: ModelCard, options: DoctorOptions) -> Iterator[Finding]:
    """Findings about hardware, engines, share of INT8, and speed where the options say so."""
    quantized = is_quantized(model)
    if quantized:
        yield hardware()
    found = audit_fusion(path, card, tile_px=options.tile)
    yield from _able(found)
    yield from alike(path, card, [one.kind for one in found.engines if not one.problem], options.tile)
    if quantized:
        yield int8_share(found)
        if not options.quick:
            yield speed(measured_speed(path, card, options.tile))


def hardware() -> Finding:
    """Whether the CPU has the instructions without which INT8 is slower than float."""
    facts = machine_facts()
    flags = set(facts["flags"].split())
    fast = sorted(flags & (VNNI | ARM))
    if fast:
        return ok("hardware", f"{facts['cpu']} has {', '.join(fast)}")
    return warning(
        "hardware",
        f"{facts['cpu']} has no INT8 instructions (VNNI, AMX, Arm's dot product), without which INT8 is rarely "
        "faster than float and may saturate",
        "run with --engine auto, which measures and takes the float twin where it wins",
    )


def _able(found: Audit) -> Iterator[Finding]:
    """Findings about engines that can't run the file: the reference must, the others would be faster."""
    for one in found.engines:
        if one.problem and one.kind == REFERENCE.id:
            yield problem(f"engine {one.kind}", one.problem, "export again with another opset, or update onnxruntime")
        elif one.problem:
            yield warning(
                f"engine {one.kind}", one.problem, "--engine auto leaves it out; QDQ files of uint8 run there"
            )
        else:
            yield ok(f"engine {one.kind}", f"runs in {one.engine}")


def alike(path: Path, card: ModelCard, kinds: Sequence[Kind], tile_px: int) -> Iterator[Finding]:
    """Whether every engine that runs the file gives the classes that the reference gives, on a made-up tile."""
    if REFERENCE.id not in kinds or card.output == "regression":
        return
    tile, expected = None, None
    for kind in sorted(set(kinds) & set(kinds_of("file")), key=lambda kind: kind != REFERENCE.id):
        engine = load_engine(path, card, kind, 1, 1)
        if tile is None or expected is None:
            tile = made_up_tile(engine, len(card.bands), align_up(tile_px, card.tiling.stride_px))
            expected = engine.classes(fed(engine, tile))
            continue
        share = agreement_of(engine, tile, expected)
        if share < MIN_AGREEMENT:
            yield problem(
                f"classes in {kind}",
                f"{engine.name} gives only {share:.1%} of the pixels of a made-up tile the class that {REFERENCE.name} "
                "gives them: it does not compute what the file says",
                f"run with --engine {REFERENCE.id}, or --engine auto, which compares classes and leaves it out",
            )
        else:
            yield ok(f"classes in {kind}", f"as in {REFERENCE.name} for {share:.1%} of a made-up tile")


def made_up_tile(engine: Engine, bands: int, side_px: int) -> NDArray[np.float32]:
    """Smooth z values (1, band, y, x) with some noise, of the size that the network takes or of ``side_px``."""
    rng = np.random.default_rng(0)
    height, width = engine.fixed_shape or (side_px, side_px)
    rows, columns = np.arange(height)[:, None] / height, np.arange(width) / width
    waves = [np.sin(9 * rows * a + 7 * columns * b + phase) for a, b, phase in rng.uniform(0.3, 3, (bands, 3))]
    return (1.2 * np.stack(waves)[None] + 0.1 * rng.normal(size=(1, bands, height, width))).astype(np.float32)


def int8_share(found: Audit) -> Finding:
    """The finding about how much really runs in INT8, and about the costliest float islands."""
    able = [one for one in found.engines if not one.problem]
    shares = ", ".join(f"{one.kind} {one.int8_share:.1%}" for one in able) or "no engine"
    if not able or not any(one.int8_share for one in able):
        found_text = f"nothing runs in INT8 ({shares}), whatever the file says"
        return problem("fusion", found_text, _remedies(able) or "quantize again: geoquant quantize")
    if max(one.int8_share for one in able) < LOW_SHARE:
        worst = max((island for one in able for island in one.islands), key=lambda island: island.macs_share)
        where = f"{worst.macs_share:.0%} in {listed(worst.layers or worst.ops)}: {worst.cause}"
        return warning("fusion", f"share of multiply-accumulates in INT8: {shares}. The most, {where}", _remedies(able))
    return ok("fusion", f"share of multiply-accumulates in INT8: {shares}")


def _remedies(engines: list[EngineAudit]) -> str:
    heavy = [island for one in engines for island in one.islands if island.macs_share and island.remedy]
    return "; ".join(dict.fromkeys(island.remedy for island in heavy))


def measured_speed(path: Path, card: ModelCard, tile_px: int) -> Mapping[Kind, float]:
    """Kind -> Mpx/s on one thread, interleaved rounds, the median; an engine that does not run is left out."""
    runners = {}
    for kind in (*kinds_of("file"), *kinds_of("float")):
        try:
            engine = load_engine(path, card, kind, 1, 1)
            stride = card.tiling.stride_px
            shape = engine.fixed_shape or (align_up(tile_px, stride),) * 2
            tile = np.zeros((1, len(card.bands), *shape), engine.input_format.dtype)
            engine.classes(tile)
            runners[kind] = (engine, tile)
        except (EngineError, ModelError):
            continue
    times: dict[Kind, list[float]] = {kind: [] for kind in runners}
    for _ in range(ROUNDS):
        for kind, (engine, tile) in runners.items():
            begin = time.perf_counter()
            engine.classes(tile)
            times[kind].append(time.perf_counter() - begin)
    return {kind: runners[kind][1][0, 0].size / statistics.median(spent) / 1e6 for kind, spent in times.items()}


def speed(rates: Mapping[Kind, float]) -> Finding:
    """The finding about the best INT8 engine against the best float engine."""
    levels = {kind: rate for kind, rate in rates.items() if variant_of(kind) == "file"}
    floats = {kind: rate for kind, rate in rates.items() if variant_of(kind) == "float"}
    table = "Mpx/s on one thread: " + ", ".join(f"{kind} {rate:.2f}" for kind, rate in rates.items())
    if not levels or not floats:
        return warning("speed", f"INT8 and float can't be compared ({table})", "a QDQ file has a float twin")
    if max(levels.values()) < SLOWER * max(floats.values()):
        return problem(
            "speed",
            f"INT8 is slower than float on this machine. {table}",
            "run with --engine auto, which takes the float twin; the fusion audit says what keeps INT8 from being fast",
        )
    slow = [kind for kind, rate in levels.items() if rate < SLOWER * floats.get(engine_of(kind).kind("float"), 0.0)]
    if slow:
        remedy = f"name another engine than {listed(slow)}, or --engine auto"
        return warning("speed", f"INT8 is slower than float in {listed(slow)}. {table}", remedy)
    return ok("speed", table)
