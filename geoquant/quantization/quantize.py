"""The job: a float model and scenes in, an INT8 model out that was proved on tiles it was not calibrated on."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.calibration.range_estimators import Method, RangeRule
from geoquant.calibration.tiles import CalibrationTiles, band_profile
from geoquant.engines.protocol import Kind
from geoquant.engines.registry import REFERENCE, faithful_engines, installed_engines
from geoquant.errors import AccuracyDrop, CardError, GeoquantWarning
from geoquant.evaluation.comparison import compare
from geoquant.evaluation.contender import Able, Contender, able
from geoquant.evaluation.performance import Speed, time_contenders
from geoquant.fusion_audit.audit import Audit, audit_fusion
from geoquant.fusion_audit.runtime_graph import audited_engines
from geoquant.metrics.gate import Gate
from geoquant.model_card.card import ModelCard, Quantization
from geoquant.model_card.embedding import write_card
from geoquant.model_card.model import Model, open_model
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.editing import opset_of
from geoquant.onnx_graph.loading import load_model, model_sha256
from geoquant.onnx_graph.prepare import prepare
from geoquant.onnx_graph.rewrites import rewrites_of
from geoquant.options.quantize import QuantizeOptions
from geoquant.output.destination import check_destination, part_file
from geoquant.output.work_folder import work_folder
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.quantization.band_folding import STRENGTHS, why_not_foldable
from geoquant.quantization.builder import CandidateBuilder, QuantizationScheme
from geoquant.quantization.int8_card import with_audit, with_quantization
from geoquant.quantization.mixed_precision import MixedPrecision, mixed_precision
from geoquant.quantization.qdq import FORMATS, QdqSettings
from geoquant.quantization.search import best_candidate
from geoquant.quantization.sensitivity_report import sensitivity_page
from geoquant.quantization.summary import (
    Judged,
    QuantizeSummary,
    check_gate,
    class_rows,
    stratum_rows,
    warn_where_int8_loses,
    worst_agreement,
    worst_miou_lost,
)
from geoquant.quantization.trials import Trials
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_inputs
from geoquant.sampling.scenes import check_unchanged, stratified_scenes
from geoquant.sampling.seen_tiles import scene_marks, tile_record
from geoquant.sampling.stratified_sampling import TileChoice
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import TileGeometry, choose, tile_geometry
from geoquant.sampling.tiles_from_file import tiles_of_file
from geoquant.strata.stratified_scene import StratifiedScene
from geoquant.system import machine_facts


def quantize(
    model: str | Path | Model,
    scenes: Sequence[Source | SceneInput],
    out: str | Path,
    options: QuantizeOptions = QuantizeOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> QuantizeSummary:
    """Quantize a float model to INT8 (QDQ, 8-bit activations, int8 weights per channel) and prove it.

    Tiles are chosen per imaging condition, ranges observed on some of them, and the INT8 model compared with the float
    model on the others, in each engine. Steps that may help (folding, equalization, bias correction) stay when they
    measure better on calibration tiles; where the gate does not hold there, the most sensitive layers stay in float.
    The file appears under its name only when the worst condition holds the gate on the others.

    Args:
        model: float ONNX model with its card, or an opened model.
        scenes: scenes to calibrate and judge on: anything ``open_scene`` takes, or with options, mask and labels as a
            ``SceneInput``. With labels, mean IoU is measured against truth.
        out: the INT8 ONNX file to write.
        options: see ``QuantizeOptions``.
        progress: is told what goes on; may raise ``Cancelled``.

    Raises:
        OptionError: the output exists or its folder does not, or no scene.
        CardError: the model has no usable card.
        ModelError: the model is damaged.
        CalibrationError: too little valid data.
        QuantizationError: the graph can't be quantized.
        AccuracyDrop: the worst condition loses more than ``options.max_drop`` allows, also with the most sensitive
            layers in float; nothing is written, or ``OUT.refused.onnx`` with ``options.keep_refused``.
    """
    started = time.perf_counter()
    target, inputs = Path(out), scene_inputs(scenes)
    opened = model if isinstance(model, Model) else open_model(model)
    files = [opened.path, *(file for given in inputs for file in given.files)]
    costs = target.with_suffix(".sensitivity.html") if options.sensitivity else None
    refused = target.with_suffix(".refused.onnx") if options.keep_refused else None
    for result in filter(None, (target, costs, refused)):
        check_destination(result, options.overwrite, files)
    card = _checked_card(opened.card)
    with stratified_scenes(inputs, card, progress) as stratified:
        geometry = tile_geometry(stratified, card, options, opened.facts.fixed_side)
        if options.tiles_from is None:
            tiles = choose(stratified, geometry, options, progress).tiles
        else:
            geometry, tiles = tiles_of_file(Path(options.tiles_from), stratified, geometry, opened.facts.fixed_side)
        work = _JobInputs(opened.path, card, stratified, geometry, options, progress)
        with work_folder(target.parent) as folder:
            candidate = folder / "model.onnx"
            made = _quantized(work, tiles, folder)
            write_card(made.network, made.card, candidate)
            judges = _judges(work, tiles, candidate, made.card)
            for reason in judges.left_out:
                warnings.warn(reason, GeoquantWarning, stacklevel=2)
            judged = _judge(work, tiles, judges)
            check_unchanged(stratified)
            try:
                check_gate(judged, Gate(options.max_drop), made.precision.kept_float, refused)
            except AccuracyDrop:
                if refused is not None:
                    os.replace(candidate, refused)
                raise
            found = _audit(work, candidate, made.card)
            final = with_quantization(made.card, with_audit(made.facts, found), worst_agreement(judged))
            write_card(made.network, final, candidate)
            speed = _time(work, tiles, candidate, final)
            rewritten = rewrites_of(made.network)
            measured = Measurements(
                target, candidate, speed, made.precision, found, rewritten, started, judges.left_out
            )
            summary = _summary(work, tiles, judged, measured)
            warn_where_int8_loses(summary)
            check_unchanged(stratified)
            if costs is not None:
                with part_file(costs) as part:
                    part.write_text(sensitivity_page(summary.sensitivity), encoding="utf-8")
            os.replace(candidate, target)
    return summary


@dataclass(frozen=True)
class _JobInputs:
    """What every step needs."""

    model: Path
    card: ModelCard
    scenes: Sequence[StratifiedScene]
    geometry: TileGeometry
    options: QuantizeOptions
    progress: ProgressCallback

    def judging(self, tiles: TileChoice) -> TileReader:
        return TileReader(self.scenes, self.card, self.geometry, tiles.held_out)

    def trials(self, tiles: TileChoice, folder: Path) -> Trials:
        calibration = TileReader(self.scenes, self.card, self.geometry, tiles.calibration)
        return Trials(self.float_contender(), calibration, Gate(self.options.max_drop), folder, self.progress)

    def float_contender(self, kind: Kind = REFERENCE.id) -> Contender:
        return Contender(self.model, self.card, kind, "float")


def _checked_card(card: ModelCard) -> ModelCard:
    if card.output not in ("logits", "probabilities") or len(card.classes) < 2:
        raise CardError(
            f"{card.name} gives {card.output} of {len(card.classes)} classes; quantization is judged by classes, so it "
            "needs logits or probabilities of at least 2."
        )
    if card.quantization is not None:
        raise CardError(f"{card.name} is an INT8 model already; give the float model that it was made from.")
    return card


@dataclass(frozen=True)
class _QuantizedNetwork:
    """The INT8 network, its card without the judging's figures, the facts for it, and which layers are INT8."""

    network: onnx.ModelProto
    card: ModelCard
    facts: Quantization
    precision: MixedPrecision


def _quantized(work: _JobInputs, tiles: TileChoice, folder: Path) -> _QuantizedNetwork:
    prepared = prepare(load_model(work.model))
    calibration = CalibrationTiles(work.scenes, work.card, work.geometry, tiles.calibration)
    settings = QdqSettings(format=FORMATS[work.options.target])
    rules = tuple(RangeRule(method, settings.format.symmetric) for method in _range_methods(work.options))
    rounding = QuantizationScheme(settings, rules)
    builder = CandidateBuilder(prepared, calibration, rounding, work.progress)
    trials = work.trials(tiles, folder)
    mixed = mixed_precision(best_candidate(builder, trials), builder, trials, work.options.sensitivity)
    profile = band_profile(calibration)
    candidate, observation = mixed.chosen.candidate, builder.plain.observation
    facts = Quantization(
        parent_sha256=model_sha256(work.model),
        seed=work.options.seed,
        tiles=tuple(tile_record(choice, work.scenes) for choice in tiles.calibration),
        calibrated_low=tuple(map(float, observation.band_low / candidate.factors)),
        calibrated_high=tuple(map(float, observation.band_high / candidate.factors)),
        folding=tuple(map(float, candidate.factors)),
        calibrated_quantiles=_rounded(profile.quantiles),
        typical_spectra=_rounded(profile.spectra),
        measured_on=machine_facts(),
        method={
            **_method(work, mixed, why_not_foldable(prepared)),
            "scene_marks": scene_marks(work.scenes, tiles.calibration),
        },
    )
    return _QuantizedNetwork(candidate.network, replace(candidate.card, quantization=facts), facts, mixed)


def _range_methods(options: QuantizeOptions) -> tuple[Method, ...]:
    """The ways to choose ranges that are tried."""
    return ("mse", "min-max", "percentile", "tile-means") if options.ranges == "auto" else (options.ranges,)


def _rounded(table: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Six significant digits, so that the card stays short."""
    return tuple(tuple(float(f"{value:.6g}") for value in row) for row in table)


def _method(work: _JobInputs, mixed: MixedPrecision, reason: str | None) -> dict[str, Any]:
    candidate = mixed.chosen.candidate
    moved = f"max|z| ** {candidate.recipe.strength:g} per band, the best of {STRENGTHS} on calibration tiles"
    return {
        "ranges": _range_methods(work.options)[candidate.recipe.ranges],
        "target": work.options.target,
        "format": str(FORMATS[work.options.target]),
        "opset": opset_of(candidate.network),
        "folding": moved if reason is None else f"none: {reason}",
        "equalized": candidate.recipe.equalized,
        "bias_corrected": bool(candidate.recipe.shifts),
        "steps": list(mixed.chosen.steps),
        "kept_float": list(mixed.kept_float),
        "int8_macs_share": round(mixed.int8_macs_share, 6),
        "held_out_tiles": work.options.held_out,
    }


def _judges(work: _JobInputs, tiles: TileChoice, candidate: Path, card: ModelCard) -> Able:
    """The INT8 model in every engine that computes it here as its target does, and can."""
    engines = faithful_engines(load_model(candidate))
    return able([Contender(candidate, card, kind, "INT8") for kind in engines], work.judging(tiles))


def _judge(work: _JobInputs, tiles: TileChoice, judges: Able) -> Judged:
    """Engine -> comparison with the float model on the held-out tiles."""
    comparisons = compare(work.float_contender(), judges.contenders, work.judging(tiles), work.progress)
    return dict(zip((judge.kind for judge in judges.contenders), comparisons, strict=True))


def _audit(work: _JobInputs, candidate: Path, card: ModelCard) -> Audit:
    engines = audited_engines()
    work.progress(Progress("auditing engines", 0, len(engines), "engines"))
    return audit_fusion(candidate, card, engines, tile_px=work.geometry.tile_px)


def _time(work: _JobInputs, tiles: TileChoice, candidate: Path, card: ModelCard) -> tuple[Speed, ...]:
    engines = installed_engines()
    floats = [work.float_contender(kind) for kind in engines]
    contenders = [*floats, *(Contender(candidate, card, kind, "INT8") for kind in engines)]
    return time_contenders(able(contenders, work.judging(tiles)).contenders, work.judging(tiles), work.progress)


@dataclass(frozen=True)
class Measurements:
    """Facts of a finished run that the summary adds."""

    target: Path
    candidate: Path
    speed: tuple[Speed, ...]
    precision: MixedPrecision
    audit: Audit
    rewrites: tuple[str, ...]
    started: float
    left_out: tuple[str, ...] = ()


def _summary(work: _JobInputs, tiles: TileChoice, judged: Judged, measured: Measurements) -> QuantizeSummary:
    worst, lost = worst_agreement(judged), worst_miou_lost(judged)
    name = min(worst, key=lambda stratum: worst[stratum])
    truth = next(iter(judged.values())).scores().float_miou
    sizes = work.model.stat().st_size, measured.candidate.stat().st_size
    quantized = read_card(measured.candidate).quantization
    folded = quantized is not None and any(factor != 1 for factor in quantized.folding)
    return QuantizeSummary(
        out=str(measured.target),
        tile_px=work.geometry.tile_px,
        calibration_tiles=len(tiles.calibration),
        held_out_tiles=len(tiles.held_out),
        folded=folded,
        strata=stratum_rows(tiles, judged),
        classes=class_rows(work.card, judged),
        agreement={kind: comparison.scores().agreement for kind, comparison in judged.items()},
        miou_lost={kind: comparison.scores().miou_lost for kind, comparison in judged.items()},
        float_miou=truth if np.isfinite(truth) else None,
        worst_stratum=name,
        worst_agreement=worst[name],
        worst_miou_stratum=max(lost, key=lambda stratum: lost[stratum], default=None),
        worst_miou_lost=max(lost.values(), default=None),
        int8_macs_share=measured.precision.int8_macs_share,
        kept_float=measured.precision.kept_float,
        sensitivity=measured.precision.layers,
        steps=measured.precision.chosen.steps,
        float_bytes=sizes[0],
        int8_bytes=sizes[1],
        speed=measured.speed,
        notes=_notes(work, tiles, measured, folded),
        seconds=time.perf_counter() - measured.started,
        calibration=tuple(tile_record(choice, work.scenes) for choice in tiles.calibration),
        held_out=tuple(tile_record(choice, work.scenes) for choice in tiles.held_out),
        audit=measured.audit,
        rewrites=measured.rewrites,
    )


def _notes(work: _JobInputs, tiles: TileChoice, measured: Measurements, folded: bool) -> tuple[str, ...]:
    notes = list(measured.left_out)
    requested = work.options.tiles_from is None
    if requested and work.geometry.tile_px != work.options.tile:
        notes.append(
            f"tiles are {work.geometry.tile_px} px instead of {work.options.tile}: the scenes are too small for "
            f"{work.options.tiles} + {work.options.held_out} larger ones, or the model's stride asks for it"
        )
    if requested and len(tiles.calibration) + len(tiles.held_out) < work.options.tiles + work.options.held_out:
        notes.append(
            f"the scenes only gave {len(tiles.calibration)} calibration and {len(tiles.held_out)} held-out tiles"
        )
    if measured.precision.kept_float:
        notes.append(
            f"{len(measured.precision.kept_float)} layers stay in float, where INT8 would cost most accuracy: "
            f"{', '.join(measured.precision.kept_float)}; {measured.precision.int8_macs_share:.1%} of the "
            "multiply-accumulates are INT8"
        )
    if not folded:
        notes.append("band ranges were not folded into the first convolution: the card's method says why")
    unjudged = {choice.stratum for choice in tiles.calibration} - {choice.stratum for choice in tiles.held_out}
    if unjudged:
        notes.append("no held-out tile was chosen for " + ", ".join(sorted(stratum.label for stratum in unjudged)))
    return tuple(notes)
