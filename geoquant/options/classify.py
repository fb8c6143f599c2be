"""Options of a classification."""

from __future__ import annotations

from dataclasses import dataclass

from geoquant.options.fields import check, option
from geoquant.options.scene import AreaOptions

ENGINE_IDS = ("ort", "openvino")
"""The ids of ``engines/registry``, which options can't import; a test holds both to be the same."""


@dataclass(frozen=True)
class ClassifyOptions(AreaOptions):
    """How to stream a scene through a model."""

    tile: int | None = option(
        None, "Side of a tile in pixels; the result does not depend on it.", minimum=32, metavar="PX"
    )
    max_memory: int | None = option(
        None, "Memory ceiling in MiB; sets tile size and tiles in flight.", minimum=300, metavar="MIB"
    )
    workers: int | None = option(None, "Threads that infer; by default one per core.", minimum=1)
    engine: str = option(
        "auto",
        "Inference engine; auto takes the fastest on this scene that keeps the classes.",
        choices=("auto", *ENGINE_IDS),
    )
    overlap: int | None = option(
        None, "Overlap of blended tiles, for models with an unbounded receptive field.", minimum=0, metavar="PX"
    )
    confidence: bool = option(False, "Also write OUT_confidence.tif: the winning class's probability in percent.")
    drift: bool = option(
        False,
        "Also write OUT_drift.tif: percent of each 256 x 256 px cell outside the calibrated range, one band per band "
        "and one for the worst.",
    )
    polygons: str | None = option(
        None,
        "Also write the classes as polygons, one per connected region, without seams (GeoPackage).",
        metavar="OUT.gpkg",
    )
    min_polygon: int | None = option(
        None,
        "Regions of fewer pixels become part of the neighbour with the longest shared border, in --polygons alone; no "
        "data stays as it is.",
        minimum=1,
        metavar="PX",
    )
    areas: str | None = option(None, "Also write how much there is of each class (CSV).", metavar="OUT.csv")
    skip_bad_blocks: bool = option(False, "Write no data where the scene can't be read, and count it.")
    overwrite: bool = option(False, "Replace an existing output.")

    def __post_init__(self) -> None:
        check(self)
