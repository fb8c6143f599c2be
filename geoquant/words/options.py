"""Options of every job: frozen, validated once, with the help text that the command line, QGIS and the docs show.

``None`` means "as the card (or the machine) says". The metadata of a field is the one source of its help: ``help`` is
one sentence, ``choices`` a closed set, ``metavar`` what the command line prints, ``flag`` another spelling.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, Literal

from geoquant.words.errors import OptionError


def option(default: Any, help: str, **metadata: Any) -> Any:
    """A dataclass field with its help text and, if given, ``choices``, ``metavar``, ``minimum`` and ``flag``."""
    return field(default=default, metadata={"help": help, **metadata})


def check(options: Any) -> None:
    """Refuse values outside a field's ``choices`` or below its ``minimum``.

    Raises:
        OptionError: naming the option, what was found and what is allowed.
    """
    for spec in fields(options):
        value, name = getattr(options, spec.name), "--" + spec.name.replace("_", "-")
        choices, minimum = spec.metadata.get("choices"), spec.metadata.get("minimum")
        if choices and value is not None and value not in choices:
            raise OptionError(f"{name} is {value!r}; it takes one of {', '.join(map(str, choices))}.")
        if minimum is not None and value is not None and value < minimum:
            raise OptionError(f"{name} is {value}; it must be at least {minimum}.")


@dataclass(frozen=True)
class SceneOptions:
    """How to read a scene where it does not speak for itself."""

    bands: tuple[str, ...] | None = option(
        None, "Bands in the model's order: names, common names or 1-based indices.", metavar="B02,B03,..."
    )
    nodata: float | None = option(None, "Stored value that means no data, where the scene declares none.")
    scale: float | None = option(None, "Sensor scale, physical = stored * scale + offset, where the scene has none.")
    offset: float | None = option(None, "Sensor offset, see --scale.")
    gsd: float | None = option(None, "Resample bands to this ground sampling distance, in units of the CRS.")

    def __post_init__(self) -> None:
        check(self)
        if self.scale is not None and (not isfinite(self.scale) or self.scale == 0):
            raise OptionError(f"--scale is {self.scale}; it must be a finite number other than 0.")
        if self.offset is not None and not isfinite(self.offset):
            raise OptionError(f"--offset is {self.offset}; it must be a finite number.")


@dataclass(frozen=True)
class ClassifyOptions:
    """How to stream a scene through a model."""

    tile: int | None = option(
        None, "Side of a tile in pixels; the result does not depend on it.", minimum=32, metavar="PX"
    )
    max_memory: int | None = option(
        None, "Memory ceiling in MiB; sets tile size and tiles in flight.", minimum=300, metavar="MIB"
    )
    workers: int | None = option(None, "Threads that infer; by default one per core.", minimum=1)
    engine: Literal["auto", "ort", "openvino"] = option(
        "auto",
        "Inference engine; auto takes the fastest on this scene that keeps the classes.",
        choices=("auto", "ort", "openvino"),
    )
    overlap: int | None = option(
        None, "Overlap of blended tiles, for models with an unbounded receptive field.", minimum=0, metavar="PX"
    )
    confidence: bool = option(False, "Also write OUT_confidence.tif: the winning class's probability in percent.")
    drift: bool = option(
        False,
        "Also write OUT_drift.tif: percent of each 256 x 256 px cell outside the calibrated range, one band per band.",
    )
    polygons: str | None = option(
        None,
        "Also write the classes as polygons, one per connected region, without seams (GeoPackage).",
        metavar="OUT.gpkg",
    )
    areas: str | None = option(None, "Also write how much there is of each class (CSV).", metavar="OUT.csv")
    aoi: str | None = option(
        None, "Polygons (GeoPackage or GeoJSON); outside of them the result is no data.", metavar="FILE"
    )
    bounds: tuple[float, float, float, float] | None = option(
        None, "Extent to classify, in the scene's CRS.", metavar="WEST SOUTH EAST NORTH"
    )
    skip_bad_blocks: bool = option(False, "Write no data where the scene can't be read, and count it.")
    overwrite: bool = option(False, "Replace an existing output.")

    def __post_init__(self) -> None:
        check(self)


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
        False, "Measure what each layer alone costs in INT8; also written as OUT.sensitivity.svg."
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
class DoctorOptions:
    """What the doctor looks at."""

    quick: bool = option(False, "Do not time an INT8 model against its float twin, which takes some seconds.")
    tile: int = option(256, "Side of the tile that engines are looked at and timed on, in pixels.", minimum=32)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class EvaluateOptions:
    """How to judge an INT8 model against its float model."""

    tiles: int = option(64, "Tiles to judge on, chosen over all scenes; those that calibrated are left out.", minimum=2)
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

    @property
    def held_out(self) -> int:
        """No tile calibrates, so none is held out: all of them judge."""
        return 0

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class CardOptions:
    """Facts of a model that its file does not carry; each one replaces what a card says."""

    card: str | None = option(
        None, "Model card in a file of its own: geoquant JSON, STAC MLM item or Esri .emd.", metavar="FILE"
    )
    band_names: tuple[str, ...] | None = option(
        None, "Bands that the model was trained on, in the order of its input channels.", metavar="blue,green,..."
    )
    mean: tuple[float, ...] | None = option(
        None, "Normalization (x - mean) / std: one mean per band, or one for all.", metavar="NUMBER,..."
    )
    std: tuple[float, ...] | None = option(None, "See --mean; with --mean 0 --std 1 values enter as they are.")
    units: str | None = option(
        None, "What --mean and --std act on: physical values, or stored numbers.", choices=("physical", "dn")
    )
    class_names: tuple[str, ...] | None = option(
        None, "Classes in the order of the output channels; value=name sets a value.", metavar="water,3=forest,..."
    )
    output_kind: str | None = option(
        None, "What the model's output holds.", choices=("logits", "probabilities", "classes", "regression")
    )
    model_gsd: float | None = option(None, "Ground sampling distance that the model was trained at, in metres.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class DemoOptions:
    """What the demo makes."""

    size: int = option(1536, "Side of the made-up scene in pixels of 10 m.", minimum=1024, metavar="PX")
    seed: int = option(3, "Another seed makes another landscape.", minimum=0)
    overwrite: bool = option(False, "Replace the results of an earlier demo in the folder.")

    def __post_init__(self) -> None:
        check(self)
        if self.size % 2:
            raise OptionError(f"--size is {self.size}; it must be even, because the scene classification has 20 m.")


@dataclass(frozen=True)
class MaskOptions:
    """What the numbers of a quality mask mean, where it does not speak for itself."""

    mask_kind: Literal["scl", "qa_pixel", "fmask", "qa60", "udm2", "classes", "none"] | None = option(
        None,
        "What --mask is, by default told by its name or values: Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, "
        "PlanetScope UDM2, or classes (see --mask-classes); none: spectral tests, even where a product has a mask.",
        choices=("scl", "qa_pixel", "fmask", "qa60", "udm2", "classes", "none"),
    )
    mask_classes: tuple[str, ...] | None = option(
        None,
        "Conditions by value of any class raster given as --mask: clear, water, snow, thick cloud, thin cloud, cloud "
        "edge, shadow. Values without one are left to spectral tests.",
        metavar='"1=water,4-6=thick cloud,..."',
    )

    def __post_init__(self) -> None:
        check(self)
        if self.mask_classes is not None and self.mask_kind not in (None, "classes"):
            raise OptionError(f"--mask-classes gives a class raster its meaning; --mask-kind {self.mask_kind} is none.")
        if self.mask_kind == "classes" and not self.mask_classes:
            raise OptionError('--mask-kind classes needs --mask-classes "1=water,4-6=thick cloud,...".')


@dataclass(frozen=True)
class StrataOptions:
    """What a map of strata is made from."""

    band_names: tuple[str, ...] | None = option(
        None, "What the scene's bands are, in its order, where it does not name them.", metavar="red,green,blue,nir,..."
    )
    overwrite: bool = option(False, "Replace an existing output.")

    def __post_init__(self) -> None:
        check(self)
