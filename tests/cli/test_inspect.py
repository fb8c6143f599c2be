"""``geoquant inspect`` on the command line: tables, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

from geoquant.cli.main import command
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.options.card import CardOptions
from tests.builders.model_files import int8_file
from tests.builders.positive_layers import conv, small_network

CARD = ModelCard(
    name="two [bands]",
    bands=(Band("B02", "blue", None, 1e-4, -0.1), Band("B08", "nir", None, 1e-4, -0.1)),
    normalization=Normalization((0.1, 0.2), (0.05, 0.1), (-3.0, -3.0), (3.0, 3.0)),
    classes=(ClassLabel(0, "water", "#0000ff"), ClassLabel(1, "[red] soil", "#00ff00")),
)


@pytest.fixture
def model(tmp_path: Path) -> str:
    b = small_network()
    write_card(b.ending_in(conv(b, "x", 3, 1, 1, (1, 1))), CARD, tmp_path / "model.onnx")
    return str(tmp_path / "model.onnx")


@pytest.fixture
def scene(make_tif) -> str:
    values = np.full((2, 30, 40), 2000, np.uint16)
    return str(make_tif(values, descriptions=["blue", "nir"]))


def invoke(*arguments: str):
    return CliRunner().invoke(command, ["inspect", *arguments])


def test_a_model_is_shown(model: str) -> None:
    result = invoke(model)
    assert result.exit_code == 0, result.output
    for text in ("two [bands]", "[red] soil", "3 x 3 px", "halo", "B02", "blue", "-3 .. 3", "0.0001, -0.1"):
        assert text in result.output


def test_further_outputs_are_named_and_running_them_says_what_to_do(tmp_path: Path, scene: str) -> None:
    b = small_network()
    network = b.ending_in(conv(b, "x", 3, 1, 1, (1, 1)))
    features = onnx.helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["n", 2, "y", "x"])
    network.graph.node.append(onnx.helper.make_node("Relu", ["x"], ["features"]))
    network.graph.output.append(features)
    write_card(network, CARD, tmp_path / "two.onnx")
    shown = CliRunner().invoke(command, ["inspect", str(tmp_path / "two.onnx")])
    assert "features: not run" in shown.output
    arguments = ["classify", scene, "-m", str(tmp_path / "two.onnx"), "-o", str(tmp_path / "out.tif")]
    refused = CliRunner().invoke(command, arguments)
    assert refused.exit_code != 0
    assert "2 outputs" in refused.output
    assert "onnx.utils.extract_model" in refused.output


def test_engines_are_looked_at_when_asked(make_model, tmp_path: Path) -> None:
    images = [np.random.default_rng(0).integers(0, 1000, (3, 64, 64)).astype(np.uint16)]
    path = str(int8_file(tmp_path / "conv.int8.onnx", make_model("conv"), images))
    result = invoke(path, "--engines")
    assert result.exit_code == 0, result.output
    assert "multiply-accumulates in INT8" in result.output
    assert json.loads(invoke(path, "--engines", "--json").stdout)["audit"]["quantized"] is True
    assert json.loads(invoke(path, "--json").stdout)["audit"] is None


def test_a_scene_that_fits(model: str, scene: str) -> None:
    result = invoke(model, scene, "--values")
    assert result.exit_code == 0, result.output
    assert "the scene fits the model" in result.output
    assert "2000" in result.output


def test_a_scene_that_does_not_fit_ends_with_1(model: str, make_tif) -> None:
    result = invoke(model, str(make_tif(np.ones((3, 8, 8), np.uint8), descriptions=["red", "green", "blue"])))
    assert result.exit_code == 1
    assert "does not fit" in result.output
    assert "nothing" in result.output


def test_json(model: str, scene: str) -> None:
    for flag in (["--json"], ["--progress", "json"]):
        document = json.loads(invoke(model, scene, *flag).stdout)
        assert document["scene"]["fits"] is True
        assert document["scene"]["bands"][1]["matched_by"] == "common name"
        assert document["graph"]["receptive_field_px"] == [3, 3]


def test_a_model_without_a_card_names_the_options(tmp_path: Path, scene: str) -> None:
    b = small_network()
    path = tmp_path / "bare.onnx"
    path.write_bytes(b.ending_in(b.node("Mul", "x", b.node("GlobalMaxPool", "x"))).SerializeToString())
    result = invoke(str(path))
    assert result.exit_code == 0
    for text in ("--band-names", "--mean", "--units", "--class-names", "unbounded", "GlobalMaxPool"):
        assert text in result.output
    assert invoke(str(path), scene).exit_code == 1
    given = ["--band-names", "blue,nir", "--mean", "0", "--std", "1", "--units", "dn", "--class-names", "a,b"]
    assert invoke(str(path), scene, *given).exit_code == 0


def test_errors_are_one_message(tmp_path: Path) -> None:
    path = tmp_path / "noise.onnx"
    path.write_bytes(b"\x00\x01 no model")
    result = invoke(str(path))
    assert result.exit_code == 1
    assert "error:" in result.output
    assert "Traceback" not in result.output


def test_the_card_is_written_as_a_stac_item(model: str, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    out = tmp_path / "catalog" / "item.json"
    assert invoke(model, "--mlm", str(out)).exit_code == 0
    item = json.loads(out.read_text(encoding="utf-8"))
    assert item["assets"]["model"]["href"] == "../model.onnx"
    assert read_card(Path(model), CardOptions(card=str(out))) == read_card(Path(model))
    again = invoke(model, "--mlm", str(out))
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert invoke(model, "--mlm", str(out), "--overwrite").exit_code == 0
    assert sorted(path.name for path in out.parent.iterdir()) == ["item.json"]


def test_an_item_does_not_tell_whose_machine_it_is(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "ann"
    home.mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    own = Path(model).rename(home / "model.onnx")
    for folder, options, href in (
        (tmp_path, [], "model.onnx"),
        (tmp_path, ["--full-paths"], "home/ann/model.onnx"),
        (home, [], "model.onnx"),
    ):
        out = folder / "item.json"
        assert invoke(str(own), "--mlm", str(out), "--overwrite", *options).exit_code == 0
        assert json.loads(out.read_text(encoding="utf-8"))["assets"]["model"]["href"] == href


def test_an_item_never_replaces_what_it_is_made_from(model: str, scene: str) -> None:
    for given in (model, scene):
        before = Path(given).read_bytes()
        result = invoke(model, scene, "--mlm", given, "--overwrite")
        assert result.exit_code == 2
        assert "one of the job's inputs" in result.stderr
        assert Path(given).read_bytes() == before


def test_a_card_with_gaps_is_no_stac_item(tmp_path: Path) -> None:
    b = small_network()
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(b.ending_in(conv(b, "x", 3, 1, 1, (1, 1))).SerializeToString())
    result = invoke(str(bare), "--mlm", str(tmp_path / "item.json"))
    assert result.exit_code == 1
    assert "--band-names" in result.stderr
    assert not (tmp_path / "item.json").exists()
