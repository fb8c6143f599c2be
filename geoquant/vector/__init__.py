"""Polygons and features: GeoJSON, GeoPackage, polygonizing."""
