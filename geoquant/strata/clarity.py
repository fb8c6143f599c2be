"""How clear a scene's pixels are, for mosaics of which the clearest pixel wins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window
from geoquant.model_card.card import ModelCard
from geoquant.raster.scene import Scene
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene, stratify

CLEAR, VEILED, HIDDEN = 0, 1, 2
RANKS = {
    Stratum.THICK_CLOUD: HIDDEN,
    Stratum.SHADOW: HIDDEN,
    Stratum.THIN_CLOUD: VEILED,
    Stratum.CLOUD_EDGE: VEILED,
}
"""Condition -> rank; every other one is clear."""


@dataclass(frozen=True)
class SceneClarity:
    """The clarity of one scene's pixels, by its quality mask or by spectral tests.

    Attributes:
        scene: The scene, fitted to the card.
        card: The card of the model, which says which band is which.
    """

    scene: Scene
    card: ModelCard
    _lock: Any = field(default_factory=Lock, compare=False, repr=False)

    @cached_property
    def _stratified(self) -> StratifiedScene:
        """What is learned from the whole scene; no mask stays open, since there may be thousands of scenes.

        It has no scene edge: a scene ends where another goes on.
        """
        found = stratify(self.scene, self.card)
        found.close()
        return replace(found, margins=replace(found.margins, scene_px=0))

    def ranks(self, window: Window) -> NDArray[np.uint8]:
        """``(y, x)`` of a window of the scene: 0 clear, 1 thin cloud or the edge of one, 2 cloud or shadow."""
        with self._lock:
            stratified = self._stratified
        with stratified.with_own_mask() as own:
            strata = own.strata(window)
        table = np.zeros(256, np.uint8)
        for stratum, rank in RANKS.items():
            table[int(stratum)] = rank
        return table[np.asarray(strata, np.uint8)]
