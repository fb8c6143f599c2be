"""STAC MLM items written: valid to STAC and the extension, and the same card back."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from functools import cache

from hypothesis import given
from jsonschema import Draft7Validator
from pystac.validation.local_validator import get_local_schema_cache
from referencing import Registry, Resource

from geoquant.model_card.card import ModelCard
from geoquant.model_card.dialects.stac_mlm import from_mlm, to_mlm
from tests.builders.cards import CARD, cards


@given(cards())
def test_stac_mlm_gives_the_same_card_back(card: ModelCard) -> None:
    item = json.loads(json.dumps(to_mlm(card)))
    facts = from_mlm(item)
    found = {name: getattr(facts, name) for name in card.__dataclass_fields__}
    assert ModelCard(**{name: fact for name, fact in found.items() if fact is not None}) == card


@given(cards())
def test_stac_mlm_items_are_what_stac_and_the_extension_say(card: ModelCard) -> None:
    item = json.loads(json.dumps(to_mlm(card)))
    stac_validator().validate(item)
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", item["properties"]["mlm:name"])  # MLM's JSON schema
    if sys.version_info >= (3, 11):  # the extension's own Python package knows no older one
        from stac_model.schema import MLModelProperties

        read = MLModelProperties.model_validate(item["properties"])
        assert [band for source in read.input for band in source.bands] == [band.name for band in card.bands]


@cache
def stac_validator() -> Draft7Validator:
    """STAC's own JSON schema of an item, from pystac's copy."""
    schemas = get_local_schema_cache()
    registry = Registry().with_resources((uri, Resource.from_contents(schema)) for uri, schema in schemas.items())
    return Draft7Validator(
        next(schema for uri, schema in schemas.items() if uri.endswith("/item.json")), registry=registry
    )


def test_stac_mlm_keeps_the_words_that_its_patterns_refuse() -> None:
    card = replace(CARD, name="3 Bänder (v2)", license="CC BY 4.0", description="")
    properties = to_mlm(card)["properties"]
    assert properties["mlm:name"] == "model-3-B-nder-v2"
    assert (properties["title"], properties["license"]) == ("3 Bänder (v2)", "other")
    assert "description" not in properties
    facts = from_mlm({"properties": properties})
    assert (facts.name, facts.license) == ("3 Bänder (v2)", "CC BY 4.0")
