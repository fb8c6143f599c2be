"""Options of quantization, of the choice of tiles, and of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geoquant.options.fields import check, option


@dataclass(frozen=True)
class QuantizeOptions:
    """How to calibrate and quantize."""

    tiles: int = option(64, "Calibration tiles to choose over all scenes.", minimum=4)
    tile: int = option(256, "Side of a calibration tile in pixels.", minimum=32)
    held_out: int = option(64, "Tiles that calibration does not see, to compare INT8 with float on.", minimum=2)
    seed: int = option(0, "Seed of the tile choice; the same seed gives the same model.", minimum=0)
    tiles_from: str | None = option(
        None, "Take the tiles of this file, made by geoquant sample and perhaps edited in a GIS.", metavar="FILE"
    )
    max_drop: float | None = option(
        None,
        "Gate: points of mean IoU that the worst stratum may lose, against --labels (by default 0.5) or else with the "
        "float map as truth (2.5); as many points of agreement, or 2, may go too.",
        minimum=0,
        metavar="POINTS",
    )
    sensitivity: bool = option(
        False, "Measure what each layer alone costs in INT8; also written as OUT.sensitivity.html."
    )
    fast: bool = option(
        False, "Leave out what does not change the model or its proof: the fusion audit and the timing of engines."
    )
    keep_refused: bool = option(
        False, "Keep a model that the gate refuses, as OUT.refused.onnx, to look into it; the exit code stays 3."
    )
    overwrite: bool = option(False, "Replace an existing output.")
    ranges: Literal["auto", "mse", "min-max", "percentile", "entropy"] = option(
        "auto",
        "How a tensor's range is chosen from its histograms; mse weighs every imaging condition the same, auto takes "
        "mse or min-max, whichever measures better.",
        choices=("auto", "mse", "min-max", "percentile", "entropy"),
    )
    target: Literal["x86", "x86-no-vnni", "arm", "tensorrt", "openvino"] = option(
        "x86",
        "What the model will run on; sets the integer types, see docs/quantization.md. Does not look at this machine.",
        choices=("x86", "x86-no-vnni", "arm", "tensorrt", "openvino"),
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class SampleOptions:
    """Which tiles to choose for calibration and for judging."""

    tiles: int = option(64, "Calibration tiles to choose over all scenes; 32 to 128 are usual.", minimum=2)
    held_out: int = option(64, "Tiles to choose beside them, to compare INT8 with float on.", minimum=2)
    tile: int = option(256, "Side of a tile in pixels; halved while the scenes are too small.", minimum=32)
    seed: int = option(0, "Seed of the choice; the same seed gives the same tiles.", minimum=0)
    overwrite: bool = option(False, "Replace existing outputs.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class EvaluateOptions:
    """How to judge an INT8 model against its float model."""

    out: str | None = option(None, "HTML report to write: one file, works offline.", metavar="FILE", flag="-o")
    tiles: int | None = option(
        None,
        "Judge on so many tiles, chosen over all scenes, instead of on every pixel not calibrated on.",
        minimum=2,
    )
    tile: int = option(256, "Side of a tile in pixels.", minimum=32, metavar="PX")
    seed: int = option(0, "Seed of the tile choice and of the intervals.", minimum=0)
    replicates: int = option(1000, "Times that tiles are drawn again for the 95 % intervals.", minimum=20)
    max_drop: float | None = option(
        None,
        "Gate: points of mean IoU that the worst stratum may lose, against --labels (by default 0.5) or else with the "
        "float map as truth (2.5); as many points of agreement, or 2, may go too.",
        minimum=0,
        metavar="POINTS",
    )
    overwrite: bool = option(False, "Replace an existing report.")
    full_paths: bool = option(False, "Name models in the report by their full paths instead of their file names.")

    @property
    def held_out(self) -> int:
        """No tile calibrates, so none is held out: all of them judge."""
        return 0

    def __post_init__(self) -> None:
        check(self)
