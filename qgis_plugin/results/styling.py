# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look in the project: by the styles that geoquant writes beside rasters and into GeoPackages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, ClassVar

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsLayerTree,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsVectorLayer,
)

from ..labels import tr

ROLE_COLORS = {"calibration": "#0072b2", "held out": "#c25400"}
"""Those of the page that shows the tiles; a test holds one against the other."""
CASING = {"style": "no", "outline_color": "#ffffff", "outline_width": "1.2"}
"""Lies below an outline, so that it stands out from dark imagery too."""

ClassColors = Sequence[tuple[int, str, str]]
"""Value, name, colour."""


@dataclass(frozen=True)
class Result:
    """One file of an algorithm as a layer.

    Attributes:
        path: of the file.
        name: of the layer, where nobody has chosen another.
        style: is given the layer.
        label: what Processing calls it by itself: its destination's description.
        shown: whether it is drawn at first.
    """

    path: str
    name: str
    style: Callable[[QgsMapLayer], None]
    label: str = ""
    shown: bool = True


class Stylist(QgsProcessingLayerPostProcessorInterface):
    """Styles one result once Processing has loaded it, and puts it in its place among those of the same run.

    Processing keeps only a pointer to it, so that it has to stay alive until it was used.
    """

    _alive: ClassVar[set[Stylist]] = set()

    def __init__(self, result: Result, order: Sequence[str], loaded: dict[str, str]) -> None:
        """Take one result.

        Args:
            result: to style.
            order: paths of all results of the run, the uppermost first.
            loaded: path -> id of the layers that are there already; the same object for the whole run.
        """
        super().__init__()
        self._result, self._order, self._loaded = result, order, loaded
        self._alive.add(self)

    def postProcessLayer(  # noqa: N802
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Style the layer and show its classes in the legend."""
        self._result.style(layer)
        self._loaded[self._result.path] = layer.id()
        root = context.project().layerTreeRoot() if context.project() else None
        entry = None if root is None else root.findLayer(layer.id())
        if entry is not None:
            entry.setExpanded(True)
            entry.setItemVisibilityChecked(self._result.shown)
            _put_in_order(root, [self._loaded[path] for path in self._order if path in self._loaded])
        self._alive.discard(self)


def present(context: QgsProcessingContext, results: Sequence[Result]) -> None:
    """Have results named, styled and ordered, the first one uppermost, as far as Processing loads them."""
    order = [result.path for result in results]
    loaded: dict[str, str] = {}
    for result in results:
        if context.willLoadLayerOnCompletion(result.path):
            details = context.layerToLoadOnCompletionDetails(result.path)
            if details.name == result.label:
                details.name = result.name
            details.setPostProcessor(Stylist(result, order, loaded))


def _put_in_order(root: QgsLayerTree, layers: Sequence[str]) -> None:
    """Move entries of the layer tree below those that stand before them in ``layers``."""
    for upper, lower in zip(layers, layers[1:]):
        above, below = root.findLayer(upper), root.findLayer(lower)
        if above is None or below is None or above.parent() != below.parent():
            continue
        parent = above.parent()
        entries = parent.children()
        if entries.index(below) < entries.index(above):
            parent.insertChildNode(entries.index(above) + 1, below.clone())
            parent.removeChildNode(below)


def style_raster(layer: QgsMapLayer) -> None:
    """Load the style that lies beside a raster of geoquant."""
    style = Path(layer.source()).with_suffix(".qml")
    if isinstance(layer, QgsRasterLayer) and style.is_file():
        layer.loadNamedStyle(str(style))
        layer.triggerRepaint()


def style_polygons(layer: QgsMapLayer) -> None:
    """Load the style that lies inside a GeoPackage of geoquant."""
    layer.loadDefaultStyle()
    layer.triggerRepaint()


def style_tiles(layer: QgsMapLayer) -> None:
    """Tiles by their role, as outlines that let the scene through; a layer without roles stays as it is."""
    if not isinstance(layer, QgsVectorLayer) or layer.fields().indexOf("role") < 0:
        return
    labels = {"calibration": tr("calibrates"), "held out": tr("judges")}
    categories = [QgsRendererCategory(role, _outline(ROLE_COLORS[role]), label) for role, label in labels.items()]
    layer.setRenderer(QgsCategorizedSymbolRenderer("role", categories))
    layer.triggerRepaint()


def _outline(color: str) -> QgsFillSymbol:
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": color, "outline_width": "0.6"})
    symbol.insertSymbolLayer(0, QgsFillSymbol.createSimple(CASING).takeSymbolLayer(0))
    return symbol


def colors_of(classes: ClassColors) -> Mapping[str, str]:
    """Name -> colour."""
    return {name: color for _, name, color in classes}
