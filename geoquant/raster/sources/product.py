"""What a product reader gives to ``open_scene``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geoquant.errors import RasterError
from geoquant.raster.types import Product, SceneBand

Describe = Callable[[str], tuple[SceneBand, ...]]
"""Describes the bands of one file."""

_MAX_METADATA_BYTES = 64 * 2**20


@dataclass(frozen=True)
class ProductFacts:
    """A product's name for people, and its facts."""

    name: str
    product: Product


def read_metadata(path: Path) -> str:
    """The text of a metadata file.

    Raises:
        RasterError: it can't be read, or is far too large to be metadata.
    """
    try:
        if path.stat().st_size > _MAX_METADATA_BYTES:
            raise RasterError(f"{path} has {path.stat().st_size} bytes, which is too large for product metadata.")
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise RasterError(f"Can't read the product metadata {path}: {error}") from error
