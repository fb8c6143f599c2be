"""Landsat products by their metadata in three formats; made small here, real ones when present."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rasterio

from geoquant.errors import RasterError
from geoquant.raster.opening import open_scene
from tests.builders.rasters import write_band

LANDSAT = {
    "PRODUCT_CONTENTS": {
        "PROCESSING_LEVEL": "L2SP",
        "COLLECTION_NUMBER": "02",
        "FILE_NAME_BAND_2": "LC08_X_SR_B2.TIF",
        "FILE_NAME_BAND_5": "LC08_X_SR_B5.TIF",
        "FILE_NAME_BAND_7": "LC08_X_SR_B7.TIF",
        "FILE_NAME_BAND_ST_B10": "LC08_X_ST_B10.TIF",
        "FILE_NAME_QUALITY_L1_PIXEL": "LC08_X_QA_PIXEL.TIF",
    },
    "IMAGE_ATTRIBUTES": {"SPACECRAFT_ID": "LANDSAT_8", "DATE_ACQUIRED": "2020-01-02"},
    "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": {
        f"REFLECTANCE_{kind}_BAND_{i}": value
        for i in (2, 5, 7)
        for kind, value in (("MULT", "2.75e-05"), ("ADD", "-0.2"))
    },
    "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS": {
        "TEMPERATURE_MULT_BAND_ST_B10": "0.00341802",
        "TEMPERATURE_ADD_BAND_ST_B10": "149.0",
    },
    "LEVEL1_RADIOMETRIC_RESCALING": {"REFLECTANCE_MULT_BAND_2": "2.0E-05", "REFLECTANCE_ADD_BAND_2": "-0.1"},
}


def as_odl(groups: dict[str, dict[str, str]]) -> str:
    lines = ["GROUP = LANDSAT_METADATA_FILE"]
    for name, group in groups.items():
        lines += [
            f"  GROUP = {name}",
            *(f'    {key} = "{value}"' for key, value in group.items()),
            f"  END_GROUP = {name}",
        ]
    return "\n".join([*lines, "END_GROUP = LANDSAT_METADATA_FILE", "END"])


def as_xml(groups: dict[str, dict[str, str]]) -> str:
    inner = "".join(
        f"<{name}>{''.join(f'<{key}>{value}</{key}>' for key, value in group.items())}</{name}>"
        for name, group in groups.items()
    )
    return f"<LANDSAT_METADATA_FILE>{inner}</LANDSAT_METADATA_FILE>"


@pytest.mark.parametrize("suffix", ["json", "xml", "txt"])
@pytest.mark.parametrize("by_folder", [True, False])
def test_landsat_opens_by_each_metadata_file(tmp_path: Path, suffix: str, by_folder: bool) -> None:
    for name in ("SR_B2", "SR_B5", "ST_B10", "QA_PIXEL"):
        write_band(tmp_path, f"LC08_X_{name}.TIF", 30, 9000)
    text = {"json": json.dumps({"LANDSAT_METADATA_FILE": LANDSAT}), "xml": as_xml(LANDSAT), "txt": as_odl(LANDSAT)}
    path = tmp_path / f"LC08_X_MTL.{suffix}"
    path.write_text(text[suffix])
    scene = open_scene(tmp_path if by_folder else path)
    facts = [(band.name, band.common_name, band.scale, band.offset, band.number) for band in scene.bands]
    assert facts == [
        ("SR_B2", "blue", 2.75e-05, -0.2, 1),
        ("SR_B5", "nir08", 2.75e-05, -0.2, 2),
        ("ST_B10", "lwir11", 0.00341802, 149.0, 3),
    ]
    assert scene.nodata == 0
    assert scene.product is not None
    assert (scene.product.sensor, scene.product.level) == ("LANDSAT_8", "L2SP")
    assert {name: Path(mask).name for name, mask in scene.product.masks.items()} == {"QA_PIXEL": "LC08_X_QA_PIXEL.TIF"}


def test_landsat_level_1_divides_by_the_suns_sine(tmp_path: Path) -> None:
    write_band(tmp_path, "LC08_X_B2.TIF", 30, 9000)
    groups = {
        "PRODUCT_CONTENTS": {"PROCESSING_LEVEL": "L1TP", "FILE_NAME_BAND_2": "../../LC08_X_B2.TIF"},
        "IMAGE_ATTRIBUTES": {"SPACECRAFT_ID": "LANDSAT_8", "SUN_ELEVATION": "30.0"},
        "LEVEL1_RADIOMETRIC_RESCALING": {"REFLECTANCE_MULT_BAND_2": "2.0E-05", "REFLECTANCE_ADD_BAND_2": "-0.1"},
    }
    (tmp_path / "LC08_X_MTL.txt").write_text(as_odl(groups))
    (band,) = open_scene(tmp_path).bands
    assert Path(band.path).parent == tmp_path  # metadata does not lead out of its folder
    assert (band.scale, band.offset) == (pytest.approx(4e-5), pytest.approx(-0.2))


@pytest.mark.parametrize(("text", "suffix"), [("{", "json"), ("{}", "json"), ("<a", "xml"), ('{"a": 1}', "json")])
def test_bad_landsat_metadata_is_explained(tmp_path: Path, text: str, suffix: str) -> None:
    (tmp_path / f"LC08_X_MTL.{suffix}").write_text(text)
    with pytest.raises(RasterError, match="not readable as Landsat metadata"):
        open_scene(tmp_path)


def test_landsat_without_bands_and_two_products_are_explained(tmp_path: Path) -> None:
    (tmp_path / "LC08_X_MTL.txt").write_text(as_odl(LANDSAT))
    with pytest.raises(RasterError, match=r"No band.*LC08_X_SR_B2\.TIF"):
        open_scene(tmp_path)
    (tmp_path / "LC08_Y_MTL.txt").write_text(as_odl(LANDSAT))
    with pytest.raises(RasterError, match="2 Landsat products"):
        open_scene(tmp_path)


@pytest.mark.real
def test_real_landsat_products(real_data: Path) -> None:
    folder = real_data / "landsat8_c2l2"
    for path in sorted(folder.glob("*_MTL.json")):
        scene = open_scene(path)
        assert [band.name for band in scene.bands] == [f"SR_B{i}" for i in range(1, 8)]
        assert {(band.scale, band.offset) for band in scene.bands} == {(2.75e-05, -0.2)}
        assert scene.product is not None
        with rasterio.open(scene.product.masks["QA_PIXEL"]) as mask:
            fill = mask.read(1) & 1
        valid = scene.read(scene.grid.window).valid
        assert (valid & (fill == 1)).mean() < 0.01  # bands and mask were decimated differently
        assert 0.4 < valid.mean() < 0.8
    with pytest.raises(RasterError, match="2 Landsat products"):
        open_scene(folder)
