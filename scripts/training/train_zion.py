"""Train the packaged Landsat 8 land-cover model on the west of a labelled scene, and score it on the east.

The folder must hold ``landsat_b2.tif`` .. ``landsat_b5.tif`` (digital numbers of bands 2 to 5) and ``nlcd.tif`` (eight
land-cover classes, 1 to 8, on any grid), as the R package spDataLarge has them. Needs ``pip install geoquant[torch]``.

    python scripts/training/train_zion.py --data DATA/landsat8_zion_nlcd --out landsat8_landcover_zion.onnx
"""

from __future__ import annotations

from pathlib import Path

from course import Course, arguments, run

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.raster.aligned import AlignedRaster, class_positions
from geoquant.raster.opening import open_scene
from geoquant.training.recipe import TrainingRecipe
from geoquant.training.scenes import LabelledScene
from geoquant.training.train import TrainOptions

BANDS = (
    Band("B2", "blue", 0.482),
    Band("B3", "green", 0.5615),
    Band("B4", "red", 0.6545),
    Band("B5", "nir08", 0.865),
)
CLASSES = (
    ClassLabel(1, "water", "#476ba0"),
    ClassLabel(2, "developed", "#aa0000"),
    ClassLabel(3, "barren", "#b2ada3"),
    ClassLabel(4, "forest", "#68aa63"),
    ClassLabel(5, "shrubland", "#a58c30"),
    ClassLabel(6, "herbaceous", "#c9c977"),
    ClassLabel(7, "cultivated", "#dbd83d"),
    ClassLabel(8, "wetlands", "#bad8ea"),
)
CARD = ModelCard(
    name="landsat8_landcover_zion",
    bands=BANDS,
    normalization=Normalization((0.0,) * 4, (1.0,) * 4),
    classes=CLASSES,
    units="dn",
    gsd_m=30.0,
    nodata=65535.0,
    description="Eight NLCD land-cover classes from Landsat 8 L1T digital numbers at 30 m: a small U-Net.",
    license="MIT",
    trained_on=(
        "Western part of one Landsat 8 scene around Zion National Park, Utah, 2015-08-18 (USGS, public domain), with "
        "NLCD 2011 (MRLC, public domain) as labels; both from spDataLarge (CC0-1.0)."
    ),
    limitations=(
        "One scene, one day, one region: semi-arid Utah in August, without cloud. Not for other places, seasons or "
        "sensors. It takes uncalibrated L1T numbers, not Collection 2 reflectance. Labels are four years older than "
        "the image; water, herbaceous, cultivated and wetlands are rare, and their accuracy is low."
    ),
)
COURSE = Course(
    TrainingRecipe(cut="columns"),
    TrainOptions(gain_sigma=0.05, shift_sigma=0.1, noise_sigma=0.02),  # another slope's light
)


def read(folder: Path) -> LabelledScene:
    """The scene with its labels, warped by nearest onto its grid."""
    scene = open_scene([folder / f"landsat_b{number}.tif" for number in (2, 3, 4, 5)])
    labels = AlignedRaster(folder / "nlcd.tif", scene.grid)
    positions = class_positions(labels.read(scene.grid.window), [label.value for label in CLASSES])
    labels.close()
    return LabelledScene(scene, positions)


if __name__ == "__main__":
    options = arguments(__doc__, "landsat8_landcover_zion.onnx")
    run(CARD, read(options.data), COURSE, options)
