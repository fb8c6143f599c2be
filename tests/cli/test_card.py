"""``geoquant card`` on the command line: what is stated is in the file, and what is absurd is refused."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result

from geoquant.cli.card import EPILOG
from geoquant.cli.main import command
from geoquant.model_card.card import Band, ClassLabel, Normalization, Quantization
from geoquant.model_card.embedding import embedded_card, set_metadata, write_card
from geoquant.model_card.reading import read_card
from tests.builders.cards import EMD, network
from tests.builders.model_files import int8_file, network_file
from tests.builders.networks import Network, run_image
from tests.builders.positive_layers import small_network

FACTS = ["--band-names", "B02,B08", "--mean", "0.1,0.2", "--std", "0.05", "--units", "physical"]
FACTS += ["--class-names", "water,7=open land=#c2a878"]


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, ["card", *map(str, arguments)])


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.onnx"
    model = network()
    set_metadata(model, {"author": "somebody"})
    path.write_bytes(model.SerializeToString())
    return path


def test_everything_that_an_author_states_is_in_the_file(bare: Path, tmp_path: Path) -> None:
    out, before = tmp_path / "stated.onnx", bare.read_bytes()
    more = ["--name", "two bands", "--common-names", "blue,", "--wavelengths", "0.49,0.83", "--scale", "0.0001"]
    more += ["--offset", "-0.1,0", "--clip", "-3", "3", "--nodata", "0", "--model-gsd", "10", "--output-kind", "logits"]
    more += ["--tile", "512", "--halo", "8", "--stride", "4", "--edge", "zero", "--description", "A test."]
    more += ["--license", "MIT", "--trained-on", "noise", "--limitations", "Not for use."]
    result = invoke(bare, *FACTS, *more, "-o", out)
    assert result.exit_code == 0, result.output
    assert "Not for use." in result.output
    assert f"Wrote {out}" in result.output.replace("\n", "")
    card = read_card(out)
    assert card.bands == (Band("B02", "blue", 0.49, 1e-4, -0.1), Band("B08", None, 0.83, 1e-4, 0.0))
    assert card.normalization == Normalization((0.1, 0.2), (0.05, 0.05), (-3.0, -3.0), (3.0, 3.0))
    assert card.classes == (ClassLabel(0, "water", card.classes[0].color), ClassLabel(7, "open land", "#c2a878"))
    assert (card.tiling.tile_px, card.tiling.halo_px, card.tiling.stride_px, card.tiling.edge) == (512, 8, 4, "zero")
    assert (card.name, card.gsd_m, card.nodata, card.output, card.units) == ("two bands", 10, 0, "logits", "physical")
    assert (card.description, card.license, card.trained_on, card.limitations) == (
        ("A test.", "MIT", "noise", "Not for use.")
    )
    stated = onnx.load(out)
    assert {entry.key: entry.value for entry in stated.metadata_props}["author"] == "somebody"
    assert stated.graph == network().graph  # the network is as it was
    assert bare.read_bytes() == before


def test_in_place_only_with_overwrite_and_fact_by_fact(bare: Path) -> None:
    before = bare.read_bytes()
    refused = invoke(bare, *FACTS)
    assert refused.exit_code == 2
    assert "--overwrite to write it into" in refused.stderr
    assert bare.read_bytes() == before
    assert invoke(bare, *FACTS, "--overwrite").exit_code == 0
    assert invoke(bare, "--limitations", "No snow.", "--overwrite").exit_code == 0
    card = read_card(bare)
    assert (card.limitations, card.bands[0].name) == ("No snow.", "B02")
    assert sorted(path.name for path in bare.parent.iterdir()) == ["bare.onnx"]


def test_without_options_it_shows_what_is_there_and_what_is_missing(bare: Path) -> None:
    before = bare.read_bytes()
    result = invoke(bare)
    assert result.exit_code == 0
    assert "--class-names" in result.output
    assert bare.read_bytes() == before
    invoke(bare, *FACTS, "--overwrite")
    shown = json.loads(invoke(bare, "--json").stdout)
    assert (shown["wrote"], shown["missing"]) == (None, {})
    assert shown["card"]["classes"][1]["name"] == "open land"


def test_a_card_goes_out_as_json_and_back_in(bare: Path, tmp_path: Path) -> None:
    alone = tmp_path / "card.json"
    result = invoke(bare, *FACTS, "-o", alone)
    assert result.exit_code == 0, result.output
    assert "open land" in result.output
    assert embedded_card(onnx.load(bare)) is None
    document = json.loads(alone.read_text())
    document["limitations"] = "Edited."
    alone.write_text(json.dumps(document))
    assert invoke(bare, "--card", alone, "--overwrite").exit_code == 0
    assert read_card(bare).limitations == "Edited."
    document["bands"][0]["colour"] = "blue"
    alone.write_text(json.dumps(document))
    wrong = invoke(bare, "--card", alone, "--overwrite")
    assert wrong.exit_code == 1
    assert "bands[0] has colour; it knows only" in wrong.stderr


def test_what_lies_beside_a_model_is_written_into_it(bare: Path) -> None:
    bare.with_suffix(".emd").write_text(json.dumps(EMD))
    assert invoke(bare, "--overwrite").exit_code == 0
    assert embedded_card(onnx.load(bare)) is not None


REFUSED = {
    "a missing fact": (FACTS[:-2], "--class-names"),
    "another number of bands": (
        [*FACTS, "--band-names", "a,b,c", "--mean", "0"],
        "has 3 bands .*, its network takes 2",
    ),
    "nanometres": ([*FACTS, "--wavelengths", "490,830"], "in micrometres it is 0.49"),
    "a wavelength for one of two": ([*FACTS, "--wavelengths", "0.49"], "has 1 values; the model has 2 bands"),
    "an unknown colour name": ([*FACTS, "--common-names", "blu,nir"], "blu, which STAC does not know"),
    "a scale of nothing": ([*FACTS, "--scale", "0"], "scale is 0"),
    "an offset alone": ([*FACTS, "--offset", "1"], "no --scale"),
    "wavelengths of nameless bands": (["--wavelengths", "0.49,0.83"], "--band-names first"),
    "a turned clip": ([*FACTS, "--clip", "3", "-3"], "lower number first"),
    "a clip of nothing": (["--clip", "-3", "3"], "give --mean and --std too"),
    "too little context": ([*FACTS, "--halo", "0"], "others 1 px away; state at least 1 px"),
    "an overlap for nothing": ([*FACTS, "--overlap", "8"], "tiles are not blended"),
    "an absurd stride": ([*FACTS, "--stride", "5000"], "at most 1024"),
    "a tile within a stride": ([*FACTS, "--stride", "64", "--tile", "32"], "at least the stride, 64 px"),
    "no ground": ([*FACTS, "--model-gsd", "0"], "gsd_m is 0"),
    "nodata that is no number": ([*FACTS, "--nodata", "inf"], "nodata is inf"),
    "control characters": ([*FACTS, "--name", "a\x07b"], "U\\+0007"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_absurd_statements_are_refused_with_a_sentence(bare: Path, tmp_path: Path, case: str) -> None:
    arguments, words = REFUSED[case]
    result = invoke(bare, *arguments, "-o", tmp_path / "out.onnx")
    assert result.exit_code in (1, 2), result.output
    assert re.search(words, " ".join(result.stderr.split())), result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare.onnx"]


def test_a_threshold_lies_between_probabilities(tmp_path: Path) -> None:
    net, path, alone = Network(2).conv(1), tmp_path / "one.onnx", tmp_path / "card.json"
    path.write_bytes(net.add("Sigmoid", net.last).model().SerializeToString())
    assert invoke(path, *FACTS, "-o", alone).exit_code == 0
    document = json.loads(alone.read_text())
    for threshold, code in ((2, 1), (0.4, 0)):
        alone.write_text(json.dumps({**document, "threshold": threshold}))
        result = invoke(path, "--card", alone, "--overwrite")
        assert result.exit_code == code, result.output
        assert ("above 0 and below 1" in result.stderr) == bool(code)
    assert read_card(path).decision_threshold == 0.4


def test_weights_beside_a_model_come_into_its_file(bare: Path, tmp_path: Path) -> None:
    """One file then holds all of it, as every model that geoquant writes."""
    beside = tmp_path / "beside.onnx"
    onnx.save(onnx.load(bare), beside, save_as_external_data=True, location="beside.bin", size_threshold=0)
    assert invoke(beside, *FACTS, "--overwrite").exit_code == 0
    (tmp_path / "beside.bin").unlink()
    x = np.random.default_rng(0).normal(size=(2, 16, 16))
    assert np.array_equal(run_image(onnx.load(beside), x), run_image(onnx.load(bare), x))


def test_tiles_of_a_network_that_sees_everything(tmp_path: Path) -> None:
    b = small_network()
    path = tmp_path / "pooled.onnx"
    path.write_bytes(b.ending_in(b.node("Mul", "x", b.node("GlobalAveragePool", "x"))).SerializeToString())
    refused = invoke(path, *FACTS, "--halo", "64", "--overwrite")
    assert "GlobalAveragePool" in refused.stderr
    assert "State --overlap" in refused.stderr
    assert invoke(path, *FACTS, "--overlap", "64", "--tile", "256", "--overwrite").exit_code == 0
    assert (read_card(path).tiling.overlap_px, read_card(path).tiling.halo_px) == (64, None)


def test_a_hidden_stride_has_to_be_stated(tmp_path: Path) -> None:
    b = small_network()
    path = tmp_path / "opaque.onnx"
    path.write_bytes(b.ending_in(b.node("CumSum", "x", b.constant(1, np.int64))).SerializeToString())
    refused = invoke(path, *FACTS, "--overwrite")
    assert refused.exit_code == 1
    assert "--stride 32" in refused.stderr
    assert invoke(path, *FACTS, "--stride", "32", "--overwrite").exit_code == 0
    assert read_card(path).tiling.stride_px == 32


def test_an_int8_model_keeps_its_record(tmp_path: Path) -> None:
    images = [np.random.default_rng(0).integers(0, 1000, (3, 64, 64)).astype(np.uint16)]
    path = int8_file(tmp_path / "int8.onnx", network_file(tmp_path / "float.onnx"), images)
    facts = Quantization("a" * 64, 0, (), (-1.0,) * 3, (1.0,) * 3, (1.0,) * 3)
    write_card(path, replace(read_card(path), quantization=facts))
    before = path.read_bytes()
    result = invoke(path, "--mean", "0", "--std", "1", "--overwrite")
    assert result.exit_code == 1
    assert "Write the card into the float model" in result.stderr
    assert path.read_bytes() == before


def test_outputs_that_exist_stay(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "there.onnx").write_text("mine")
    assert invoke(bare, *FACTS, "-o", tmp_path / "there.onnx").exit_code == 2
    assert (tmp_path / "there.onnx").read_text() == "mine"
    assert "give -o NEW.onnx" in invoke(bare, *FACTS, "-o", bare).stderr
    assert "There is no model" in invoke(tmp_path / "none.onnx", *FACTS, "--overwrite").stderr


def test_the_example_of_the_help_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unet.onnx").write_bytes(network(bands=4, classes=3).SerializeToString())
    arguments = shlex.split(EPILOG.removeprefix("Example: geoquant "))
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    assert [band.name for band in read_card("unet.onnx").bands] == ["B02", "B03", "B04", "B08"]
