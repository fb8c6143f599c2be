# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that differ between QGIS 3.22 and QGIS 4: enumerations moved from their classes into ``Qgis``."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsWkbTypes,
)


def _enumerator(newer: str, older: Any) -> Any:
    """``Qgis.<newer>`` where this QGIS has it, else the old enumerator."""
    owner: Any = Qgis
    for name in newer.split("."):
        owner = getattr(owner, name, None)
    return older() if owner is None else owner


ADVANCED = _enumerator("ProcessingParameterFlag.Advanced", lambda: QgsProcessingParameterDefinition.FlagAdvanced)
OPTIONAL = _enumerator("ProcessingParameterFlag.Optional", lambda: QgsProcessingParameterDefinition.FlagOptional)
POLYGONS = _enumerator("ProcessingSourceType.VectorPolygon", lambda: QgsProcessing.TypeVectorPolygon)
RASTERS = _enumerator("ProcessingSourceType.Raster", lambda: QgsProcessing.TypeRaster)
FILE = _enumerator("ProcessingFileParameterBehavior.File", lambda: QgsProcessingParameterFile.File)
FOLDER = _enumerator("ProcessingFileParameterBehavior.Folder", lambda: QgsProcessingParameterFile.Folder)
INTEGER = _enumerator("ProcessingNumberParameterType.Integer", lambda: QgsProcessingParameterNumber.Integer)
DOUBLE = _enumerator("ProcessingNumberParameterType.Double", lambda: QgsProcessingParameterNumber.Double)
MULTI_POLYGON = _enumerator("WkbType.MultiPolygon", lambda: QgsWkbTypes.MultiPolygon)
WARNING = _enumerator("MessageLevel.Warning", lambda: Qgis.Warning)
CRITICAL = _enumerator("MessageLevel.Critical", lambda: Qgis.Critical)
INFO = _enumerator("MessageLevel.Info", lambda: Qgis.Info)
SUCCESS = _enumerator("MessageLevel.Success", lambda: Qgis.Success)
