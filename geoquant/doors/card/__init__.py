"""The model card's doors: ONNX metadata, its JSON, and the dialects of other tools."""

from geoquant.doors.card.onnx_metadata import embedded_card, save_model, set_metadata, write_card
from geoquant.doors.card.reading import read_card
from geoquant.doors.card.schema import card_from_json, card_to_json
from geoquant.doors.card.validation import check_card

__all__ = [
    "card_from_json",
    "card_to_json",
    "check_card",
    "embedded_card",
    "read_card",
    "save_model",
    "set_metadata",
    "write_card",
]
