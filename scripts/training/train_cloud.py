"""Train the packaged Sentinel-2 cloud model on the northern part of a tile, and score it on the south.

The folder must hold one Sentinel-2 L2A product with its bands at 60 m and its scene classification
(``MTD_MSIL2A.xml`` beside ``*_B02_60m.jp2`` ... ``*_SCL_60m.jp2``). Needs ``pip install geoquant[torch]``.

    python scripts/training/train_cloud.py --data DATA/sentinel2_l2a_t29unu --out sentinel2_cloud.onnx
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from course import Course, arguments, run

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.scene import SceneOptions
from geoquant.raster.aligned import AlignedRaster
from geoquant.raster.opening import open_scene
from geoquant.training.crops import IGNORE
from geoquant.training.recipe import TrainingRecipe
from geoquant.training.scenes import LabelledScene
from geoquant.training.train import TrainOptions

CLASSES = (
    ClassLabel(1, "land", "#4f8a3c"),
    ClassLabel(2, "water", "#2b5fd9"),
    ClassLabel(3, "shadow", "#4a3a52"),
    ClassLabel(4, "cloud", "#cbc6d4"),
)
LAND, WATER, SHADOW, CLOUD = range(4)
FROM_SCL = {3: SHADOW, 4: LAND, 5: LAND, 6: WATER, 8: CLOUD, 9: CLOUD, 10: CLOUD}
"""Not in it, and so not learned: 0 no data, 1 defective, 2 dark (shadow, or dark land), 7 unclassified, 11 snow."""
CARD = ModelCard(
    name="sentinel2_cloud",
    bands=(
        Band("B02", "blue", 0.490),
        Band("B03", "green", 0.560),
        Band("B04", "red", 0.665),
        Band("B8A", "nir08", 0.865),
        Band("B11", "swir16", 1.610),
        Band("B12", "swir22", 2.190),
    ),
    normalization=Normalization((0.0,) * 6, (1.0,) * 6),
    classes=CLASSES,
    units="physical",
    gsd_m=60.0,
    nodata=0.0,
    description="Cloud, cloud shadow, water and land from Sentinel-2 L2A surface reflectance at 60 m: a small U-Net.",
    license="MIT",
    trained_on=(
        "Northern part of Sentinel-2A tile T29UNU (western Ireland), 2022-10-05, L2A baseline 04.00, with its own "
        "scene classification (Sen2Cor SCL) as labels. Contains modified Copernicus Sentinel data 2022."
    ),
    limitations=(
        "One tile on one autumn day over green, wet land. Not for snow, ice, deserts, bright sand or built-up areas, "
        "which it has not seen, nor for reflectance without the offset of baseline 04.00 applied. It learned the "
        "errors of Sen2Cor: missed shadow over dark land and water, thin cirrus as cloud. That mask is no ground truth."
    ),
)
COURSE = Course(
    TrainingRecipe(cut="rows", bounds=(-0.05, 1.0)),  # clouds above a reflectance of 1 are all alike
    TrainOptions(gain_sigma=0.05, shift_sigma=0.02, noise_sigma=0.01),  # water and shadow differ by little
)


def read(folder: Path) -> LabelledScene:
    """The tile with its scene classification as labels."""
    scene = open_scene(folder, SceneOptions(nodata=0))
    masks = scene.product.masks if scene.product else {}
    if "SCL" not in masks:
        raise SystemExit(f"{folder} has no scene classification (SCL); found masks: {', '.join(masks) or 'none'}.")
    table = np.full(256, IGNORE, np.uint8)
    table[list(FROM_SCL)] = list(FROM_SCL.values())
    mask = AlignedRaster(masks["SCL"], scene.grid)
    labels = table[mask.read(scene.grid.window)]
    mask.close()
    return LabelledScene(scene, labels)


if __name__ == "__main__":
    options = arguments(__doc__, "sentinel2_cloud.onnx")
    run(CARD, read(options.data), COURSE, options)
