"""The job: judge an INT8 model against the float model it was made from, on tiles that calibration did not see."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geoquant.engines.registry import REFERENCE, faithful_engines, installed_engines
from geoquant.errors import GeoquantWarning, QuantizationError
from geoquant.evaluation.comparison import compare
from geoquant.evaluation.contender import able
from geoquant.evaluation.gate_verdict import gate_verdict
from geoquant.evaluation.layer_errors import measure_layers
from geoquant.evaluation.layer_probe import LayerError
from geoquant.evaluation.model_pair import ModelPair, open_reference, pair_of
from geoquant.evaluation.performance import Performance, int8_is_slower, measure_performance
from geoquant.evaluation.result import Evaluation
from geoquant.fusion_audit.audit import Audit, audit_fusion
from geoquant.fusion_audit.runtime_graph import audited_engines
from geoquant.metrics.confusion import Comparison
from geoquant.metrics.evidence import FEW_TILES
from geoquant.metrics.gate import Gate
from geoquant.metrics.group_scores import GroupScores, score_groups
from geoquant.model_card.model import Model
from geoquant.onnx_graph.loading import load_model
from geoquant.options.quantize import EvaluateOptions
from geoquant.output.destination import check_destination, part_file
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_inputs
from geoquant.sampling.scenes import check_unchanged, stratified_scenes
from geoquant.sampling.seen_tiles import seen_windows, tile_record
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import around, choose, tile_geometry, unseen_tiles
from geoquant.system import machine_facts


def evaluate(
    float_model: str | Path | Model,
    int8_model: str | Path,
    scenes: Sequence[Source | SceneInput],
    options: EvaluateOptions = EvaluateOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> Evaluation:
    """Judge an INT8 model: classes per imaging condition, layers, speed, memory, and whether it holds the gate.

    A failed gate is a finding, not an error: look at ``gate.passed``.

    Args:
        float_model: the float ONNX model, or opened; without a card it takes the INT8 model's, unfolded.
        int8_model: the INT8 (QDQ) file made from it; without a card it takes the float model's.
        scenes: scenes to judge on: anything ``open_scene`` takes, or with options, mask and labels as a
            ``SceneInput``. Tiles that the INT8 model's card says calibrated it are left out.
        options: see ``EvaluateOptions``.
        progress: is told what goes on; may raise ``Cancelled``.

    Raises:
        OptionError: the report exists or its folder does not, no scene, or the models are swapped.
        CardError: the models have other bands or classes than each other.
        ModelError: a model is damaged, or an engine refuses it.
        CalibrationError: too little valid data that calibration has not seen.
    """
    started = time.perf_counter()
    inputs = scene_inputs(scenes)
    opened = float_model if isinstance(float_model, Model) else open_reference(Path(float_model), Path(int8_model))
    target = None if options.out is None else Path(options.out)
    if target is not None:
        files = [opened.path, int8_model, *(file for given in inputs for file in given.files)]
        check_destination(target, options.overwrite, files)
    pair = pair_of(opened, Path(int8_model))
    for note in pair.warnings:
        warnings.warn(note, GeoquantWarning, stacklevel=2)
    with stratified_scenes(inputs, pair.card, progress) as stratified:
        geometry = tile_geometry(stratified, pair.card, options, opened.facts)
        seen = [seen_windows(one, pair.int8.card.quantization) for one in stratified]
        choices = (
            unseen_tiles(stratified, geometry, seen, progress)
            if options.tiles is None
            else choose(stratified, geometry, options, progress, seen).tiles.calibration
        )
        tiles = TileReader(stratified, pair.card, geometry, choices, around(seen, geometry.context_px))
        found = _found(pair, tiles, options, (target, started), progress)
        check_unchanged(stratified)
        if target is not None:
            from geoquant.evaluation.report.page import evaluation_page

            page = evaluation_page(found, pair, tiles, progress, full_paths=options.full_paths)
            with part_file(target) as part:
                part.write_text(page, encoding="utf-8")
    return found


def _found(
    pair: ModelPair,
    tiles: TileReader,
    options: EvaluateOptions,
    run: tuple[Path | None, float],
    progress: ProgressCallback,
) -> Evaluation:
    names = tuple(label.name for label in pair.card.classes)
    judged, left_out = _judge(pair, tiles, progress)
    scores = {}
    for done, (engine, per_tile) in enumerate(judged.items()):
        progress(Progress("drawing tiles again", done, len(judged), "engines"))
        scores[engine] = tuple(score_groups(per_tile, names, options.replicates, options.seed))
    layers, refused = _layers(pair, tiles, progress)
    audited = _audit(pair, tiles, progress)
    timed = [pair.contender(label, kind) for label in ("float", "INT8") for kind in installed_engines()]
    performance = measure_performance(able(timed, tiles).contenders, tiles, progress)
    notes = [*left_out, *pair.warnings, *refused, *_notes(scores, performance, tiles, options)]
    return Evaluation(
        float_model=str(pair.reference.path),
        int8_model=str(pair.int8.path),
        report=None if run[0] is None else str(run[0]),
        scenes=tuple(stratified.scene.name for stratified in tiles.scenes),
        classes=names,
        labels=any(stratified.labels is not None for stratified in tiles.scenes),
        tile_px=tiles.geometry.tile_px,
        seed=options.seed,
        replicates=options.replicates,
        gate=gate_verdict(judged, Gate(options.max_drop)),
        scores=scores,
        tiles=_tile_records(tiles, judged),
        layers=layers,
        audit=audited,
        performance=performance,
        float_bytes=pair.reference.path.stat().st_size,
        int8_bytes=pair.int8.path.stat().st_size,
        machine=machine_facts(),
        notes=tuple(notes),
        seconds=time.perf_counter() - run[1],
    )


def _judge(
    pair: ModelPair, tiles: TileReader, progress: ProgressCallback
) -> tuple[dict[str, list[Comparison]], tuple[str, ...]]:
    """Engine -> one comparison with float (in onnxruntime) per tile; and a sentence for each engine that can't run."""
    engines = faithful_engines(load_model(pair.int8.path))
    judges = able([pair.contender("INT8", kind) for kind in engines], tiles)
    found = compare(pair.contender("float", REFERENCE.id), judges.contenders, tiles, progress)
    return dict(zip((judge.kind for judge in judges.contenders), found, strict=True)), judges.left_out


def _audit(pair: ModelPair, tiles: TileReader, progress: ProgressCallback) -> Audit:
    engines = audited_engines()
    progress(Progress("auditing engines", 0, len(engines), "engines"))
    found = audit_fusion(pair.int8.path, pair.int8.card, engines, tile_px=tiles.geometry.tile_px)
    progress(Progress("auditing engines", len(engines), len(engines), "engines"))
    return found


def _layers(pair: ModelPair, tiles: TileReader, progress: ProgressCallback) -> tuple[tuple[LayerError, ...], list[str]]:
    """The layers, and a note where they could not be looked into."""
    paths, cards = (pair.reference.path, pair.int8.path), (pair.reference.card, pair.int8.card)
    try:
        return measure_layers(paths, cards, tiles, progress), []
    except QuantizationError as error:
        return (), [f"layers could not be compared: {error}"]


def _tile_records(tiles: TileReader, judged: Mapping[str, list[Comparison]]) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {
            **tile_record(choice, tiles.scenes),
            "agreement": {engine: per_tile[i].scores().agreement for engine, per_tile in judged.items()},
        }
        for i, choice in enumerate(tiles.choices)
    )


def _notes(
    scores: Mapping[str, tuple[GroupScores, ...]],
    performance: Sequence[Performance],
    tiles: TileReader,
    options: EvaluateOptions,
) -> list[str]:
    notes = []
    if tiles.geometry.tile_px != options.tile:
        notes.append(f"tiles are {tiles.geometry.tile_px} px instead of {options.tile}: see --tile")
    if options.tiles is not None and len(tiles) < options.tiles:
        notes.append(f"the scenes only gave {len(tiles)} tiles that calibration has not seen")
    groups = next(iter(scores.values()))
    few = [group.name for group in groups if group.enough and group.tiles < FEW_TILES]
    if few:
        notes.append(f"fewer than {FEW_TILES} tiles hold {', '.join(few)}: their intervals say little")
    if int8_is_slower([(one.label, one.cpu) for one in performance]):
        notes.append("INT8 takes more CPU time than float on this machine: run the float model here")
    return notes
