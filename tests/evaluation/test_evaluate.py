"""An evaluation judges on unseen tiles, says how sure it is, looks into layers, and fails the gate when it should."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import onnx
import pytest
import rasterio

import geoquant
from geoquant.errors import CalibrationError, Cancelled, CardError, GeoquantWarning, OptionError
from geoquant.evaluation.evaluate import evaluate
from geoquant.evaluation.result import Evaluation
from geoquant.grid import Window
from geoquant.json_values import json_value
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.options.quantize import EvaluateOptions
from geoquant.quantization.qdq import QdqSettings, write_qdq
from geoquant.raster.scene_input import SceneInput
from tests.builders.quantizing import noise_picture, observed
from tests.builders.scenes import clip_ranges

FEW = EvaluateOptions(tiles=24, tile=64, replicates=100)


@pytest.fixture(scope="module")
def folder(quantized) -> Path:
    """A scene with its mask and labels, a float model and the INT8 model made from it on that scene."""
    return Path(quantized.out).parent


def judge(
    folder: Path, *, int8: str = "int8.onnx", labelled: bool = True, out: Path | None = None, **more
) -> Evaluation:
    options = replace(more.pop("options", FEW), out=out)
    labels = folder / "labels.tif" if labelled else None
    given = SceneInput(folder / "scene.tif", mask=folder / "scl.tif", labels=labels)
    return evaluate(folder / "float.onnx", folder / int8, [given], options, **more)


@pytest.fixture(scope="module")
def found(folder) -> Evaluation:
    return judge(folder, out=folder / "report.html")


def test_it_is_reachable_by_name():
    assert geoquant.evaluate is evaluate


def test_no_tile_was_seen_by_calibration(found, folder):
    seen = [
        Window(t["row"], t["col"], t["height"], t["width"]) for t in read_card(folder / "int8.onnx").quantization.tiles
    ]
    judged = [Window(t["row"], t["col"], t["height"], t["width"]) for t in found.tiles]
    assert len(judged) >= 12
    assert len(seen) >= 10
    assert not any(one.intersection(other).pixels for one in seen for other in judged)


def test_figures_stand_inside_their_intervals_and_conditions_add_up(found):
    for groups in found.scores.values():
        whole, *strata = groups
        assert whole.name == "all"
        assert whole.pixels == sum(group.pixels for group in strata)
        assert {"water", "thick cloud", "shadow"} <= {group.name for group in strata if group.enough}
        for group in groups:
            assert group.agreement.low <= group.agreement.value <= group.agreement.high
        assert whole.agreement.value > 0.98
        assert whole.float_miou.value > 0.9
    assert set(found.scores) == {"ort", "openvino"}


def test_layers_speed_memory_and_machine_are_measured(found):
    assert [layer.kind for layer in found.layers] == ["Conv", "Conv"]
    assert all(layer.integer and layer.sqnr_db > 20 for layer in found.layers)
    assert {(one.label, one.kind) for one in found.performance} == {
        (label, kind) for label in ("float", "INT8") for kind in ("ort", "openvino")
    }
    for one in found.performance:
        assert 0 < one.p50_ms <= one.p95_ms
        assert one.mpx_per_s > 0
        assert 20 < one.peak_mb < 4000
    assert found.machine["cpu"]


def test_the_result_is_json_without_nan(found):
    text = json.dumps(json_value(found), allow_nan=False)
    assert {"scores", "layers", "performance", "gate", "tiles", "notes", "machine"} <= set(json.loads(text))


def test_the_same_seed_gives_the_same_figures_and_another_other_tiles(found, folder, untimed):
    again, other = judge(folder), judge(folder, options=replace(FEW, seed=5))
    assert json_value(again.scores) == json_value(found.scores)
    assert again.tiles == found.tiles
    assert other.tiles != found.tiles


def valid_pixels(folder: Path, without: list[Window] = ()) -> int:
    with rasterio.open(folder / "scene.tif") as scene:
        valid = scene.read(1) != 0
    for window in without:
        valid[window.intersection(Window(0, 0, *valid.shape)).slices] = False
    return int(valid.sum())


def test_every_pixel_of_a_new_scene_is_judged(folder, tmp_path, untimed):
    for name in ("scene.tif", "scl.tif", "labels.tif"):
        (tmp_path / name.replace("scene", "another")).write_bytes((folder / name).read_bytes())
    with rasterio.open(tmp_path / "another.tif", "r+") as scene:
        stored = scene.read()
        scene.write(np.where(stored > 0, stored + 1, 0).astype(stored.dtype))
    options = EvaluateOptions(tile=96, replicates=20)
    found = evaluate(folder / "float.onnx", folder / "int8.onnx", [tmp_path / "another.tif"], options)
    assert {groups[0].pixels for groups in found.scores.values()} == {valid_pixels(folder)}


def test_of_a_scene_that_calibrated_every_pixel_is_judged_whose_context_was_not_seen(folder, untimed):
    card = read_card(folder / "int8.onnx")
    seen = [Window(t["row"], t["col"], t["height"], t["width"]) for t in card.quantization.tiles]
    judged = judge(folder, options=EvaluateOptions(tile=96, replicates=20))
    left = valid_pixels(folder, [window.expand(card.tiling.halo_px) for window in seen])
    assert {groups[0].pixels for groups in judged.scores.values()} == {left}


class Page(HTMLParser):
    """Counts tags and remembers where attributes point."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_report_is_one_file_with_maps_and_plots(found, folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert str(folder) not in html
    page = Page(html)
    assert page.tags.count("img") >= 5 * 8  # worst and random tiles: scene, labels, float, INT8, difference
    assert page.tags.count("circle") >= 10
    assert all(address.startswith("data:") for address in page.addresses)
    assert not re.search(r"url\(|@import|https?://|<script", html)
    for heading in (
        "The gate holds",
        "By imaging condition",
        "By class",
        "Where they differ",
        "Layer by layer",
        "Speed",
    ):
        assert heading in html
    assert "nan" not in re.sub(r"base64,[A-Za-z0-9+/=]*", "", html).lower().replace("nanometre", "")
    assert not list(folder.glob("*.part"))


def test_a_model_that_clips_fails_the_gate_and_its_layers_say_why(folder, untimed):
    clip_ranges(folder / "int8.onnx", folder / "broken.onnx")
    bad = judge(folder, int8="broken.onnx", labelled=False, out=folder / "bad.html")
    assert not bad.gate.passed
    assert bad.gate.stratum
    assert bad.gate.stratum in bad.gate.words
    assert max(layer.clip_rate for layer in bad.layers) > 0.1
    assert min(layer.sqnr_db for layer in bad.layers) < 15
    assert "The gate fails" in (folder / "bad.html").read_text(encoding="utf-8")


def test_a_foreign_int8_file_takes_the_float_card_and_says_so(folder, untimed):
    prepared = prepare(load_model(folder / "float.onnx"))
    network = write_qdq(prepared, observed(prepared, [2 + 2 * noise_picture()]), QdqSettings())
    del network.metadata_props[:]
    onnx.save(network, folder / "foreign.onnx")
    with pytest.warns(GeoquantWarning, match="has no card"):
        judged = judge(folder, int8="foreign.onnx")
    assert judged.scores["ort"][0].agreement.value > 0.98
    assert any("no card" in note for note in judged.notes)


def test_a_float_model_without_a_card_is_judged_by_that_of_the_int8_file(found, folder, tmp_path, untimed):
    for name in ("scene.tif", "scl.tif", "labels.tif", "int8.onnx"):
        (tmp_path / name).hardlink_to(folder / name)
    bare = onnx.load(folder / "float.onnx")
    del bare.metadata_props[:]
    onnx.save(bare, tmp_path / "float.onnx")
    with pytest.warns(GeoquantWarning, match=r"float\.onnx has no card: that of int8\.onnx is used"):
        judged = judge(tmp_path)
    assert [group.agreement.value for group in judged.scores["ort"]] == [
        group.agreement.value for group in found.scores["ort"]
    ]


def test_another_parent_is_warned_of_and_other_classes_or_bands_are_refused(folder, tmp_path, untimed):
    card, network = read_card(folder / "float.onnx"), load_model(folder / "float.onnx")
    other = tmp_path / "other.onnx"
    write_card(network, replace(card, description="another"), other)
    scene = [folder / "scene.tif"]
    with pytest.warns(GeoquantWarning, match="made from another float model"):
        evaluate(other, folder / "int8.onnx", scene, FEW)
    renamed = replace(card, classes=tuple(replace(label, name=f"my {label.name}") for label in card.classes))
    write_card(network, renamed, other)
    with pytest.raises(CardError, match="must be the same"):
        evaluate(other, folder / "int8.onnx", scene, FEW)
    bands = replace(card, bands=(*card.bands[:3], replace(card.bands[3], name="B09")))
    write_card(network, bands, other)
    with pytest.raises(CardError, match=r"B09.*the INT8 model"):
        evaluate(other, folder / "int8.onnx", scene, FEW)


def test_bad_options_are_refused_before_any_work(folder, tmp_path):
    def refuse(error, match, *arguments, out=None):
        with pytest.raises(error, match=match):
            evaluate(*arguments, replace(FEW, out=out))

    models, scene = (folder / "float.onnx", folder / "int8.onnx"), [folder / "scene.tif"]
    refuse(OptionError, "the float model comes first", *reversed(models), scene)
    refuse(OptionError, "holds no INT8 operation", models[0], models[0], scene)
    refuse(OptionError, "no scene", *models, [])
    refuse(OptionError, "does not exist", *models, scene, out=tmp_path / "no" / "report.html")
    refuse(OptionError, "inputs", *models, scene, out=folder / "int8.onnx")


def test_a_scene_that_calibration_saw_whole_is_refused(folder):
    card = read_card(folder / "int8.onnx")
    record = {**card.quantization.tiles[0], "row": 0, "col": 0, "height": 480, "width": 480}
    whole = replace(card, quantization=replace(card.quantization, tiles=(record,), method={}))
    write_card(load_model(folder / "int8.onnx"), whole, folder / "saw_all.onnx")
    with pytest.raises(CalibrationError, match="has not seen"):
        judge(folder, int8="saw_all.onnx")


def test_cancelling_leaves_no_report(folder, untimed):
    def cancel(report):
        if report.stage == "drawing tiles":
            raise Cancelled("stopped by the user.")

    with pytest.raises(Cancelled):
        judge(folder, out=folder / "cancelled.html", progress=cancel)
    assert not list(folder.glob("cancelled*"))
