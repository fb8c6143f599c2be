"""Who infers what: tiles side by side where memory has room for them, threads inside a tile where halo costs more."""

from __future__ import annotations

import pytest

from geoquant.doors.graph import GraphFacts
from geoquant.jobs.demand import MIB, Demand
from geoquant.jobs.plan import Plan, make_plan
from geoquant.jobs.team import Team, best_team, teams_of
from geoquant.numbers.grid import Window
from geoquant.words.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.words.errors import OptionError
from geoquant.words.options import ClassifyOptions

CARD = ModelCard("m", (Band("1"),), Normalization((0.0,), (1.0,)), (ClassLabel(0, "a", "#000000"),))


def plan_for(halo_px: int, team: Team, side: int = 10_980) -> Plan:
    """A U-Net of that context on a scene of Sentinel-2."""
    demand = Demand(
        base_bytes=300 * MIB,
        engine_bytes_per_px=110,
        tile_bytes_per_px=8,
        stored_bytes_per_px=13,
        strip_bytes_per_px=8.5,
        map_layers=1,
        piece_px=(512, 1024),
        block_width_px=512,
        cache_bytes=lambda rows, columns: 12 * (rows + 512) * (columns + 512),
        workers=team.tiles,
    )
    facts = GraphFacts(
        input_name="x",
        input_shape=(None, 6, None, None),
        input_dtype="float32",
        output_name="y",
        output_shape=(None, 10, None, None),
        output_dtype="float32",
        output_op="Conv",
        same_size=True,
        receptive_field_px=(2 * halo_px, 2 * halo_px),
        reach_px=halo_px,
        obstacles=(),
        stride_px=32,
        halo_px=halo_px,
        parameters=1,
        opset=17,
        quantized=True,
        first_ops=("Conv",),
        foldable_input=True,
    )
    return make_plan(Window(0, 0, side, side), CARD, facts, ClassifyOptions(), demand)


def test_threads_are_divided_evenly() -> None:
    assert list(teams_of(6)) == [Team(6, 1), Team(3, 2), Team(2, 3), Team(1, 6)]
    assert list(teams_of(1)) == [Team(1, 1)]


def test_a_small_context_leaves_every_tile_one_thread() -> None:
    assert best_team(2, lambda team: plan_for(32, team))[0] == Team(2, 1)
    assert best_team(4, lambda team: plan_for(32, team))[0] == Team(4, 1)


def test_plans_that_cannot_pay_are_not_made() -> None:
    asked: list[Team] = []

    def plan(team: Team) -> Plan:
        asked.append(team)
        return plan_for(0, team)

    assert best_team(8, plan)[0] == Team(8, 1)
    assert asked == [Team(8, 1)]


def test_a_wide_context_takes_larger_tiles_with_threads_inside() -> None:
    for workers in (2, 4, 8):
        team, plan = best_team(workers, lambda team: plan_for(288, team))
        assert team.tiles * team.threads == workers
        assert team.threads > 1
        assert plan.inferred_px < 0.9 * plan_for(288, Team(workers)).inferred_px


def test_many_cores_are_no_reason_to_refuse_a_scene() -> None:
    with pytest.raises(OptionError, match="--max-memory is 1320 MiB"):
        plan_for(288, Team(16))
    assert best_team(16, lambda team: plan_for(288, team))[0].threads > 1


def test_what_fits_no_team_says_what_the_smallest_one_needs() -> None:
    def refuse(team: Team) -> Plan:
        raise OptionError(f"{team.tiles} at once do not fit")

    with pytest.raises(OptionError, match=r"^1 at once"):
        best_team(4, refuse)
