"""Options that state facts of a model: those that a run may need, and those that only its card holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geoquant.options.fields import check, option


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
    threshold: float | None = option(
        None,
        "Output of a network of one channel above which a pixel is of the second class; by default 0.5 of a "
        "probability, 0 of a logit.",
    )
    model_gsd: float | None = option(None, "Ground sampling distance that the model was trained at, in metres.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class ClassCardOptions(CardOptions):
    """Facts of a model whose job needs classes: quantities are not among what its output may hold."""

    output_kind: str | None = option(
        None, "What the model's output holds.", choices=("logits", "probabilities", "classes")
    )


@dataclass(frozen=True)
class ScoreCardOptions(CardOptions):
    """Facts of a model whose job needs the scores that classes are decided by."""

    output_kind: str | None = option(None, "What the model's output holds.", choices=("logits", "probabilities"))


@dataclass(frozen=True)
class CardStatement:
    """What an author states in a card, beyond the facts of ``CardOptions`` that a run needs."""

    name: str | None = option(None, "What the model is called.")
    common_names: tuple[str, ...] | None = option(
        None, "STAC common name of each band; nothing between two commas for a band without.", metavar="blue,,nir,..."
    )
    wavelengths: tuple[float, ...] | None = option(
        None, "Centre wavelength of each band in micrometres.", metavar="0.49,0.56,..."
    )
    scale: tuple[float, ...] | None = option(
        None,
        "Sensor scale where a scene carries none, physical = stored * scale + offset: one per band, or one for all.",
        metavar="NUMBER,...",
    )
    offset: tuple[float, ...] | None = option(None, "Sensor offset, see --scale.", metavar="NUMBER,...")
    clip: tuple[float, float] | None = option(
        None, "What normalized values are clipped to, the same for all bands.", metavar="LOW HIGH"
    )
    nodata: float | None = option(None, "Stored value that means no data in the imagery that it was trained on.")
    tile: int | None = option(None, "Side in pixels of the tiles that the author suggests.", minimum=1)
    halo: int | None = option(
        None, "Context in pixels around a tile, where the author wants more than the graph needs.", minimum=0
    )
    stride: int | None = option(
        None, "Total stride in pixels, at whose multiples tiles begin; a multiple of it does no harm.", minimum=1
    )
    overlap: int | None = option(
        None, "Overlap in pixels of the blended tiles of a network that looks at whole tiles.", minimum=1
    )
    edge: Literal["reflect", "zero"] | None = option(
        None, "What lies beyond the scene: its reflection, or z = 0.", choices=("reflect", "zero")
    )
    description: str | None = option(None, "One paragraph.")
    license: str | None = option(None, "SPDX id of the weights' licence.", metavar="ID")
    trained_on: str | None = option(None, "Training data and its licence.")
    limitations: str | None = option(None, "What the network is not good for.")

    def __post_init__(self) -> None:
        check(self)
