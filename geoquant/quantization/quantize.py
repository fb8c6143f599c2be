"""The job: a float model and scenes in, an INT8 model out that was proved on tiles it was not calibrated on."""

from __future__ import annotations

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
from geoquant.engines.registry import installed_engines
from geoquant.errors import AccuracyDrop, CardError, GeoquantWarning
from geoquant.evaluation.contender import Contender, able
from geoquant.evaluation.gate_verdict import GateVerdict, gate_verdict
from geoquant.evaluation.performance import Speed, time_contenders
from geoquant.fusion_audit.audit import Audit, audit_fusion
from geoquant.fusion_audit.runtime_graph import audited_engines
from geoquant.metrics.confusion import together
from geoquant.metrics.gate import Gate, Judged
from geoquant.model_card.card import ModelCard, Quantization
from geoquant.model_card.embedding import write_card
from geoquant.model_card.model import Model, open_model
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.editing import opset_of
from geoquant.onnx_graph.loading import load_model, model_sha256
from geoquant.onnx_graph.prepare import prepare
from geoquant.onnx_graph.rewrites import rewrites_of
from geoquant.options.quantize import QuantizeOptions
from geoquant.output.destination import check_destination, part_file, publish
from geoquant.output.work_folder import work_folder
from geoquant.progress import Progress, ProgressCallback, WholeJob, silent
from geoquant.quantization.band_folding import STRENGTHS, why_not_foldable
from geoquant.quantization.builder import CandidateBuilder, QuantizationScheme
from geoquant.quantization.cross_fitting import Remake, judge_all, with_folds
from geoquant.quantization.expected_time import expected_stages, survey
from geoquant.quantization.int8_card import with_audit, with_quantization, with_verdict
from geoquant.quantization.judged_rows import class_rows, stratum_rows
from geoquant.quantization.judging import JobInputs, causes_of_refusal, judges_of
from geoquant.quantization.mixed_precision import MixedPrecision, mixed_precision
from geoquant.quantization.qdq import FORMATS, QdqSettings
from geoquant.quantization.search import best_candidate
from geoquant.quantization.sensitivity_report import sensitivity_page
from geoquant.quantization.summary import (
    QuantizeSummary,
    Refusal,
    check_gate,
    warn_where_int8_loses,
    worst_agreement,
    worst_miou_lost,
)
from geoquant.quantization.trials import Trials
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_inputs
from geoquant.sampling.folds import FOLDS
from geoquant.sampling.scenes import check_unchanged, stratified_scenes
from geoquant.sampling.seen_tiles import scene_marks, tile_record
from geoquant.sampling.stratified_sampling import TileChoice
from geoquant.sampling.tile_selection import choose, tile_geometry
from geoquant.sampling.tiles_from_file import tiles_of_file
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
    card, whole = _checked_card(opened.card), WholeJob(progress, survey(len(inputs)))
    with stratified_scenes(inputs, card, whole) as stratified:
        geometry = tile_geometry(stratified, card, options, opened.facts)
        work = JobInputs(opened.path, card, stratified, geometry, options, whole)
        work, tiles = _tiles(work)
        whole.expect(expected_stages(work, tiles))
        with work_folder(target.parent) as folder:
            candidate = folder / "model.onnx"
            made = _quantized(work, tiles, folder)
            write_card(made.network, made.card, candidate)
            judges = judges_of(work, tiles, candidate, made.card)
            for reason in judges.left_out:
                warnings.warn(reason, GeoquantWarning, stacklevel=2)
            judged, others = judge_all(work, tiles, made.remake, judges, folder)
            verdict = gate_verdict(judged, Gate(options.max_drop), others)
            check_unchanged(stratified)
            try:
                causes = causes_of_refusal(work, tiles, verdict)
                check_gate(verdict, judged, Refusal(made.precision.kept_float, refused, causes))
            except AccuracyDrop:
                if refused is not None:
                    publish(candidate, refused)
                raise
            found = None if options.fast else _audit(work, candidate, made.card)
            facts = with_verdict(made.facts if found is None else with_audit(made.facts, found), verdict)
            final = with_quantization(made.card, facts, worst_agreement(judged))
            write_card(made.network, final, candidate)
            speed = () if options.fast else _time(work, tiles, candidate, final)
            measured = Measurements(target, candidate, made, verdict, speed, found, started, judges.left_out)
            summary = _summary(work, tiles, judged, measured)
            warn_where_int8_loses(summary)
            check_unchanged(stratified)
            if costs is not None:
                with part_file(costs) as part:
                    part.write_text(sensitivity_page(summary.sensitivity), encoding="utf-8")
            publish(candidate, target)
    return summary


def _tiles(work: JobInputs) -> tuple[JobInputs, TileChoice]:
    """The tiles of a file, or those that are chosen; and the job with their size."""
    if work.options.tiles_from is not None:
        geometry, tiles = tiles_of_file(Path(work.options.tiles_from), work.scenes, work.geometry)
        return replace(work, geometry=geometry), tiles
    chosen = choose(work.scenes, work.geometry, work.options, work.progress).tiles
    return work, with_folds(work, chosen)


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
    """The INT8 network, its card without the judging's figures, facts for it, its INT8 layers, and how to remake it."""

    network: onnx.ModelProto
    card: ModelCard
    facts: Quantization
    precision: MixedPrecision
    remake: Remake


def _quantized(work: JobInputs, tiles: TileChoice, folder: Path) -> _QuantizedNetwork:
    prepared = prepare(load_model(work.model))
    calibration = CalibrationTiles(work.scenes, work.card, work.geometry, tiles.calibration)
    settings = QdqSettings(format=FORMATS[work.options.target])
    rules = tuple(RangeRule(method, settings.format.symmetric) for method in _range_methods(work.options))
    rounding = QuantizationScheme(settings, rules)
    builder = CandidateBuilder(prepared, calibration, rounding, work.progress)
    trials = Trials(
        work.float_contender(), work.reader(tiles.calibration), Gate(work.options.max_drop), folder, work.progress
    )
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
            "held_out_tiles": len(tiles.held_out),
            **({"cross_fitted_folds": FOLDS} if tiles.folds else {}),
            "scene_marks": scene_marks(work.scenes, tiles.calibration),
        },
    )
    remake = Remake(prepared, rounding, candidate.recipe)
    return _QuantizedNetwork(candidate.network, replace(candidate.card, quantization=facts), facts, mixed, remake)


def _range_methods(options: QuantizeOptions) -> tuple[Method, ...]:
    """The ways to choose ranges that are tried."""
    return ("mse", "min-max", "percentile", "tile-means") if options.ranges == "auto" else (options.ranges,)


def _rounded(table: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Six significant digits, so that the card stays short."""
    return tuple(tuple(float(f"{value:.6g}") for value in row) for row in table)


def _method(work: JobInputs, mixed: MixedPrecision, reason: str | None) -> dict[str, Any]:
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
    }


def _audit(work: JobInputs, candidate: Path, card: ModelCard) -> Audit:
    engines = audited_engines()
    work.progress(Progress("auditing engines", 0, len(engines), "engines"))
    return audit_fusion(candidate, card, engines, tile_px=work.geometry.tile_px)


def _time(work: JobInputs, tiles: TileChoice, candidate: Path, card: ModelCard) -> tuple[Speed, ...]:
    engines = installed_engines()
    floats = [work.float_contender(kind) for kind in engines]
    contenders = [*floats, *(Contender(candidate, card, kind, "INT8") for kind in engines)]
    held_out = work.reader(tiles.held_out)
    return time_contenders(able(contenders, held_out).contenders, held_out, work.progress)


@dataclass(frozen=True)
class Measurements:
    """Facts of a finished run that the summary adds."""

    target: Path
    candidate: Path
    made: _QuantizedNetwork
    verdict: GateVerdict
    speed: tuple[Speed, ...]
    audit: Audit | None
    started: float
    left_out: tuple[str, ...] = ()


def _summary(work: JobInputs, tiles: TileChoice, judged: Judged, measured: Measurements) -> QuantizeSummary:
    worst, lost = worst_agreement(judged), worst_miou_lost(judged)
    name = min(worst, key=lambda stratum: worst[stratum])
    truth = together(next(iter(judged.values()))).scores().float_miou
    rows = stratum_rows([choice.stratum for choice in tiles.calibration], judged, work.options.seed)
    sizes = work.model.stat().st_size, measured.candidate.stat().st_size
    quantized = read_card(measured.candidate).quantization
    folded = quantized is not None and any(factor != 1 for factor in quantized.folding)
    return QuantizeSummary(
        out=str(measured.target),
        tile_px=work.geometry.tile_px,
        verdict=measured.verdict,
        calibration_tiles=len(tiles.calibration),
        held_out_tiles=len(tiles.held_out),
        folded=folded,
        strata=rows[1:],
        classes=class_rows(work.card, judged, work.options.seed),
        agreement=rows[0].agreement,
        agreement_interval=rows[0].agreement_interval,
        miou_lost=rows[0].miou_lost,
        miou_interval=rows[0].miou_interval,
        float_miou=truth if np.isfinite(truth) else None,
        worst_stratum=name,
        worst_agreement=worst[name],
        worst_miou_stratum=max(lost, key=lambda stratum: lost[stratum], default=None),
        worst_miou_lost=max(lost.values(), default=None),
        int8_macs_share=measured.made.precision.int8_macs_share,
        kept_float=measured.made.precision.kept_float,
        sensitivity=measured.made.precision.layers,
        steps=measured.made.precision.chosen.steps,
        float_bytes=sizes[0],
        int8_bytes=sizes[1],
        speed=measured.speed,
        notes=_notes(work, tiles, measured, folded),
        seconds=time.perf_counter() - measured.started,
        calibration=tuple(tile_record(choice, work.scenes) for choice in tiles.calibration),
        held_out=tuple(tile_record(choice, work.scenes) for choice in tiles.held_out),
        audit=measured.audit,
        rewrites=rewrites_of(measured.made.network),
    )


def _notes(work: JobInputs, tiles: TileChoice, measured: Measurements, folded: bool) -> tuple[str, ...]:
    notes = list(measured.left_out)
    requested = work.options.tiles_from is None
    if requested and work.geometry.tile_px != work.options.tile:
        notes.append(
            f"tiles are {work.geometry.tile_px} px instead of {work.options.tile}: the scenes are too small for "
            f"{work.options.tiles} + {work.options.held_out} larger ones, or the model's stride or blending asks for it"
        )
    if tiles.folds:
        notes.append(
            f"held-out pixels were short, so all {len(tiles.held_out)} tiles calibrate, and each was judged by the "
            f"same recipe calibrated without it ({FOLDS} folds)"
        )
    elif requested and len(tiles.calibration) + len(tiles.held_out) < work.options.tiles + work.options.held_out:
        notes.append(
            f"the scenes only gave {len(tiles.calibration)} calibration and {len(tiles.held_out)} held-out tiles"
        )
    if measured.made.precision.kept_float:
        notes.append(
            f"{len(measured.made.precision.kept_float)} layers stay in float, where INT8 would cost most accuracy: "
            f"{', '.join(measured.made.precision.kept_float)}; {measured.made.precision.int8_macs_share:.1%} of the "
            "multiply-accumulates are INT8"
        )
    if not folded:
        notes.append("band ranges were not folded into the first convolution: the card's method says why")
    return tuple(notes)
