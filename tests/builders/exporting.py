"""Torch networks as ONNX files of any size, by the exporter of old and by the new one."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any


def export(model: Any, path: Path, dynamo: bool, bands: int = 2, side: int = 32) -> None:
    """Write a torch module, traced at ``side`` pixels, with its input called "image"."""
    import torch

    probe = torch.rand(1, bands, side, side)
    settings: dict[str, Any] = {"opset_version": 18 if dynamo else 17, "input_names": ["image"], "dynamo": dynamo}
    if dynamo:
        sizes = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
        settings |= {"external_data": False, "dynamic_shapes": (sizes,), "verbose": False}
    else:
        settings["dynamic_axes"] = {"image": {0: "n", 2: "h", 3: "w"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.eval(), (probe,), str(path), **settings)
