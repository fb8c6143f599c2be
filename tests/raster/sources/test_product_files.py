"""Products open zipped, tarred and from a server as they open in a folder: offsets, nodata, resolutions and masks."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geoquant.errors import RasterError
from geoquant.grid import Window
from geoquant.raster.opening import describe_file, open_scene
from geoquant.raster.scene import Scene
from tests.builders.range_server import serving

GRANULE = "GRANULE/L2A_T29UNU_A1_20220101T000000"
IMAGES = {"B02_10m": 10, "B02_20m": 20, "B05_20m": 20, "SCL_20m": 20}
METADATA = """<r><PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL><PRODUCT_URI>{name}.SAFE</PRODUCT_URI>
{images}<BOA_QUANTIFICATION_VALUE>10000</BOA_QUANTIFICATION_VALUE><BOA_ADD_OFFSET band_id="1">-1000</BOA_ADD_OFFSET>
<BOA_ADD_OFFSET band_id="4">-900</BOA_ADD_OFFSET></r>"""
SENTINEL = "S2A_MSIL2A_20220101T000000_N0400_R080_T29UNU_20220101T000000"
LANDSAT = "LC08_L2SP_037034_20200102_20200824_02_T1"


def image(path: Path, size_m: int, value: int) -> None:
    """One band of 640 m by 640 m; JPEG 2000 where the name says so."""
    side = 640 // size_m
    path.parent.mkdir(parents=True, exist_ok=True)
    driver = {"driver": "JP2OpenJPEG", "QUALITY": 100, "REVERSIBLE": "YES"} if path.suffix == ".jp2" else {}
    profile = {"driver": "GTiff", "dtype": "uint16", "crs": "EPSG:32629", "height": side, "width": side, **driver}
    values = np.full((1, side, side), value, np.uint16)
    values[0, 0, 0] = 0
    with rasterio.open(path, "w", count=1, transform=from_origin(5e5, 5e6, size_m, size_m), **profile) as target:
        target.write(values)


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """A SAFE folder as it is delivered."""
    root = tmp_path / "plain" / f"{SENTINEL}.SAFE"
    images = [f"{GRANULE}/IMG_DATA/R{name[-3:]}/T29UNU_20220101T000000_{name}" for name in IMAGES]
    for value, (name, size) in enumerate(zip(images, IMAGES.values(), strict=True), 1):
        image(root / f"{name}.jp2", size, 1000 * value)
    image(root / GRANULE / "QI_DATA" / "MSK_CLDPRB_20m.jp2", 20, 1)
    listed = "".join(f"<IMAGE_FILE>{name}</IMAGE_FILE>" for name in images)
    (root / "MTD_MSIL2A.xml").write_text(METADATA.format(name=SENTINEL, images=listed))
    return root


@pytest.fixture
def landsat(tmp_path: Path) -> Path:
    """A Landsat folder as it is delivered."""
    root = tmp_path / "plain" / LANDSAT
    names = {f"FILE_NAME_BAND_{band}": f"{LANDSAT}_SR_B{band}.TIF" for band in (2, 5)}
    for value, name in enumerate(names.values(), 1):
        image(root / name, 10, 1000 * value)
    image(root / f"{LANDSAT}_QA_PIXEL.TIF", 10, 21824)
    scaling = {f"REFLECTANCE_{kind}_BAND_{band}": text for band in (2, 5) for kind, text in SCALING.items()}
    contents = {"PROCESSING_LEVEL": "L2SP", "FILE_NAME_QUALITY_L1_PIXEL": f"{LANDSAT}_QA_PIXEL.TIF", **names}
    groups = {"PRODUCT_CONTENTS": contents, "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": scaling}
    (root / f"{LANDSAT}_MTL.json").write_text(json.dumps({"LANDSAT_METADATA_FILE": groups}))
    return root


SCALING = {"MULT": "2.75e-05", "ADD": "-0.2"}


def zipped(folder: Path, out: Path, inner: str) -> Path:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{inner}{file.relative_to(folder).as_posix()}")
    return out


def tarred(folder: Path, out: Path, mode: str = "w") -> Path:
    with tarfile.open(out, mode) as archive:  # type: ignore[call-overload]
        for file in sorted(folder.iterdir()):
            archive.add(file, file.name)
    return out


def assert_same(found: Scene, wanted: Scene) -> None:
    """The same bands, numbers, validity and masks, whatever the way to them."""
    facts = [
        [(b.name, b.common_name, b.scale, b.offset, b.nodata, b.gsd, len(b.alternatives)) for b in scene.bands]
        for scene in (found, wanted)
    ]
    assert facts[0] == facts[1]
    assert found.grid == wanted.grid
    window = Window(0, 0, 9, 9)
    np.testing.assert_array_equal(found.read(window).values, wanted.read(window).values)
    np.testing.assert_array_equal(found.read(window).valid, wanted.read(window).valid)
    assert not found.read(window).valid[0, 0]
    assert found.product is not None
    assert wanted.product is not None
    assert found.product.masks.keys() == wanted.product.masks.keys()
    for path in found.product.masks.values():
        assert describe_file(path)


WAYS: dict[str, Callable[[Path], str]] = {
    "archive": str,
    "vsizip": lambda path: f"/vsizip/{path}",
    "vsizip folder": lambda path: f"/vsizip/{path}/{SENTINEL}.SAFE",
    "vsizip metadata": lambda path: f"/vsizip/{path}/{SENTINEL}.SAFE/MTD_MSIL2A.xml",
    "rasterio's address": lambda path: f"zip://{path}!/{SENTINEL}.SAFE",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [f"{SENTINEL}.SAFE.zip", f"{SENTINEL}.zip", "renamed.zip"])
def test_a_zipped_sentinel_2_product_is_read_as_its_folder(safe: Path, tmp_path: Path, way: str, name: str) -> None:
    archive = zipped(safe, tmp_path / name, f"{safe.name}/")
    scene = open_scene(WAYS[way](archive))
    assert_same(scene, open_scene(safe))
    assert [band.offset for band in scene.bands] == pytest.approx([-0.1, -0.09])
    assert scene.product is not None
    assert set(scene.product.masks) == {"SCL", "CLDPRB"}


def test_a_zip_of_a_flat_product_is_read_as_its_folder(safe: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in safe.rglob("*.*"):
        if file.is_file():
            shutil.copy(file, flat)
    assert_same(open_scene(zipped(flat, tmp_path / "flat.zip", "")), open_scene(flat))


@pytest.mark.parametrize(("suffix", "mode"), [("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz")])
def test_a_landsat_archive_is_read_as_its_folder(landsat: Path, tmp_path: Path, suffix: str, mode: str) -> None:
    archive = tarred(landsat, tmp_path / f"{LANDSAT}.{suffix}", mode)
    wanted = open_scene(landsat)
    assert_same(open_scene(archive), wanted)
    assert_same(open_scene(f"/vsitar/{archive}"), wanted)
    assert_same(open_scene(f"/vsitar/{archive}/{LANDSAT}_MTL.json"), wanted)
    assert wanted.bands[0].offset == -0.2


def test_a_landsat_zip_is_read_as_its_folder(landsat: Path, tmp_path: Path) -> None:
    assert_same(open_scene(zipped(landsat, tmp_path / "any.zip", "")), open_scene(landsat))


@pytest.mark.parametrize("entry", ["", "/MTD_MSIL2A.xml", ".zip"])
def test_a_sentinel_2_product_on_a_server_is_read_as_its_folder(safe: Path, entry: str) -> None:
    zipped(safe, safe.with_name(f"{safe.name}.zip"), f"{safe.name}/")
    with serving(safe.parent) as address, open_scene(f"{address}/{safe.name}{entry}") as scene:
        assert_same(scene, open_scene(safe))


def test_a_flat_sentinel_2_product_on_a_server_is_read_as_its_folder(safe: Path) -> None:
    for file in safe.rglob("*B0*.jp2"):
        shutil.copy(file, safe)
    shutil.rmtree(safe / "GRANULE")
    with serving(safe) as address, open_scene(f"{address}/MTD_MSIL2A.xml") as scene:
        assert_same(scene, open_scene(safe))


@pytest.mark.parametrize("entry", ["", f"/{LANDSAT}_MTL.json", ".tar"])
def test_a_landsat_product_on_a_server_is_read_as_its_folder(landsat: Path, entry: str) -> None:
    tarred(landsat, landsat.with_name(f"{LANDSAT}.tar"))
    with serving(landsat.parent) as address, open_scene(f"{address}/{LANDSAT}{entry}") as scene:
        assert_same(scene, open_scene(landsat))


def test_a_damaged_archive_and_one_of_two_products_are_explained(safe: Path, tmp_path: Path) -> None:
    archive = zipped(safe, tmp_path / "cut.zip", f"{safe.name}/")
    archive.write_bytes(archive.read_bytes()[:-400])
    with pytest.raises(RasterError, match=r"can't be listed.*Fetch it again"):
        open_scene(archive)
    shutil.copytree(safe, safe.with_name("S2B_MSIL2A_OTHER.SAFE"))
    both = zipped(safe.parent, tmp_path / "both.zip", "")
    with pytest.raises(RasterError, match=r"2 Sentinel-2 products.*MTD_MSIL2A\.xml"):
        open_scene(both)


def test_a_zip_of_a_plain_raster_is_left_to_gdal(tmp_path: Path) -> None:
    image(tmp_path / "plain" / "scene.tif", 10, 7)
    archive = zipped(tmp_path / "plain", tmp_path / "scene.zip", "")
    assert open_scene(f"/vsizip/{archive}/scene.tif").product is None
    assert open_scene(f"zip://{archive}!/scene.tif").read(Window(5, 5, 1, 1)).values.item() == 7
