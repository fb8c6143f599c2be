"""Cards as JSON: the same card back, malformed ones refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import CardError
from geoquant.model_card.card import ModelCard
from geoquant.model_card.json_schema import card_from_json, card_to_json
from tests.builders.cards import CARD, cards, finite


@given(cards())
def test_json_gives_the_same_card_back(card: ModelCard) -> None:
    assert card_from_json(card_to_json(card)) == card


def broken(**changes: Any) -> str:
    """The card's JSON with values at dotted paths replaced; ``...`` removes one."""
    document = json.loads(card_to_json(CARD))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = document
        for step in parents:
            place = place[int(step) if step.isdigit() else step]
        key = int(last) if last.isdigit() else last
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "list; expected an object"),
        ("{", "can't be read"),
        ("[" * 100_000, "can't be read"),
        ('{"schema_version": 1, "name": NaN}', "NaN is not a finite number"),
        ("{}", "schema_version is None"),
        (broken(schema_version=99), "schema version 99.*update geoquant"),
        (broken(schema_version="1"), "schema_version is '1'"),
        (broken(name=...), "lacks name"),
        (broken(name=3), "card.name is 3; expected text"),
        (broken(clases=[]), "has clases; it knows only"),
        (broken(bands={}), "card.bands is {}; expected a list"),
        (broken(bands=[]), "no bands"),
        (broken(bands__1="nir"), r"card.bands\[1\] is 'nir'; expected an object"),
        (broken(bands__1__name="B02"), "names the band 'B02' more than once"),
        (broken(bands__0__scale=0), "scale is never 0"),
        (broken(normalization__shift=[0.1]), "shift has 1 numbers; expected one for each of 2 bands"),
        (broken(normalization__scale=[1, 0]), r"normalization.scale\[1\] is 0; expected a number to divide by"),
        (broken(normalization__scale=["1", 2]), r"normalization.scale\[0\] is '1'; expected a number"),
        (broken(normalization__scale=[True, 2]), r"normalization.scale\[0\] is True; expected a number"),
        (broken(normalization__shift=[10**400, 2]), "fits in a double"),
        (broken(normalization__low=[2, 2], normalization__high=[1, 1]), "band 1 runs from 2.0 to 1.0"),
        (broken(classes__1__value=0), "both have the value 0"),
        (broken(classes__1__value=255), "value 255; expected 0 to 254"),
        (broken(classes__1__value=1.5), "value is 1.5; expected a whole number"),
        (broken(classes__1__color="green"), "colour 'green'; expected #rrggbb"),
        (broken(classes=[]), "0 classes; expected at least 2"),
        (broken(output="guesses"), "output is 'guesses'; expected one of"),
        (broken(gsd_m=-10), "gsd_m is -10.0; expected a finite number above 0"),
        (broken(tiling__stride_px=0), "tiling.stride_px is 0"),
        (broken(tiling__halo_px=2**40), "tiling.halo_px"),
    ],
)
def test_malformed_cards_are_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(CardError, match=words):
        card_from_json(text)


@given(
    st.recursive(
        st.none() | st.booleans() | finite | st.text(max_size=5),
        lambda s: (
            st.lists(s) | st.dictionaries(st.sampled_from(["name", "bands", "classes", "schema_version", "value"]), s)
        ),
    )
)
def test_any_json_is_a_card_or_a_card_error(document: Any) -> None:
    with pytest.raises(CardError):
        card_from_json(json.dumps(document))


def test_the_example_of_the_documentation_is_a_card() -> None:
    page = (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8")
    text = page.split("```json\n")[1].split("```")[0]
    assert card_from_json(text).classes[1].name == "land"
