"""Imaging conditions of every pixel, from masks or spectral tests."""
