"""A made-up landscape that behaves like a satellite scene: for the demo, for training its model, and for tests."""

from geoquant.numbers.landscape.scene import NODATA, OFFSET, SCALE, Landscape, make_landscape
from geoquant.numbers.landscape.spectra import BANDS, COVERS, Cover
from geoquant.numbers.landscape.terrain import PIXEL_M

__all__ = ["BANDS", "COVERS", "NODATA", "OFFSET", "PIXEL_M", "SCALE", "Cover", "Landscape", "make_landscape"]
