"""A job of many stages tells one share of the whole, which never goes back, and how long it will take."""

from __future__ import annotations

import pytest

from geoquant import progress
from geoquant.progress import Progress, Stage, WholeJob


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(progress, "time", found)
    return found


def job(*stages: Stage) -> tuple[WholeJob, list[Progress]]:
    told: list[Progress] = []
    whole = WholeJob(told.append, [Stage("surveying", 0.2)])
    whole(Progress("surveying scenes", 1, 1, "scenes"))
    whole.expect(stages)
    return whole, told


def run(whole: WholeJob, name: str) -> None:
    for done in range(5):
        whole(Progress(name, done, 4, "tiles"))


def test_before_anybody_knows_there_is_a_share_and_no_time():
    _, (first,) = job(Stage("observing", 8))
    assert (first.whole, first.seconds_left) == (0.2, None)
    assert (first.stage, first.done, first.total, first.unit) == ("surveying scenes", 1, 1, "scenes")


def test_stages_count_by_what_they_take_and_each_run_of_one_by_its_part():
    whole, told = job(Stage("observing", 6, runs=2), Stage("trying", 2))
    run(whole, "observing ranges")
    assert told[-1].whole == pytest.approx(0.5)
    run(whole, "observing channels")
    assert told[-1].whole == pytest.approx(0.8)
    run(whole, "trying")
    assert told[-1].whole == 1


def test_it_never_goes_back_and_ends_at_all_of_it_whatever_comes():
    whole, told = job(Stage("observing", 4, runs=3), Stage("correcting", 2), Stage("trying", 2))
    for name in ("observing ranges", "something new", "observing ranges", "observing ranges", "observing ranges"):
        run(whole, name)
    whole(Progress("trying", 0, 0, "candidates"))
    assert told[-1].whole == pytest.approx(0.8)
    run(whole, "trying")
    shares = [report.whole for report in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_time_left_is_the_estimate_first_and_the_pace_later(clock: Clock):
    whole, told = job(Stage("observing", 60), Stage("trying", 40))
    whole(Progress("observing", 0, 4, "tiles"))
    assert (told[-1].whole, told[-1].seconds_left) == pytest.approx((0.2, 100))
    clock.now += 30  # twice as slow as expected
    whole(Progress("observing", 1, 4, "tiles"))
    assert 85 < told[-1].seconds_left < 2 * 85
    clock.now += 170
    run(whole, "trying")
    assert told[-1].seconds_left == 0
