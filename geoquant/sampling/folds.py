"""Where held-out pixels are short, every tile calibrates and every tile judges, never both at once: cross-fitting.

The tiles are dealt to folds; each is judged by a network that was calibrated on the other folds only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geoquant.metrics.evidence import enough
from geoquant.sampling.candidates import main_stratum
from geoquant.sampling.stratified_sampling import ChosenTile, TileChoice
from geoquant.strata.conditions import Stratum

FOLDS = 4
"""Parts that tiles are dealt to: three quarters calibrate at a time."""


def short_of_judges(tiles: TileChoice) -> bool:
    """Whether a condition that the held-out tiles can't judge could be judged by all tiles, by decimated views."""
    held_out, all_of_them = _enough(tiles.held_out), _enough((*tiles.calibration, *tiles.held_out))
    return bool((all_of_them & ~held_out)[Stratum.NO_DATA + 1 :].any())


def _enough(choices: Sequence[ChosenTile]) -> NDArray[np.bool_]:
    tiles = [choice.candidate for choice in choices]
    return enough(np.stack([tile.shares * tile.window.pixels for tile in tiles]))


def dealt(choices: Sequence[ChosenTile]) -> TileChoice:
    """All tiles in both roles, with the fold of each.

    Every condition is dealt to all folds in the order in which its tiles lie, so that a fold's tiles lie together and
    the gap around them costs few others. Nothing here is drawn: the same tiles give the same folds for every seed.

    Args:
        choices: at least ``FOLDS`` tiles.
    """
    ordered = sorted(choices, key=lambda one: (one.candidate.scene, one.candidate.window))
    groups: dict[Stratum, list[int]] = {}
    for position, choice in enumerate(ordered):
        groups.setdefault(main_stratum(choice.candidate), []).append(position)
    folds = [0] * len(ordered)
    begun = 0  # small groups begin at different folds, or the first fold would have them all
    for stratum in sorted(groups):
        members = groups[stratum]
        for turn, position in enumerate(members):
            folds[position] = (begun + turn * min(FOLDS, len(members)) // len(members)) % FOLDS
        begun += len(members)
    return TileChoice(tuple(ordered), tuple(ordered), tuple(folds))


def fold_of(tiles: TileChoice, fold: int) -> TileChoice:
    """The tiles of the other folds to calibrate with, and those of this one to judge with."""
    pairs = list(zip(tiles.held_out, tiles.folds, strict=True))
    rest = tuple(choice for choice, number in pairs if number != fold)
    return TileChoice(rest, tuple(choice for choice, number in pairs if number == fold))
