"""The ways into and out of an engine: what each costs alone, and with the engine between them.

A tile of stored uint16 numbers goes in, a tile of classes comes out. Promise: the package has the fastest exact way of
each engine. This is where it was chosen, and where a new release of NumPy or of an engine shows whether it still is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.bench import Bench
from benchmarks.networks import CUT_UNET
from benchmarks.report import Result, Verdict
from geoquant.engines import onnxruntime_engine as ort_module
from geoquant.engines import openvino_engine as ov_module
from geoquant.engines.postprocess import argmax
from geoquant.engines.protocol import Engine
from geoquant.engines.registry import load_engine
from geoquant.model_card.card import ModelCard
from geoquant.model_card.reading import read_card
from geoquant.preprocessing.chain import EngineInput, input_chain
from geoquant.preprocessing.encoder import Encoder, make_encoder

SIDE = 512
NETWORKS = (CUT_UNET, "tiny")
ENGINES = ("OpenVINO", "onnxruntime")
ALIKE = 0.95
Case = Callable[[], Any]


def measure(bench: Bench) -> Result:
    """Rates of every way, alone and around the engines."""
    rounds = 3 if bench.quick else 15
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    for name in NETWORKS:
        path = bench.int8(name)
        card, stored = read_card(path), _stored(len(read_card(path).bands))
        cases = {**(_in(card, stored) | _out(len(card.classes)) if not rows else {}), **_around(path, card, stored)}
        rates = _rates(cases, rounds)
        for case, rate in rates.items():
            where = "NumPy alone" if " alone" in case else name
            rows.append([where, case.replace(" alone", ""), f"{rate:.1f}"])
        verdicts += [_verdict(name, engine, rates) for engine in ENGINES]
    return Result("ways", COLUMNS, rows, verdicts, NOTES)


def _verdict(network: str, engine: str, rates: dict[str, float]) -> Verdict:
    """Whether the way that is used is the fastest around an engine, but for noise."""
    ways = {case: rate for case, rate in rates.items() if case.startswith(engine)}
    used = next(rate for case, rate in ways.items() if "(used)" in case)
    best = max(ways.values())
    promise = f"{network} in {engine}: no way is more than {1 / ALIKE - 1:.0%} faster than the used one"
    return Verdict(promise, f"{best / used - 1:+.0%}", used >= ALIKE * best)


COLUMNS = ("where", "way", "Mpx per CPU second")
NOTES = (
    f"Tiles of {SIDE} x {SIDE} uint16 pixels, one thread, medians of interleaved rounds, CPU seconds of the process "
    "(so that other load on the machine counts little).",
    "`used` marks what the package does.",
)


def _stored(bands: int) -> NDArray[np.uint16]:
    return np.random.default_rng(0).integers(200, 9000, (bands, SIDE, SIDE), dtype=np.uint16)


def _rates(cases: dict[str, Case], rounds: int) -> dict[str, float]:
    """Mpx per CPU second of every case."""
    for case in cases.values():
        case()
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            start = time.process_time()
            case()
            seconds[name].append(time.process_time() - start)
    return {name: SIDE * SIDE / median(taken) / 1e6 for name, taken in seconds.items()}


def _in(card: ModelCard, stored: NDArray[np.uint16]) -> dict[str, Case]:
    input_format = EngineInput("uint8", 0.03, 128)
    chain = input_chain(card, card.bands, stored.dtype)
    table, fused = (make_encoder(chain, kind) for kind in (input_format, EngineInput()))
    arithmetic = Encoder(chain.bands, np.dtype(np.float32), input_format)
    norm, bands = card.normalization, card.bands
    scale, offset, shift, deviation = (
        np.array(values, np.float32)[:, None, None]
        for values in ([b.scale or 1 for b in bands], [b.offset or 0 for b in bands], norm.shift, norm.scale)
    )
    return {
        "in: (x - mean) / std in plain NumPy alone": lambda: (stored * scale + offset - shift) / deviation,
        "in: fused float32 (used for float engines) alone": lambda: fused(stored),
        "in: fused, then rounded to uint8 alone": lambda: arithmetic(stored.astype(np.float32)),
        "in: table to uint8 (used for INT8 engines) alone": lambda: table(stored),
    }


def _out(classes: int) -> dict[str, Case]:
    scores = np.random.default_rng(1).normal(size=(classes, SIDE, SIDE)).astype(np.float32)
    levels = np.clip(scores * 32 + 128, 0, 255).astype(np.uint8)
    return {
        "out: np.argmax on float32 alone": lambda: scores.argmax(axis=0),
        "out: blocked maximum on float32 (used) alone": lambda: argmax(scores),
        "out: packed maximum on uint8 (used) alone": lambda: argmax(levels),
    }


def _around(path: Path, card: ModelCard, stored: NDArray[np.uint16]) -> dict[str, Case]:
    with patch.object(ov_module, "take_levels", _leave), patch.object(ort_module, "take_levels", _leave):
        ov_float, ort_float = (load_engine(path, card, kind) for kind in ("openvino", "ort"))
    with patch.object(ort_module, "give_levels", _leave):
        ort_scores = load_engine(path, card, "ort")
    # an OpenVINO engine of its own each: one that changes between scores and classes gives memory back in between
    ov_scores, ov, ort = (load_engine(path, card, kind) for kind in ("openvino", "openvino", "ort"))
    labels = load_engine(_with_argmax(path), replace(card, output="classes"), "ort")

    def classes(engine: Engine) -> Case:
        encode = make_encoder(input_chain(card, card.bands, stored.dtype), engine.input_format)
        return lambda: engine.classes(encode(stored)[None])

    def scores(engine: Engine) -> Case:
        encode = make_encoder(input_chain(card, card.bands, stored.dtype), engine.input_format)
        return lambda: argmax(engine.scores(encode(stored)[None]))

    return {
        "OpenVINO INT8: float32 in, argmax in the graph": classes(ov_float),
        "OpenVINO INT8: uint8 in, argmax in NumPy": scores(ov_scores),
        "OpenVINO INT8: uint8 in, argmax in the graph (used)": classes(ov),
        "onnxruntime INT8: float32 in, argmax on uint8 in NumPy": classes(ort_float),
        "onnxruntime INT8: uint8 in, argmax in the graph": classes(labels),
        "onnxruntime INT8: uint8 in, argmax on float32 in NumPy": classes(ort_scores),
        "onnxruntime INT8: uint8 in, argmax on uint8 in NumPy (used)": classes(ort),
    }


def _leave(_: onnx.ModelProto) -> None:
    """Surgery that is not done."""


def _with_argmax(path: Path) -> bytes:
    """The file with ArgMax as its last node."""
    model = onnx.load_model(path)
    scores = model.graph.output[0].name
    model.graph.node.append(onnx.helper.make_node("ArgMax", [scores], ["classes"], axis=1, keepdims=0))
    labels = onnx.helper.make_tensor_value_info("classes", onnx.TensorProto.INT64, ["n", "h", "w"])
    model.graph.output[0].CopyFrom(labels)
    return bytes(model.SerializeToString())
