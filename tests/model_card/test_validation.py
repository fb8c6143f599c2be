"""What must hold between a card's fields, or it is not written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geoquant.errors import CardError
from geoquant.model_card.card import Band, Normalization, Quantization
from geoquant.model_card.embedding import write_card
from geoquant.model_card.json_schema import card_from_json, card_to_json
from geoquant.model_card.validation import check_card
from tests.builders.cards import CARD, network


def test_a_card_that_does_not_hold_together_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    with pytest.raises(CardError, match="expected one for each of 1 bands"):
        write_card(network(), replace(CARD, bands=CARD.bands[:1]), target)
    with pytest.raises(CardError, match=r"shift\[0\] is nan"):
        write_card(network(), replace(CARD, normalization=Normalization((float("nan"), 0.0), (1.0, 1.0))), target)
    assert not list(tmp_path.iterdir())


PROFILED = Quantization("a" * 64, 0, (), (-1.0, -1.0), (1.0, 1.0), (1.0, 1.0))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"calibrated_quantiles": ((0.0, 1.0),)}, "has 1 rows; expected one for each of 2 bands"),
        ({"calibrated_quantiles": ((0.0, 1.0), (0.0,))}, r"calibrated_quantiles\[1\] has 1 numbers; expected 2"),
        ({"calibrated_quantiles": ((0.0, 1.0), (3.0, 1.0))}, "runs from 3.0 to 1.0"),
        ({"typical_spectra": ((0.1, 0.2), (0.1,))}, r"typical_spectra\[1\] has 1 numbers; expected one for each of 2"),
        ({"typical_spectra": ((0.1, float("inf")),)}, "is inf; expected a finite number"),
    ],
)
def test_what_the_drift_guard_reads_has_a_value_for_every_band(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(CardError, match=words):
        check_card(replace(CARD, quantization=replace(PROFILED, **facts)))


@pytest.mark.parametrize("strange", ["\x00", "\x01", "\n", "\x7f", "\ufffe", "\ud800"])
def test_names_are_one_line_that_xml_can_hold(strange: str) -> None:
    name = f"wa{strange}ter"
    cases = (
        replace(CARD, name=name),
        replace(CARD, bands=(Band(name), CARD.bands[1])),
        replace(CARD, classes=(replace(CARD.classes[0], name=name), CARD.classes[1])),
    )
    for card in cases:
        with pytest.raises(CardError, match=f"the character U\\+{ord(strange):04X}"):
            check_card(card)


def test_classes_of_one_name_would_be_counted_together_and_are_refused() -> None:
    with pytest.raises(CardError, match="Two classes are called 'water'"):
        check_card(replace(CARD, classes=(CARD.classes[0], replace(CARD.classes[1], name="water"))))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"normalization": Normalization((0.0, 0.0), (1e-320, 1.0))}, r"scale\[0\] is .*; no sensor's numbers"),
        ({"normalization": Normalization((1e308, 0.0), (1.0, 1.0))}, r"shift\[0\] is 1e\+308; no sensor's numbers"),
        ({"bands": (Band("a", scale=1e-300), Band("b"))}, r"bands\[0\].scale is 1e-300"),
        ({"threshold": 1e300}, "threshold is 1e\\+300"),
        ({"name": "x" * 5000}, "name has 5000 characters; expected at most 1000"),
    ],
)
def test_absurd_values_are_refused_at_the_door(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(CardError, match=words):
        check_card(replace(CARD, **facts))


@pytest.mark.parametrize("nodata", [-3.4028234663852886e38, -1.7976931348623157e308, 0.0])
def test_no_data_may_be_the_end_of_what_a_type_holds(nodata: float) -> None:
    card = replace(CARD, nodata=nodata, normalization=Normalization((1e-310, 0.0), (1.0, 1.0)))
    check_card(card)  # raises nothing
    assert card_from_json(card_to_json(card)).nodata == nodata
