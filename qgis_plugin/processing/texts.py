# SPDX-License-Identifier: GPL-2.0-or-later
"""What algorithms and their parameters say in dialogs, where the command line's own words would not do.

Everything else comes from ``forms.json``, see ``labels.spoken``. Nothing here speaks of options, exit codes or files
that only a command line has.
"""

from __future__ import annotations

from collections.abc import Mapping

ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "classify": (
        "Runs a model over a scene and gives a map of classes with names and colours.",
        "The scene may be of any size: it is read in tiles, and memory does not grow with it. Layers of a Sentinel-2 "
        "or Landsat product stand for the whole product. The map appears when it is complete; a run that was "
        "interrupted goes on where it stopped.",
        "A model without a card runs when the parameters from “Model card in a file of its own” on say what a card "
        "would.",
    ),
    "classify_mosaic": (
        "Runs a model over many scenes as over one image and gives one map of classes.",
        "Nothing is made in between: every place is read from the scenes that lie there, and goes through the model "
        "once. Scenes of other zones, pixel sizes and units mix; “Where scenes overlap” says which one counts. The map "
        "appears when it is complete; a run that was interrupted goes on where it stopped.",
    ),
    "sample": (
        "Chooses the tiles of your scenes that calibrate an INT8 model and those that judge it, and says why.",
        "Every imaging condition (clear land, water, snow, cloud, shadow) gets its share of tiles that are unlike "
        "each other, and the darkest and brightest values of every band are among them. Look at the layer, delete or "
        "add tiles, save it, and give it to “Quantize model” as “Take the tiles of this file”.",
        "Without a model the first scene's bands are taken as they are, and 64 px are left between tiles.",
    ),
    "quantize": (
        "Makes an INT8 model of a float model: about a quarter of the size, and faster on most computers.",
        "It is calibrated on some tiles of your scenes and judged on others. Where a model that computes in INT8 "
        "alone would lose too much, its most sensitive layers stay in float. When the worst imaging condition still "
        "loses more than “Gate” allows, no model is written, and the algorithm fails and says so.",
        "Clear land, water, snow, cloud and shadow are imaging conditions: a model that is right on average can be "
        "wrong in one of them.",
    ),
    "strata": (
        "Maps the imaging conditions of a scene: clear land, water, snow, thick and thin cloud, cloud edge, shadow.",
        "“Quantize model” and “Compare models” choose and judge tiles by them. A quality mask says best what is what; "
        "without one, the product's own or spectral tests do.",
    ),
    "compare": (
        "Judges an INT8 model against the float model that it was made from, on tiles that calibration did not see.",
        "The report shows what each imaging condition and class loses, with 95 % intervals, every layer's error, "
        "size, speed and memory. It is written, too, when the worst condition loses more than “Gate” allows.",
    ),
    "inspect": (
        "Shows what a model's card says and, with a scene, whether the two fit, band by band.",
        "A model without a card is shown with what is missing, and with the parameter that gives it.",
    ),
    "doctor": (
        "Looks for what usually goes wrong with a model and, with a scene, with feeding one to the other.",
        "Each finding is fine, a warning or a problem, with what to do about it.",
    ),
}
"""Algorithm's id -> the paragraphs above its parameters."""

OPTIONS: Mapping[str, str] = {
    "confidence": "Also gives a map of the winning class's probability in percent: strong colours where it is unsure.",
    "drift": (
        "Also gives a map of how much of each 256 x 256 px of the scene is unlike what the model was calibrated on, "
        "in percent; for INT8 models."
    ),
    "polygons": "The classes as polygons, one for each connected region, without seams (GeoPackage).",
    "min_polygon": (
        "Smaller regions become part of the neighbour with which they share the longest border, so that the polygons "
        "are fewer; the class map stays as it is. Places without data neither grow nor shrink."
    ),
    "fast": "Skips what does not change the model or its proof: what runs in INT8 in each engine, and how fast.",
    "keep_refused": (
        "Keeps a model that the gate refuses, to look into it, under the same name with “.refused” in it; the "
        "algorithm fails all the same."
    ),
    "sensitivity": "Also measures what each layer alone costs in INT8; a picture of it lies beside the model.",
    "target": "What the model will run on, which decides its kinds of integers. It need not be this computer.",
    "tiles_from": "Takes the tiles of this file, made by “Choose calibration tiles” and perhaps edited since.",
    "quick": "Leaves out the comparison of an INT8 model's speed with its float model's, which takes some seconds.",
    "engines": "Also loads the model into each engine, to see how much runs in INT8 and what stays in float.",
    "output_kind": (
        "What the model's output holds: scores before or after softmax, or class values. Maps need one of these."
    ),
    "scale": "Physical value = stored value x scale + offset, where the scene says none.",
    "offset": "See “Sensor scale”.",
    "gsd": "Resamples all bands to pixels of this size, in units of the scene's CRS.",
    "std": "See “Normalization: mean”; with a mean of 0 and a standard deviation of 1 values enter as they are.",
    "model": "A model out of the list, or any ONNX file, float or INT8.",
    "crs": "Left empty, that of most pixels of the scenes; where an extent is given, that of the first scene.",
    "align": "The map takes its CRS, pixel size and pixel corners, so that maps of many years lie on each other.",
    "rule": (
        "The first scene that has data there (in the order of the list, a folder's by name), the latest by the date of "
        "acquisition, or the clearest pixel: clouds and shadows lose, and of equal ones the latest wins."
    ),
    "masks": (
        "A quality mask for each scene, in the same order, on any grid. Without one, a product's own, else spectral "
        "tests tell the imaging conditions."
    ),
    "labels": (
        "Rasters of true class values, one for each scene, in the same order, on any grid: accuracy is measured too."
    ),
    "scenes": "Scenes to choose tiles from.",
    "max_drop": (
        "Points of mean IoU that the worst imaging condition may lose: against the true classes 0.5 where nothing is "
        "given, else against the float map 2.5. As many points of agreement, or 2, may go too."
    ),
    "mask_kind": (
        "Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, or classes, see “Conditions by mask "
        "value”. Left empty it is told by the mask's name or values; none means spectral tests even where a product "
        "has a mask."
    ),
    "mask_classes": (
        "What the values of a mask that is a class raster mean: clear, water, snow, thick cloud, thin cloud, cloud "
        "edge, shadow. Values that are not named are left to spectral tests."
    ),
    "mask": "A raster that says what is cloud, shadow, snow or water, on any grid.",
}
"""Option's name -> its help."""


def option_text(name: str, otherwise: str) -> str:
    """The help of an option, in English."""
    return OPTIONS.get(name, otherwise)
