"""A float model and the INT8 model made from it: opened, checked to belong together, ready to run side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from geoquant.engines.protocol import Kind
from geoquant.errors import CardError, OptionError
from geoquant.evaluation.contender import Contender
from geoquant.model_card.card import ModelCard
from geoquant.model_card.embedding import embedded_card
from geoquant.model_card.model import Model
from geoquant.onnx_graph.editing import is_quantized
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256


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
    warnings = (
        [] if card else [f"{int8.name} has no card: the float model's is used, and any tile may have calibrated it"]
    )
    card = card or replace(reference.card, quantization=None)
    _check_same(reference.card, card)
    facts = card.quantization
    if facts is not None and facts.parent_sha256 != reference.sha256:
        warnings.append(
            f"{int8.name} was made from another float model than {reference.path.name} "
            f"({facts.parent_sha256[:8]}, not {reference.sha256[:8]}): differences are not those of quantization alone"
        )
    return ModelPair(reference, Model(int8, card, graph_facts(network), model_sha256(int8)), tuple(warnings))


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
