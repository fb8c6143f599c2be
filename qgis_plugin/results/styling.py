# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look in the project: by the styles that geoquant writes beside rasters and into GeoPackages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable, ClassVar

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsVectorLayer,
)

from ..labels import tr

ClassColors = Sequence[tuple[int, str, str]]
"""Value, name, colour."""


class Stylist(QgsProcessingLayerPostProcessorInterface):
    """Styles one result once Processing has loaded it.

    Processing keeps only a pointer to it, so that it has to stay alive until it was used.
    """

    _alive: ClassVar[set[Stylist]] = set()

    def __init__(self, style: Callable[[QgsMapLayer], None]) -> None:
        super().__init__()
        self._style = style
        self._alive.add(self)

    def postProcessLayer(  # noqa: N802
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Style the layer and show its classes in the legend."""
        self._style(layer)
        entry = context.project().layerTreeRoot().findLayer(layer.id()) if context.project() else None
        if entry is not None:
            entry.setExpanded(True)
        self._alive.discard(self)


def style_on_load(context: QgsProcessingContext, destination: str, style: Callable[[QgsMapLayer], None]) -> None:
    """Have a result styled when Processing loads it, if it does at all."""
    if context.willLoadLayerOnCompletion(destination):
        context.layerToLoadOnCompletionDetails(destination).setPostProcessor(Stylist(style))


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
    roles = (("calibration", tr("calibrates"), "#e0218a"), ("held out", tr("judges"), "#1e90ff"))
    categories = [QgsRendererCategory(role, _outline(color), label) for role, label, color in roles]
    layer.setRenderer(QgsCategorizedSymbolRenderer("role", categories))
    layer.triggerRepaint()


def _outline(color: str) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple({"style": "no", "outline_color": color, "outline_width": "0.6"})


def colors_of(classes: ClassColors) -> Mapping[str, str]:
    """Name -> colour."""
    return {name: color for _, name, color in classes}
