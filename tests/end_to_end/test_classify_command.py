"""``geoquant classify`` as a shell runs it: a process, a real network, files on disk."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.vector.geopackage.reading import read_features
from tests.builders.model_files import network_file, whole_image

GEOQUANT = [sys.executable, "-c", "from geoquant.cli.main import main; main()", "classify"]


def picture(height, width):
    random = np.random.default_rng(0)
    coarse = random.integers(1, 1000, (3, height // 9 + 1, width // 9 + 1))
    return np.kron(coarse, np.ones((9, 9)))[:, :height, :width].astype(np.uint16)


def classify(*arguments, **options):
    command = [*GEOQUANT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


@pytest.fixture
def scene(make_tif):
    return make_tif(picture(150, 200), nodata=0, descriptions=("blue", "green", "red"))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_scene_becomes_a_class_map(tmp_path, scene):
    model, out = network_file(tmp_path / "m.onnx"), tmp_path / "classes.tif"
    done = classify(scene, "-m", model, "-o", out, "--engine", "ort", "--progress", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["valid_pixels"] == result["pixels"] == 150 * 200
    assert sum(result["pixels_by_class"].values()) == 150 * 200
    with rasterio.open(out) as dataset:
        np.testing.assert_array_equal(dataset.read(1), whole_image(model, picture(150, 200)))
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert len(dataset.tags()["GEOQUANT_MODEL_SHA256"]) == 64
        assert dataset.crs.to_epsg() == 32632
    assert names(tmp_path) == ["classes.qml", "classes.tif", "classes.tif.aux.xml", "m.onnx", "scene.tif"]
    events = [json.loads(line) for line in done.stderr.splitlines()]
    last = [event for event in events if event["stage"] == "classifying"][-1]
    assert last["done"] == last["total"] == 150 * 200


def test_area_of_interest_and_bounds(tmp_path, scene):
    model, out = network_file(tmp_path / "m.onnx"), tmp_path / "classes.tif"
    ring = [[500300, 4999500], [500900, 4999500], [500900, 4999900], [500300, 4999900], [500300, 4999500]]
    crs = {"type": "name", "properties": {"name": "EPSG:32632"}}
    aoi = tmp_path / "aoi.geojson"
    aoi.write_text(json.dumps({"type": "Polygon", "coordinates": [ring], "crs": crs}))
    bounds = ["--bounds", 500100, 4999600, 500800, 4999850]
    done = classify(scene, "-m", model, "-o", out, "--engine", "ort", "--aoi", aoi, *bounds, "--progress", "none")
    assert done.returncode == 0, done.stderr
    with rasterio.open(out) as dataset:
        assert tuple(dataset.bounds) == (500300, 4999600, 500800, 4999850)
        whole = whole_image(model, picture(150, 200))
        np.testing.assert_array_equal(dataset.read(1), whole[15:40, 30:80])


def test_polygons_and_areas_agree_with_the_map(tmp_path, scene):
    model, out = network_file(tmp_path / "m.onnx"), tmp_path / "classes.tif"
    beside = ["--polygons", tmp_path / "classes.gpkg", "--areas", tmp_path / "areas.csv"]
    done = classify(scene, "-m", model, "-o", out, "--engine", "ort", *beside, "--progress", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [result["polygons"], result["areas"]] == list(map(str, beside[1::2]))
    features, crs = read_features(tmp_path / "classes.gpkg")
    assert crs == "EPSG:32632"
    with rasterio.open(out) as dataset:
        counts = dict(zip(*np.unique(dataset.read(1), return_counts=True), strict=True))
    with (tmp_path / "areas.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-5)
    for row in rows:
        own = [feature for feature in features if feature.attributes["class"] == row["class"]]
        pixels = counts.get(int(row["value"]), 0)
        assert int(row["pixels"]) == pixels == sum(feature.attributes["pixels"] for feature in own)
        assert 100 * pixels == pytest.approx(sum(f.geometry.area for f in own))
        assert float(row["area_m2"]) == pytest.approx(sum(f.attributes["area_m2"] for f in own), rel=1e-6)
        assert float(row["area_m2"]) == pytest.approx(100 * pixels / 0.9996**2, rel=2e-6)


@pytest.mark.parametrize(
    ("beside", "problem"),
    [
        (["--polygons", "polygons.shp"], "polygons are written as GeoPackage"),
        (["--areas", "classes.tif"], "two outputs would have the same name"),
        (["--areas", "missing/areas.csv"], "does not exist"),
    ],
)
def test_outputs_beside_the_map_are_checked_before_any_work(tmp_path, scene, beside, problem):
    model = network_file(tmp_path / "m.onnx")
    before = names(tmp_path)
    done = classify(scene, "-m", model, "-o", "classes.tif", *beside, cwd=tmp_path)
    assert done.returncode == 2
    assert problem in done.stderr
    assert names(tmp_path) == before


def test_plan_writes_nothing(tmp_path, scene):
    model = network_file(tmp_path / "m.onnx")
    before = names(tmp_path)
    done = classify(scene, "-m", model, "--plan", "--engine", "ort", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "200 x 150 px" in done.stdout
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none.tif", "-m", "m.onnx", "-o", "o.tif"], 1, "none.tif"),
        (["scene.tif", "-m", "none.onnx", "-o", "o.tif"], 1, "none.onnx"),
        (["scene.tif", "-m", "scene.tif", "-o", "o.tif"], 1, "scene.tif"),
        (["scene.tif", "-m", "m.onnx", "-o", "missing/o.tif"], 2, "does not exist"),
        (["scene.tif", "-m", "m.onnx", "-o", "scene.tif", "--overwrite"], 2, "one of the job's inputs"),
        (["scene.tif", "-m", "m.onnx", "-o", "m.onnx", "--overwrite"], 2, "one of the job's inputs"),
        (["scene.tif", "-m", "m.onnx", "-o", "o.tif", "--bounds", "0", "0", "1", "1"], 2, "--bounds"),
        (["scene.tif", "-m", "m.onnx", "-o", "o.tif", "--aoi", "m.onnx"], 2, "--aoi"),
        (["scene.tif", "-m", "m.onnx", "-o", "o.tif", "--bands", "blue,green"], 1, "band"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing(tmp_path, scene, arguments, code, words):
    network_file(tmp_path / "m.onnx")
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
    done = classify(*arguments, "--progress", "none", cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "unexpected" not in done.stderr
    assert "Traceback" not in done.stderr
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cancel_leaves_nothing(tmp_path, make_tif, number):
    """The signal comes once the stream has begun, on a scene that would take minutes."""
    large = make_tif(np.tile(picture(270, 270), (1, 15, 15)), name="large.tif", descriptions=("blue", "green", "red"))
    model = network_file(tmp_path / "m.onnx", "unet")
    before = names(tmp_path)
    arguments = [large, "-m", model, "-o", tmp_path / "o.tif", "--engine", "ort", "--tile", "128", "--progress", "json"]
    command = [*GEOQUANT, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if json.loads(line).get("stage") == "classifying":
                break
        process.send_signal(number)
        started = time.monotonic()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(err.splitlines()[-1])["kind"] == "Cancelled"
    assert out == ""
    assert time.monotonic() - started < 20
    assert names(tmp_path) == before


MOMENTS = 4
"""Interrupts between the start of a process and its end, one at a random moment of each quarter of that time."""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_at_any_moment_the_same_command_ends_with_the_same_bytes(tmp_path, make_tif):
    """What an interrupt leaves is whole, or hidden and taken up or away by the same command; it never hangs."""
    scene = make_tif(
        np.tile(picture(256, 256), (1, 2, 2)), name="s.tif", nodata=0, descriptions=("blue", "green", "red")
    )
    model, place = network_file(tmp_path / "m.onnx", "unet"), tmp_path / "out"
    command = [*GEOQUANT, *map(str, [scene, "-m", model, "-o", place / "o.tif", "--engine", "ort"])]
    command += [
        "--tile",
        "64",
        "--workers",
        "1",
        "--confidence",
        "--polygons",
        str(place / "o.gpkg"),
        "--progress",
        "none",
    ]

    def run(interrupt_s: float | None = None) -> int:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(interrupt_s)
            process.send_signal(signal.SIGINT)  # nothing happens where it has ended already
            try:
                _, err = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert "unexpected" not in err, err
        return process.returncode

    def files() -> dict[str, bytes]:
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}

    place.mkdir()
    run()  # what is remembered of the model is there from now on
    started = time.monotonic()
    shutil.rmtree(place)
    place.mkdir()
    assert run() == 0
    whole_s, expected = time.monotonic() - started, files()
    assert {"o.tif", "o.qml", "o_confidence.tif", "o.gpkg"} <= expected.keys()
    codes = []
    for moment, jitter in enumerate(np.random.default_rng().uniform(size=MOMENTS)):
        shutil.rmtree(place)
        place.mkdir()
        interrupt_s = (moment + jitter) / MOMENTS * whole_s
        codes.append(run(interrupt_s))
        left = files()
        assert codes[-1] in (0, 130, -signal.SIGINT), (interrupt_s, codes)
        if codes[-1] == 0 or "o.tif" in left:
            assert left == expected, interrupt_s
            continue
        assert all(name.startswith(".") for name in left), (interrupt_s, left.keys())
        assert run() == 0, interrupt_s
        assert files() == expected, interrupt_s
    assert {130, -signal.SIGINT} & set(codes), codes  # some did come while it ran


@pytest.mark.real
def test_a_damaged_tile_is_named_and_can_be_skipped(tmp_path, real_data):
    corrupt = real_data / "edge" / "corrupt.tif"
    with rasterio.open(corrupt) as dataset:
        bands = dataset.count
    model, out = network_file(tmp_path / "m.onnx", "identity", bands=bands), tmp_path / "o.tif"
    common = [corrupt, "-m", model, "-o", out, "--engine", "ort", "--progress", "json"]
    common += ["--bands", ",".join(str(band) for band in range(1, bands + 1))]
    refused = classify(*common)
    assert refused.returncode == 1, refused.stderr
    assert "--skip-bad-blocks" in refused.stderr
    assert [name for name in names(tmp_path) if not name.startswith(".")] == ["m.onnx"]  # hidden: shards to go on from
    skipped = classify(*common, "--skip-bad-blocks")
    assert skipped.returncode == 0, skipped.stderr
    result = json.loads(skipped.stdout)
    assert result["bad_blocks"] > 0
    assert Path(result["out"]) == out
    with rasterio.open(out) as dataset:
        assert dataset.tags()["GEOQUANT_BAD_BLOCKS"] == str(result["bad_blocks"])
