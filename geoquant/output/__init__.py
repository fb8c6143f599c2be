"""Writing results: shard files, and the Cloud Optimized GeoTIFF that is assembled from them."""

from __future__ import annotations

from geoquant.output.areas import write_areas
from geoquant.output.cog import assemble_cog, published_labels
from geoquant.output.destination import check_beside, check_destination, check_free_space, check_raster_suffix
from geoquant.output.polygons import PolygonFile, check_polygon_suffix, write_polygons
from geoquant.output.shard_files import write_shard
from geoquant.output.style import Publication

__all__ = [
    "PolygonFile",
    "Publication",
    "assemble_cog",
    "check_beside",
    "check_destination",
    "check_free_space",
    "check_polygon_suffix",
    "check_raster_suffix",
    "published_labels",
    "write_areas",
    "write_polygons",
    "write_shard",
]
