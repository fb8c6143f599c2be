"""Numbers: the arithmetic of grids, tiles, normalization, strata, sampling, metrics. NumPy only, no I/O, no state."""
