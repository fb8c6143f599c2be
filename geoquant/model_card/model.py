"""A model as every job wants it: its file, its card and the facts of its graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geoquant.model_card.card import ModelCard
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256


@dataclass(frozen=True)
class Model:
    """An ONNX file that was read and understood.

    Attributes:
        path: The model's file.
        card: The card, embedded in the file, beside it, or made from options.
        facts: What its graph says.
        sha256: The SHA-256 of the file and those that hold its weights, 64 hexadecimal digits; see ``model_sha256``.
    """

    path: Path
    card: ModelCard
    facts: GraphFacts
    sha256: str


def open_model(path: str | Path, card: ModelCard | None = None) -> Model:
    """Read a model, with ``card`` in place of the one it carries when given.

    Raises:
        ModelError: when the file is damaged or hostile.
        CardError: when it has no card, naming each missing fact and the option that gives it.
    """
    proto = load_model(path)
    return Model(Path(path), card or read_card(path), graph_facts(proto), model_sha256(path))
