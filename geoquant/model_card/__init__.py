"""The model card: read from and written to ONNX metadata, JSON of its own, and the dialects of other tools."""

from geoquant.model_card.completion import CardFacts, card_with, facts_of, missing_facts
from geoquant.model_card.dialects.deepness import from_deepness, to_deepness
from geoquant.model_card.dialects.esri_emd import from_emd
from geoquant.model_card.dialects.stac_mlm import from_mlm, to_mlm
from geoquant.model_card.embedding import embedded_card, metadata_of, save_model, set_metadata, write_card
from geoquant.model_card.json_schema import card_from_json, card_to_json
from geoquant.model_card.reading import card_gaps, known_facts, read_card
from geoquant.model_card.validation import check_card

__all__ = [
    "CardFacts",
    "card_from_json",
    "card_gaps",
    "card_to_json",
    "card_with",
    "check_card",
    "embedded_card",
    "facts_of",
    "from_deepness",
    "from_emd",
    "from_mlm",
    "known_facts",
    "metadata_of",
    "missing_facts",
    "read_card",
    "save_model",
    "set_metadata",
    "to_deepness",
    "to_mlm",
    "write_card",
]
