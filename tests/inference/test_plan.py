"""The plan of networks whose tiles are blended: the scores that a shard keeps are part of its memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.inference.memory_model import MIB
from geoquant.inference.plan import BLENDED_SHARD_PX, Plan, make_plan
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.classify import ClassifyOptions
from tests.builders.plans import DEMAND, facts_of


def plan_of(classes: int, limit_mib: int | None = None, side: int = 10_000) -> Plan:
    labels = tuple(ClassLabel(value, f"class {value}", "#000000") for value in range(classes))
    card = ModelCard("m", (Band("1"),), Normalization((0.0,), (1.0,)), labels)
    return make_plan(Window(0, 0, side, side), card, facts_of(None), ClassifyOptions(max_memory=limit_mib), DEMAND)


@given(st.integers(2, 255), st.integers(400, 4_000))
def test_scores_are_kept_within_the_ceiling_or_the_need_is_named(classes: int, limit_mib: int) -> None:
    try:
        plan = plan_of(classes, limit_mib)
    except OptionError as error:
        needed = int(str(error).split(" need ")[1].split()[0])
        assert needed >= limit_mib
        assert plan_of(classes, needed + 1).memory_bytes <= (needed + 1) * MIB
        return
    assert plan.memory_bytes <= limit_mib * MIB
    assert sum(shard.pixels for shard in plan.shards) == 10_000**2


def test_many_classes_make_shards_narrower() -> None:
    few, many = plan_of(5), plan_of(60)
    assert few.shards[0].width > many.shards[0].width
    scores = 2 * 60 * 4 * many.lattice.tile_px * many.shards[0].width
    assert many.memory_bytes > DEMAND.base_bytes + scores
    assert few.tiles < many.tiles < 1.5 * few.tiles
    assert few.shards[0].width <= BLENDED_SHARD_PX


def test_what_does_not_fit_is_refused_with_what_helps() -> None:
    with pytest.raises(OptionError, match=r"--max-memory is 400 MiB.*512 px need \d+ MiB.*--tile"):
        plan_of(200, 400)
