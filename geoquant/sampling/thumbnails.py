"""What a person looks at before signing a choice of tiles off: the tiles themselves, and what they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window, ceil_div
from geoquant.preprocessing.chain import in_physical_units
from geoquant.progress import Progress, ProgressCallback
from geoquant.reporting.pictures import Picture, canvas, encode_png, fill, learn_tone, resized, rgb
from geoquant.reporting.text_drawing import text_size, wrapped, write_text
from geoquant.sampling.stratified_sampling import ChosenTile, TileChoice
from geoquant.strata.conditions import Stratum
from geoquant.strata.spectra import find_roles
from geoquant.strata.strata_map import STRATUM_COLORS
from geoquant.strata.stratified_scene import StratifiedScene

PAPER, INK, FAINT, RULE = "#fbfbf9", "#1b1e23", "#6b7078", "#d9dad6"
CHIP_PX, GAP_PX, MARGIN_PX = 112, 14, 28
CAPTION_PX = 56
PITCH_PX, ROW_PX = CHIP_PX + GAP_PX, CHIP_PX + CAPTION_PX
ROLE_COLORS = {"calibration": "#0b7a75", "held out": "#c2571a"}
LEAST_PER_ROW, MOST_PER_ROW = 9, 12
BRIGHT = (Stratum.THICK_CLOUD, Stratum.THIN_CLOUD, Stratum.CLOUD_EDGE, Stratum.SNOW)
"""Strata that the tone is not learned from: in a cloudy set, land would come out black."""


@dataclass(frozen=True)
class Shown:
    """A chosen tile as it is drawn.

    Attributes:
        number: as in the file of tiles.
        role: "calibration" or "held out".
        choice: the tile.
    """

    number: int
    role: str
    choice: ChosenTile


def numbered(tiles: TileChoice) -> list[Shown]:
    """All tiles in the order of the file: by stratum, calibration first."""
    both = [("calibration", choice) for choice in tiles.calibration]
    both += [("held out", choice) for choice in tiles.held_out]
    order = sorted(both, key=lambda entry: (entry[1].stratum, entry[0]))
    return [Shown(number, role, choice) for number, (role, choice) in enumerate(order, 1)]


def thumbnail_sheet(
    tiles: Sequence[Shown], scenes: Sequence[StratifiedScene], title: str, progress: ProgressCallback
) -> bytes:
    """All tiles in true colour (or their first bands), one tone for all, grouped by stratum, as PNG.

    Args:
        tiles: in the order to show them.
        scenes: all scenes.
        title: the sheet's first line.
        progress: is told after each tile.
    """
    chips = _chips(tiles, scenes, progress)
    groups = [(s, [tile for tile in tiles if tile.choice.stratum == s]) for s in Stratum]
    per_row = min(MOST_PER_ROW, max(LEAST_PER_ROW, *(len(members) for _, members in groups)))
    places, height = _layout([group for group in groups if group[1]], per_row)
    sheet = canvas(height, 2 * MARGIN_PX + per_row * PITCH_PX - GAP_PX, PAPER)
    _heading(sheet, title, tiles, scenes)
    for place in places:
        _group_heading(sheet, place)
        for i, tile in enumerate(place.members):
            row, col = place.top + 34 + i // per_row * ROW_PX, place.left + i % per_row * PITCH_PX
            _draw_chip(sheet, row, col, tile, chips[tile.number])
    return encode_png(sheet)


@dataclass(frozen=True)
class _Place:
    """Where a stratum's tiles go: ``wide`` chips side by side from (top, left)."""

    stratum: Stratum
    members: Sequence[Shown]
    top: int
    left: int
    wide: int


def _layout(groups: Sequence[tuple[Stratum, list[Shown]]], per_row: int) -> tuple[list[_Place], int]:
    """A place for each group, small ones side by side, and the height of the sheet."""
    places: list[_Place] = []
    top, used, height = MARGIN_PX + 74, 0, 0
    for stratum, members in groups:
        wide = min(per_row, max(len(members), 2))
        if used + wide > per_row:
            top, used, height = top + height, 0, 0
        places.append(_Place(stratum, members, top, MARGIN_PX + used * PITCH_PX, wide))
        used += wide
        height = max(height, 40 + ceil_div(len(members), per_row) * ROW_PX)
    return places, top + height + MARGIN_PX


def _heading(sheet: Picture, title: str, tiles: Sequence[Shown], scenes: Sequence[StratifiedScene]) -> None:
    write_text(sheet, MARGIN_PX, MARGIN_PX, title, 15, rgb(INK))
    names = [stratified.scene.name for stratified in scenes]
    from_scenes = names[0] if len(names) == 1 else f"{len(names)} scenes"
    line = f"{'True colour' if _has_colour(scenes) else 'First bands'}, one tone for all tiles. From {from_scenes}."
    write_text(sheet, MARGIN_PX + 30, MARGIN_PX, line, 9, rgb(FAINT))
    col = sheet.shape[2] - MARGIN_PX
    for role, color in reversed(ROLE_COLORS.items()):
        text = f"{role} ({sum(tile.role == role for tile in tiles)})"
        col -= text_size(text, 9)[1]
        write_text(sheet, MARGIN_PX + 30, col, text, 9, rgb(INK))
        col -= 20
        fill(sheet, Window(MARGIN_PX + 28, col, 13, 13), color)
        col -= 18


def _group_heading(sheet: Picture, place: _Place) -> None:
    top, left, name = place.top, place.left, place.stratum.label
    fill(sheet, Window(top, left, 1, place.wide * PITCH_PX - GAP_PX), RULE)
    fill(sheet, Window(top + 11, left, 14, 14), INK)
    fill(sheet, Window(top + 12, left + 1, 12, 12), STRATUM_COLORS[place.stratum])
    write_text(sheet, top + 13, left + 22, name, 11, rgb(INK))
    counts = [sum(tile.role == role for tile in place.members) for role in ROLE_COLORS]
    write_text(sheet, top + 15, left + 34 + text_size(name, 11)[1], " + ".join(map(str, counts)), 9, rgb(FAINT))


def _draw_chip(sheet: Picture, row: int, col: int, tile: Shown, chip: Picture) -> None:
    """A framed picture, its number in a tab of its role's colour, and its reason under it."""
    color = ROLE_COLORS[tile.role]
    height, width = chip.shape[1:]
    fill(sheet, Window(row - 3, col - 3, height + 6, width + 6), color)
    sheet[:, row : row + height, col : col + width] = chip
    tab = text_size(str(tile.number), 8)[1] + 6
    fill(sheet, Window(row - 3, col - 3, 17, tab), color)
    write_text(sheet, row + 1, col, str(tile.number), 8, rgb("#ffffff"))
    for i, line in enumerate(wrapped(tile.choice.reason, CHIP_PX + 4, 8, 3)):
        write_text(sheet, row + CHIP_PX + 9 + 13 * i, col - 3, line, 8, rgb(INK))


def _chips(tiles: Sequence[Shown], scenes: Sequence[StratifiedScene], progress: ProgressCallback) -> dict[int, Picture]:
    """Number -> picture; read in the order of the file, so that each block is decoded about once."""
    values, valid = {}, {}
    order = sorted(tiles, key=lambda tile: (tile.choice.candidate.scene, tile.choice.candidate.window))
    for done, tile in enumerate(order):
        progress(Progress("drawing tiles", done, len(order), "tiles"))
        place = tile.choice.candidate
        scene = scenes[place.scene].scene
        shown = replace(scene, bands=tuple(scene.bands[i] for i in _visible(scene.bands)))
        pixels = shown.read(place.window)
        height, width = _chip_size(place.window)
        data = in_physical_units(np.where(pixels.valid, pixels.values, 0), shown.bands)
        values[tile.number] = resized(data, height, width)
        valid[tile.number] = resized(pixels.valid[None], height, width)[0] > 0.5
    progress(Progress("drawing tiles", len(order), len(order), "tiles"))
    dark = [tile.number for tile in tiles if tile.choice.stratum not in BRIGHT] or list(values)
    together = np.concatenate([values[number].reshape(3, -1) for number in dark], axis=1)[:, :, None]
    tone = learn_tone(together, np.concatenate([valid[number].ravel() for number in dark])[:, None])
    return {number: _on_grey(tone.apply(part, valid[number]), valid[number]) for number, part in values.items()}


def _on_grey(chip: Picture, valid: NDArray[np.bool_]) -> Picture:
    """No data is hatched, so that nobody takes it for a dark surface."""
    rows, cols = np.indices(valid.shape)
    hatch = np.where((rows + cols) % 8 < 2, 150, 205).astype(np.uint8)
    return np.where(valid, chip, hatch)


def _chip_size(window: Window) -> tuple[int, int]:
    """Height and width of a chip: the longer side fills it."""
    longest = max(window.height, window.width)
    return max(1, CHIP_PX * window.height // longest), max(1, CHIP_PX * window.width // longest)


def _visible(bands: Sequence[object]) -> list[int]:
    """Positions of red, green and blue, else of the first three bands (one is shown as grey)."""
    roles = find_roles([(getattr(band, "common_name", None), getattr(band, "name", None)) for band in bands])
    if all(role in roles for role in ("red", "green", "blue")):
        return [roles["red"], roles["green"], roles["blue"]]
    return [0, 1, 2] if len(bands) >= 3 else [0, 0, 0]


def _has_colour(scenes: Sequence[StratifiedScene]) -> bool:
    roles = find_roles([(band.common_name, band.name) for band in scenes[0].scene.bands])
    return all(role in roles for role in ("red", "green", "blue"))
