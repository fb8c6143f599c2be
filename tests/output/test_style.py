"""Colours, names and provenance of a class map, as GDAL and QGIS read them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import rasterio
import rasterio.shutil

from geoquant.errors import CardError
from geoquant.model_card.card import ClassLabel
from geoquant.output.style import Publication
from tests.builders.maps import LABELS, NODATA, class_map, files_in, make


def test_looks_and_provenance(tmp_path):
    out = make(tmp_path, class_map(600, 600))
    assert files_in(tmp_path) == ["out.qml", "out.tif", "out.tif.aux.xml"]
    with rasterio.open(out) as dataset:
        assert dataset.nodata == NODATA
        assert dataset.colorinterp[0].name == "palette"
        assert dataset.colormap(1)[2] == (0, 0xAA, 0, 255)
        assert dataset.colormap(1)[NODATA][3] == 0
        tags = dataset.tags()
    assert tags["GEOQUANT_MODEL"] == "m & <é>"
    assert json.loads(tags["GEOQUANT_CLASSES"])[1] == {"value": 2, "name": "forêt & <bois>", "color": "#00aa00"}


def test_gdal_reads_category_names_and_attribute_table(tmp_path):
    out = make(tmp_path, class_map(600, 600))
    rasterio.shutil.copy(out, tmp_path / "again.vrt", driver="VRT")
    band = ElementTree.parse(tmp_path / "again.vrt").getroot().find("VRTRasterBand")
    names = [category.text or "" for category in band.find("CategoryNames")]
    assert names == ["", "water", "forêt & <bois>", "", "", "", "", "bare"]
    rows = [[cell.text for cell in row] for row in band.iter("Row")]
    assert rows[2] == ["7", "bare", "170", "136", "68"]


def test_qgis_style_names_every_class(tmp_path):
    out = make(tmp_path, class_map(64, 64))
    renderer = ElementTree.fromstring(out.with_suffix(".qml").read_text(encoding="utf-8")).find("pipe/rasterrenderer")
    assert renderer.get("type") == "paletted"
    entries = {int(e.get("value")): (e.get("label"), e.get("color")) for e in renderer.iter("paletteEntry")}
    assert entries == {label.value: (label.name, label.color) for label in LABELS}


@pytest.mark.parametrize("color", ["red", "#12345", "112233", "#gg0000"])
def test_a_colour_that_is_none_is_a_card_error(tmp_path, color):
    with pytest.raises(CardError, match="#rrggbb"):
        make(tmp_path, class_map(64, 64), publication=Publication((ClassLabel(1, "a", color),), NODATA))
    assert files_in(tmp_path) == []
