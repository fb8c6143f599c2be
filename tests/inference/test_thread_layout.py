"""Thread layouts: tiles side by side where they fit into memory, threads inside a tile where halo costs more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.inference.plan import Plan, make_plan
from geoquant.inference.thread_layout import ThreadLayout, best_thread_layout, thread_layouts
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.classify import ClassifyOptions
from tests.builders.plans import DEMAND, facts_of

CARD = ModelCard("m", (Band("1"),), Normalization((0.0,), (1.0,)), (ClassLabel(0, "a", "#000000"),))


def plan_for(halo_px: int, thread_layout: ThreadLayout, side: int = 10_980) -> Plan:
    """A U-Net of that context on a scene of Sentinel-2."""
    demand = replace(DEMAND, workers=thread_layout.tiles)
    return make_plan(Window(0, 0, side, side), CARD, facts_of(halo_px), ClassifyOptions(), demand)


def test_threads_are_divided_evenly() -> None:
    assert list(thread_layouts(6)) == [ThreadLayout(6, 1), ThreadLayout(3, 2), ThreadLayout(2, 3), ThreadLayout(1, 6)]
    assert list(thread_layouts(1)) == [ThreadLayout(1, 1)]


def test_a_small_context_leaves_every_tile_one_thread() -> None:
    assert best_thread_layout(2, lambda thread_layout: plan_for(32, thread_layout))[0] == ThreadLayout(2, 1)
    assert best_thread_layout(4, lambda thread_layout: plan_for(32, thread_layout))[0] == ThreadLayout(4, 1)


def test_plans_that_cannot_pay_are_not_made() -> None:
    asked: list[ThreadLayout] = []

    def plan(thread_layout: ThreadLayout) -> Plan:
        asked.append(thread_layout)
        return plan_for(0, thread_layout)

    assert best_thread_layout(8, plan)[0] == ThreadLayout(8, 1)
    assert asked == [ThreadLayout(8, 1)]


def test_a_wide_context_takes_larger_tiles_with_threads_inside() -> None:
    for workers in (2, 4, 8):
        thread_layout, plan = best_thread_layout(workers, lambda thread_layout: plan_for(288, thread_layout))
        assert thread_layout.tiles * thread_layout.threads == workers
        assert thread_layout.threads > 1
        assert plan.inferred_px < 0.9 * plan_for(288, ThreadLayout(workers)).inferred_px


def test_many_cores_are_no_reason_to_refuse_a_scene() -> None:
    with pytest.raises(OptionError, match="--max-memory is 1320 MiB"):
        plan_for(288, ThreadLayout(16))
    assert best_thread_layout(16, lambda thread_layout: plan_for(288, thread_layout))[0].threads > 1


def test_what_fits_no_team_says_what_the_smallest_one_needs() -> None:
    def refuse(thread_layout: ThreadLayout) -> Plan:
        raise OptionError(f"{thread_layout.tiles} at once do not fit")

    with pytest.raises(OptionError, match=r"^1 at once"):
        best_thread_layout(4, refuse)
