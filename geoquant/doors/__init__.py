"""Doors: the only places that touch files and foreign runtimes (rasterio, shapely, onnx, onnxruntime, openvino)."""
