"""Tiles from a file that ``geoquant sample`` wrote and a person may have edited: deleted, moved, drawn, or re-dealt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.sampling.candidates import main_stratum
from geoquant.sampling.stratified_sampling import ChosenTile, TileChoice
from geoquant.sampling.tile_outlines import read_tile_outlines, tile_window
from geoquant.sampling.tile_selection import TileGeometry, candidates_of
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene
from geoquant.vector.geopackage.features import Feature

ROLES = ("calibration", "held out")
INSIDE_SHARE = 0.5
"""A tile belongs to a scene when at least this much of it lies on it; what lies beyond is cut off."""


def tiles_of_file(
    path: Path, scenes: Sequence[StratifiedScene], geometry: TileGeometry
) -> tuple[TileGeometry, TileChoice]:
    """The tiles of a file, put on the pixels of the scenes.

    A tile's rectangle is rounded to the model's stride. Attributes are taken where they are filled in: ``scene`` (else
    the first scene that the tile lies on), ``role`` (else calibration), ``stratum`` (else what most of it is) and
    ``reason``.

    Args:
        path: GeoPackage or GeoJSON.
        scenes: all scenes.
        geometry: context and stride that tiles need.

    Returns:
        The geometry with the largest tile's side, and the tiles.

    Raises:
        OptionError: no such file, a tile outside of every scene, without data, of an unknown role or scene, or of a
            size that the network does not run at; tiles of both roles overlap; or a role has no tile.
    """
    features, crs = read_tile_outlines(path)
    chosen: dict[str, list[ChosenTile]] = {role: [] for role in ROLES}
    numbers: dict[int, str] = {}
    for position, feature in enumerate(features, 1):
        name = f"{path}: tile {feature.attributes.get('number') or position}"
        choice = _choice(name, feature, crs, scenes, geometry)
        numbers[id(choice)] = name
        _check_size(name, choice.candidate.window, geometry)
        chosen[_role(name, feature.attributes)].append(choice)
    first, second = (tuple(chosen[role]) for role in ROLES)
    _check(path, first, second, numbers)
    sides = [max(choice.candidate.window.height, choice.candidate.window.width) for choice in (*first, *second)]
    return replace(geometry, tile_px=max(sides)), TileChoice(first, second)


def _check_size(name: str, window: Window, geometry: TileGeometry) -> None:
    if geometry.whole and {window.height, window.width} != {geometry.tile_px}:
        raise OptionError(
            f"{name} is {window.height} x {window.width} px, but the network only runs at {geometry.run_px} px, "
            f"which leaves tiles of {geometry.tile_px}. Make tiles of that size."
        )


def _choice(
    name: str, feature: Feature, crs: str | None, scenes: Sequence[StratifiedScene], geometry: TileGeometry
) -> ChosenTile:
    position, window = _place(name, feature, crs, scenes, geometry.stride_px)
    found = candidates_of(scenes[position], position, [window])
    if not found:
        raise OptionError(f"{name} holds hardly any data in {scenes[position].scene.name}; move it or delete it.")
    labels = {stratum.label: stratum for stratum in Stratum if stratum != Stratum.NO_DATA}
    wanted = labels.get(str(feature.attributes.get("stratum") or "").strip().lower())
    reason = str(feature.attributes.get("reason") or "chosen by hand")
    return ChosenTile(found[0], main_stratum(found[0]) if wanted is None else wanted, reason)


def _place(
    name: str, feature: Feature, crs: str | None, scenes: Sequence[StratifiedScene], stride_px: int
) -> tuple[int, Window]:
    """The scene that a tile belongs to, and its pixels there."""
    if feature.geometry is None or feature.geometry.is_empty:
        raise OptionError(f"{name} has no geometry; draw it or delete it.")
    wanted = str(feature.attributes.get("scene") or "").strip()
    named = [i for i, stratified in enumerate(scenes) if wanted in ("", stratified.scene.name)]
    if not named:
        given = ", ".join(stratified.scene.name for stratified in scenes)
        raise OptionError(
            f"{name} is of the scene {wanted!r}, which is not among --scenes ({given}). Give it, correct the tile's "
            "scene, or clear that field: the tile then belongs to the first scene that it lies on."
        )
    for position in named:
        grid = scenes[position].scene.grid
        window = tile_window(feature.geometry, crs, grid)
        inside = window.intersection(grid.window)
        if inside.pixels and inside.pixels >= INSIDE_SHARE * window.pixels:
            return position, _aligned(name, inside, grid, stride_px)
    where = f"the scene {wanted!r}" if wanted else "every scene of --scenes"
    raise OptionError(f"{name} lies outside of {where}; move it, delete it, or give the scene that it lies on.")


def _aligned(name: str, window: Window, grid: Grid, stride_px: int) -> Window:
    """The window on multiples of the stride, inside the grid; at the grid's end it ends there."""

    def side(start: int, end: int, size: int) -> tuple[int, int]:
        first = round(start / stride_px) * stride_px
        return first, (size if end >= size else max(round(end / stride_px) * stride_px, first + stride_px)) - first

    row, height = side(window.row, window.row_end, grid.height)
    col, width = side(window.col, window.col_end, grid.width)
    found = Window(row, col, height, width)
    if min(height, width) <= 0 or found.intersection(grid.window) != found:
        raise OptionError(f"{name} is less than the model's stride of {stride_px} px on its scene; draw it larger.")
    return found


def _role(name: str, attributes: Mapping[str, Any]) -> str:
    found = str(attributes.get("role") or ROLES[0]).strip().lower().replace("_", " ").replace("-", " ")
    if found not in ROLES:
        raise OptionError(f"{name} has the role {attributes['role']!r}; it is {' or '.join(map(repr, ROLES))}.")
    return found


def _check(path: Path, first: Sequence[ChosenTile], second: Sequence[ChosenTile], names: Mapping[int, str]) -> None:
    """Both roles have tiles, and no pixel is both calibrated on and judged."""
    for role, tiles in zip(ROLES, (first, second), strict=True):
        if not tiles:
            raise OptionError(f"{path} holds no tile of the role {role!r}; give some tiles that role.")
    for one in first:
        for other in second:
            mine, theirs = one.candidate, other.candidate
            if mine.scene == theirs.scene and mine.window.intersection(theirs.window).pixels:
                raise OptionError(
                    f"{names[id(one)]} (calibration) and {names[id(other)].partition(': ')[2]} (held out) overlap: a "
                    "model must not be judged on what calibrated it. Move or delete one of them."
                )
