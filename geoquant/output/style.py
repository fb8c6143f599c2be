"""The look of a result in other programs: colours, class names, attribute table, QGIS style and provenance tags."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree as Xml  # nosec B405

from geoquant.errors import CardError, RasterError
from geoquant.model_card.card import ClassLabel

CLASSES_TAG = "GEOQUANT_CLASSES"
"""Tag with the classes as JSON: the only copy of the names inside the TIFF (GDAL keeps category names beside it)."""


@dataclass(frozen=True)
class Stop:
    """A colour of a ramp.

    Attributes:
        percent: The value that has it.
        color: It is given as ``#rrggbb``.
        alpha: A value of 0 lets what lies below through, 255 hides it.
    """

    percent: int
    color: str
    alpha: int = 255


CONFIDENCE_RAMP = (
    Stop(0, "#49006a"),
    Stop(50, "#ae017e"),
    Stop(75, "#f768a1"),
    Stop(90, "#fbb4c4"),
    Stop(100, "#e4e2ea"),
)
"""Strong where the network is unsure, pale where it is sure; its lightness grows all the way, for every eye."""

DRIFT_RAMP = (
    Stop(0, "#ffeda0", 0),
    Stop(5, "#ffeda0"),
    Stop(25, "#feb24c"),
    Stop(50, "#f03b20"),
    Stop(100, "#7f0022"),
)
"""Nothing where a scene is as it was in calibration, then yellow to dark red; its lightness falls all the way."""


@dataclass(frozen=True)
class Publication:
    """The labels of a result.

    Attributes:
        labels: The classes; empty for confidence.
        nodata: The value of invalid pixels.
        tags: The provenance, written as dataset metadata.
        kind: What pixels hold: class values, or the winning class's probability in percent.
        rpc: The rational polynomials of the pixels, as GDAL names and writes them, where nothing else places them.
    """

    labels: tuple[ClassLabel, ...]
    nodata: int
    tags: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["classes", "confidence"] = "classes"
    rpc: Mapping[str, str] = field(default_factory=dict)


def rgb(color: str) -> tuple[int, int, int]:
    """Red, green, blue 0..255 of ``#rrggbb``.

    Raises:
        CardError: anything else.
    """
    digits = color.removeprefix("#")
    try:
        if len(digits) != 6 or len(color) != 7:
            raise ValueError("not six hexadecimal digits")
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    except ValueError as error:
        raise CardError(f"the class colour {color!r} is not #rrggbb ({error}); correct it in the card.") from error


def dataset_tags(publication: Publication) -> dict[str, str]:
    """All tags of the file: the given provenance, plus the classes as JSON."""
    tags = {str(key): str(value) for key, value in publication.tags.items()}
    if publication.labels:
        classes = [{"value": label.value, "name": label.name, "color": label.color} for label in publication.labels]
        tags[CLASSES_TAG] = json.dumps(classes, ensure_ascii=False)
    return tags


def labels_in(tags: Mapping[str, str]) -> tuple[ClassLabel, ...]:
    """The classes in a file's tags, as ``dataset_tags`` wrote them; empty where there are none.

    Raises:
        RasterError: the tag is there but not ours.
    """
    try:
        return tuple(ClassLabel(**entry) for entry in json.loads(tags.get(CLASSES_TAG, "[]")))
    except (ValueError, TypeError) as error:
        raise RasterError(f"the tag {CLASSES_TAG} is damaged ({error}).") from error


def color_table(publication: Publication) -> list[tuple[int, int, int, int]]:
    """256 RGBA colours by pixel value; values without a class are black, nodata is transparent."""
    table = [(0, 0, 0, 255)] * 256
    for label in publication.labels:
        table[label.value] = (*rgb(label.color), 255)
    table[publication.nodata] = (0, 0, 0, 0)
    return table


def category_names(publication: Publication) -> list[str]:
    """Names by pixel value, from 0 to the highest class; empty where there is no class."""
    if not publication.labels:
        return []
    names = {label.value: label.name for label in publication.labels}
    return [names.get(value, "") for value in range(max(names) + 1)]


def aux_xml(publication: Publication) -> str:
    """GDAL's ``.aux.xml`` with category names and a raster attribute table: neither fits into a TIFF (GDAL 3.10)."""
    root = Xml.Element("PAMDataset")
    band = Xml.SubElement(root, "PAMRasterBand", band="1")
    names = Xml.SubElement(band, "CategoryNames")
    for name in category_names(publication):
        Xml.SubElement(names, "Category").text = name
    table = Xml.SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    # (name, type: 0 integer 2 string, usage: 5 MinMax 2 Name 6 Red 7 Green 8 Blue), gdal_rat.h
    columns = (("Value", 0, 5), ("Class", 2, 2), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8))
    for index, (name, kind, usage) in enumerate(columns):
        column = Xml.SubElement(table, "FieldDefn", index=str(index))
        for key, value in (("Name", name), ("Type", kind), ("Usage", usage)):
            Xml.SubElement(column, key).text = str(value)
    for index, label in enumerate(publication.labels):
        row = Xml.SubElement(table, "Row", index=str(index))
        for cell in (label.value, label.name, *rgb(label.color)):
            Xml.SubElement(row, "F").text = str(cell)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def qml(publication: Publication) -> str:
    """QGIS layer style: the classes with colours and names, or confidence, strong where the network is unsure."""
    return ramp_qml(CONFIDENCE_RAMP) if publication.kind == "confidence" else _palette_qml(publication.labels)


def _palette_qml(labels: Sequence[ClassLabel]) -> str:
    """Every value in its class's colour, under its name."""
    root, pipe = _raster_document()
    renderer = Xml.SubElement(pipe, "rasterrenderer", _drawn(1) | {"type": "paletted"})
    palette = Xml.SubElement(renderer, "colorPalette")
    for label in labels:
        entry = {"value": str(label.value), "label": label.name, "color": label.color, "alpha": "255"}
        Xml.SubElement(palette, "paletteEntry", entry)
    return _document(root)


def ramp_qml(ramp: Sequence[Stop], band: int = 1) -> str:
    """QGIS layer style of one band of percentages: colours between the stops of a ramp, which the legend lists."""
    root, pipe = _raster_document()
    lowest, highest = str(ramp[0].percent), str(ramp[-1].percent)
    facts = {"type": "singlebandpseudocolor", "classificationMin": lowest, "classificationMax": highest}
    shader = Xml.SubElement(Xml.SubElement(pipe, "rasterrenderer", _drawn(band) | facts), "rastershader")
    how = {"colorRampType": "INTERPOLATED", "classificationMode": "1", "clip": "0", "labelPrecision": "0"}
    between = Xml.SubElement(shader, "colorrampshader", how | {"minimumValue": lowest, "maximumValue": highest})
    for stop in ramp:
        facts = {"value": str(stop.percent), "label": f"{stop.percent} %", "color": stop.color}
        Xml.SubElement(between, "item", facts | {"alpha": str(stop.alpha)})
    Xml.SubElement(between, "rampLegendSettings", useContinuousLegend="0")
    return _document(root)


def _raster_document() -> tuple[Xml.Element, Xml.Element]:
    """A style and its pipe."""
    root = Xml.Element("qgis", version="3.22", styleCategories="Symbology")
    return root, Xml.SubElement(root, "pipe")


def _drawn(band: int) -> dict[str, str]:
    """What every raster renderer says."""
    return {"band": str(band), "alphaBand": "-1", "opacity": "1", "nodataColor": ""}


def polygon_qml(publication: Publication) -> str:
    """QGIS layer style of the classes as polygons: filled by their attribute ``value``, without outlines."""
    root = Xml.Element("qgis", version="3.22", styleCategories="Symbology")
    renderer = Xml.SubElement(root, "renderer-v2", type="categorizedSymbol", attr="value")
    categories, symbols = Xml.SubElement(renderer, "categories"), Xml.SubElement(renderer, "symbols")
    for number, label in enumerate(publication.labels):
        facts = {"symbol": str(number), "value": str(label.value), "label": label.name, "render": "true"}
        Xml.SubElement(categories, "category", facts)
        symbol = Xml.SubElement(symbols, "symbol", {"type": "fill", "name": str(number), "alpha": "1"})
        layer = Xml.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1"})
        color = ",".join(map(str, (*rgb(label.color), 255)))
        for key, text in (("color", color), ("outline_style", "no"), ("style", "solid")):
            Xml.SubElement(layer, "prop", k=key, v=text)
    return _document(root)


def _document(root: Xml.Element) -> str:
    Xml.indent(root)
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return doctype + Xml.tostring(root, encoding="unicode") + "\n"
