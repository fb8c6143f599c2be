# SPDX-License-Identifier: GPL-2.0-or-later
"""What options are called in dialogs; what they do is said by forms.json."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

from .processing.forms import in_words

LABELS = {
    "align": "Raster whose grid the map takes",
    "aoi": "Area of interest (polygons)",
    "areas": "Area by class",
    "band_names": "Bands that the model was trained on",
    "bands": "Bands of the scene, in the model's order",
    "bounds": "Extent",
    "card": "Model card in a file of its own",
    "class_names": "Classes of the model",
    "confidence": "Also map the confidence",
    "crs": "CRS of the map",
    "drift": "Also map the drift",
    "engine": "Inference engine",
    "engines": "Also look at what each engine runs in INT8",
    "full_paths": "Name models by their full paths",
    "gsd": "Resample to this ground sampling distance (units of the CRS)",
    "held_out": "Number of tiles held out to judge on",
    "keep_refused": "Keep a model that its gate refuses",
    "fast": "Skip audit and timing",
    "labels": "Rasters of true classes",
    "mask": "Quality mask",
    "mask_classes": "Conditions by mask value",
    "mask_kind": "Kind of the mask",
    "masks": "Quality masks",
    "max_drop": "Gate: points of mean IoU that may be lost",
    "max_memory": "Memory ceiling (MiB)",
    "mean": "Normalization: mean",
    "min_polygon": "Smallest polygon (px)",
    "mlm": "Card as a STAC item",
    "model": "Model",
    "model_gsd": "Ground sampling distance of the model (m)",
    "nodata": "No-data value of the scene",
    "offset": "Sensor offset",
    "output_kind": "What the model's output holds",
    "overlap": "Overlap of blended tiles (px)",
    "polygons": "Class polygons",
    "quick": "Quick: without timing",
    "ranges": "How ranges are chosen",
    "replicates": "Times that tiles are drawn again",
    "rule": "Where scenes overlap",
    "scale": "Sensor scale",
    "scenes": "Scenes",
    "seed": "Seed",
    "sensitivity": "Also measure what each layer costs",
    "skip_bad_blocks": "Go on where the scene can't be read",
    "std": "Normalization: standard deviation",
    "target": "What the model will run on",
    "threshold": "Threshold between two classes",
    "tile": "Side of a tile (px)",
    "tiles": "Number of tiles",
    "tiles_from": "Take the tiles of this file",
    "units": "What the normalization acts on",
    "values": "Also look at the values of each band",
    "workers": "Threads",
}
"""Option's name -> its label, in the order of the alphabet."""


def tr(text: str) -> str:
    """``text`` in the user's language."""
    return QCoreApplication.translate("geoquant", text)


def spoken(text: str) -> str:
    """A text of the command line in the words of dialogs: options by their labels."""
    return in_words(text, {name: tr(label) for name, label in LABELS.items()})
