"""Options that state facts of a model which its file does not carry."""

from __future__ import annotations

from dataclasses import dataclass

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
