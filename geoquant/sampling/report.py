"""What a person looks at before signing a choice of tiles off: the tiles, what they cover, and where they lie."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from geoquant._version import __version__
from geoquant.grid import Window
from geoquant.progress import ProgressCallback
from geoquant.reporting import html as report
from geoquant.reporting.html import Column, GalleryPicture, KeyFigure, PictureBox, Row, Thumbnail
from geoquant.reporting.number_format import count, share
from geoquant.sampling.coverage_plots import CALIBRATION_COLOR, coverage_section
from geoquant.sampling.summary import NumberedTile, SampleSummary, numbered
from geoquant.sampling.thumbnails import has_colour, scene_view, tile_thumbnails
from geoquant.sampling.tile_selection import TileSelection
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene

ROLE_COLORS = {"calibration": CALIBRATION_COLOR, "held out": "#c25400"}
"""Blue and vermilion, which people who see colours differently tell apart too; both dark enough for white digits."""
MAP_COLORS = {"calibration": "#56b4e9", "held out": "#ffab40"}
"""The same hues on a scene, light enough to be seen on forest and water."""
ROLE_WORDS = {"calibration": "calibrates", "held out": "judges"}
MAX_SCENES = 6
"""Scenes that are drawn with their tiles; the table has all."""


def tiles_page(
    summary: SampleSummary, scenes: Sequence[StratifiedScene], chosen: TileSelection, progress: ProgressCallback
) -> str:
    """The whole page.

    Args:
        summary: of the choice.
        scenes: that tiles were chosen from.
        chosen: the tiles, and the histograms of what they were chosen from.
        progress: is told after each tile that is drawn.

    Raises:
        RasterError: a tile can't be read.
    """
    tiles = numbered(chosen.tiles)
    parts = [
        report.key_figures(_key_figures(summary)),
        report.notes([note[0].upper() + note[1:] for note in summary.notes]),
        _conditions(summary),
        coverage_section(summary.coverage, scenes, chosen),
        _tiles(summary, scenes, tiles, tile_thumbnails(tiles, scenes, progress)),
        _places(tiles, scenes),
        _method(summary, scenes),
    ]
    footer = f"geoquant {__version__}, seed {summary.seed}, Python {platform.python_version()}."
    return report.page("The tiles that calibrate and judge", _lead(summary), parts, footer)


def _lead(summary: SampleSummary) -> str:
    model = "a model" if summary.model is None else Path(summary.model).name
    return (
        f"Chosen for {model} from {_scenes_in_words(summary)} with seed {summary.seed}. Look at them before an INT8 "
        f"model is made: delete, move or add tiles in a GIS, then hand {Path(summary.out).name} to geoquant quantize "
        "--tiles-from."
    )


def _scenes_in_words(summary: SampleSummary) -> str:
    return summary.scenes[0] if len(summary.scenes) == 1 else f"{len(summary.scenes)} scenes"


def _key_figures(summary: SampleSummary) -> list[KeyFigure]:
    roles = [tile["role"] for tile in summary.tiles]
    reached = sum(band.low_covered + band.high_covered for band in summary.coverage)
    judged = sum(row.held_out > 0 for row in summary.strata)
    side = f"of {summary.tile_px} × {summary.tile_px} pixels"
    return [
        KeyFigure("Calibrate", str(roles.count("calibration")), f"tiles {side}"),
        KeyFigure("Judge", str(roles.count("held out")), f"tiles {side}, held out"),
        KeyFigure("Chosen from", count(summary.candidates), "positions"),
        KeyFigure("Conditions judged", f"{judged} of {len(summary.strata)}", "imaging conditions that occur"),
        KeyFigure("Tails reached", f"{reached} of {2 * len(summary.coverage)}", "both ends of every band's histogram"),
    ]


def _conditions(summary: SampleSummary) -> str:
    text = (
        "Every imaging condition gets its share of tiles, the rarest first. A tile is available for a condition that "
        "fills 5 % of it, or to the four tiles that hold most of it; so one tile can be available for several."
    )
    columns = [Column("Condition", number=False), *map(Column, ("Available", "Calibration", "Held out"))]
    rows = [Row((row.stratum, count(row.available), str(row.calibration), str(row.held_out))) for row in summary.strata]
    sums = (sum(row.calibration for row in summary.strata), sum(row.held_out for row in summary.strata))
    rows.append(Row(("all", count(summary.candidates), *map(str, sums)), "strong"))
    return report.section("By imaging condition", report.paragraph(text), report.table(columns, rows))


def _tiles(
    summary: SampleSummary,
    scenes: Sequence[StratifiedScene],
    tiles: Sequence[NumberedTile],
    pictures: dict[int, bytes],
) -> str:
    """The thumbnails by imaging condition, and on demand a table of all tiles."""
    colours = "In true colour" if has_colour(scenes[0].scene) else "The first bands"
    text = f"{colours}, one tone for all tiles; no data is hatched. Numbers are those in {Path(summary.out).name}."
    parts = [report.paragraph(text), report.legend([(ROLE_WORDS[role], color) for role, color in ROLE_COLORS.items()])]
    for stratum in Stratum:
        members = [tile for tile in tiles if tile.choice.stratum == stratum]
        if members:
            parts.append(report.subheading(stratum.label, _roles_in_words(members)))
            parts.append(report.thumbnails([_thumbnail(tile, scenes, pictures[tile.number]) for tile in members]))
    return report.section("The tiles", *parts, report.folded("All tiles as a table", _table(summary)))


def _roles_in_words(members: Sequence[NumberedTile]) -> str:
    counts = [(sum(tile.role == role for tile in members), role) for role in ROLE_WORDS]
    return " + ".join(f"{number} {role}" for number, role in counts if number)


def _thumbnail(tile: NumberedTile, scenes: Sequence[StratifiedScene], picture: bytes) -> Thumbnail:
    place = tile.choice.candidate
    where = f"row\u00a0{place.window.row}, column\u00a0{place.window.col}"  # a line breaks at the comma only
    name = scenes[place.scene].scene.name
    title = (
        f"{tile.number}: {ROLE_WORDS[tile.role]}, {tile.choice.stratum.label}. {tile.choice.reason}. {name}, {where}"
    )
    last = where if len(scenes) == 1 else f"scene\u00a0{place.scene + 1}, {where}"
    caption = f"{ROLE_WORDS[tile.role]}:", tile.choice.reason, last
    return Thumbnail(picture, tile.number, ROLE_COLORS[tile.role], title, caption)


def _table(summary: SampleSummary) -> str:
    columns = [
        Column("No."),
        *(Column(name, number=False) for name in ("Chosen for", "Role", "Reason", "Scene")),
        *map(Column, ("Row", "Column", "Height", "Width")),
    ]
    keys = ("number", "stratum", "role", "reason", "scene", "row", "col", "height", "width")
    return report.table(columns, [Row(tuple(str(tile[key]) for key in keys)) for tile in summary.tiles])


def _places(tiles: Sequence[NumberedTile], scenes: Sequence[StratifiedScene]) -> str:
    """Every scene's facts, and the first ones drawn with their tiles."""
    columns = [
        Column("Scene"),
        Column("Name", number=False),
        *map(Column, ("Height, px", "Width, px", "With data", "Calibration", "Held out")),
        Column("Conditions told by", number=False),
    ]
    rows = [_scene_row(position, stratified, tiles) for position, stratified in enumerate(scenes)]
    drawn = [_scene_figure(position, stratified, tiles) for position, stratified in enumerate(scenes[:MAX_SCENES])]
    left = len(scenes) - len(drawn)
    more = [report.paragraph(f"{left} more scenes are not drawn.")] if left else []
    legend = report.legend([(ROLE_WORDS[role], color) for role, color in MAP_COLORS.items()])
    return report.section("Where they lie", report.table(columns, rows), legend, report.gallery(*drawn), *more)


def _scene_row(position: int, stratified: StratifiedScene, tiles: Sequence[NumberedTile]) -> Row:
    scene = stratified.scene
    roles = [tile.role for tile in tiles if tile.choice.candidate.scene == position]
    numbers = (count(scene.grid.height), count(scene.grid.width), share(stratified.valid_share, 1))
    counts = (str(roles.count(role)) for role in ROLE_WORDS)
    return Row(
        (
            str(position + 1),
            scene.name,
            *numbers,
            *counts,
            f"{stratified.told_by}; confidence: {stratified.confidence.in_words()}",
        )
    )


def _scene_figure(position: int, stratified: StratifiedScene, tiles: Sequence[NumberedTile]) -> str:
    view = scene_view(stratified.scene)
    boxes = [
        PictureBox(
            _shrunk(tile.choice.candidate.window, view.factor),
            MAP_COLORS[tile.role],
            "",
            f"{tile.number}: {ROLE_WORDS[tile.role]}, {tile.choice.stratum.label}. {tile.choice.reason}",
        )
        for tile in tiles
        if tile.choice.candidate.scene == position
    ]
    title = f"Scene {position + 1}: {stratified.scene.name}."
    return report.figure_with_boxes(GalleryPicture(view.picture, title, "Hover over a tile."), view.size, boxes)


def _shrunk(window: Window, factor: int) -> Window:
    height, width = max(1, window.height // factor), max(1, window.width // factor)
    return Window(window.row // factor, window.col // factor, height, width)


def _method(summary: SampleSummary, scenes: Sequence[StratifiedScene]) -> str:
    model = (
        f"For the model `{summary.model}`: its bands, and tiles further apart than it sees."
        if summary.model
        else f"Without a model: the bands as they are ({', '.join(band.name for band in scenes[0].scene.bands)})."
    )
    texts = [
        model,
        "Candidates are described by a decimated view of each scene. Inside a condition, each next tile is drawn with "
        "the probability of its squared distance to the nearest one taken, by percentiles, spread and conditions "
        "(k-means++); then tiles go to calibration and to judging in turn. A tile that reaches a tail which no "
        "calibration tile reaches comes in at the end. The same seed gives the same tiles.",
    ]
    return report.section("How they were chosen", *map(report.paragraph, texts))
