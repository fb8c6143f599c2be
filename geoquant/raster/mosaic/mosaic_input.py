"""Many scenes as a job is given them, and how they become one mosaic that fits a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from geoquant.errors import BandMismatch, GeoquantError, OptionError
from geoquant.grid import Grid
from geoquant.model_card.card import ModelCard
from geoquant.options.mosaic import MosaicOptions
from geoquant.options.scene import SceneOptions
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.acquisition import acquired
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.mosaic.listing import Listed, listed, title
from geoquant.raster.mosaic.mosaic import Clarity, Member, Mosaic
from geoquant.raster.mosaic.target_grid import check_model_size, place_on, target_grid
from geoquant.raster.mosaic.units import shared_units
from geoquant.raster.opening import describe_file, open_scene
from geoquant.raster.placement import place
from geoquant.raster.scene import Scene
from geoquant.raster.selection import on_grid

OPENED_AT_ONCE = 8
NAMED_FAULTS = 5
"""Faulty scenes that one message names."""
JudgeClarity = Callable[[Scene, ModelCard], Clarity]
"""What makes the judge of a scene's clear pixels."""


@dataclass(frozen=True)
class MosaicInput:
    """Scenes that a job takes as one image.

    Attributes:
        sources: The scenes: paths, addresses, folders, patterns and lists, see ``listing.listed``; a tuple of paths
            is one scene by the files of its bands.
        options: They say how overlaps are settled, and on which grid.
        scene_options: They say how to read scenes where these do not speak for themselves.
    """

    sources: tuple[str | Path | tuple[str, ...], ...]
    options: MosaicOptions = field(default_factory=MosaicOptions)
    scene_options: SceneOptions = field(default_factory=SceneOptions)

    @property
    def files(self) -> list[str | Path]:
        """Every file and folder that is named here: what no output may replace."""
        aside = [self.options.align] if self.options.align else []
        named = [part for source in self.sources for part in (source if isinstance(source, tuple) else (source,))]
        return [*named, *aside]


def open_mosaic(
    given: MosaicInput, card: ModelCard, judge: JudgeClarity, progress: ProgressCallback = silent
) -> Mosaic:
    """Open every scene, fit each to the card, and lay them on one grid.

    Args:
        given: the scenes.
        card: of the model: says which bands, units and pixel size it takes.
        judge: makes what tells clear pixels, for the rule ``clearest``.
        progress: is told how many scenes are open; may raise ``Cancelled``.

    Raises:
        RasterError, BandMismatch, OptionError: naming the scenes that can't be part of it, before anything runs.
    """
    sources = listed(given.sources)
    like = _grid_of(given.options.align)
    scenes = _opened(sources, card, given.scene_options, progress)
    grid = target_grid(scenes, given.options.crs, like)
    check_model_size(grid, None if given.scene_options.gsd else card.gsd_m, like)
    members = [_member(scene, one, grid) for scene, one in zip(scenes, sources, strict=True)]
    ordered = _ordered(members, given.options.rule)
    if given.options.rule == "clearest":
        ordered = [replace(member, clarity=judge(member.scene, card)) for member in ordered]
    units = shared_units([(member.scene.bands, member.scene.dtype) for member in ordered])
    warnings = (*_gathered(scenes), *_about_pixels(scenes, members))
    return Mosaic(title(sources), grid, tuple(ordered), units, given.options.rule, warnings)


def _opened(
    sources: Sequence[Listed], card: ModelCard, options: SceneOptions, progress: ProgressCallback
) -> list[Scene]:
    """All scenes, opened at once and fitted to the card.

    Raises:
        RasterError, BandMismatch, OptionError: the kind of the first fault, naming several.
    """
    scenes, faults = [], []
    with ThreadPoolExecutor(OPENED_AT_ONCE, "geoquant-open") as pool:
        tasks = [pool.submit(_fitted, one, card, options) for one in sources]
        try:
            for number, task in enumerate(tasks):
                progress(Progress("opening model and scene", number, len(tasks), "scenes"))
                try:
                    scenes.append(task.result())
                except GeoquantError as error:
                    faults.append(error)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    progress(Progress("opening model and scene", len(sources), len(sources), "scenes"))
    _raise_together(faults, len(sources))
    return scenes


def _fitted(one: Listed, card: ModelCard, options: SceneOptions) -> Scene:
    source = one.source if isinstance(one.source, str) else list(one.source)
    scene = open_scene(source, options)
    try:
        return fit_to_card(scene, card, options)
    except BandMismatch as error:
        hint = ""
        if len(scene.bands) == 1 < len(card.bands):
            hint = " Files of one band each become one scene when they are joined by commas: B02.tif,B03.tif,..."
        raise BandMismatch(f"{scene.name}: {error}{hint}") from error


def _raise_together(faults: Sequence[GeoquantError], of: int) -> None:
    if not faults:
        return
    lines = [f"- {fault}" for fault in faults[:NAMED_FAULTS]]
    more = len(faults) - len(lines)
    lines += [f"- and {more} more"] * (more > 0)
    if of == 1:
        raise faults[0]
    text = f"{len(faults)} of {of} scenes can't be part of the mosaic:\n" + "\n".join(lines)
    raise type(faults[0])(text) from faults[0]


def _grid_of(align: str | None) -> Grid | None:
    return None if align is None else describe_file(align)[0].grid


def _member(scene: Scene, one: Listed, grid: Grid) -> Member:
    window = place_on(scene, grid)
    return Member(on_grid(scene, grid.crop(window)), window, one.acquired or acquired(scene))


def _ordered(members: Sequence[Member], rule: str) -> list[Member]:
    """The members with the best first.

    Raises:
        OptionError: the latest is wanted, and a member has no date.
    """
    if rule == "first":
        return list(members)
    undated = [member.scene.name for member in members if not member.acquired]
    if rule == "latest" and undated:
        more = f" and {len(undated) - NAMED_FAULTS} more" if len(undated) > NAMED_FAULTS else ""
        raise OptionError(
            f"--rule latest needs the date of every scene, and {', '.join(undated[:NAMED_FAULTS])}{more} tell none: "
            f"expected it in the product's metadata, in a tag such as ACQUISITIONDATETIME, or in a column "
            f"datetime of a CSV list. Give it there, or take --rule first."
        )
    by_name = sorted(members, key=lambda member: (member.scene.name, member.scene.bands[0].path))
    return sorted(by_name, key=lambda member: member.acquired, reverse=True)


def _gathered(scenes: Sequence[Scene]) -> tuple[str, ...]:
    """What is unusual, once for all scenes that share it."""
    told: dict[str, list[str]] = defaultdict(list)
    for scene in scenes:
        paths = sorted({band.path for band in scene.bands}, key=len, reverse=True)
        for warning in scene.warnings:
            kind = warning
            for own in (*paths, scene.name):
                kind = kind.replace(own, "")
            told[kind].append(warning)
    return tuple(_with_count(warnings, len(scenes)) for warnings in told.values())


def _with_count(warnings: Sequence[str], of: int) -> str:
    """The first of warnings that differ in names alone, and how many scenes it is so with."""
    if len(warnings) == 1:
        return warnings[0]
    return f"{warnings[0]} ({len(warnings) - 1} more of the {of} scenes have the same.)"


def _about_pixels(scenes: Sequence[Scene], members: Sequence[Member]) -> tuple[str, ...]:
    """How many scenes are resampled, which a person who mixes zones should know."""
    changed = sum(
        not _same_pixels(scene.grid, member.scene.grid) for scene, member in zip(scenes, members, strict=True)
    )
    if not changed:
        return ()
    return (
        f"{changed} of {len(scenes)} scenes are resampled onto the mosaic's pixels, because their own lie elsewhere.",
    )


def _same_pixels(own: Grid, cut: Grid) -> bool:
    return place(own, cut).kind == "direct"
