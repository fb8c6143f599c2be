"""Reading rasters: any file rasterio opens, band files, Sentinel-2 and Landsat products, as windows or lazily."""

from __future__ import annotations

from geoquant.doors.raster.dataarray import to_data_array
from geoquant.doors.raster.fitting import fit_to_card
from geoquant.doors.raster.handles import reserve_block_cache
from geoquant.doors.raster.opening import open_scene
from geoquant.doors.raster.scene import Pixels, Product, Scene, SceneBand

__all__ = [
    "Pixels",
    "Product",
    "Scene",
    "SceneBand",
    "fit_to_card",
    "open_scene",
    "reserve_block_cache",
    "to_data_array",
]
