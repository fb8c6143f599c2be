"""The tiles of a scene that calibration has seen: the INT8 model's card names them, and none of them may judge.

A scene is recognised by what some of its calibration tiles hold, whatever it is called and however it is stored: many
folders hold a ``scene.tif``. Where a card does not say what they held, a scene of the same name counts as the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from geoquant.grid import Window
from geoquant.model_card.card import Quantization
from geoquant.raster.scene import Scene
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.strata.stratified_scene import StratifiedScene

MARKED_TILES = 4
"""Calibration tiles, the first of a scene, whose pixels it is recognised by."""


def scene_marks(scenes: Sequence[StratifiedScene], calibration: Iterable[ChosenTile]) -> dict[str, str]:
    """Scene, as ``tile_record`` names it -> a hash of what its first calibration tiles hold, for the card."""
    windows: dict[int, list[Window]] = {}
    for choice in calibration:
        windows.setdefault(choice.candidate.scene, []).append(choice.candidate.window)
    return {_name(scenes, i): _mark(scenes[i].scene, windows[i]) for i in sorted(windows)}


def _name(scenes: Sequence[StratifiedScene], position: int) -> str:
    """The name of a scene; with a number where one before it has the same, or their tiles would be taken for one's."""
    name = scenes[position].scene.name
    before = sum(one.scene.name == name for one in scenes[:position])
    return f"{name} ({before + 1})" if before else name


def _mark(scene: Scene, windows: Sequence[Window]) -> str:
    """A hash of the first tiles: the stored numbers of valid pixels, whatever their type, and where there are none."""
    found = hashlib.sha256()
    for window in windows[:MARKED_TILES]:
        pixels = scene.read(window)
        found.update(np.where(pixels.valid, pixels.values, 0).astype("<f8").tobytes())
        found.update(np.packbits(pixels.valid).tobytes())
    return found.hexdigest()


def seen_windows(stratified: StratifiedScene, facts: Quantization | None) -> list[Window]:
    """Where calibration tiles lie on a scene: those of a scene with its pixels; by its name where those are unknown."""
    if facts is None:
        return []
    tiles: dict[str, list[Window]] = {}
    for tile in facts.tiles:
        window = Window(*(int(tile[side]) for side in ("row", "col", "height", "width")))
        tiles.setdefault(str(tile.get("scene")), []).append(window)
    marks, scene = _table(facts.method.get("scene_marks")), stratified.scene
    return [
        window
        for name, windows in tiles.items()
        if (_holds(scene, windows, str(marks[name])) if name in marks else name == scene.name)
        for window in windows
    ]


def _table(entry: object) -> Mapping[str, Any]:
    return entry if isinstance(entry, dict) else {}


def _holds(scene: Scene, windows: Sequence[Window], mark: str) -> bool:
    """Whether a scene holds at these tiles what the mark was made of."""
    inside = all(window.intersection(scene.grid.window) == window for window in windows[:MARKED_TILES])
    return inside and _mark(scene, windows) == mark


def tile_record(choice: ChosenTile, scenes: Sequence[StratifiedScene]) -> dict[str, Any]:
    """A tile as the card and the summary keep it."""
    window = choice.candidate.window
    return {
        "scene": _name(scenes, choice.candidate.scene),
        "row": window.row,
        "col": window.col,
        "height": window.height,
        "width": window.width,
        "stratum": choice.stratum.label,
        "reason": choice.reason,
    }
