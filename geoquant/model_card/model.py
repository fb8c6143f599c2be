"""A model as every job wants it: its file, its card and the facts of its graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geoquant.errors import ModelError
from geoquant.model_card.card import ModelCard
from geoquant.model_card.completion import check_stride
from geoquant.model_card.reading import card_and_facts
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256
from geoquant.options.card import CardOptions


@dataclass(frozen=True)
class Model:
    """An ONNX file that was read and understood.

    Attributes:
        path: The model's file.
        card: The card, embedded in the file, beside it, or made from options.
        facts: What its graph says.
        sha256: The SHA-256 of the file and those that hold its weights, 64 hexadecimal digits; see ``model_sha256``.
        output_is_guessed: Whether nothing but the graph says what the output holds.
    """

    path: Path
    card: ModelCard
    facts: GraphFacts
    sha256: str
    output_is_guessed: bool = False


def open_model(
    path: str | Path,
    card: ModelCard | None = None,
    options: CardOptions = CardOptions(),  # noqa: B008  frozen
) -> Model:
    """Read a model.

    Args:
        path: ONNX file.
        card: in place of the one that it carries.
        options: facts that it does not carry, laid over its own card.

    Raises:
        ModelError: when the file is damaged or hostile, or its output is no map of its input.
        CardError: when it has no card, naming each missing fact and the option that gives it; or where tiles may begin
            can't be told from the graph, and the card does not state it.
        OptionError: an option is malformed.
    """
    path, proto = Path(path), load_model(path)
    graph = graph_facts(proto)
    if graph.misfit is not None:
        raise ModelError(f"{path.name} can't be laid over a scene: {graph.misfit}")
    if card is not None:
        check_stride(card.tiling, graph, path.name)
        return Model(path, card, graph, model_sha256(path))
    card, facts = card_and_facts(proto, path, graph, options)
    check_stride(facts.tiling, graph, path.name)
    return Model(path, card, graph, model_sha256(path), output_is_guessed=facts.output is None)
