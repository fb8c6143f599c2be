"""Which layers become scenes, in which CRS, and which are refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def scene(qgis_app, landscape):
    from qgis.core import QgsProject, QgsRasterLayer

    layer = QgsRasterLayer(str(landscape.scene), "scene")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    yield layer
    QgsProject.instance().clear()


@pytest.fixture
def pixels(qgis_app):
    """All pixels of a small raster and its corner, read by QGIS's own GDAL."""

    def read(path):
        from osgeo import gdal

        data = gdal.Open(str(path))
        return data.ReadRaster(), (data.RasterXSize, data.RasterYSize), data.GetGeoTransform()

    return read


def window_of(layer, first, size):
    """The rectangle of a window of pixels (column, row) in the layer's CRS."""
    from qgis.core import QgsRectangle

    extent, side = layer.extent(), layer.rasterUnitsPerPixelX()
    west, north = extent.xMinimum() + first[0] * side, extent.yMaximum() - first[1] * side
    return QgsRectangle(west, north - size[1] * side, west + size[0] * side, north)


def text_of(rectangle, crs):
    sides = (rectangle.xMinimum(), rectangle.xMaximum(), rectangle.yMinimum(), rectangle.yMaximum())
    return ",".join(map(repr, sides)) + f" [{crs}]"


def small(layer, out, **parameters):
    """Parameters of a classification that takes little time."""
    return {"INPUT": layer, "MODEL": "demo_landcover", "ENGINE": "ort", "OUTPUT": str(out), **parameters}


def test_an_extent_in_another_crs_is_brought_to_the_scenes(run, scene, pixels, tmp_path):
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject

    wanted = window_of(scene, (100, 150), (96, 64))
    lon_lat = QgsCoordinateReferenceSystem("EPSG:4326")
    moved = QgsCoordinateTransform(scene.crs(), lon_lat, QgsProject.instance()).transformBoundingBox(wanted)
    out = tmp_path / "map.tif"
    run("classify", small(scene, out, EXTENT=text_of(moved, "EPSG:4326")))
    _, size, corner = pixels(out)
    assert wanted.width() / 10 <= size[0] <= wanted.width() / 10 + 8  # the box of a box turned twice is a bit larger
    assert abs(corner[0] - wanted.xMinimum()) <= 50
    assert corner[1] == 10


def test_an_extent_in_the_scenes_crs_is_taken_to_the_pixel(run, command_line, scene, landscape, tmp_path):
    wanted = window_of(scene, (100, 150), (96, 64))
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    run("classify", small(scene, by_qgis, EXTENT=text_of(wanted, scene.crs().authid())))
    sides = (wanted.xMinimum(), wanted.yMinimum(), wanted.xMaximum(), wanted.yMaximum())
    options = ["--model", landscape.model, "--engine", "ort", "--bounds", *map(repr, sides)]
    command_line("classify", landscape.scene, "-o", by_hand, *options)
    assert by_qgis.read_bytes() == by_hand.read_bytes()


def test_strata_of_an_extent_are_the_command_lines(run, command_line, scene, landscape, tmp_path):
    wanted = window_of(scene, (100, 150), (96, 64))
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    extent = text_of(wanted, scene.crs().authid())
    run("strata", {"INPUT": str(landscape.scene), "EXTENT": extent, "OUTPUT": str(by_qgis)})
    sides = (wanted.xMinimum(), wanted.yMinimum(), wanted.xMaximum(), wanted.yMaximum())
    command_line("strata", landscape.scene, "-o", by_hand, "--bounds", *map(repr, sides))
    assert by_qgis.read_bytes() == by_hand.read_bytes()


@pytest.fixture
def squares(scene):
    """A memory layer in longitude and latitude with two squares over the scene, far from each other."""
    from qgis.core import (
        QgsCoordinateReferenceSystem,
        QgsCoordinateTransform,
        QgsFeature,
        QgsGeometry,
        QgsProject,
        QgsVectorLayer,
    )

    layer = QgsVectorLayer("Polygon?crs=EPSG:4326", "squares", "memory")
    lon_lat = QgsCoordinateReferenceSystem("EPSG:4326")
    transform = QgsCoordinateTransform(scene.crs(), lon_lat, QgsProject.instance())
    for first in ((64, 64), (400, 400)):
        feature = QgsFeature()
        geometry = QgsGeometry.fromRect(window_of(scene, first, (80, 80))).densifyByCount(20)
        geometry.transform(transform)
        feature.setGeometry(geometry)
        layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    return layer


def selected_of(layer):
    """The selected features of a layer as Processing takes them."""
    from qgis.core import QgsProcessingFeatureSourceDefinition

    return QgsProcessingFeatureSourceDefinition(layer.id(), True)


def test_only_the_selected_polygons_of_a_memory_layer(run, scene, squares, pixels, tmp_path):
    squares.selectByIds([max(squares.allFeatureIds())])
    out = tmp_path / "map.tif"
    run("classify", small(scene, out, AOI=selected_of(squares)))
    data, size, corner = pixels(out)
    assert size[0] <= 84
    assert abs(corner[0] - window_of(scene, (400, 400), (80, 80)).xMinimum()) <= 30
    inside = sum(value != 255 for value in data)
    assert abs(inside - 80 * 80) <= 2 * 80


def test_no_selected_polygon_is_an_error_that_says_so(run, scene, squares, tmp_path):
    squares.removeSelection()
    with pytest.raises(Exception, match="holds no polygon; select some"):
        run("classify", small(scene, tmp_path / "map.tif", AOI=selected_of(squares)))
    assert not (tmp_path / "map.tif").exists()


def test_a_crs_that_the_user_has_set_decides_where_polygons_lie(run, scene, pixels, tmp_path):
    from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer

    neighbour = "EPSG:32632"
    scene.setCrs(QgsCoordinateReferenceSystem(neighbour))
    area = QgsVectorLayer(f"Polygon?crs={neighbour}", "area", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromRect(window_of(scene, (100, 200), (64, 32))))
    area.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(area)
    run("classify", small(scene, tmp_path / "map.tif", AOI=area))
    _, size, corner = pixels(tmp_path / "map.tif")
    assert size == (64, 32)
    assert corner[0] == window_of(scene, (100, 200), (64, 32)).xMinimum()


@pytest.mark.parametrize("kind", ["PolygonZ", "CurvePolygon", "MultiPolygonM"])
def test_polygons_with_heights_and_curves(run, scene, pixels, tmp_path, kind):
    from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer

    area = QgsVectorLayer(f"{kind}?crs={scene.crs().authid()}", "area", "memory")
    box = window_of(scene, (100, 200), (64, 32))
    west, south, east, north = box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()
    ring = f"{west} {south} 5,{east} {south} 5,{east} {north} 5,{west} {north} 5,{west} {south} 5"
    plain = ring.replace(" 5", "")
    texts = {
        "PolygonZ": f"PolygonZ (({ring}))",
        "CurvePolygon": f"CurvePolygon (CompoundCurve (({plain})))",
        "MultiPolygonM": f"MultiPolygonM ((({ring})))",
    }
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(texts[kind]))
    assert area.dataProvider().addFeatures([feature])[0]
    QgsProject.instance().addMapLayer(area)
    run("classify", small(scene, tmp_path / "map.tif", AOI=area))
    data, size, _ = pixels(tmp_path / "map.tif")
    assert size == (64, 32)
    assert data.count(255) < 64 * 32


def test_a_vrt_with_scale_and_offset_is_read_as_gdal_says(run, command_line, landscape, tmp_path):
    from osgeo import gdal

    vrt = tmp_path / "scaled.vrt"
    scaled = gdal.Translate(str(vrt), str(landscape.scene), options="-of VRT -a_scale 0.0001 -a_offset -0.1")
    del scaled  # writes the file
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    run("classify", small(str(vrt), by_qgis))
    command_line("classify", vrt, "--model", landscape.model, "-o", by_hand, "--engine", "ort")
    assert by_qgis.read_bytes() == by_hand.read_bytes()


SERVER = Path(__file__).parents[1] / "builders" / "range_server.py"


def test_a_layer_behind_a_web_address(run, landscape, tmp_path):
    from qgis.core import QgsProject, QgsRasterLayer

    server = subprocess.Popen([sys.executable, SERVER, landscape.scene.parent], stdout=subprocess.PIPE, text=True)
    try:
        address = f"/vsicurl/http://127.0.0.1:{server.stdout.readline().strip()}/{landscape.scene.name}"
        layer = QgsRasterLayer(address, "far away")
        QgsProject.instance().addMapLayer(layer)
        found = run("classify", small(layer, tmp_path / "map.tif"))
        assert Path(found["OUTPUT"]).is_file()
    finally:
        QgsProject.instance().clear()
        server.kill()
        server.wait()
        server.stdout.close()


XYZ = "type=xyz&url=http://127.0.0.1:9/{z}/{x}/{y}.png&zmin=0&zmax=1"


@pytest.mark.parametrize(
    ("source", "provider_name", "sentence"),
    [
        (XYZ, "wms", "gives pictures instead of measured values"),
        ("/vsimem/scene.tif", "gdal", "exists only in the memory of QGIS"),
    ],
)
def test_what_is_no_file_is_refused(run, landscape, tmp_path, source, provider_name, sentence):
    from osgeo import gdal
    from qgis.core import QgsProject, QgsRasterLayer

    gdal.FileFromMemBuffer("/vsimem/scene.tif", landscape.scene.read_bytes())
    layer = QgsRasterLayer(source, "base map", provider_name)
    QgsProject.instance().addMapLayer(layer)
    try:
        with pytest.raises(Exception, match=f"“base map”.*{sentence}"):
            run("classify", small(layer, tmp_path / "map.tif"))
    finally:
        QgsProject.instance().clear()
        gdal.Unlink("/vsimem/scene.tif")


def test_a_layer_opened_with_gdal_options_is_refused(run, landscape, tmp_path):
    from qgis.core import QgsProject, QgsRasterLayer

    layer = QgsRasterLayer(f"{landscape.scene}|option:NUM_THREADS=1", "scene")
    QgsProject.instance().addMapLayer(layer)
    with pytest.raises(Exception, match=r"GDAL options NUM_THREADS=1.*save it as a VRT"):
        run("classify", small(layer, tmp_path / "map.tif"))
    QgsProject.instance().clear()


@pytest.mark.parametrize(
    ("source", "product"),
    [
        ("SENTINEL2_L2A:/data/S2.SAFE/MTD_MSIL2A.xml:10m:EPSG_32629", "/data/S2.SAFE/MTD_MSIL2A.xml"),
        ("SENTINEL2_L1C:/vsizip//data/a.zip/S2.SAFE/MTD_MSIL1C.xml:20m:EPSG_32629", None),
        ("/data/plain.tif", None),
    ],
)
def test_a_layer_of_a_sentinel_2_product_stands_for_the_product(qgis_app, source, product):
    from qgis_plugin.results.layers import product_of

    expected = product or source.partition(":")[2].rpartition(".xml")[0] + ".xml" if source.startswith("SENT") else None
    assert product_of(source) == expected


def test_a_band_of_a_landsat_product_stands_for_the_product(qgis_app, tmp_path):
    from qgis_plugin.results.layers import product_of

    name = "LC08_L2SP_038034_20150812_20200909_02_T1"
    band = str(tmp_path / f"{name}_SR_B2.TIF")
    assert product_of(band) is None
    described = tmp_path / f"{name}_MTL.xml"
    described.write_text("<LANDSAT_METADATA_FILE/>")
    assert product_of(band) == str(described)


def test_a_band_of_a_sentinel_2_product_stands_for_the_product(qgis_app, tmp_path):
    from qgis_plugin.results.layers import product_of

    folder = tmp_path / "S2A.SAFE" / "GRANULE" / "L2A" / "IMG_DATA" / "R10m"
    band = str(folder / "T29UNU_20221005T115411_B02_10m.jp2")
    assert product_of(band) is None
    folder.mkdir(parents=True)
    described = tmp_path / "S2A.SAFE" / "MTD_MSIL2A.xml"
    described.write_text("<n1/>")
    assert product_of(band) == str(described)
    assert product_of(band.replace("B02_10m", "SCL_20m")) is None


def test_a_real_product_by_one_of_its_layers_and_its_mask_as_it_is(run, real_data, tmp_path):
    folder = real_data / "landsat8_c2l2"
    band = sorted(folder.glob("*_SR_B2.TIF"))[0]
    mask = str(band).replace("SR_B2", "QA_PIXEL")
    assert run("inspect", {"MODEL": "sentinel2_cloud", "INPUT": str(band)})["FITS"]
    found = run("strata", {"INPUT": str(band), "MASK": mask, "OUTPUT": str(tmp_path / "strata.tif")})
    assert "QA_PIXEL" in found["TOLD_BY"]


def test_a_missing_model_is_named_with_those_that_there_are(run, scene, tmp_path):
    with pytest.raises(Exception, match=r"nope.onnx does not exist.*demo_landcover"):
        run("classify", {**small(scene, tmp_path / "map.tif"), "MODEL": "nope.onnx"})
