"""The report's section about the mosaic: the days, and the map by each rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.demo.mosaic import DATES, RULES, MosaicFindings, RuleMap
from geoquant.grid import ceil_div
from geoquant.model_card.card import ClassLabel
from geoquant.raster.opening import open_scene
from geoquant.reporting import html as report
from geoquant.reporting.html import GalleryPicture
from geoquant.reporting.number_format import share
from geoquant.reporting.pictures import (
    Tone,
    encode_jpeg,
    encode_png,
    learn_tone,
    paint_classes,
    shrink_any,
    shrink_mean,
    shrink_nearest,
)

LONGEST_PX = 640
RED_GREEN_BLUE = (2, 1, 0)
HOW = {
    "first": "where scenes overlap, the first that has data.",
    "clearest": "the clearest pixel; clouds and shadows lose.",
}


def mosaic_section(found: MosaicFindings, labels: Sequence[ClassLabel]) -> str:
    """The four scenes in true colour, and their maps.

    Args:
        found: the scenes and the maps.
        labels: the classes, with their colours.
    """
    by_rule = {one.rule: one for one in found.maps}
    text = (
        f"The same land on {len(found.scenes)} days, each with clouds of its own. The scenes overlap, and the first "
        "two lie in another UTM zone than the others. One command makes one map of them; nothing is made in between. "
        f"By `first`, {share(by_rule['first'].hidden)} of the map is cloud or its shadow and "
        f"{share(by_rule['first'].right)} of it shows what the ground is; by `clearest`, "
        f"{share(by_rule['clearest'].hidden)} and {share(by_rule['clearest'].right)}."
    )
    palette = {label.value: label.color for label in labels}
    command = f"`geoquant classify {found.folder.name}/scene_*.tif --rule clearest --model MODEL -o mosaic.tif`"
    return report.section(
        "A mosaic of four days",
        report.paragraph(text),
        report.gallery(*(report.figure(plate) for plate in _days(found.scenes))),
        report.legend([(label.name, label.color) for label in labels]),
        report.gallery(*(report.figure(_map(by_rule[rule], palette)) for rule in RULES)),
        report.paragraph(command),
    )


def _days(scenes: Sequence[Path]) -> list[GalleryPicture]:
    """Every scene in true colour, toned as the first."""
    tone: Tone | None = None
    plates = []
    for path, date in zip(scenes, DATES, strict=True):
        values, valid = _small(path)
        tone = tone or learn_tone(values, valid)
        day = date.partition(" ")[0].replace(":", "-")
        plates.append(GalleryPicture(encode_jpeg(tone.apply(values, valid)), f"{day}.", path.name))
    return plates


def _small(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A scene's red, green and blue ``(band, y, x)``, shrunk, and where it holds data ``(y, x)``."""
    scene = open_scene(path)
    try:
        pixels = scene.read(scene.grid.window)
    finally:
        scene.close()
    factor = max(1, ceil_div(max(pixels.valid.shape), LONGEST_PX))
    values = shrink_mean(pixels.values[list(RED_GREEN_BLUE)], factor)
    return values, ~shrink_any(~pixels.valid, factor)


def _map(one: RuleMap, palette: dict[int, str]) -> GalleryPicture:
    scene = open_scene(one.summary.out)
    try:
        classes = np.asarray(scene.read(scene.grid.window).values[0], np.uint8)
    finally:
        scene.close()
    factor = max(1, ceil_div(max(classes.shape), LONGEST_PX))
    painted = paint_classes(shrink_nearest(classes, factor), palette)
    return GalleryPicture(encode_png(painted), f"{one.rule}:", HOW[one.rule], "light")
