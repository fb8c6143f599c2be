"""What calibration has seen of a scene: the INT8 model's card says it, and no such tile may judge."""

from __future__ import annotations

from geoquant.jobs.survey import SurveyedScene
from geoquant.numbers.grid import Window
from geoquant.words.card import Quantization


def seen_windows(surveyed: SurveyedScene, facts: Quantization | None) -> list[Window]:
    """Where calibration tiles lie on a scene: those of a scene with its fingerprint or its name."""
    if facts is None:
        return []
    prints = facts.method.get("scenes", {})
    known = dict(prints) if isinstance(prints, dict) else {}
    names = {name for name, mark in known.items() if mark == surveyed.scene.fingerprint} | {surveyed.scene.name}
    return [
        Window(*(int(tile[side]) for side in ("row", "col", "height", "width")))
        for tile in facts.tiles
        if tile.get("scene") in names
    ]
