"""The gate: what a stratum may lose, which strata and classes count, and which of two candidates is better."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import AccuracyDrop
from geoquant.evaluation.gate_verdict import gate_verdict
from geoquant.metrics.confusion import Comparison, Scores, compare_maps
from geoquant.metrics.evidence import MIN_STRATUM_TILES
from geoquant.metrics.gate import Gate, GateScore, allowances_used, gate_score
from geoquant.quantization.summary import Refusal, check_gate
from geoquant.strata.conditions import Stratum


def scores(miou_off: float = 0.0, changed: float = 0.0, labelled: float | None = None) -> Scores:
    """Losses in points; ``labelled`` is what is lost against labels."""
    truth = {} if labelled is None else {"float_miou": 0.8, "int8_miou": 0.8 - labelled / 100}
    return Scores(10_000, 1 - changed / 100, 1 - miou_off / 100, **truth)


def tile(wrong: int, stratum: Stratum = Stratum.WATER, side: int = 100, labels: bool = False) -> Comparison:
    """Two classes in equal parts; ``wrong`` pixels of class 0 become 1."""
    reference = np.repeat(np.array([0, 1], np.uint8), side * side // 2).reshape(side, side)
    candidate = reference.copy()
    candidate.flat[:wrong] = 1
    truth = reference if labels else None
    return compare_maps(reference, candidate, np.full((side, side), stratum, np.uint8), truth, 2)


@pytest.mark.parametrize(
    ("max_drop", "found", "expected"),
    [
        (None, scores(miou_off=1.25), 0.5),  # 2.5 points off the float map
        (None, scores(miou_off=5, labelled=0.25), 0.5),  # half a point against labels, whatever the float map says
        (None, scores(labelled=-0.3), 0.0),
        (None, scores(changed=1, labelled=0.1), 0.5),  # two points of agreement
        (0.3, scores(changed=1, labelled=0.3), 1.0),
        (4.0, scores(changed=1, labelled=1), 0.25),  # more mean IoU allows more change
        (0.0, scores(miou_off=0.01), inf),
        (0.0, scores(), 0.0),
        (1.0, scores(miou_off=float("nan"), changed=1), 0.5),
    ],
)
def test_the_load_is_the_used_share_of_the_allowance(max_drop, found, expected):
    assert Gate(max_drop).allowance_used(found) == pytest.approx(expected)


def test_strata_of_few_pixels_and_rare_classes_do_not_decide():
    few, enough = [tile(200, Stratum.SNOW, side=20)] * 2, [tile(0)] * 3
    assert list(allowances_used({"ort": [*enough, *few]}, Gate())) == [Stratum.WATER]
    rare = np.zeros((100, 100), np.uint8)
    rare[0, :80] = 1
    without = compare_maps(rare, np.zeros_like(rare), np.full(rare.shape, 5, np.uint8), None, 2)
    assert without.scores().miou_lost == pytest.approx(0.8)  # class 1 vanished, but it is below 2 % of the stratum
    assert Gate().allowance_used(without.scores()) == pytest.approx(0.8 / 2.5)


@pytest.mark.parametrize("tiles", [1, 2, 3])
def test_many_pixels_on_too_few_tiles_prove_nothing(tiles):
    found = gate_verdict({"ort": [tile(0)] * tiles}, Gate())
    assert found.passed == (tiles >= MIN_STRATUM_TILES)
    assert (found.proved, found.unjudged) == ((("water",), ()) if found.passed else ((), ("water",)))


def test_a_speck_is_not_a_place_of_its_own():
    specks = [tile(0, side=4)] * 5
    assert not gate_verdict({"ort": [tile(0), tile(0), *specks]}, Gate()).passed
    assert gate_verdict({"ort": [tile(0), tile(0), tile(0, side=6)]}, Gate()).passed


def test_the_verdict_counts_what_was_judged_first():
    tiles = [*[tile(10)] * 3, *[tile(5, Stratum.LAND_DULL_BARE)] * 3, tile(0, Stratum.SNOW, side=10)]
    found = gate_verdict({"ort": tiles}, Gate())
    assert found.words.startswith("2 of 3 conditions proved: ")
    assert "Not judged, with fewer than 1,000 pixels on 3 tiles: snow." in found.words
    assert found.passed


def test_a_condition_that_fails_on_calibration_tiles_and_has_no_judge_fails():
    judged = {"ort": [tile(0)] * 3}
    shadow = {"ort": [tile(30, Stratum.SHADOW, side=20)]}  # 7.5 % of 400 pixels change
    found = gate_verdict(judged, Gate(), shadow)
    assert (found.passed, found.doubtful) == (False, ("shadow",))
    assert "Too few held-out pixels judge shadow" in found.words
    with pytest.raises(AccuracyDrop, match="Too few held-out pixels judge shadow"):
        check_gate(found, judged)
    kept = {"ort": [tile(1, Stratum.SHADOW, side=20)]}
    assert gate_verdict(judged, Gate(), kept).passed
    slip = {"ort": [tile(3, Stratum.SHADOW, side=10)]}  # 3 % of 100 pixels is a slip
    assert gate_verdict(judged, Gate(), slip).passed


def test_the_gate_names_the_worst_stratum_what_it_lost_and_what_may_be_behind_it():
    def tiles(wrong: int) -> list[Comparison]:
        return [part for _ in range(3) for part in (tile(10), tile(wrong, Stratum.SHADOW))]

    judged = {"ort": tiles(60), "openvino": tiles(300)}
    check_gate(gate_verdict(judged, Gate(10.0)), judged)
    refusal = Refusal(["a", "b"], causes=["the scenes are small"])
    with pytest.raises(
        AccuracyDrop, match=r"In shadow, the worst condition, INT8 loses 5\.8.* points.* 2 layers are in float"
    ) as caught:
        check_gate(gate_verdict(judged, Gate()), judged, refusal)
    assert str(caught.value).startswith("1 of 2 conditions proved: water.")
    assert "2.5 points and" in str(caught.value)
    assert "water 99.90 %" in str(caught.value)
    assert "What may be behind it: the scenes are small." in str(caught.value)
    few = {"ort": [tile(0, side=20)]}
    with pytest.raises(AccuracyDrop, match=r"^0 of 1 conditions proved\. No condition has 1,000 pixels on 3 tiles"):
        check_gate(gate_verdict(few, Gate()), few)


def test_labels_are_what_loss_is_measured_against():
    with_labels, without = tile(50, labels=True), tile(50)
    assert Gate().allowance_used(with_labels.scores()) == pytest.approx(
        5 * Gate().allowance_used(without.scores()), rel=1e-6
    )


gate_scores = st.builds(
    GateScore, st.just(Stratum.WATER), st.floats(0, 5), st.floats(0, 1), st.floats(-1, 1), st.floats(0, 5)
)


@given(gate_scores, gate_scores)
def test_of_two_candidates_at_most_one_is_better_and_a_clear_lead_decides(one, other):
    assert not (one.better(other) and other.better(one))
    if one.allowance_used < other.allowance_used - 0.5 - 2 * (one.error + other.error):
        assert one.better(other)


def test_equal_loads_leave_the_choice_to_the_mean_over_strata():
    calm, lucky = GateScore(Stratum.SNOW, 0.5, 0.0, 0.3, 0.1), GateScore(Stratum.SNOW, 0.3, 0.0, 0.4, 0.2)
    assert calm.better(lucky)
    unsure = GateScore(Stratum.SNOW, 1.5, 0.7, -1.9, 0.05)
    assert unsure.better(lucky)
    assert not replace(unsure, error=0.1).better(lucky)
    assert unsure.may_hold
    assert not replace(unsure, error=0.4).may_hold
    endless = GateScore(Stratum.SNOW, inf, 0.0, -inf, 0.3)
    assert calm.better(endless)
    assert GateScore(Stratum.SNOW, inf, 0.0, -inf, 0.2).better(endless)


def test_a_gate_that_hangs_on_one_tile_has_no_reserve():
    even, uneven = [tile(40) for _ in range(6)], [*(tile(0) for _ in range(5)), tile(240)]
    assert gate_score(even, Gate(1.0)).allowance_used == pytest.approx(gate_score(uneven, Gate(1.0)).allowance_used)
    assert gate_score(even, Gate(1.0)).holds
    assert not gate_score(uneven, Gate(1.0)).holds
    assert not gate_score(even, Gate(0.0)).holds
    assert gate_score([tile(0)], Gate(0.0)).holds


def test_gains_by_luck_do_not_hide_how_much_changes():
    reference = np.repeat(np.array([0, 1], np.uint8), 5000).reshape(100, 100)
    labels, candidate = reference.copy(), reference.copy()
    labels.flat[:200] = candidate.flat[:200] = 1  # INT8 is right where float was wrong
    lucky = compare_maps(reference, candidate, np.full((100, 100), 5, np.uint8), labels, 2)
    found = gate_score([lucky], Gate(0.5))
    assert found.allowance_used == pytest.approx(1.0)  # 2 % of other classes are the gate's own limit
    assert found.reserve == pytest.approx(1 - 2.0 / 1.0)
    assert gate_score([lucky], Gate(2.5)).holds


def test_the_score_is_that_of_the_worst_stratum_of_all_tiles():
    found = gate_score([tile(100), tile(0), tile(40, Stratum.SNOW)], Gate(2.0))
    assert found.stratum == Stratum.WATER
    assert found.changed == pytest.approx((0.5 + 0.4) / 2)
