"""Calibration: the ranges and distributions of a float network's tensors on the chosen tiles."""
