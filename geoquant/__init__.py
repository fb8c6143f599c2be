"""geoquant: small, fast, proved INT8 networks for multispectral rasters of any size.

Importing this package loads nothing heavy; each name below is imported when it is first used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from geoquant._version import __version__ as __version__

# The wheels of onnxruntime send usage events to Microsoft and keep a device id under ~/.cache, since 2026 on Linux too,
# from the moment it is imported. The documented opt-out is read then: set it above every module that imports it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("ORT_TELEMETRY_DISABLED", "1")  # the name that earlier releases read

if TYPE_CHECKING:
    from geoquant.demo.demo import run_demo as run_demo
    from geoquant.diagnostics.doctor import doctor as doctor
    from geoquant.diagnostics.inspect import inspect as inspect
    from geoquant.evaluation.evaluate import evaluate as evaluate
    from geoquant.fusion_audit.audit import audit as audit
    from geoquant.inference.classify import classify as classify
    from geoquant.model_card.reading import read_card as read_card
    from geoquant.quantization.quantize import quantize as quantize
    from geoquant.raster.opening import open_scene as open_scene
    from geoquant.sampling.sample import sample as sample
    from geoquant.strata.strata_map import map_strata as map_strata


_HOMES = {
    "audit": "geoquant.fusion_audit.audit",
    "classify": "geoquant.inference.classify",
    "run_demo": "geoquant.demo.demo",
    "doctor": "geoquant.diagnostics.doctor",
    "evaluate": "geoquant.evaluation.evaluate",
    "inspect": "geoquant.diagnostics.inspect",
    "open_scene": "geoquant.raster",
    "quantize": "geoquant.quantization.quantize",
    "read_card": "geoquant.model_card",
    "sample": "geoquant.sampling.sample",
    "map_strata": "geoquant.strata.strata_map",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'geoquant' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
