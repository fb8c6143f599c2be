"""What bad input gets: one clear message, the right exit code, and nothing under the final name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import rasterio
from click.testing import CliRunner, Result
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from geoquant.cli.main import command
from geoquant.errors import Cancelled, GeoquantWarning, OptionError
from geoquant.inference.classify import classify, plan_classification
from geoquant.inference.memory_model import MIB
from geoquant.inference.plan import DEFAULT_MEMORY_MIB, memory_ceiling
from geoquant.model_card.card import Quantization
from geoquant.model_card.embedding import write_card
from geoquant.options.classify import ClassifyOptions
from geoquant.options.scene import SceneOptions
from geoquant.progress import Progress
from geoquant.raster.scene_input import SceneInput
from tests.builders.model_files import BAND_NAMES, card_for, network_file, whole_image

pytestmark = [
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
    pytest.mark.filterwarnings("ignore::geoquant.errors.GeoquantWarning"),
]
MakeTif = Callable[..., Path]
NODATA = 255
ORT = ClassifyOptions(engine="ort")
RGB = BAND_NAMES[:3]


def picture(bands: int = 3, height: int = 60, width: int = 70) -> NDArray[np.uint16]:
    return np.random.default_rng(0).integers(1, 1000, (bands, height, width)).astype(np.uint16)


def identity(folder: Path, bands: int = 3, **facts: Any) -> Path:
    return network_file(folder / "m.onnx", "identity", bands=bands, classes=max(2, bands), **facts)


def run(scene: Any, model: Any, out: Any, *more: Any) -> Result:
    """``geoquant classify`` in this process."""
    scenes = scene if isinstance(scene, list) else [scene]
    arguments = ["classify", "-m", model, "-o", out, "--engine", "ort", "--progress", "none", *more, "--", *scenes]
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def words(text: str) -> str:
    """Text without the line breaks of the screen."""
    return " ".join(text.split())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(outcome: Result, code: int, *expected: str) -> None:
    """One message that holds the words, the exit code, no traceback."""
    assert outcome.exit_code == code, outcome.output
    assert outcome.stdout == ""
    for part in expected:
        assert part in outcome.stderr
    assert "unexpected" not in outcome.stderr
    assert "Traceback" not in outcome.stderr


def read(path: Path) -> NDArray[np.uint8]:
    with rasterio.open(path) as dataset:
        values: NDArray[np.uint8] = dataset.read(1)
    return values


# Bands


@pytest.mark.parametrize(
    ("bands", "descriptions", "expected"),
    [
        (2, RGB[:2], ["lacks red", "1: blue, 2: green", "--bands"]),
        (2, None, ["takes 3 bands (blue, green, red)", "has 2", "no names", "--bands"]),
        (4, None, ["takes 3 bands", "has 4", "--bands"]),
        (3, ("red", "red", "blue"), ["lacks green", "--bands"]),
        (4, ("blue", "green", "red", "red"), ["several bands that could be red", "--bands"]),
    ],
)
def test_bands_that_do_not_fit(
    tmp_path: Path, make_tif: MakeTif, bands: int, descriptions: Any, expected: list[str]
) -> None:
    scene, model = make_tif(picture(bands), descriptions=descriptions), identity(tmp_path)
    before = names(tmp_path)
    refused(run(scene, model, tmp_path / "o.tif"), 1, *expected)
    assert names(tmp_path) == before


def test_surplus_bands_are_left_out_where_names_tell(tmp_path: Path, make_tif: MakeTif) -> None:
    values = picture(7)
    scene = make_tif(values, nodata=0, descriptions=("swir16", "nir", "red", "cirrus", "green", "blue", "x"))
    out = tmp_path / "o.tif"
    assert run(scene, identity(tmp_path), out).exit_code == 0
    np.testing.assert_array_equal(read(out), values[[5, 4, 2]].argmax(axis=0))


def test_more_bands_than_six(tmp_path: Path, make_tif: MakeTif) -> None:
    values, chosen = picture(12), (12, 3, 7, 1, 5, 9)
    scene, out = make_tif(values, nodata=0), tmp_path / "o.tif"
    assert run(scene, identity(tmp_path, 6), out, "--bands", ",".join(map(str, chosen))).exit_code == 0
    np.testing.assert_array_equal(read(out), values[[number - 1 for number in chosen]].argmax(axis=0))


CALIBRATED = Quantization("0" * 64, 0, (), (-1.0, 0.0, 1.0), (-0.5, 0.5, 1.5), (1.0,) * 3)


def test_the_drift_guard_sees_a_wrong_band_order(tmp_path: Path, make_tif: MakeTif) -> None:
    """Stored 250..375 in blue, 500..625 in green, 750..875 in red are what calibration saw."""
    values = (picture() % 125 + np.array([250, 500, 750], np.uint16)[:, None, None]).astype(np.uint16)
    model, out = identity(tmp_path, quantization=CALIBRATED), tmp_path / "o.tif"
    right = make_tif(values, "right.tif", nodata=0, descriptions=RGB)
    swapped = make_tif(values[::-1], "swapped.tif", nodata=0, descriptions=RGB)
    calm = classify(right, model, out, ORT)
    assert calm.drift == {"blue": 0.0, "green": 0.0, "red": 0.0}
    assert calm.drift_diagnosis == ""
    outcome = run(swapped, model, out, "--overwrite")
    assert outcome.exit_code == 0
    shown = words(outcome.stdout)
    assert "blue 100.0%, green 0.0%, red 100.0%" in shown
    assert "the bands may be in another order (--bands)" in shown
    with rasterio.open(out) as dataset:
        assert json.loads(dataset.tags()["GEOQUANT_DRIFT"]) == {"blue": 1.0, "green": 0.0, "red": 1.0}
    again = classify(swapped, model, out, ClassifyOptions(engine="ort", overwrite=True))
    assert "another order" in again.drift_diagnosis
    put_right = SceneOptions(bands=("3", "2", "1"))
    options = ClassifyOptions(engine="ort", overwrite=True)
    assert classify(SceneInput(swapped, put_right), model, out, options).drift_diagnosis == ""


# Georeference, nodata, number types, sizes


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        (None, (10, 0, 5e5, 0, -10, 5e6)),
        (None, (1, 0, 0, 0, 1, 0)),
        ("EPSG:32632", (8, 6, 5e5, 6, -8, 5e6)),
        ("EPSG:4326", (0.1, 0, 8, 0, 0.1, 45)),
        ("EPSG:32632", (-10, 0, 5e5, 0, -10, 5e6)),
    ],
    ids=["no-crs", "nowhere", "rotated", "south-up", "east-left"],
)
def test_odd_places_are_kept(tmp_path: Path, make_tif: MakeTif, crs: str | None, transform: Any) -> None:
    values, out = picture(), tmp_path / "o.tif"
    scene = make_tif(values, nodata=0, descriptions=RGB, crs=crs, transform=rasterio.Affine(*transform))
    outcome = run(scene, identity(tmp_path), out)
    assert outcome.exit_code == 0, outcome.stderr
    assert ("has no CRS" in outcome.stderr) == (crs is None)
    np.testing.assert_array_equal(read(out), values.argmax(axis=0))
    with rasterio.open(out) as dataset, rasterio.open(scene) as source:
        assert (dataset.crs, dataset.transform) == (source.crs, source.transform)


def test_undeclared_nodata_is_named_on_the_screen_and_in_the_result(tmp_path: Path, make_tif: MakeTif) -> None:
    values, out = picture(), tmp_path / "o.tif"
    values[:, :, :20] = 0
    scene = make_tif(values, descriptions=RGB)
    outcome = run(scene, identity(tmp_path), out)
    assert outcome.exit_code == 0
    (warning,) = outcome.stderr.splitlines()
    assert warning.startswith("warning: scene.tif declares no nodata")
    assert warning.endswith("pass --nodata 0.")
    with pytest.warns(GeoquantWarning, match="--nodata 0"):
        summary = classify(scene, tmp_path / "m.onnx", out, ClassifyOptions(engine="ort", overwrite=True))
    assert [warning.removeprefix("warning: ")] == list(summary.warnings)
    declared = run(scene, tmp_path / "m.onnx", out, "--overwrite", "--nodata", "0")
    assert (declared.exit_code, declared.stderr) == (0, "")
    assert (read(out)[:, :20] == NODATA).all()


@pytest.mark.parametrize("value", ["-9999", "0.5", "nan", "70000"])
def test_a_nodata_that_no_pixel_can_have(tmp_path: Path, make_tif: MakeTif, value: str) -> None:
    scene = make_tif(picture(), descriptions=RGB)
    refused(run(scene, identity(tmp_path), tmp_path / "o.tif", "--nodata", value), 2, "--nodata", "uint16")
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64"]
)
def test_every_real_number_type(tmp_path: Path, make_tif: MakeTif, dtype: str) -> None:
    values, out = (picture() % 100).astype(dtype), tmp_path / "o.tif"
    values[:, 3, 4] = 77
    scene = make_tif(values, nodata=77, descriptions=RGB)
    assert run(scene, identity(tmp_path), out).exit_code == 0
    valid = (values != 77).all(axis=0)
    np.testing.assert_array_equal(read(out), np.where(valid, values.argmax(axis=0), NODATA))


def test_bands_of_different_number_types(tmp_path: Path, make_tif: MakeTif) -> None:
    values, out = picture() % 200, tmp_path / "o.tif"
    types = ("uint8", "int16", "float32")
    scenes = [
        make_tif(values[i : i + 1].astype(dtype), f"{dtype}.tif", descriptions=(RGB[i],), nodata=199)
        for i, dtype in enumerate(types)
    ]
    one_scene = ",".join(map(str, scenes))
    assert run(one_scene, identity(tmp_path), out).exit_code == 0
    valid = (values != 199).all(axis=0)
    np.testing.assert_array_equal(read(out), np.where(valid, values.argmax(axis=0), NODATA))


def test_complex_numbers_are_refused(tmp_path: Path, make_tif: MakeTif) -> None:
    scene = make_tif(picture().astype(np.complex64), descriptions=RGB)
    refused(run(scene, identity(tmp_path), tmp_path / "o.tif"), 1, "complex64", "integers and floats")
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


@pytest.mark.parametrize("empty", ["nan", "nodata"])
@pytest.mark.parametrize("kind", ["conv", "unet", "pooled"])
def test_a_scene_without_any_data_becomes_a_map_without_any(
    tmp_path: Path, make_tif: MakeTif, empty: str, kind: str
) -> None:
    values = np.full((3, 40, 50), np.nan, np.float32) if empty == "nan" else np.zeros((3, 40, 50), np.uint16)
    scene = make_tif(values, descriptions=RGB, **({} if empty == "nan" else {"nodata": 0}))
    model, out = network_file(tmp_path / "m.onnx", kind), tmp_path / "o.tif"
    options = ClassifyOptions(engine="ort", confidence=True)
    summary = classify(scene, model, out, options)
    assert (summary.pixels, summary.valid_pixels, sum(summary.pixels_by_class.values())) == (2000, 0, 0)
    for path in (out, tmp_path / "o_confidence.tif"):
        with rasterio.open(path) as dataset:
            assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert not dataset.dataset_mask().any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (2, 3)])
@pytest.mark.parametrize("kind", ["conv", "unet"])
def test_the_smallest_scenes(tmp_path: Path, make_tif: MakeTif, shape: tuple[int, int], kind: str) -> None:
    values, out = picture(3, *shape), tmp_path / "o.tif"
    model = network_file(tmp_path / "m.onnx", kind)
    classify(make_tif(values, nodata=0, descriptions=RGB), model, out, ORT)
    np.testing.assert_array_equal(read(out), whole_image(model, values))


def test_a_pixel_size_in_the_wrong_unit(tmp_path: Path, make_tif: MakeTif) -> None:
    scene = make_tif(picture(), descriptions=RGB, crs="EPSG:4326", transform=rasterio.Affine(1e-4, 0, 8, 0, -1e-4, 45))
    refused(run(scene, identity(tmp_path), tmp_path / "o.tif", "--gsd", "10"), 2, "--gsd", "units of its CRS")
    refused(run(scene, tmp_path / "m.onnx", tmp_path / "o.tif", "--gsd", "1e-9"), 2, "--gsd")
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


@pytest.mark.parametrize(("option", "value"), [("--scale", "0"), ("--scale", "nan"), ("--offset", "inf")])
def test_a_scale_of_nothing(tmp_path: Path, make_tif: MakeTif, option: str, value: str) -> None:
    scene = make_tif(picture(), descriptions=RGB)
    refused(run(scene, identity(tmp_path), tmp_path / "o.tif", option, value), 2, option, "finite")
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


@pytest.mark.parametrize("content", [b"", b"no raster", b"II*\0\x08\0\0\0"])
def test_a_scene_that_is_no_raster(tmp_path: Path, content: bytes) -> None:
    scene = tmp_path / "s.tif"
    scene.write_bytes(content)
    refused(run(scene, identity(tmp_path), tmp_path / "o.tif"), 1, "s.tif")
    assert names(tmp_path) == ["m.onnx", "s.tif"]


# Damage


@pytest.fixture
def damaged(tmp_path: Path, make_tif: MakeTif) -> Path:
    """A tiled scene of 1024 x 1024 whose second block of the second row of blocks is garbage."""
    path = make_tif(
        picture(3, 1024, 1024),
        "damaged.tif",
        nodata=0,
        descriptions=RGB,
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="deflate",
        interleave="pixel",
    )
    with rasterio.open(path) as dataset:
        offset = int(dataset.get_tag_item("BLOCK_OFFSET_1_1", "TIFF", bidx=1))
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(b"\xff" * 400)
    return path


def test_a_damaged_tile_is_named_or_skipped_and_counted(tmp_path: Path, damaged: Path) -> None:
    model, out = identity(tmp_path), tmp_path / "o.tif"
    refused(run(damaged, model, out), 1, "damaged.tif", "rows", "columns", "--skip-bad-blocks")
    assert not out.exists()
    outcome = run(damaged, model, out, "--skip-bad-blocks")
    assert outcome.exit_code == 0
    assert "1 blocks" in words(outcome.stdout) or "1 tiles" in words(outcome.stdout)
    wanted = picture(3, 1024, 1024).argmax(axis=0)
    wanted[256:512, 256:512] = NODATA
    np.testing.assert_array_equal(read(out), wanted)
    with rasterio.open(out) as dataset:
        assert dataset.tags()["GEOQUANT_BAD_BLOCKS"] == "1"
    assert [name for name in names(tmp_path) if name.startswith(".")] == []


def test_a_run_that_must_not_skip_keeps_no_shard_that_did(tmp_path: Path, damaged: Path) -> None:
    model, out = identity(tmp_path), tmp_path / "o.tif"

    def fail_at_the_end(report: Progress) -> None:
        if report.stage == "writing the COG":
            raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError, match="lights"):
        classify(damaged, model, out, ClassifyOptions(engine="ort", skip_bad_blocks=True), progress=fail_at_the_end)
    assert not out.exists()
    refused(run(damaged, model, out), 1, "--skip-bad-blocks")


# Outputs


def test_outputs_that_must_not_be_written(tmp_path: Path, make_tif: MakeTif) -> None:
    scene, model = make_tif(picture(), nodata=0, descriptions=RGB), identity(tmp_path)
    polygon = {"type": "Polygon", "coordinates": [[[5e5, 4999500], [500500, 4999500], [5e5, 5e6], [5e5, 4999500]]]}
    aoi = tmp_path / "aoi.geojson"
    aoi.write_text(json.dumps({**polygon, "crs": {"type": "name", "properties": {"name": "EPSG:32632"}}}))
    virtual = tmp_path / "scene.vrt"
    with rasterio.open(scene) as source, rasterio.vrt.WarpedVRT(source, width=70, height=60) as vrt:
        rasterio.shutil.copy(vrt, virtual, driver="VRT")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for out in (scene, model, aoi):
        refused(run(scene, model, out, "--overwrite", "--aoi", aoi), 2, "one of the job's inputs")
    refused(run(virtual, model, scene, "--overwrite", "--bands", "1,2,3"), 2, "one of the job's inputs")
    refused(run(scene, model, tmp_path / "none" / "o.tif"), 2, "does not exist")
    refused(run(scene, model, tmp_path), 2, "is a folder")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_existing_output_stays_without_overwrite(tmp_path: Path, make_tif: MakeTif) -> None:
    scene, model = make_tif(picture(), nodata=0, descriptions=RGB), identity(tmp_path)
    for name in ("o.tif", "o_confidence.tif"):
        existing = tmp_path / name
        existing.write_bytes(b"mine")
        refused(run(scene, model, tmp_path / "o.tif", "--confidence"), 2, name, "--overwrite")
        assert existing.read_bytes() == b"mine"
        existing.unlink()


@pytest.mark.parametrize("name", ["a b", "it's", 'q"uote', "ünï-日本", "p%20&<x>", "-lead", "a:b", "a#b?c", " edge "])
def test_unusual_paths(tmp_path: Path, make_tif: MakeTif, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    values = picture()
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    os.replace(make_tif(values, nodata=0, descriptions=RGB), folder / f"{name}.tif")
    network_file(folder / f"{name}.onnx", "identity", bands=3, classes=3)
    outcome = run(f"{name}.tif", f"{name}.onnx", f"{name}_o.tif", "--confidence")
    assert outcome.exit_code == 0, outcome.stderr
    np.testing.assert_array_equal(read(folder / f"{name}_o.tif"), values.argmax(axis=0))
    assert f"{name}_o_confidence.tif" in names(folder)


# Models


def without_card(path: Path) -> Path:
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    return path


def test_a_model_without_a_card(tmp_path: Path, make_tif: MakeTif) -> None:
    values, out = picture(), tmp_path / "o.tif"
    scene, model = make_tif(values, nodata=0, descriptions=RGB), without_card(identity(tmp_path))
    facts = ["--band-names", "blue,green,red", "--units", "dn", "--mean", "500", "--std", "250"]
    refused(run(scene, model, out), 1, "--band-names", "--mean", "--std", "--units", "--class-names", "--card")
    partly = run(scene, model, out, *facts)
    refused(partly, 1, "--class-names")
    assert "--mean" not in partly.stderr
    refused(run(scene, model, out, *facts, "--class-names", "a,b"), 1, "2 classes", "3 channels")
    assert not out.exists()
    assert run(scene, model, out, *facts, "--class-names", "a,b,c").exit_code == 0
    np.testing.assert_array_equal(read(out), values.argmax(axis=0))


@pytest.mark.parametrize("damage", ["cut", "byte short", "empty", "text", "random", "zeros"])
def test_a_file_that_is_no_model(tmp_path: Path, make_tif: MakeTif, damage: str) -> None:
    scene, model = make_tif(picture(), nodata=0, descriptions=RGB), identity(tmp_path)
    whole = model.read_bytes()
    model.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "byte short": whole[:-1],
            "empty": b"",
            "text": b"<html>404 not found</html>\n" * 9,
            "random": np.random.default_rng(0).bytes(5000),
            "zeros": bytes(1000),
        }[damage]
    )
    refused(run(scene, model, tmp_path / "o.tif"), 1, "m.onnx", "not an ONNX model")
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/hostname", "sub/../../weights.bin", "missing.bin"])
def test_external_data_outside_the_folder(tmp_path: Path, make_tif: MakeTif, location: str) -> None:
    scene, model = make_tif(picture(), nodata=0, descriptions=RGB), identity(tmp_path)
    proto = onnx.load(model)
    weights = proto.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    entry = weights.external_data.add()
    entry.key, entry.value = "location", location
    model.write_bytes(proto.SerializeToString())
    refused(run(scene, model, tmp_path / "o.tif"), 1, repr(location))
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


def convolution(path: Path, out_channels: int, kernel: int, stride: int) -> Path:
    """One convolution without padding whose declared output shape says nothing."""
    weights = np.random.default_rng(0).normal(0, 1, (out_channels, 3, kernel, kernel)).astype(np.float32)
    node = helper.make_node("Conv", ["image", "w"], ["scores"], kernel_shape=[kernel] * 2, strides=[stride] * 2)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", "c", "y", "x"])
    graph = helper.make_graph([node], "one", [image], [scores], [numpy_helper.from_array(weights, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    write_card(model, card_for(3, 3), path)
    return path


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((5, 1, 1), ("3 classes", "5 channels")), ((3, 2, 2), ("0.5 times the rows", "resizing layer"))],
    ids=["classes", "half"],
)
@pytest.mark.parametrize("engine", ["ort", "openvino"])
def test_an_output_that_is_not_what_the_card_says(
    tmp_path: Path, make_tif: MakeTif, shape: tuple[int, int, int], expected: tuple[str, ...], engine: str
) -> None:
    scene, model = make_tif(picture(), nodata=0, descriptions=RGB), convolution(tmp_path / "m.onnx", *shape)
    refused(run(scene, model, tmp_path / "o.tif", "--engine", engine), 1, *expected)
    assert names(tmp_path) == ["m.onnx", "scene.tif"]


# Interruptions


def test_a_callback_that_raises_ends_the_job(tmp_path: Path, make_tif: MakeTif) -> None:
    scene, model = make_tif(picture(), nodata=0, descriptions=RGB), identity(tmp_path)
    for stage in ("opening model and scene", "choosing the engine", "classifying", "writing the COG"):
        for error in (RuntimeError, Cancelled):

            def fail(report: Progress, stage: str = stage, error: type[Exception] = error) -> None:
                if report.stage == stage:
                    raise error("enough")

            with pytest.raises(error, match="enough"):
                classify(scene, model, tmp_path / "o.tif", ORT, progress=fail)
            left = [name for name in names(tmp_path) if name not in ("m.onnx", "scene.tif")]
            shards_to_go_on_from = [".shards"] if (stage, error) == ("writing the COG", RuntimeError) else []
            assert [Path(name).suffix for name in left] == shards_to_go_on_from, (stage, error)


GEOQUANT = [sys.executable, "-c", "from geoquant.cli.main import main; main()"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX file size limits")
@pytest.mark.parametrize("limit", [3_000, 250_000], ids=["first-shard", "final-file"])
def test_a_disk_that_takes_no_more(tmp_path: Path, make_tif: MakeTif, limit: int) -> None:
    """A limit of the process on file sizes fails writes in the middle, as a full disk does."""
    import resource

    values = picture(3, 1024, 1024)
    scene, model, out = make_tif(values, nodata=0, descriptions=RGB), identity(tmp_path), tmp_path / "o.tif"
    arguments = ["classify", scene, "-m", model, "-o", out, "--engine", "ort", "--progress", "none"]
    done = subprocess.run(
        [*GEOQUANT, *map(str, arguments)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    message = done.stderr.splitlines()[-1]  # libtiff itself writes some words before
    assert "Traceback" not in done.stderr
    assert "could not be written" in message
    assert ("o.tif could" in message) == (limit > 100_000)
    assert "Free some space" in message
    assert not any(name.startswith("o.tif") or name.endswith(".part") for name in names(tmp_path))
    classify(scene, model, out, ORT)
    np.testing.assert_array_equal(read(out), values.argmax(axis=0))
    assert [name for name in names(tmp_path) if name.startswith(".")] == []


def shards_in(folder: Path) -> dict[Path, int]:
    """Finished shards and when they were written."""
    found = (record.with_suffix(".tif") for record in folder.glob(".o.tif.shards/r*.json"))
    return {path: path.stat().st_mtime_ns for path in found}


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_after_a_kill_the_same_call_goes_on(tmp_path: Path, make_tif: MakeTif) -> None:
    values = np.tile(picture(3, 256, 256), (1, 6, 6))
    scene = make_tif(values, nodata=0, descriptions=RGB, tiled=True, compress="deflate")
    model, out = network_file(tmp_path / "m.onnx", "unet"), tmp_path / "o.tif"
    arguments = ["classify", scene, "-m", model, "-o", out, "--engine", "ort", "--tile", "256", "--progress", "none"]
    with subprocess.Popen([*GEOQUANT, *map(str, arguments)]) as process:
        deadline = time.monotonic() + 90
        while not shards_in(tmp_path) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -9
    kept = shards_in(tmp_path)
    assert kept
    assert not out.exists()
    seen: dict[Path, int] = {}

    def look(report: Progress) -> None:
        if report.stage == "writing the COG":
            seen.update(shards_in(tmp_path))

    options = ClassifyOptions(engine="ort", tile=256)
    resumed = classify(scene, model, out, options, progress=look)
    assert len(seen) == len(resumed.plan.shards)
    assert {path: seen[path] for path in kept} == kept
    undisturbed = classify(scene, model, tmp_path / "again.tif", options)
    np.testing.assert_array_equal(read(out), read(tmp_path / "again.tif"))
    assert resumed.pixels_by_class == undisturbed.pixels_by_class
    assert [name for name in names(tmp_path) if name.startswith(".")] == []


def test_progress_as_json_parses_line_by_line(tmp_path: Path, make_tif: MakeTif) -> None:
    scene, model = make_tif(picture(), descriptions=RGB, crs=None), identity(tmp_path)
    done = run(scene, model, tmp_path / "o.tif", "--progress", "json")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert {event["event"] for event in events} == {"progress", "warning"}
    assert json.loads(done.stdout)["pixels"] == 60 * 70
    failed = run(scene, model, tmp_path / "o.tif", "--progress", "json")
    assert failed.exit_code == 2
    (error,) = [json.loads(line) for line in failed.stderr.splitlines()]
    assert (error["event"], error["kind"], error["exit_code"]) == ("error", "OptionError", 2)


def test_what_a_notebook_holds_does_not_change_the_plan(tmp_path: Path, make_tif: MakeTif) -> None:
    scene, model = make_tif(picture(3, 600, 600)), network_file(tmp_path / "unet.onnx", "unet")
    before = plan_classification(scene, model, ClassifyOptions(engine="ort"))[0]
    held = np.ones(400 * MIB, np.uint8)
    assert plan_classification(scene, model, ClassifyOptions(engine="ort"))[0] == before
    assert held.all()
    assert memory_ceiling(ClassifyOptions()) <= DEFAULT_MEMORY_MIB * MIB
    assert memory_ceiling(ClassifyOptions(max_memory=500)) == 500 * MIB


def test_an_option_out_of_range_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(OptionError, match="--overlap"):
        ClassifyOptions(overlap=-1)
