"""Sentinel-2 products by their metadata: offsets, files, masks; made small here, real ones when present."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoquant.errors import RasterError
from geoquant.grid import Window
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.scene import SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from tests.builders.rasters import write_band

METADATA = """<?xml version="1.0"?><n1:Level_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/x"><n1:General_Info>
<PROCESSING_LEVEL>{level}</PROCESSING_LEVEL><PROCESSING_BASELINE>04.00</PROCESSING_BASELINE>
<PRODUCT_URI>S2A_TEST.SAFE</PRODUCT_URI><SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME>
<Special_Values><SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX>
</Special_Values><Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX>
</Special_Values>{quantification}{offsets}</n1:General_Info></n1:Level_User_Product>"""


def metadata(level: str = "2A", offsets: dict[int, int] | None = None) -> str:
    """A product's XML with an offset for each band id."""
    name = "BOA_ADD_OFFSET" if level == "2A" else "RADIO_ADD_OFFSET"
    rows = "".join(f'<{name} band_id="{i}">{value}</{name}>' for i, value in (offsets or {}).items())
    tag = "BOA_QUANTIFICATION_VALUE" if level == "2A" else "QUANTIFICATION_VALUE"
    return METADATA.format(level=f"Level-{level}", quantification=f"<{tag}>10000</{tag}>", offsets=rows)


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """A SAFE folder: B02 at 10, 20 and 60 m, B05 at 20 m, B8A at 20 and 60 m, masks and a decoy."""
    root = tmp_path / "S2A_TEST.SAFE"
    granule = root / "GRANULE" / "L2A_T29UNU_A1_20220101T000000"
    for name, size, value in (
        ("B02", 10, 1),
        ("B02", 20, 2),
        ("B02", 60, 6),
        ("B05", 20, 3),
        ("B8A", 20, 4),
        ("B8A", 60, 5),
    ):
        write_band(granule / "IMG_DATA" / f"R{size}m", f"T29UNU_20220101T000000_{name}_{size}m.tif", size, value * 100)
    write_band(granule / "IMG_DATA" / "R20m", "T29UNU_20220101T000000_SCL_20m.tif", 20, 4)
    write_band(granule / "IMG_DATA" / "R60m", "T29UNU_20220101T000000_SCL_60m.tif", 60, 4)
    write_band(granule / "QI_DATA", "MSK_DETFOO_B02.tif", 10, 1)
    write_band(granule / "QI_DATA", "MSK_CLDPRB_20m.tif", 20, 1)
    (root / "MTD_MSIL2A.xml").write_text(metadata(offsets={1: -1000, 4: -900, 8: -800}))
    return root


def model(*names: str, gsd_m: float | None = None) -> ModelCard:
    flat = Normalization((0.0,) * len(names), (1.0,) * len(names))
    return ModelCard("m", tuple(map(Band, names)), flat, (ClassLabel(0, "a", "#000000"),), "dn", gsd_m=gsd_m)


@pytest.mark.parametrize("entry", ["", "MTD_MSIL2A.xml"])
def test_a_safe_folder_opens_at_its_finest(safe: Path, entry: str) -> None:
    scene = open_scene(safe / entry)
    assert [band.name for band in scene.bands] == ["B02", "B05", "B8A"]
    assert [band.scale for band in scene.bands] == [1e-4] * 3
    assert [band.offset for band in scene.bands] == pytest.approx([-0.1, -0.09, -0.08])
    assert scene.name == "S2A_TEST.SAFE"
    assert (scene.grid.height, scene.nodata, scene.warnings) == (12, 0, ())
    assert scene.read(Window(0, 0, 2, 2)).values[:, 0, 0].tolist() == [100, 300, 400]
    assert scene.product is not None
    assert (scene.product.sensor, scene.product.level, scene.product.baseline) == ("Sentinel-2A", "Level-2A", "04.00")
    assert {name: Path(path).name for name, path in scene.product.masks.items()} == {
        "SCL": "T29UNU_20220101T000000_SCL_20m.tif",
        "CLDPRB": "MSK_CLDPRB_20m.tif",
    }


def test_the_products_own_resolutions_are_taken(safe: Path) -> None:
    at_20 = fit_to_card(open_scene(safe), model("B02", "B8A", gsd_m=20))
    assert at_20.read(Window(0, 0, 1, 1)).values[:, 0, 0].tolist() == [200, 400]
    at_60 = fit_to_card(open_scene(safe), model("B02", "B05", "B8A", gsd_m=60))
    assert (at_60.grid.height, at_60.grid.width) == (2, 2)
    assert at_60.read(Window(0, 0, 2, 2)).values[:, 0, 0].tolist() == [600, 300, 500]  # B05 is averaged from 20 m
    assert open_scene(safe, SceneOptions(gsd=60, bands=("B02",))).read(Window(0, 0, 1, 1)).values.item() == 600


def test_l1c_offsets(tmp_path: Path) -> None:
    write_band(tmp_path, "T29UNU_20220101T000000_B02.tif", 10, 5)
    (tmp_path / "MTD_MSIL1C.xml").write_text(metadata("1C", {1: -1000}))
    (band,) = open_scene(tmp_path).bands
    assert (band.name, band.scale, band.offset) == ("B02", 1e-4, pytest.approx(-0.1))


def test_before_baseline_4_there_is_no_offset(tmp_path: Path) -> None:
    write_band(tmp_path, "T29UNU_20220101T000000_B02_10m.tif", 10, 5)
    (tmp_path / "MTD_MSIL2A.xml").write_text(metadata())
    assert open_scene(tmp_path).bands[0].offset == 0.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("<broken", "not well-formed"), ("<a/>", "quantification"), (metadata(offsets={99: -1000}), "offset")],
)
def test_bad_metadata_is_explained(tmp_path: Path, text: str, complaint: str) -> None:
    write_band(tmp_path, "T29UNU_20220101T000000_B02_10m.tif", 10, 5)
    (tmp_path / "MTD_MSIL2A.xml").write_text(text)
    with pytest.raises(RasterError, match=complaint):
        open_scene(tmp_path)


def test_metadata_without_bands_and_two_granules_are_explained(safe: Path, tmp_path: Path) -> None:
    (tmp_path / "MTD_MSIL2A.xml").write_text(metadata())
    with pytest.raises(RasterError, match="no band"):
        open_scene(tmp_path / "MTD_MSIL2A.xml")
    (safe / "GRANULE" / "L2A_T29UNV_A1").mkdir()
    with pytest.raises(RasterError, match="2 granules"):
        open_scene(safe)


@pytest.mark.real
def test_the_full_tile(real_data: Path) -> None:
    folder = real_data / "sentinel2_l2a_t29unu"
    scene = open_scene(folder)
    assert " ".join(band.name for band in scene.bands) == "B01 B02 B03 B04 B05 B06 B07 B8A B09 B11 B12"
    assert {(band.scale, band.offset) for band in scene.bands} == {(1e-4, -0.1)}
    assert scene.product is not None
    assert Path(scene.product.masks["SCL"]).name == "T29UNU_20221005T115411_SCL_60m.jp2"
    assert 0.59 < scene.read_decimated(183, 183).valid.mean() < 0.61
    fitted = fit_to_card(scene, model("B02", "B03", "B04", "B8A", "B11", "B12", gsd_m=60))
    assert (fitted.grid.height, fitted.grid.width) == (1830, 1830)
    (warning,) = open_scene(sorted(folder.glob("*_B0[23]_60m.jp2"))).warnings
    assert "40%" in warning
    assert "--nodata 0" in warning


@pytest.mark.real
@pytest.mark.parametrize(("tile", "offset", "bands"), [("T01UBT", -0.1, 12), ("T07HFE", 0.0, 12)])
def test_real_safe_folders(real_data: Path, tile: str, offset: float, bands: int) -> None:
    (folder,) = (real_data / "safe_mini").glob(f"*_{tile}_*.SAFE")
    scene = open_scene(folder)
    assert len(scene.bands) == bands
    assert {band.offset for band in scene.bands} == {offset}
    assert scene.product is not None
    assert "SCL" in scene.product.masks
    assert scene.read(scene.grid.window).valid.any()
