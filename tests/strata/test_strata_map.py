"""``geoquant.strata``: a styled map of what calibration sees, whole or not at all, the same for every piece."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio

import geoquant
from geoquant.errors import Cancelled, GeoquantWarning, OptionError, RasterError
from geoquant.model_card.embedding import write_card
from geoquant.options.scene import MaskOptions, SceneOptions, StrataOptions
from geoquant.output.cog import published_labels
from geoquant.progress import Progress
from geoquant.raster.opening import open_scene
from geoquant.raster.scene_input import SceneInput
from geoquant.strata import strata_map as job
from geoquant.strata.conditions import Stratum
from geoquant.strata.spectra import find_roles
from geoquant.strata.stratified_scene import stratify_by

BANDS = ("blue", "green", "red", "nir", "swir16")
SIDE = 200
FOREST, CLOUD, WATER, SHADOW = range(4)
REFLECTANCE = np.array(
    [
        (0.03, 0.05, 0.03, 0.35, 0.15),
        (0.60, 0.61, 0.62, 0.65, 0.50),
        (0.06, 0.05, 0.03, 0.01, 0.005),
        (0.015, 0.02, 0.015, 0.05, 0.03),
    ]
)
LANDSCAPE = np.kron(np.random.default_rng(2).choice(4, (10, 10), p=[0.5, 0.2, 0.15, 0.15]), np.ones((20, 20), int))


@pytest.fixture
def scene(make_tif) -> Path:
    noise = np.random.default_rng(0).normal(1, 0.02, (len(BANDS), SIDE, SIDE))
    values = (np.moveaxis(REFLECTANCE[LANDSCAPE], -1, 0) * noise * 10_000).astype(np.uint16)
    values[:, :30] = 0
    return make_tif(values, nodata=0, descriptions=BANDS)


PHYSICAL = SceneOptions(scale=1e-4, offset=0.0)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def test_the_map_is_what_calibration_sees_whatever_the_pieces(scene, tmp_path, monkeypatch):
    opened = open_scene(scene, PHYSICAL)
    roles = find_roles([(band.common_name,) for band in opened.bands])
    expected = stratify_by(opened, roles, None, MaskOptions()).strata(opened.grid.window)
    for side in (32, 64, 1024):
        monkeypatch.setattr(job, "SHARD_PX", side)
        summary = geoquant.map_strata(SceneInput(scene, PHYSICAL), tmp_path / f"{side}.tif")
        np.testing.assert_array_equal(read(summary.out), expected)
    for stratum, surface in ((Stratum.WATER, WATER), (Stratum.SHADOW, SHADOW), (Stratum.THICK_CLOUD, CLOUD)):
        assert (LANDSCAPE[60:][expected[60:] == stratum] == surface).mean() > 0.99
        assert (expected == stratum).any()
    assert (expected[:30] == Stratum.NO_DATA).all()
    assert (expected[30:46][LANDSCAPE[30:46] == FOREST] == Stratum.SCENE_EDGE).all()


def test_areas_add_up_and_the_style_lies_beside_the_map(scene, tmp_path):
    reports = []
    summary = geoquant.map_strata(SceneInput(scene, PHYSICAL), tmp_path / "s.tif", progress=reports.append)
    values = read(summary.out)
    for label in job.stratum_labels():
        assert summary.pixels_by_stratum[label.name] == (values == label.value).sum()
        on_the_ground = 100 / 0.9996**2 * (values == label.value).sum()  # the middle of a UTM zone
        assert summary.area_m2_by_stratum[label.name] == pytest.approx(on_the_ground, rel=1e-6)
    assert summary.valid_pixels == (SIDE - 30) * SIDE
    assert summary.told_by == "spectral tests of blue, green, red, nir, swir16 as reflectance"
    assert json.loads(json.dumps(summary.to_json()))["out"] == str(summary.out)
    assert published_labels(summary.out) == job.stratum_labels()
    with rasterio.open(summary.out) as source:
        assert source.nodata == Stratum.NO_DATA
        assert source.colormap(1)[Stratum.WATER] == (0x4A, 0xA3, 0xFF, 255)
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.tags()["GEOQUANT_STRATA"] == summary.told_by
    assert 'label="cloud edge"' in (tmp_path / "s.qml").read_text()
    assert (reports[-1].done, reports[-1].total) == (SIDE * SIDE, SIDE * SIDE)
    assert sorted(path.name for path in tmp_path.glob("s.*")) == ["s.qml", "s.tif", "s.tif.aux.xml"]


def test_the_map_says_how_far_its_strata_can_be_trusted(scene, tmp_path, make_tif):
    with pytest.warns(GeoquantWarning, match="texture of ground"):  # the noise of the bands has nothing in common
        summary = geoquant.map_strata(SceneInput(scene, PHYSICAL), tmp_path / "s.tif")
    sure = summary.confidence_by_stratum
    assert set(sure) == {name for name, pixels in summary.pixels_by_stratum.items() if pixels and name != "scene edge"}
    assert sure["water"] > 0.9
    assert sure["thick cloud"] == sure["cloud edge"] == 0
    with rasterio.open(summary.out) as source:
        assert f"water {sure['water']:.2f}" in source.tags()["GEOQUANT_STRATA_CONFIDENCE"]
    assert summary.doubts[0].startswith("what counts as cloud has the texture of ground")


def mask_file(make_tif, values: np.ndarray, name: str, **profile: object) -> Path:
    return make_tif(values if values.ndim == 3 else values[None], name, **profile)


CODES = {
    "scl": np.array([4, 9, 6, 3], np.uint8),
    "qa_pixel": np.array([21824, 22280, 21952, 23888], np.uint16),
    "fmask": np.array([64, 2, 32, 8], np.uint8),
    "qa60": np.array([0, 1024, 0, 0], np.uint16),
    "classes": np.array([10, 11, 12, 13], np.uint8),
}
CLASSES = ("10=clear", "11=thick cloud", "12=water", "13=shadow")


@pytest.mark.parametrize("pixel_m", [10, 30, 60, 450])
def test_a_true_mask_keeps_its_rare_conditions_in_the_map(make_tif, tmp_path, pixel_m: int):
    rng = np.random.default_rng(pixel_m)
    truth = np.kron(rng.choice(6, (50, 50), p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]), np.ones((4, 4), int)).astype(np.uint8)
    values = rng.normal(0.1, 0.02, (5, SIDE, SIDE)).astype(np.float32)
    values[:, :20, :30] = np.nan
    transform = rasterio.Affine(pixel_m, 0, 500_000, 0, -pixel_m, 5_000_000)
    scene = make_tif(values, "scene.tif", descriptions=BANDS, transform=transform)
    mask = make_tif(truth[None], "truth.tif", transform=transform)
    classes = ("0=clear", "1=water", "2=snow", "3=thick cloud", "4=shadow", "5=thin cloud")
    options = MaskOptions(mask_classes=classes)
    found = read(geoquant.map_strata(SceneInput(scene, mask=mask, mask_options=options), tmp_path / "strata.tif").out)
    valid = np.isfinite(values[0])
    strata = (Stratum.WATER, Stratum.SNOW, Stratum.THICK_CLOUD, Stratum.SHADOW, Stratum.THIN_CLOUD)
    for value, stratum in enumerate(strata, 1):
        assert (found[valid & (truth == value)] == stratum).all()
    clear = found[valid & (truth == 0)]
    assert set(np.unique(clear)) <= {1, 2, 3, 4, Stratum.CLOUD_EDGE, Stratum.SCENE_EDGE}
    assert (clear <= Stratum.LAND_BRIGHT_GREEN).mean() >= 1 / 3


@pytest.mark.parametrize("kind", CODES)
def test_a_mask_is_believed_where_it_speaks(scene, tmp_path, make_tif, kind):
    elsewhere = np.roll(LANDSCAPE, 60, axis=1)  # another landscape, so that spectra alone would not say this
    mask = mask_file(make_tif, CODES[kind][elsewhere], f"{kind}_mask.tif")
    options = MaskOptions(mask_classes=CLASSES) if kind == "classes" else MaskOptions(mask_kind=kind)  # type: ignore[arg-type]
    summary = geoquant.map_strata(SceneInput(scene, PHYSICAL, mask=mask, mask_options=options), tmp_path / "m.tif")
    assert f"{mask.name} read as {kind}" in summary.told_by
    values = read(summary.out)[46:]
    cloud = (elsewhere == CLOUD) | ((LANDSCAPE == CLOUD) & (kind == "qa60"))  # which misses clouds
    np.testing.assert_array_equal(values == Stratum.THICK_CLOUD, cloud[46:])
    if kind != "qa60":
        said_water = (elsewhere[46:] == WATER) & (values != Stratum.CLOUD_EDGE)
        np.testing.assert_array_equal(values == Stratum.WATER, said_water)


def test_udm2_takes_six_bands_and_spectra_for_water(scene, tmp_path, make_tif):
    bands = np.zeros((8, SIDE, SIDE), np.uint8)
    elsewhere = np.roll(LANDSCAPE, 60, axis=1)
    for band, surfaces in ((0, (FOREST, WATER)), (2, (SHADOW,)), (5, (CLOUD,))):
        bands[band] = np.isin(elsewhere, surfaces)
    bands[6] = 80
    mask = mask_file(make_tif, bands, "scene_udm2.tif")
    summary = geoquant.map_strata(SceneInput(scene, PHYSICAL, mask=mask), tmp_path / "m.tif")
    assert "read as udm2" in summary.told_by
    values, land = read(summary.out)[46:], np.isin(elsewhere, (FOREST, WATER))[46:]
    np.testing.assert_array_equal(values == Stratum.THICK_CLOUD, (elsewhere == CLOUD)[46:])
    wet = (LANDSCAPE == WATER)[46:] & land & (values != Stratum.CLOUD_EDGE)
    assert ((values == Stratum.WATER) == wet).mean() > 0.99
    assert wet.any()
    one, options = mask_file(make_tif, bands[:1], "one.tif"), MaskOptions(mask_kind="udm2")
    with pytest.raises(OptionError, match="has 1 bands, a UDM2 has 8"):
        geoquant.map_strata(SceneInput(scene, mask=one, mask_options=options), tmp_path / "x.tif")


def test_a_mask_on_another_grid_is_warped_by_nearest(scene, tmp_path, make_tif):
    transform = rasterio.Affine(20, 0, 500_000, 0, -20, 5_000_000)
    fine = mask_file(make_tif, CODES["scl"][LANDSCAPE], "SCL_10m.tif")
    coarse = mask_file(make_tif, CODES["scl"][LANDSCAPE][::2, ::2], "SCL_20m.tif", transform=transform)
    maps = [
        read(geoquant.map_strata(SceneInput(scene, mask=m), tmp_path / f"{m.stem}_out.tif").out) for m in (fine, coarse)
    ]
    np.testing.assert_array_equal(*maps)


def test_a_map_of_strata_is_a_mask_too(scene, tmp_path):
    first = geoquant.map_strata(SceneInput(scene, PHYSICAL), tmp_path / "first.tif")
    again = geoquant.map_strata(SceneInput(scene, PHYSICAL, mask=first.out), tmp_path / "again.tif")
    assert (read(again.out) == read(first.out)).mean() > 0.99


def test_a_model_reads_the_scene_as_quantize_would(scene, tmp_path):
    from geoquant.model_card.card import Band, ModelCard, Normalization
    from tests.builders.networks import u_shaped

    bands = tuple(Band(name, name, scale=1e-4, offset=0.0) for name in ("red", "green", "blue", "nir"))
    labels = job.stratum_labels()[:3]
    model = tmp_path / "model.onnx"
    write_card(u_shaped(), ModelCard("toy", bands, Normalization((0.0,) * 4, (1.0,) * 4), labels), model)
    with pytest.warns(GeoquantWarning, match="no scale"):
        summary = geoquant.map_strata(scene, tmp_path / "s.tif", model=model)
    assert summary.told_by == "spectral tests of blue, green, red, nir as reflectance"


def test_bands_without_names_are_named_by_an_option(scene, make_tif, tmp_path):
    with rasterio.open(scene) as source:
        values = source.read()
    nameless = make_tif(values, "nameless.tif", nodata=0)
    with pytest.warns(GeoquantWarning, match="--band-names"):
        bare = geoquant.map_strata(SceneInput(nameless, PHYSICAL), tmp_path / "bare.tif")
    assert "band0" in bare.told_by
    named = geoquant.map_strata(SceneInput(nameless, PHYSICAL), tmp_path / "named.tif", StrataOptions(BANDS))
    np.testing.assert_array_equal(
        read(named.out), read(geoquant.map_strata(SceneInput(scene, PHYSICAL), tmp_path / "s.tif").out)
    )
    with pytest.raises(OptionError, match="gives 2 names, but nameless"):
        geoquant.map_strata(nameless, tmp_path / "two.tif", StrataOptions(("blue", "red")))


def test_what_must_not_be_written_is_refused_and_a_failed_run_leaves_nothing(scene, tmp_path, make_tif):
    mask = mask_file(make_tif, CODES["scl"][LANDSCAPE], "SCL.tif")
    before = sorted(tmp_path.iterdir())
    for out, given, error in (
        (scene, SceneInput(scene), "one of the job's inputs"),
        (mask, SceneInput(scene, mask=mask), "one of the job's inputs"),
        (tmp_path / "no" / "s.tif", SceneInput(scene), "does not exist"),
        (tmp_path / "s.tif", SceneInput(scene, mask=scene), "neither its name nor its values"),
    ):
        with pytest.raises(OptionError, match=error):
            geoquant.map_strata(given, out, StrataOptions(overwrite=True))
    with pytest.raises(RasterError, match=r"absent\.tif does not exist"):
        geoquant.map_strata(SceneInput(scene, mask=tmp_path / "absent.tif"), tmp_path / "s.tif")

    def stop(report):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        geoquant.map_strata(scene, tmp_path / "s.tif", progress=stop)
    assert sorted(tmp_path.iterdir()) == before
    geoquant.map_strata(scene, tmp_path / "s.tif")
    with pytest.raises(OptionError, match="--overwrite"):
        geoquant.map_strata(scene, tmp_path / "s.tif")
    geoquant.map_strata(scene, tmp_path / "s.tif", StrataOptions(overwrite=True))


def test_no_mask_means_none(scene, tmp_path, make_tif):
    with pytest.raises(OptionError, match="leave one of them out"):
        geoquant.map_strata(
            SceneInput(scene, mask=scene, mask_options=MaskOptions(mask_kind="none")), tmp_path / "s.tif"
        )


@pytest.mark.real
def test_a_product_brings_its_own_mask_unless_told_otherwise(real_data: Path, tmp_path):
    folder, options = real_data / "sentinel2_l2a_t29unu", SceneOptions(bands=("B02", "B03", "B04"), nodata=0)
    own = geoquant.map_strata(SceneInput(folder, options), tmp_path / "own.tif")
    spectral = MaskOptions(mask_kind="none")
    without = geoquant.map_strata(SceneInput(folder, options, mask_options=spectral), tmp_path / "without.tif")
    assert "SCL_60m.jp2 read as scl" in own.told_by
    assert without.told_by.startswith("spectral tests")
    assert 0.4 < own.pixels_by_stratum["thick cloud"] / own.valid_pixels < 0.6  # metadata: 52 % cloud
    assert own.valid_pixels == without.valid_pixels


@pytest.mark.real
@pytest.mark.parametrize(
    "scene", ["LC08_L2SP_005009_20150710_20200908_02_T2", "LC08_L2SP_017036_20130419_20200913_02_T2"]
)
def test_a_products_own_mask_keeps_its_conditions_at_450_m(real_data: Path, tmp_path: Path, scene: str):
    folder = real_data / "landsat8_c2l2"
    options = SceneOptions(bands=("2-6",))  # SR_B2 to SR_B6
    out = geoquant.map_strata(SceneInput(folder / f"{scene}_MTL.json", options), tmp_path / "strata.tif").out
    found, qa = read(out), read(folder / f"{scene}_QA_PIXEL.TIF")
    cloud, shadow, snow = (((qa >> bit) & 1).astype(bool) & (found != Stratum.NO_DATA) for bit in (3, 4, 5))
    assert cloud.any()
    assert (found[cloud] == Stratum.THICK_CLOUD).all()
    assert np.isin(found[shadow & ~cloud], (Stratum.SHADOW, Stratum.THIN_CLOUD)).all()  # cirrus wins over shadow
    assert np.isin(found[snow & ~cloud & ~shadow], (Stratum.SNOW, Stratum.THIN_CLOUD)).all()


def test_a_scene_that_changes_while_it_is_read_leaves_no_map(scene: Path, tmp_path: Path) -> None:
    def overwrite(report: Progress) -> None:
        if report.stage == "telling strata apart":
            scene.write_bytes(scene.read_bytes())

    with pytest.raises(RasterError, match=r"scene\.tif changed while it was read"):
        geoquant.map_strata(SceneInput(scene, PHYSICAL), tmp_path / "strata.tif", progress=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["scene.tif"]


@pytest.mark.parametrize("way", ["touched", "damaged"])
def test_a_mask_that_changes_while_it_is_read_leaves_no_map(scene: Path, tmp_path: Path, make_tif, way: str) -> None:
    mask = make_tif(np.full((1, SIDE, SIDE), 4, np.uint8), "scl.tif", compress="deflate")

    def change(report: Progress) -> None:
        if report.stage == "telling strata apart":
            content = mask.read_bytes()
            mask.write_bytes(content if way == "touched" else bytes(len(content)))

    given = SceneInput(scene, PHYSICAL, mask)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "SHARD_PX", 64)
        with pytest.raises(RasterError, match=r"scl\.tif changed while it was read"):
            geoquant.map_strata(given, tmp_path / "strata.tif", progress=change)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scene.tif", "scl.tif"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
def test_a_pipe_as_mask_is_refused_and_not_waited_for(scene: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mask.tif")
    with pytest.raises(RasterError, match=r"mask\.tif is a device or a pipe"):
        geoquant.map_strata(SceneInput(scene, PHYSICAL, tmp_path / "mask.tif"), tmp_path / "strata.tif")


def test_a_part_of_the_map_is_the_whole_map_cut_out(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "SHARD_PX", 64)
    given, out = SceneInput(scene, PHYSICAL), tmp_path / "part.tif"
    geoquant.map_strata(given, tmp_path / "whole.tif")
    whole = read(tmp_path / "whole.tif")
    with rasterio.open(scene) as source:
        west, north = source.transform * (40, 20)
        east, south = source.transform * (170, 150)
        corner, crs = source.transform * (170, 20), source.crs
    part = geoquant.map_strata(given, out, StrataOptions(bounds=(west, south, east, north)))
    np.testing.assert_array_equal(read(out), whole[20:150, 40:170])
    with rasterio.open(out) as found:
        assert (found.transform.c, found.transform.f, found.crs) == (west, north, crs)
    assert part.pixels == 130 * 130
    assert part.valid_pixels == (whole[20:150, 40:170] != Stratum.NO_DATA).sum()
    triangle = {"type": "Polygon", "coordinates": [[(west, north), corner, (west, south), (west, north)]]}
    aoi = tmp_path / "aoi.geojson"
    aoi.write_text(json.dumps({**triangle, "crs": {"type": "name", "properties": {"name": crs.to_string()}}}))
    cut = geoquant.map_strata(given, out, StrataOptions(aoi=str(aoi), overwrite=True))
    rows, cols = np.indices((130, 130))
    inside = rows + cols + 1 < 130
    edge = rows + cols + 1 == 130  # centres on the line itself
    found = read(out)
    np.testing.assert_array_equal(found[inside], whole[20:150, 40:170][inside])
    assert (found[~inside & ~edge] == Stratum.NO_DATA).all()
    assert cut.valid_pixels == (found != Stratum.NO_DATA).sum()
    assert sum(cut.area_m2_by_stratum.values()) == pytest.approx(cut.valid_pixels * 100, rel=0.01)
    with rasterio.open(out) as cut_out:
        assert len(cut_out.tags()["GEOQUANT_AOI_SHA256"]) == 64
    with pytest.raises(OptionError, match="--bounds does not meet"):
        geoquant.map_strata(given, tmp_path / "none.tif", StrataOptions(bounds=(0, 0, 1, 1)))
    with pytest.raises(OptionError, match="one of the job's inputs"):
        geoquant.map_strata(given, aoi, StrataOptions(aoi=str(aoi), overwrite=True))
