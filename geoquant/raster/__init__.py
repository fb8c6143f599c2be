"""Reading rasters: any file rasterio opens, band files, Sentinel-2 and Landsat products, as windows or lazily."""

from __future__ import annotations

from geoquant.raster.data_array import to_data_array
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.handles import reserve_block_cache
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from geoquant.raster.types import Pixels, Product, SceneBand

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
