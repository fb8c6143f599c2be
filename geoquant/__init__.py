"""geoquant: small, fast, proved INT8 networks for multispectral rasters of any size.

Importing this package loads nothing heavy; each name below is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from geoquant.doors.card import read_card as read_card
    from geoquant.doors.raster import open_scene as open_scene
    from geoquant.jobs.audit import audit as audit
    from geoquant.jobs.classify import classify as classify
    from geoquant.jobs.demo import demo as demo
    from geoquant.jobs.doctor import doctor as doctor
    from geoquant.jobs.evaluation import evaluate as evaluate
    from geoquant.jobs.inspect import inspect as inspect
    from geoquant.jobs.quantize import quantize as quantize
    from geoquant.jobs.sample import sample as sample
    from geoquant.jobs.strata import strata as strata

_HOMES = {
    "audit": "geoquant.jobs.audit",
    "classify": "geoquant.jobs.classify",
    "demo": "geoquant.jobs.demo",
    "doctor": "geoquant.jobs.doctor",
    "evaluate": "geoquant.jobs.evaluation",
    "inspect": "geoquant.jobs.inspect",
    "open_scene": "geoquant.doors.raster",
    "quantize": "geoquant.jobs.quantize",
    "read_card": "geoquant.doors.card",
    "sample": "geoquant.jobs.sample",
    "strata": "geoquant.jobs.strata",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'geoquant' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
