"""GeoPackages read and written with the standard library's SQLite, so that no second GDAL is loaded.

Format: OGC 12-128r19, https://www.geopackage.org/spec140/
"""

from __future__ import annotations

from geoquant.vector.geopackage.features import SQLITE_MAGIC, Feature
from geoquant.vector.geopackage.reading import read_features, read_geopackage
from geoquant.vector.geopackage.writing import NewLayer, write_geopackage

__all__ = ["SQLITE_MAGIC", "Feature", "NewLayer", "read_features", "read_geopackage", "write_geopackage"]
