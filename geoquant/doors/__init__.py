"""Doors: the only places that touch files and foreign runtimes (rasterio, shapely, onnx, onnxruntime, openvino)."""

import os

# The wheels of onnxruntime send usage events to Microsoft and keep a device id under ~/.cache, since 2026 on Linux too,
# from the moment it is imported. The documented opt-out is read then: set it above every module that imports it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("ORT_TELEMETRY_DISABLED", "1")  # the name that earlier releases read
