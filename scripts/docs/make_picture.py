"""Put a scene and class maps of it side by side: the pictures of the README.

    python scripts/docs/make_picture.py scene.tif -m model.onnx classes.tif [labels.tif] -o docs/images/demo.jpg

The scene is shown in true colour (the model's red, green and blue bands), each map in its own colours.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import rasterio

from geoquant.model_card.card import ModelCard
from geoquant.model_card.reading import read_card
from geoquant.options.scene import SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.reporting.pictures import encode_jpeg, learn_tone, paint_classes

PAPER = 190
GAP_PX = 8


def true_colour(scene: str, card: ModelCard, size: tuple[int, int], options: SceneOptions) -> np.ndarray:
    """The scene as a picture ``(3, y, x)`` of about ``size`` (y, x); grey where it has no data."""
    names = [band.common_name or band.name for band in card.bands]
    with fit_to_card(open_scene(scene.split(",") if "," in scene else scene, options), card, options) as fitted:
        values, valid = fitted.read_decimated(*size)
    values = values[[names.index(name) for name in ("red", "green", "blue")]]
    picture = learn_tone(values, valid).apply(values, valid)
    return np.where(valid, picture, np.uint8(PAPER))


def class_picture(path: str, colors: dict[int, str], size: tuple[int, int]) -> np.ndarray:
    """A class map as a picture ``(3, y, x)``."""
    with rasterio.open(path) as source:
        classes = source.read(1, out_shape=size)
    known = np.isin(classes, list(colors))
    return np.where(known, paint_classes(classes, colors), np.uint8(PAPER))


def main() -> None:
    """Parse the command line and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene")
    parser.add_argument("maps", nargs="+")
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--height", type=int, default=560)
    parser.add_argument("--gsd", type=float)
    options = parser.parse_args()
    card = read_card(options.model)
    with rasterio.open(options.maps[0]) as source:
        size = options.height, round(options.height * source.width / source.height)
    colors = {label.value: label.color for label in card.classes}
    pictures = [true_colour(options.scene, card, size, SceneOptions(gsd=options.gsd))]
    pictures += [class_picture(path, colors, size) for path in options.maps]
    gap = np.full((3, size[0], GAP_PX), 255, np.uint8)
    row = [part for picture in pictures for part in (gap, picture)][1:]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(encode_jpeg(np.ascontiguousarray(np.concatenate(row, axis=2)), quality=85))


if __name__ == "__main__":
    main()
