"""``inspect_model``: a model by itself, and beside scenes that fit, nearly fit, or do not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geoquant.diagnostics.inspect import inspect_model
from geoquant.errors import CardError, ModelError, RasterError
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Quantization
from geoquant.model_card.embedding import set_metadata, write_card
from geoquant.options.card import CardOptions
from geoquant.options.scene import SceneOptions
from geoquant.raster.scene_input import SceneInput
from tests.builders.positive_layers import conv, small_network

CARD = ModelCard(
    name="two bands",
    bands=(Band("B02", "blue", None, 1e-4, -0.1), Band("B08", "nir", None, 1e-4, -0.1)),
    normalization=Normalization((0.1, 0.2), (0.05, 0.1)),
    classes=(ClassLabel(0, "water", "#0000ff"), ClassLabel(1, "land", "#00ff00")),
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save(tmp_path / "model.onnx", CARD)


def save(path: Path, card: ModelCard | None) -> Path:
    b = small_network()
    network = b.ending_in(conv(b, "x", 3, 1, 1, (1, 1)))
    if card is None:
        path.write_bytes(network.SerializeToString())
    else:
        write_card(network, card, path)
    return path


def dn(bands: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(1500, 4000, (bands, 40, 50)).astype(np.uint16)


def test_a_model_alone(model: Path) -> None:
    report = inspect_model(model)
    assert report.card.name == "two bands"
    assert (report.missing, report.scene, report.warnings) == ({}, None, ())
    assert report.graph.halo_px == 1
    document = json.loads(json.dumps(report.to_json()))
    assert document["graph"]["halo_px"] == 1
    assert document["card"]["bands"][0]["name"] == "B02"


def test_a_model_without_a_card_names_what_is_missing(tmp_path: Path, make_tif) -> None:
    bare = save(tmp_path / "bare.onnx", None)
    report = inspect_model(bare, make_tif(dn()))
    assert report.card is None
    assert report.scene is None
    assert list(report.missing) == ["bands", "normalization", "units", "classes"]
    options = CardOptions(
        band_names=("blue", "nir"), mean=(0.0,), std=(1.0,), units="dn", class_names=("water", "land")
    )
    assert inspect_model(bare, make_tif(dn()), options).scene.fits


def test_a_scene_that_names_its_bands(model: Path, make_tif) -> None:
    scene = make_tif(dn(3), descriptions=["nir", "red", "blue"], nodata=0)
    fit = inspect_model(model, scene).scene
    assert fit.fits
    assert [(band.found, band.number, band.matched_by) for band in fit.bands] == [
        ("blue", 3, "common name"),
        ("nir", 1, "common name"),
    ]
    assert {(band.dtype, band.nodata, band.gsd) for band in fit.bands} == {("uint16", 0.0, 10.0)}
    assert [(band.scale, band.offset, band.scale_from) for band in fit.bands] == [(1e-4, -0.1, "card")] * 2
    assert (fit.crs, fit.width, fit.height, fit.pixel_size) == ("WGS 84 / UTM zone 32N", 50, 40, (10.0, 10.0))
    assert fit.scene_bands == ("1: nir", "2: red", "3: blue")


def test_a_scene_without_names_is_taken_in_order(model: Path, make_tif) -> None:
    fit = inspect_model(model, make_tif(dn())).scene
    assert [band.matched_by for band in fit.bands] == ["order", "order"]
    assert any("in order" in warning for warning in fit.warnings)
    chosen = inspect_model(
        model, SceneInput(make_tif(dn()), SceneOptions(bands=("2", "1"), scale=2e-4, offset=0.0))
    ).scene
    assert [(band.number, band.matched_by, band.scale, band.scale_from) for band in chosen.bands] == [
        (2, "--bands", 2e-4, "option"),
        (1, "--bands", 2e-4, "option"),
    ]


def test_a_scene_that_does_not_fit_is_a_finding(model: Path, make_tif) -> None:
    fit = inspect_model(model, make_tif(dn(3), descriptions=["blue", "green", "red"])).scene
    assert not fit.fits
    assert "nir" in fit.problem
    assert "--bands" in fit.problem
    assert [(band.found, band.scale_from) for band in fit.bands] == [("blue", ""), (None, "")]


def test_integers_without_any_scale_do_not_fit_physical_values(tmp_path: Path, make_tif) -> None:
    bands = tuple(Band(band.name, band.common_name) for band in CARD.bands)
    model = save(tmp_path / "no_scale.onnx", replace(CARD, bands=bands))
    integers = make_tif(dn())
    fit = inspect_model(model, integers).scene
    assert not fit.fits
    assert "--scale" in fit.problem
    floats = inspect_model(model, make_tif(dn().astype(np.float32) / 1e4, "float.tif")).scene
    assert floats.fits
    assert floats.bands[0].scale_from == "floating point"
    stored = save(tmp_path / "stored.onnx", replace(CARD, bands=bands, units="dn"))
    assert inspect_model(stored, integers).scene.bands[0].scale_from == "not used"


def test_values_show_how_the_scene_enters_the_network(tmp_path: Path, make_tif) -> None:
    quantization = Quantization("0" * 64, 0, (), (-1.0, -1.0), (1.0, 100.0), (1.0, 1.0))
    model = save(tmp_path / "int8.onnx", replace(CARD, quantization=quantization))
    values = np.full((2, 40, 50), 2000, np.uint16)
    values[:, :10] = 0
    fit = inspect_model(model, make_tif(values, nodata=0), values=True).scene
    assert fit.valid_share == 0.75
    blue, nir = (band.values for band in fit.bands)
    assert blue.stored == (2000, 2000, 2000)
    assert blue.z == pytest.approx((0, 0, 0))  # 2000 * 1e-4 - 0.1 = 0.1, the mean
    assert nir.z == pytest.approx((-1, -1, -1))
    assert blue.outside_calibration == 0
    bright = inspect_model(model, make_tif(values * 3, "bright.tif"), values=True).scene
    assert bright.bands[0].values.outside_calibration > 0.7
    empty = inspect_model(model, make_tif(values * 0, "empty.tif", nodata=0), values=True).scene
    assert (empty.valid_share, empty.bands[0].values) == (0.0, None)


def test_unusual_models_are_warned_of(tmp_path: Path) -> None:
    b = small_network()
    model = b.ending_in(b.node("Mul", "x", b.node("GlobalAveragePool", "x")))
    write_card(model, CARD, tmp_path / "se.onnx")
    assert "unbounded" in inspect_model(tmp_path / "se.onnx").warnings[0]
    b = small_network()
    write_card(b.ending_in(conv(b, "x", 2, 2)), CARD, tmp_path / "coarse.onnx")
    assert "can't be laid over a scene" in inspect_model(tmp_path / "coarse.onnx").warnings[0]
    b = small_network()
    write_card(b.ending_in(b.node("CumSum", "x", b.constant(1, np.int64))), CARD, tmp_path / "opaque.onnx")
    assert "--stride 32" in inspect_model(tmp_path / "opaque.onnx").warnings[1]


def test_a_deepness_model_takes_bands_in_order(tmp_path: Path, make_tif) -> None:
    from geoquant.onnx_graph.loading import load_model

    path = save(tmp_path / "deepness.onnx", None)
    model = load_model(path)
    set_metadata(model, {"class_names": '{"0": "a", "1": "b"}', "resolution": "1000"})
    path.write_bytes(model.SerializeToString())
    fit = inspect_model(path, make_tif(dn())).scene
    assert fit.fits
    assert [(band.wanted, band.number) for band in fit.bands] == [("1", 1), ("2", 2)]


def test_errors_are_errors(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        inspect_model(tmp_path / "absent.onnx")
    with pytest.raises(RasterError):
        inspect_model(model, tmp_path / "absent.tif")
    with pytest.raises(CardError, match="absent"):
        inspect_model(model, None, CardOptions(card=str(tmp_path / "absent.json")))


@pytest.mark.real
def test_every_odd_scene_is_described_or_refused(model: Path, real_data: Path) -> None:
    unreadable = []
    for path in sorted((real_data / "edge").glob("*.tif")):
        try:
            fit = inspect_model(model, path).scene
        except RasterError:
            unreadable.append(path.name)
        else:
            assert fit.fits == (fit.problem is None)
            assert fit.bands[0].wanted == "B02"
    assert unreadable == []


@pytest.mark.real
def test_a_sentinel_2_product(model: Path, real_data: Path) -> None:
    fit = inspect_model(model, real_data / "sentinel2_l2a_t29unu", values=True).scene
    assert fit.fits
    assert "Sentinel-2A" in fit.product
    assert [(band.found, band.matched_by, band.scale_from) for band in fit.bands] == [
        ("B02", "name", "product"),
        ("B8A", "stand-in", "product"),
    ]
    assert fit.bands[0].offset == pytest.approx(-0.1)
    assert 0.5 < fit.valid_share < 0.7
