"""The plugin in QGIS's window on a virtual screen: toolbox, dialog, batch, designer, preview, and their pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LARGEST_BYTES = 200_000


@pytest.fixture(scope="module")
def walk(interpreter, tmp_path_factory):
    """What the walk of the screenshots finds, and its pictures."""
    missing = [name for name in ("qgis", "xvfb-run") if not shutil.which(name)]
    assert not missing, f"{missing} not there; on Debian: apt install --no-install-recommends qgis xvfb"
    out = tmp_path_factory.mktemp("pictures")
    command = [interpreter, CHECKOUT / "scripts" / "docs" / "make_screenshots.py", "-o", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout), out


def test_a_missing_environment_is_said_as_soon_as_the_zip_is_installed(walk):
    (message,) = walk[0]["setup_messages"]
    assert "environment is missing" in message


def test_the_toolbox_shows_the_algorithms_in_groups(walk):
    assert walk[0]["toolbox"] == {
        "Check": ["Compare models", "Find what is wrong", "Inspect model and scene"],
        "Make small": ["Choose calibration tiles", "Quantize model"],
        "Use": ["Classify mosaic of rasters", "Classify raster", "Map imaging conditions"],
        "Set up environment": [],
    }


def test_the_dialog_shows_the_card_of_the_model(walk):
    text = " ".join(walk[0]["card"])
    assert "trained at 10 m" in text
    assert "B02 (blue)" in text
    assert "cropland" in text
    assert "made-up scenes of" in text  # what it is for
    assert "not a land-cover product for real imagery" in text


def test_a_value_that_the_dialog_shows_is_not_given_as_the_users_wish(walk):
    assert walk[0]["nodata_shown"] == "Not set: the scene's, else 0"
    assert walk[0]["nodata_given"] is None
    assert walk[0]["overlap_given"] is None


def test_the_result_is_a_styled_layer(walk):
    assert walk[0]["result"] == {"name": "scene, demo_landcover", "renderer": "paletted"}
    assert "water" in walk[0]["classes"]


def test_an_int8_model_goes_beside_the_float_model_and_one_of_the_plugins_into_the_profile(walk):
    assert walk[0]["int8_model"] == "FOLDER/net.int8.onnx"
    assert walk[0]["int8_of_packaged"].endswith("/geoquant/models/demo_landcover.int8.onnx")


def test_batch_mode_and_the_designer(walk):
    assert walk[0]["batch"] == ["batch_1.tif", "batch_2.tif"]
    assert "MODEL" in walk[0]["designer"]


def test_the_preview_suggests_a_model_whose_bands_the_scene_has(walk):
    assert walk[0]["suggested"] == "demo_landcover"


def test_the_preview_covers_what_the_map_shows_and_replaces_itself(walk):
    assert walk[0]["previews"] == ["Preview: demo_landcover"]
    assert walk[0]["preview_second_s"] < 20  # on a busy machine; benchmarks hold it to 5 s on a quiet one
    width, height = walk[0]["preview_px"][0]
    assert 500 <= height <= 502
    assert width >= height


def test_the_preview_of_a_map_in_another_crs(walk):
    crs, width, height = walk[0]["preview_of_another_crs"]
    assert crs == "EPSG:32631"
    assert 500 <= height <= 768
    assert 500 <= width <= 768


def test_the_plugin_goes_without_a_trace(walk):
    assert walk[0]["unloaded"]
    assert walk[0]["exceptions"] == []


def test_the_pictures_of_the_docs_are_these_and_small(walk):
    made = {path.name for path in walk[1].iterdir()}
    kept = {path.name: path for path in (CHECKOUT / "docs" / "images" / "qgis").iterdir()}
    assert set(kept) == made
    assert all(path.stat().st_size < LARGEST_BYTES for path in kept.values())
