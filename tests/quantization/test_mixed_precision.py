"""The fallback: the gate holds, nothing stays in float that can be spared, and a float model is no INT8 model."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from geoquant.metrics.gate import GateScore
from geoquant.quantization.builder import Recipe
from geoquant.quantization.mixed_precision import MIN_INT8_SHARE, fall_back, mixed_precision
from geoquant.quantization.search import SearchResult
from geoquant.quantization.sensitivity import LayerSensitivity
from geoquant.strata.conditions import Stratum


class Scale:
    """Stands for the trials: each INT8 layer takes its cost from the reserve; ``pairs`` only help together."""

    def __init__(self, costs: dict[str, float], allowed: float, pairs: tuple[frozenset[str], ...] = ()) -> None:
        self.costs, self.allowed, self.pairs = costs, allowed, pairs
        self.measured = 0

    def progress(self, _: object) -> None:
        """Nobody looks."""

    def gate_score(self, kept: frozenset[str], _: object) -> GateScore:
        self.measured += 1
        allowance_used = sum(self.cost(name, kept) for name in self.costs)
        return GateScore(Stratum.WATER, allowance_used, 0.0, self.allowed - allowance_used, allowance_used)

    def cost(self, name: str, kept: frozenset[str]) -> float:
        group = next((pair for pair in self.pairs if name in pair), frozenset([name]))
        return 0.0 if group <= kept else self.costs[name]


def make(recipe: Recipe) -> SimpleNamespace:
    return SimpleNamespace(recipe=recipe, network=frozenset(recipe.keep_float), card=None)


def outcome(scale: Scale, order: list[str], shares: dict[str, float] | None = None):
    candidate = make(Recipe())
    layers = [
        LayerSensitivity(n, "Conv", (shares or {}).get(n, 0.002), "water", 0.0, float(len(order) - i))
        for i, n in enumerate(order)
    ]
    chosen = SearchResult(candidate, scale.gate_score(candidate.network, None))
    return fall_back(chosen, layers, SimpleNamespace(make=make), scale)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=24), st.floats(0, 0.99), st.randoms())
def test_the_gate_holds_and_no_layer_can_be_spared(costs, allowed, random):
    named = {f"layer{i}": float(cost) for i, cost in enumerate(costs)}
    order = list(named)
    random.shuffle(order)
    scale = Scale(named, allowed * sum(costs))
    chosen, kept = outcome(scale, order)
    assert chosen.gate_score.holds
    assert chosen.candidate.recipe.keep_float == tuple(sorted(kept))
    for name in kept:
        assert not scale.gate_score(frozenset(kept) - {name}, None).holds
    assert scale.measured <= 3 * len(costs) + 12


def test_the_most_sensitive_goes_first_and_alone_when_it_is_enough():
    scale = Scale({"small": 0.1, "large": 2.0, "middle": 0.5}, allowed=0.7)
    chosen, kept = outcome(scale, ["large", "middle", "small"])
    assert kept == ("large",)
    assert "fallback, 1 layers stay in float" in chosen.steps[-1]


def test_layers_that_only_help_together_are_found():
    scale = Scale({"a": 1.0, "b": 1.0, "c": 0.9, "d": 0.1}, allowed=1.1, pairs=(frozenset("ab"),))
    assert outcome(scale, ["a", "b", "c", "d"])[1] == ("a", "b")


def test_what_costs_little_work_is_spared_last():
    scale = Scale({"heavy": 2.0, "light": 2.0, "rest": 2.0}, allowed=4.0)
    assert outcome(scale, ["heavy", "light", "rest"], {"heavy": 0.4})[1] == ("light",)
    scale = Scale({"heavy": 2.0, "light": 2.0, "rest": 2.0}, allowed=1.0)
    assert set(outcome(scale, ["heavy", "light", "rest"], {"heavy": 0.4})[1]) == {"heavy", "light", "rest"}


def test_a_float_model_by_another_name_is_given_up_for_what_is_cheap():
    scale = Scale({"heavy": 5.0, "light": 0.1}, allowed=1.0)
    chosen, kept = outcome(scale, ["heavy", "light"], {"heavy": 1 - MIN_INT8_SHARE + 0.1})
    assert kept == ("light",)
    assert chosen.candidate.recipe.keep_float == ("light",)
    hopeless = Scale({"a": 1.0}, allowed=-1.0)
    chosen, kept = outcome(hopeless, ["a"], {"a": 1.0})
    assert kept == ()
    assert "left out" in chosen.steps[-1]


def test_much_work_goes_to_float_only_where_the_gate_itself_needs_it():
    costs, shares = {"light": 0.5, "heavy": 0.4, "rest": 0.1}, {"light": 0.02, "heavy": 0.2}
    spared, kept = outcome(Scale(costs, allowed=0.2), ["light", "heavy", "rest"], shares)
    assert kept == ("light", "rest")  # 0.4 of the allowance is used: the gate holds, with less to spare than it should
    assert not spared.gate_score.holds
    dear = {"light": 0.2, "heavy": 0.2, "rest": 0.2}
    left, kept = outcome(Scale({"light": 0.0, "heavy": 0.4}, allowed=0.2), ["light", "heavy"], dear)
    assert kept == ()
    assert "fallback left out" in left.steps[-1]
    needed, kept = outcome(Scale({**costs, "heavy": 1.4}, allowed=0.2), ["light", "heavy", "rest"], shares)
    assert "heavy" in kept
    assert needed.gate_score.holds


def test_what_the_candidate_has_in_float_stays_there():
    scale = Scale({"head": 3.0, "large": 2.0, "small": 0.1}, allowed=1.0)
    candidate = make(Recipe(keep_float=("head",)))
    layers = [LayerSensitivity(n, "Conv", 0.01, "water", 0.0, cost) for n, cost in scale.costs.items()]
    chosen = SearchResult(candidate, scale.gate_score(candidate.network, None))
    found, kept = fall_back(chosen, layers, SimpleNamespace(make=make), scale)
    assert kept == ("head", "large")
    assert found.candidate.recipe.keep_float == ("head", "large")


def test_nothing_is_measured_where_everything_holds():
    candidate = make(Recipe())
    chosen = SearchResult(candidate, GateScore(Stratum.WATER, 0.2, 0.0, 0.5, 0.1))
    result = mixed_precision(chosen, None, None, measure=False)
    assert (result.layers, result.kept_float, result.int8_macs_share) == ((), (), 1.0)
