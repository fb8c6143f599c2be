"""Features and SQL names, which reading and writing GeoPackages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SQLITE_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True)
class Feature:
    """A geometry with its attributes.

    Attributes:
        geometry: A shapely geometry, or None.
        attributes: The values by attribute name.
    """

    geometry: Any
    attributes: Mapping[str, Any]


def quoted(name: str) -> str:
    """A table or column name as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'
