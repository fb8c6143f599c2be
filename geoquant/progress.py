"""Reports of a running job to its caller: the library never prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil


@dataclass(frozen=True)
class Progress:
    """One report of a running job.

    Attributes:
        stage: The work under way, for a person ("classifying", "writing the COG").
        done: The finished amount, in ``unit``.
        total: The whole amount, in ``unit``; 0 when it is not known yet.
        unit: The thing that is counted ("px", "tiles", "bytes").
        whole: The share of the whole job that is done, 0..1; None where the job does not say.
        seconds_left: How long the job will take from here, about; None where it does not say.
    """

    stage: str
    done: float
    total: float
    unit: str
    whole: float | None = None
    seconds_left: float | None = None


ProgressCallback = Callable[[Progress], None]
"""Takes every report. It may be called from a worker thread, and may raise ``Cancelled`` to stop the job."""


def silent(_: Progress) -> None:
    """Ignore a report: the default callback."""


@dataclass(frozen=True)
class Stage:
    """A part of a job.

    Attributes:
        name: What its reports call it, or the beginning of that.
        cost: The share of the whole job that it takes, or seconds, all of its runs together.
        runs: How often it comes.
    """

    name: str
    cost: float
    runs: int = 1


class WholeJob:
    """A callback for the stages of a job, which hands on each report with where the whole job stands.

    Stages may come again or not at all: one that was left out counts as done when a later one reports, and the share
    never goes back.
    """

    def __init__(self, progress: ProgressCallback, survey: Sequence[Stage]) -> None:
        """Begin.

        Args:
            progress: is told everything.
            survey: the stages that run before anybody knows how long the others take; their costs are shares.
        """
        self._progress, self._stages = progress, list(survey)
        self._runs: dict[str, float] = {}  # stage -> what is done of it, 1 for each run
        self._whole, self._expected_s, self._begun_s, self._known = 0.0, 0.0, 0.0, 0.0

    def expect(self, stages: Sequence[Stage]) -> None:
        """Say what is still to come, in its order, with costs in seconds."""
        self._whole = self._known = sum(stage.cost for stage in self._stages)
        self._begun_s, self._expected_s = time.monotonic(), sum(stage.cost for stage in stages)
        second = (1 - self._whole) / self._expected_s
        self._runs = {stage.name: stage.runs for stage in self._stages}
        self._stages += [replace(stage, cost=stage.cost * second) for stage in stages]

    def __call__(self, report: Progress) -> None:
        """Take a stage's report."""
        position = next((i for i, one in enumerate(self._stages) if report.stage.startswith(one.name)), None)
        if position is not None:
            self._count(position, min(1.0, report.done / report.total) if report.total else 0.0)
        self._progress(replace(report, whole=self._whole, seconds_left=self._seconds_left()))

    def _count(self, position: int, within: float) -> None:
        """Take how much of a stage's current run is done; less than before begins another run."""
        for earlier in self._stages[:position]:
            self._runs.setdefault(earlier.name, earlier.runs)
        name = self._stages[position].name
        done = self._runs.get(name, 0.0)
        runs, last = divmod(done, 1)
        self._runs[name] = ceil(done) + within if within < last else runs + within
        last = self._expected_s and self._runs.get(self._stages[-1].name, 0.0) >= self._stages[-1].runs
        self._whole = 1.0 if last else max(self._whole, min(1.0, sum(map(self._done, self._stages))))

    def _done(self, stage: Stage) -> float:
        return stage.cost * min(1.0, self._runs.get(stage.name, 0.0) / stage.runs)

    def _seconds_left(self) -> float | None:
        """By what was expected at first and, the more is done, by the pace so far."""
        if not self._expected_s:
            return None
        rest = (1 - self._whole) / (1 - self._known)
        return rest * (rest * self._expected_s + time.monotonic() - self._begun_s)
