"""What a product reader gives to ``open_scene``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from geoquant.raster.types import Product, SceneBand

Describe = Callable[[str], tuple[SceneBand, ...]]
"""Describes the bands of one file."""


@dataclass(frozen=True)
class ProductFacts:
    """A product's name for people, and its facts."""

    name: str
    product: Product
