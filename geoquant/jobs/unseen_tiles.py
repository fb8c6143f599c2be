"""Tiles to judge on that calibration has not seen: the INT8 model's card says which those are."""

from __future__ import annotations

from collections.abc import Sequence

from geoquant.jobs.survey import SurveyedScene, TileGeometry, candidates_of
from geoquant.numbers.grid import Window
from geoquant.numbers.sampling import Candidate, Choice, choose_tiles, lattice
from geoquant.words.card import Quantization
from geoquant.words.errors import CalibrationError
from geoquant.words.options import EvaluateOptions
from geoquant.words.progress import Progress, ProgressCallback


def choose_unseen(
    scenes: Sequence[SurveyedScene],
    geometry: TileGeometry,
    facts: Quantization | None,
    options: EvaluateOptions,
    progress: ProgressCallback,
) -> tuple[Choice, ...]:
    """Choose tiles by stratum as calibration does, among those that share no pixel with a calibration tile.

    Args:
        scenes: to judge on.
        geometry: of the tiles.
        facts: of the INT8 model, None where it carries none: then nothing can be left out.
        options: number and seed.
        progress: is told after each scene.

    Raises:
        CalibrationError: fewer than two such tiles hold valid data.
    """
    found: list[Candidate] = []
    seen_count = 0
    for position, surveyed in enumerate(scenes):
        windows = lattice(
            surveyed.scene.grid, geometry.tile_px, geometry.tile_px + geometry.context_px, geometry.stride_px
        )
        seen = seen_windows(surveyed, facts)
        unseen = [window for window in windows if not _meets(window, seen)]
        seen_count += len(windows) - len(unseen)
        found += candidates_of(surveyed, position, unseen)
        progress(Progress("choosing tiles", position + 1, len(scenes), "scenes"))
    if len(found) < 2:
        raise CalibrationError(
            f"only {len(found)} tiles of {geometry.tile_px} px hold valid data that calibration has not seen "
            f"({seen_count} were seen). Judge on other scenes, or on smaller tiles with --tile."
        )
    return choose_tiles(found, options.tiles, 0, options.seed).calibration


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


def _meets(window: Window, others: Sequence[Window]) -> bool:
    return any(window.intersection(other).pixels for other in others)
