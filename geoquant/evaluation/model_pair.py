"""A float model and the INT8 model made from it: opened, checked to belong together, ready to run side by side."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

from geoquant.engines.protocol import Kind
from geoquant.errors import CardError, GeoquantWarning, OptionError
from geoquant.evaluation.contender import Contender
from geoquant.model_card.card import ModelCard
from geoquant.model_card.completion import card_with
from geoquant.model_card.embedding import embedded_card
from geoquant.model_card.model import Model, open_model
from geoquant.model_card.reading import known_facts
from geoquant.onnx_graph.editing import is_quantized
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256
from geoquant.options.card import CardOptions


@dataclass(frozen=True)
class ModelPair:
    """A float model and the INT8 model made from it.

    Attributes:
        reference: The float model.
        int8: The INT8 model.
        warnings: What may make the comparison say less than it seems to, one phrase each.
    """

    reference: Model
    int8: Model
    warnings: tuple[str, ...]

    @property
    def card(self) -> ModelCard:
        """The float model's card: bands, classes and edges are the same in both."""
        return self.reference.card

    def contender(self, label: str, kind: Kind) -> Contender:
        """One of the models ("float" or "INT8") in an engine."""
        model = self.reference if label == "float" else self.int8
        return Contender(model.path, model.card, kind, label)


def open_reference(
    float_model: Path,
    int8: Path,
    options: CardOptions = CardOptions(),  # noqa: B008  frozen
) -> Model:
    """Open a float model; where it says nothing of itself, by the card of the INT8 model that was made from it.

    Args:
        float_model: its file.
        int8: the INT8 file, whose normalization is unfolded for the float network.
        options: facts laid over the card.

    Raises:
        CardError: neither has a whole card, naming each missing fact and its option.
        ModelError, OptionError: as ``open_model``.
    """
    proto = load_model(float_model)
    graph = graph_facts(proto)
    own = known_facts(proto, float_model, graph, options)
    card = embedded_card(load_model(int8)) if own.says_nothing else None
    if card is None:
        return open_model(float_model, options=options)
    warnings.warn(
        f"{float_model.name} has no card: that of {int8.name} is used. geoquant card writes one into it.",
        GeoquantWarning,
        stacklevel=3,
    )
    return open_model(float_model, card_with(_unfolded(card), options, graph, float_model.stem))


def _unfolded(card: ModelCard) -> ModelCard:
    """The card of the float network: what folding divided z by is multiplied into it again, clips included."""
    facts, norm = card.quantization, card.normalization
    if facts is None:
        return card

    def multiplied(bounds: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return None if bounds is None else tuple(b * s for b, s in zip(bounds, facts.folding, strict=True))

    scale = tuple(scale / s for scale, s in zip(norm.scale, facts.folding, strict=True))
    plain = replace(norm, scale=scale, low=multiplied(norm.low), high=multiplied(norm.high))
    return replace(card, normalization=plain, quantization=None)


def pair_of(reference: Model, int8: Path) -> ModelPair:
    """Open the INT8 file and check that it fits the float model.

    An INT8 file without a card (another tool's) takes the float model's.

    Raises:
        OptionError: the float model is quantized, or the INT8 file is not: they may be swapped.
        CardError: they have other bands or classes, or the float model gives no classes.
        ModelError: the INT8 file is damaged.
    """
    network = load_model(int8)
    _check_kinds(reference, int8, is_quantized(network))
    card = embedded_card(network)
    cautions = (
        [] if card else [f"{int8.name} has no card: the float model's is used, and any tile may have calibrated it"]
    )
    card = card or replace(reference.card, quantization=None)
    _check_same(reference.card, card)
    facts = card.quantization
    if facts is not None and facts.parent_sha256 != reference.sha256:
        cautions.append(
            f"{int8.name} was made from another float model than {reference.path.name} "
            f"({facts.parent_sha256[:8]}, not {reference.sha256[:8]}): differences are not those of quantization alone"
        )
    return ModelPair(reference, Model(int8, card, graph_facts(network), model_sha256(int8)), tuple(cautions))


def _check_kinds(reference: Model, int8: Path, quantized: bool) -> None:
    card = reference.card
    if is_quantized(load_model(reference.path)):
        raise OptionError(f"{reference.path} is an INT8 model; the float model comes first, then the INT8 model.")
    if not quantized:
        raise OptionError(f"{int8} holds no INT8 operation; give the float model, then the INT8 model made from it.")
    if card.output not in ("logits", "probabilities", "classes") or len(card.classes) < 2:
        raise CardError(f"{card.name} gives {card.output} of {len(card.classes)} classes; evaluation compares classes.")


def _check_same(first: ModelCard, second: ModelCard) -> None:
    """Refuse to compare what has other bands or other classes."""
    bands = [[band.name for band in card.bands] for card in (first, second)]
    if bands[0] != bands[1]:
        raise CardError(f"the float model takes {', '.join(bands[0])}, the INT8 model {', '.join(bands[1])}.")
    classes = [[(label.value, label.name) for label in card.classes] for card in (first, second)]
    if classes[0] != classes[1]:
        text = [", ".join(f"{value}={name}" for value, name in each) for each in classes]
        raise CardError(f"the float model has the classes {text[0]}, the INT8 model {text[1]}; they must be the same.")
