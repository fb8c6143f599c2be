"""The model card: everything about a network that its weights do not say.

These are plain values that need the standard library alone, so that arithmetic can use them without a file or a graph
behind them. ``geoquant.model_card`` reads them from and writes them into model files and the dialects of other tools;
``geoquant.preprocessing.encoder`` turns them into arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA_VERSION = 1
OutputKind = Literal["logits", "probabilities", "classes", "regression"]
InputUnits = Literal["physical", "dn"]


@dataclass(frozen=True)
class Band:
    """One input band, in the order of the network's input channels.

    Attributes:
        name: The sensor's name ("B02", "SR_B2"), or any unique name.
        common_name: The STAC common name ("blue", "nir", "swir16"), when known.
        centre_wavelength_um: The centre wavelength in micrometres, when known.
        scale: The sensor scale used where the scene carries none: physical = stored * scale + offset.
        offset: The sensor offset used where the scene carries none.
    """

    name: str
    common_name: str | None = None
    centre_wavelength_um: float | None = None
    scale: float | None = None
    offset: float | None = None


@dataclass(frozen=True)
class ClassLabel:
    """One output class; the position in the card is the channel of the network's output.

    Attributes:
        value: The pixel value written for the class, 0..254.
        name: The name for people.
        color: The colour as ``#rrggbb``.
    """

    value: int
    name: str
    color: str


@dataclass(frozen=True)
class Normalization:
    """``z_b = clip((x_b - shift_b) / scale_b, low_b, high_b)`` per band, x in the card's ``units``.

    Attributes:
        shift: The mean (z-score) or minimum (min-max), per band.
        scale: The standard deviation (z-score) or maximum - minimum (min-max), per band; never 0.
        low: The lower clip of z per band, or None for no clip.
        high: The upper clip of z per band, or None for no clip.
        kind: The author's name for it: "z-score", "min-max" or "none". Only a label.
    """

    shift: tuple[float, ...]
    scale: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    kind: str = "z-score"


@dataclass(frozen=True)
class Tiling:
    """How the network may be cut into tiles.

    Attributes:
        tile_px: The side of the tile that the author suggests (write window), or None.
        halo_px: The context that a pixel needs on each side: the receptive field's radius rounded up to ``stride_px``;
            None when the receptive field is unbounded, and then tiles overlap and are blended.
        stride_px: The total stride; tile origins and sizes are multiples of it.
        edge: What lies beyond the scene: its reflection, or z = 0.
        overlap_px: The overlap of blended tiles when ``halo_px`` is None.
    """

    tile_px: int | None = None
    halo_px: int | None = 0
    stride_px: int = 1
    edge: Literal["reflect", "zero"] = "reflect"
    overlap_px: int | None = None


@dataclass(frozen=True)
class Quantization:
    """What quantization did and what it measured; only INT8 models have it.

    Attributes:
        parent_sha256: The SHA-256 of the float model's file.
        seed: The seed of the tile choice.
        tiles: One mapping per calibration tile (scene, scene hash, row, col, height, width, stratum, reason).
        calibrated_low: The lowest normalized z (after folding) that calibration saw, per band.
        calibrated_high: The highest normalized z (after folding) that calibration saw, per band.
        calibrated_quantiles: Quantiles of what calibration saw, per band, in the card's units, see
            ``drift/band_profile.py``; empty in older files.
        typical_spectra: Typical spectra of calibration, one value per band, in the card's units.
        folding: The factor s_b that moved from the input into the first convolution, per band (1 = untouched).
        agreement: The share of held-out pixels whose class equals the float model's, 0..1, by stratum.
        measured_on: The CPU's name and flags, the engine and versions.
        method: The range method, formats, and package versions.
    """

    parent_sha256: str
    seed: int
    tiles: tuple[Mapping[str, Any], ...]
    calibrated_low: tuple[float, ...]
    calibrated_high: tuple[float, ...]
    folding: tuple[float, ...]
    agreement: Mapping[str, float] = field(default_factory=dict)
    measured_on: Mapping[str, Any] = field(default_factory=dict)
    method: Mapping[str, Any] = field(default_factory=dict)
    calibrated_quantiles: tuple[tuple[float, ...], ...] = ()
    typical_spectra: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class ModelCard:
    """One description of a model.

    Attributes:
        name: The name for people.
        bands: The input bands in the order of the input channels.
        units: What the normalization acts on: "physical" values (reflectance), or stored numbers ("dn") as they are.
        normalization: How values become z.
        classes: The classes in the order of the output channels; a one-channel network with two classes is thresholded.
        output: What the network's output tensor holds.
        gsd_m: The ground sampling distance that the network was trained at, metres, or None when it does not matter.
        nodata: The stored value that means "no data" in its training imagery, or None.
        tiling: How the network may be cut into tiles.
        description: A description of one paragraph.
        license: The SPDX id of the weights' licence.
        trained_on: The training data and its licence.
        limitations: What the network is not good for.
        quantization: What quantization did, for INT8 models.
        threshold: The output of a one-channel network above which a pixel is of the second class; None for 0.5 where
            the output holds probabilities, else 0.
    """

    name: str
    bands: tuple[Band, ...]
    normalization: Normalization
    classes: tuple[ClassLabel, ...]
    units: InputUnits = "physical"
    output: OutputKind = "logits"
    gsd_m: float | None = None
    nodata: float | None = None
    tiling: Tiling = field(default_factory=Tiling)
    description: str = ""
    license: str = ""
    trained_on: str = ""
    limitations: str = ""
    quantization: Quantization | None = None
    threshold: float | None = None

    @property
    def decision_threshold(self) -> float:
        """``threshold``, or what the kind of output makes of it."""
        if self.threshold is not None:
            return self.threshold
        return 0.5 if self.output == "probabilities" else 0.0

    @property
    def output_nodata(self) -> int:
        """The value of invalid pixels in a class map: 255, or the highest value that no class uses."""
        used = {label.value for label in self.classes}
        return next(value for value in range(255, -1, -1) if value not in used)
