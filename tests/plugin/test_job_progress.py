"""The bar of a job: one for all of its stages, which never goes back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from qgis_plugin.results.job_progress import JOBS, JobBar

PACKAGE = Path(__file__).parents[2] / "geoquant"
ELSEWHERE = ("training", "making the scene", "making four scenes", "drawing the report")
ELSEWHERE += ("comparing both maps", "drawing tiles again", "done")
"""Stages of commands that the plugin has not, and those that are over at once."""


def stages():
    """Every stage that geoquant's source names in a ``Progress``."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Progress":
                first = node.args[0]
                if isinstance(first, ast.JoinedStr):
                    first = first.values[0]
                if isinstance(first, ast.Constant):
                    yield first.value


@pytest.mark.parametrize("stage", sorted(set(stages())))
def test_every_stage_is_a_step_of_a_job(stage):
    steps = [step.stage for steps in JOBS.values() for step in steps]
    assert stage.startswith((*steps, *ELSEWHERE))


def event(stage, done, total, unit="px"):
    return {"event": "progress", "stage": stage, "done": done, "total": total, "unit": unit}


TOLD = ("quantize",)
"""Jobs whose events say how far the whole job is."""


@pytest.mark.parametrize("job", sorted(set(JOBS) - {*TOLD}))
def test_it_goes_from_nothing_to_all_and_never_back(job):
    bar, seen = JobBar(job), []
    for step in JOBS[job]:
        seen += [bar.percent(event(step.stage, done, 4)) for done in (0, 2, 4)]
    assert seen == sorted(seen)
    assert (seen[0], round(seen[-1])) == (0, 100)
    assert bar.percent(event(JOBS[job][0].stage, 0, 4)) == seen[-1]


def test_a_stage_that_nobody_knows_leaves_the_bar_where_it_is():
    bar = JobBar("strata")
    at = bar.percent(event("telling strata apart", 1, 2))
    assert bar.percent(event("something new", 9, 10)) == at
    assert bar.words("something new") == "something new"


def test_the_doctor_counts_its_steps_themselves():
    bar = JobBar("doctor")
    assert bar.percent(event("looking at engines", 2, 4, "checks")) == pytest.approx(40)


@pytest.mark.parametrize("job", TOLD)
def test_what_an_event_says_of_the_whole_job_counts(job):
    bar = JobBar(job)
    steps = [
        {**event(step.stage, 1, 4), "whole": share} for step, share in zip(JOBS[job], (0.1, 0.4, 0.3), strict=False)
    ]
    assert [bar.percent(step) for step in steps] == [10, 40, 40]
    assert not any(step.share for step in JOBS[job])
    assert bar.words("observing ranges") == "Measuring ranges of values"
