"""Many scenes as one image on one grid, read window by window like a scene."""
