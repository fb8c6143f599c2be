"""Tiles that can be read: a damaged block takes its tile out of the choice, not the whole job down."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

from geoquant.errors import DamagedRaster, GeoquantWarning
from geoquant.grid import Window
from geoquant.raster.scene import Scene
from geoquant.sampling.candidates import CandidateTile
from geoquant.sampling.stratified_sampling import TileChoice


def readable_choice(
    candidates: Sequence[CandidateTile],
    scenes: Sequence[Scene],
    reach_px: int,
    pick: Callable[[Sequence[CandidateTile]], TileChoice],
) -> TileChoice:
    """What ``pick`` chooses once tiles that turned out to be damaged, and those that overlap them, are left out.

    Args:
        candidates: to choose from, described from decimated views, which need not show the damage.
        scenes: that they lie on.
        reach_px: how far around a tile its scene is read.
        pick: chooses; is called again without the damaged ones.

    Raises:
        RasterError: a remote scene can't be read.
    """
    left, sound = list(candidates), set[tuple[int, Window]]()
    while True:
        tiles = pick(left)
        chosen = {(choice.candidate.scene, choice.candidate.window) for choice in (*tiles.calibration, *tiles.held_out)}
        damaged = {place for place in sorted(chosen - sound) if not _reads(scenes[place[0]], place[1], reach_px)}
        if not damaged:
            return tiles
        sound |= chosen - damaged
        left = [tile for tile in left if not any(_overlaps(tile, *place) for place in damaged)]


def _overlaps(tile: CandidateTile, scene: int, window: Window) -> bool:
    """Whether a tile shares pixels with a window: positions overlap, and the damage is likely theirs too."""
    return tile.scene == scene and tile.window.intersection(window).pixels > 0


def _reads(scene: Scene, tile: Window, reach_px: int) -> bool:
    """Whether a tile and what lies around it can be read; warns where not.

    Raises:
        RasterError: a remote scene can't be read; that may be the network's fault and hit all tiles.
    """
    try:
        scene.read(tile.expand(reach_px).intersection(scene.grid.window))
    except DamagedRaster as error:
        if scene.is_remote:
            raise
        warnings.warn(
            f"The tile at row {tile.row}, column {tile.col} of {scene.name} is not taken: {error}",
            GeoquantWarning,
            stacklevel=4,
        )
        return False
    return True
