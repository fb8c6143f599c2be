"""Results as JSON takes them."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any


def json_value(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists; what could not be measured (NaN) or has no end (infinity) is null."""
    if is_dataclass(value):
        return {spec.name: json_value(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, dict):
        return {key: json_value(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
