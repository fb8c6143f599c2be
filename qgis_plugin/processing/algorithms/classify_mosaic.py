# SPDX-License-Identifier: GPL-2.0-or-later
"""Many scenes and a model in, one styled class map out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterCrs,
    QgsProcessingParameterRasterLayer,
)

from ...labels import LABELS, tr
from ...results.layers import Place, bounds_of, source_of
from .classify import Classify
from .inputs import add_mosaic, area_file, model_of, mosaic_sources
from .worker_algorithm import Parameters


class ClassifyMosaic(Classify):
    """``geoquant classify`` of many scenes."""

    id_name, title = "classify_mosaic", "Classify mosaic of rasters"
    keywords = ("mosaic", "many scenes", "folder", "batch", "land cover", "segmentation", "onnx", "int8")

    def _add_imagery(self) -> None:
        add_mosaic(self)
        self.add_options("rule")
        self.add(
            QgsProcessingParameterCrs("CRS", tr(LABELS["crs"]), optional=True),
            self.option_help("crs"),
        )

    def _add_how_to_read(self) -> None:
        self.add(
            QgsProcessingParameterRasterLayer("ALIGN", tr(LABELS["align"]), optional=True),
            self.option_help("align"),
            advanced=True,
        )

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """The scenes; their model, and the grid of the map."""
        scenes = mosaic_sources(self, parameters, context)
        layers = self.parameterAsLayerList(parameters, "SCENES", context)
        folder = self.parameterAsString(parameters, "FOLDER", context)
        self._scene_name = Path(folder).name if folder else tr("{} scenes").format(len(scenes))
        self._model = model_of(self, parameters, "MODEL", context)
        aligned = self.parameterAsRasterLayer(parameters, "ALIGN", context)
        chosen = self.parameterAsCrs(parameters, "CRS", context)
        bounded = bounds_of(self.parameterAsExtent(parameters, "EXTENT", context)) is not None
        crs = aligned.crs() if aligned else chosen if chosen.isValid() or not layers else layers[0].crs()
        if bounded and not crs.isValid():
            raise QgsProcessingException(
                tr("An extent needs the CRS of the map where the scenes come from a folder; choose one.")
            )
        self._place = Place(crs, crs) if crs.isValid() else None
        asked = self.parameterAsExtentGeometry(parameters, "EXTENT", context, crs).boundingBox() if bounded else None
        return scenes, {
            "model": self._model,
            "crs": _name(crs) if chosen.isValid() or (bounded and not aligned) else None,
            "align": source_of(aligned) if aligned else None,
            "bounds": bounds_of(asked) if asked is not None else None,
        }

    def _area(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, str]:
        source = self.parameterAsSource(parameters, "AOI", context)
        own = None if source is None else Place(source.sourceCrs(), source.sourceCrs())
        return area_file(self, parameters, context, self._place or own, folder)


def _name(crs: QgsCoordinateReferenceSystem) -> str:
    """A CRS as geoquant takes it: its authority's code, or its WKT where it has none."""
    return crs.authid() or crs.toWkt()
