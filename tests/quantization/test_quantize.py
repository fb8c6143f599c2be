"""From a scene of many conditions to a proved INT8 model, and what stops on the way."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geoquant.errors import AccuracyDrop, CalibrationError, Cancelled, CardError, OptionError, RasterError
from geoquant.evaluation.evaluate import evaluate
from geoquant.evaluation.performance import CpuTime, Speed
from geoquant.grid import Window
from geoquant.json_values import json_value
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.options.quantize import EvaluateOptions
from geoquant.quantization.quantize import quantize
from geoquant.quantization.summary import QuantizeSummary, warn_where_int8_loses
from geoquant.raster.scene_input import SceneInput
from tests.builders.networks import Network, nearest_spectrum
from tests.builders.scenes import FEW, make_scene, quantize_with_references, spectral_card, write


@pytest.fixture(scope="module")
def scene(spectral_scene) -> Path:
    return spectral_scene


@pytest.fixture(scope="module")
def model(spectral_model) -> Path:
    return spectral_model


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory) -> Path:
    """A network of random weights, whose classes hang by a thread everywhere: any rounding changes some."""
    path, card = tmp_path_factory.mktemp("doubtful") / "random.onnx", spectral_card()
    net = Network(len(card.bands)).conv(6).relu().conv(len(card.classes), 1)
    write_card(net.model(), card, path)
    return path


@pytest.fixture(scope="module")
def done(quantized) -> QuantizeSummary:
    return quantized


def test_every_condition_is_judged_and_holds_the_marks(done):
    judged = {row.stratum: row for row in done.strata if row.judged}
    assert {"water", "thick cloud", "cloud edge", "shadow"} <= set(judged)
    assert any(name.startswith("land") for name in judged)
    for row in judged.values():
        assert min(row.agreement.values()) >= 0.98
        assert max(row.miou_lost.values()) <= 0.5
    assert done.worst_agreement == min(min(row.agreement.values()) for row in judged.values())
    assert done.float_miou > 0.9
    assert {speed.kind for speed in done.speed} == {"ort", "openvino"}


def test_every_figure_stands_in_its_interval(done):
    rows = [(row.agreement, row.agreement_interval) for row in (*done.strata, *done.classes, done) if row.agreement]
    rows += [(row.miou_lost, row.miou_interval) for row in (*done.strata, done)]
    rows += [(row.iou, row.iou_interval) for row in done.classes]
    known = [(figures[kind], *ends[kind]) for figures, ends in rows for kind in figures if np.isfinite(figures[kind])]
    assert len(known) > 30
    assert all(low <= value + 1e-12 and value <= high + 1e-12 for value, low, high in known)


def test_the_card_says_how_many_conditions_were_proved(done):
    conditions = read_card(done.out).quantization.method["conditions"]
    assert conditions["proved"] == [row.stratum for row in done.strata if row.judged]
    assert set(conditions["not_judged"]) == set(done.verdict.unjudged)
    judged = len(conditions["proved"])
    assert conditions["in_words"] == f"{judged} of {judged + len(done.verdict.unjudged)} conditions proved"
    assert read_card(done.out).quantization.method["held_out_tiles"] == len(done.held_out)


def test_what_really_runs_in_int8_is_measured_and_kept_in_the_card(done):
    assert done.audit.int8_share["openvino"] == 1.0
    assert 0.5 < done.audit.int8_share["ort"] <= 1.0
    kept = read_card(done.out).quantization.method["int8_share"]
    assert kept == pytest.approx(done.audit.int8_share, abs=1e-4)
    document = json.loads(json.dumps(json_value(done)))
    assert {one["kind"] for one in document["audit"]["engines"]} == {"ort", "openvino"}


@pytest.mark.parametrize(
    ("int8_cpu", "int8_bytes", "said"),
    [
        (CpuTime(1.5, 1.3, 1.9), 10, "SLOWER"),
        (CpuTime(1.5, 1.1, 1.9), 10, ""),  # the float rounds reach to 1.2: who is slower is not known
        (CpuTime(0.5, 0.4, 0.6), 200, "LARGER"),
        (CpuTime(0.5, 0.4, 0.6), 10, ""),
    ],
)
def test_slower_or_larger_than_float_is_said_loudly_and_only_where_it_is_known(done, int8_cpu, int8_bytes, said):
    speeds = (
        Speed("float", "ort", 9.0, CpuTime(2.0, 1.9, 2.1)),
        Speed("float", "openvino", 0.1, CpuTime(1.0, 0.9, 1.2)),  # wall time does not decide
        Speed("INT8", "ort", 1.0, int8_cpu),
    )
    summary = replace(done, speed=speeds, int8_bytes=int8_bytes, float_bytes=100)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_where_int8_loses(summary)
    assert [said] * bool(said) == [word for one in caught for word in ("SLOWER", "LARGER") if word in str(one.message)]


def test_fast_leaves_out_audit_and_timing_and_gives_the_same_model(done, model, scene, tmp_path):
    stages = set()
    given = SceneInput(scene, mask=scene.with_name("scl.tif"), labels=scene.with_name("labels.tif"))
    fast = quantize(
        model, [given], tmp_path / "fast.onnx", replace(FEW, fast=True), progress=lambda one: stages.add(one.stage)
    )
    assert (fast.audit, fast.speed) == (None, ())
    assert stages.isdisjoint({"auditing engines", "timing engines"})
    assert fast.verdict == done.verdict
    assert json_value(fast)["audit"] is None
    one, other = (load_model(Path(summary.out)) for summary in (fast, done))
    assert one.graph.SerializeToString() == other.graph.SerializeToString()
    assert "int8_share" not in read_card(fast.out).quantization.method


def test_calibration_and_judging_share_no_pixel(done):
    def windows(records):
        return [Window(t["row"], t["col"], t["height"], t["width"]) for t in records]

    assert len(done.calibration) >= 10
    assert done.held_out
    for window in windows(done.calibration):
        assert all(window.expand(1).intersection(other).pixels == 0 for other in windows(done.held_out))


def test_the_int8_card_carries_folding_and_proof(done, model):
    before, after = read_card(model), read_card(done.out)
    folding = np.array(after.quantization.folding)
    assert done.folded == bool((folding != 1).any())
    np.testing.assert_allclose(after.normalization.scale, np.array(before.normalization.scale) * folding)
    assert "best of" in after.quantization.method["folding"]
    assert min(after.quantization.calibrated_high) > 0 > max(after.quantization.calibrated_low)
    assert after.quantization.agreement["water"] >= 0.98
    assert after.quantization.method["scene_marks"]
    assert after.tiling == before.tiling


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_tiles(done, scene, model, tmp_path):
    again, other = tmp_path / "again.onnx", tmp_path / "other.onnx"
    quantize_with_references(model, scene, again)
    assert again.read_bytes() == Path(done.out).read_bytes()
    summary = quantize(model, [scene], other, replace(FEW, seed=7, fast=True))
    assert summary.calibration != done.calibration


def test_spectral_strata_find_the_same_conditions_without_a_mask(scene, model, tmp_path):
    summary = quantize(model, [scene], tmp_path / "out.onnx", replace(FEW, fast=True))
    assert {"water", "thick cloud", "shadow"} <= {row.stratum for row in summary.strata if row.judged}
    assert summary.float_miou is None
    assert all(entry is not None for entry in json_value(summary)["agreement"].values())


def test_a_drop_beyond_the_gate_writes_nothing_and_says_where(scene, doubtful, tmp_path):
    strict = replace(FEW, max_drop=0, fast=True)
    with pytest.raises(AccuracyDrop, match="0 points and") as caught:
        quantize(doubtful, [scene], tmp_path / "out.onnx", strict)
    assert caught.value.exit_code == 3
    assert "Agreement by stratum" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_refused_model_is_kept_under_another_name_when_asked_for(scene, doubtful, tmp_path):
    strict = {"max_drop": 0, "keep_refused": True, "fast": True}
    out, kept = tmp_path / "out.onnx", tmp_path / "out.refused.onnx"
    with pytest.raises(AccuracyDrop, match="is kept as") as caught:
        quantize(doubtful, [scene], out, replace(FEW, **strict))
    assert str(kept) in str(caught.value)
    assert list(tmp_path.iterdir()) == [kept]
    assert read_card(kept).quantization.method["steps"]


def test_cancelling_leaves_nothing(scene, model, tmp_path):
    def cancel(report):
        if report.stage.startswith("judging fold 2"):
            raise Cancelled("stopped by the user.")

    with pytest.raises(Cancelled):
        quantize(model, [scene], tmp_path / "out.onnx", FEW, progress=cancel)
    assert not list(tmp_path.iterdir())


def test_bad_options_are_refused_before_any_work(scene, model, done, tmp_path):
    def refuse(error, match, *arguments):
        with pytest.raises(error, match=match):
            quantize(*arguments)

    def masked(mask):
        return [SceneInput(scene, mask=mask)]

    refuse(OptionError, "does not exist", model, [scene], tmp_path / "no" / "out.onnx")
    refuse(OptionError, "--overwrite", model, [scene], Path(done.out))
    refuse(OptionError, "no scene", model, [], tmp_path / "out.onnx")
    refuse(CardError, "INT8 model already", Path(done.out), [scene], tmp_path / "out.onnx")
    refuse(OptionError, "neither its name nor its values", model, masked(scene), tmp_path / "out.onnx")
    refuse(RasterError, "does not exist", model, masked(tmp_path / "none.tif"), tmp_path / "out.onnx")


def test_a_scene_without_valid_pixels_is_named(model, tmp_path):
    empty = tmp_path / "empty.tif"
    write(empty, np.zeros((4, 256, 256), np.uint16), nodata=0)
    with pytest.raises(CalibrationError, match="hold valid data"):
        quantize(model, [empty], tmp_path / "out.onnx", FEW)


def test_a_network_that_overflows_is_named(scene, tmp_path):
    path = tmp_path / "loud.onnx"
    with np.errstate(over="ignore"):
        write_card(nearest_spectrum(np.full((5, 4), 3e38)), spectral_card(), path)
    with pytest.raises(CalibrationError, match="overflows on a calibration tile: tensor"):
        quantize(path, [scene], tmp_path / "out.onnx", FEW)


def test_int8_activations_are_judged_where_they_run_as_on_their_target(scene, model, tmp_path, untimed):
    summary = quantize(model, [scene], tmp_path / "arm.onnx", replace(FEW, target="arm"))
    assert set(summary.agreement) == {"ort"}
    assert {kind for row in summary.strata for kind in row.agreement} == {"ort"}
    assert {speed.kind for speed in summary.speed} == {"ort", "openvino"}
    assert summary.worst_agreement > 0.98
    options = EvaluateOptions(tiles=8, tile=64)
    other = make_scene(tmp_path, seed=1).rename(tmp_path / "other.tif")  # of so small a scene calibration has seen all
    judged = evaluate(model, tmp_path / "arm.onnx", [other], replace(options, out=tmp_path / "report.html"))
    assert set(judged.scores) == {"ort"}
    assert "onnxruntime" in (tmp_path / "report.html").read_text(encoding="utf-8")
