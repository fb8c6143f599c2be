"""The card of a model: from the file itself, or from what lies beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geoquant.doors.card.onnx_metadata import embedded_card
from geoquant.doors.graph import load_model
from geoquant.words.card import ModelCard
from geoquant.words.errors import CardError


def read_card(model: str | Path | Any) -> ModelCard:
    """The card of an ONNX file (or of an ``onnx.ModelProto`` in memory).

    Raises:
        CardError: there is none, or it is malformed.
        ModelError: the model can't be read.
    """
    proto = load_model(model) if isinstance(model, (str, Path)) else model
    card = embedded_card(proto)
    if card is None:
        raise CardError(f"{model if isinstance(model, (str, Path)) else 'The model'} carries no model card.")
    return card
