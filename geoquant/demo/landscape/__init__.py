"""A generated landscape that behaves like a satellite scene: for the demo, for training its model, and for tests."""

from geoquant.demo.landscape.scene import NODATA, OFFSET, SCALE, Landscape, make_landscape
from geoquant.demo.landscape.spectra import BANDS, COVERS, Cover
from geoquant.demo.landscape.terrain import PIXEL_M

__all__ = ["BANDS", "COVERS", "NODATA", "OFFSET", "PIXEL_M", "SCALE", "Cover", "Landscape", "make_landscape"]
