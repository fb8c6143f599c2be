# SPDX-License-Identifier: GPL-2.0-or-later
"""One bar for the whole of a job: how much of it each stage is, and what it is called for those who wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """A part of a job.

    Attributes:
        stage: what the worker calls it, or the beginning of that.
        share: of the whole job's time, as it usually is; 0 where the worker says how far the whole job is.
        words: what a dialog calls it.
    """

    stage: str
    share: float
    words: str


TILES = (
    Step("decimating", 0.04, "Reading the scenes coarsely"),
    Step("surveying scenes", 0.05, "Looking at the scenes"),
    Step("choosing tiles", 0.04, "Choosing tiles"),
)
JOBS: Mapping[str, tuple[Step, ...]] = {
    "classify": (
        Step("opening model and scene", 0.01, "Opening model and scene"),
        Step("choosing the engine", 0.09, "Choosing the engine that is fastest on this computer"),
        Step("classifying", 0.75, "Classifying"),
        Step("writing the confidence COG", 0.04, "Writing the map of confidence"),
        Step("joining small regions", 0.03, "Joining small regions"),
        Step("writing polygons", 0.05, "Writing polygons"),
        Step("writing the COG", 0.06, "Writing the map"),
    ),
    "sample": (*TILES, Step("drawing tiles", 0.3, "Drawing the tiles")),
    "strata": (
        Step("telling strata apart", 0.85, "Telling imaging conditions apart"),
        Step("writing the COG", 0.15, "Writing the map"),
    ),
    "quantize": (
        *(Step(step.stage, 0, step.words) for step in TILES),
        Step("observing", 0, "Measuring ranges of values"),
        Step("watching", 0, "Measuring ranges of values"),
        Step("mapping calibration tiles", 0, "Classifying the calibration tiles in float"),
        Step("trying candidates", 0, "Trying drafts of the INT8 model"),
        Step("correcting biases", 0, "Correcting the INT8 model"),
        Step("measuring layers", 0, "Measuring what each layer costs"),
        Step("putting layers back to float", 0, "Trying which layers to leave in float"),
        Step("comparing INT8 with float", 0, "Comparing INT8 with float"),
        Step("looking at conditions with few pixels", 0, "Comparing INT8 with float"),
        Step("judging fold", 0, "Judging each tile by a model that has not seen it"),
        Step("auditing engines", 0, "Looking at the engines"),
        Step("timing", 0, "Timing the engines"),
    ),
    "evaluate": (
        *TILES,
        Step("comparing INT8 with float", 0.3, "Comparing INT8 with float"),
        Step("comparing layers", 0.17, "Comparing layers"),
        Step("auditing engines", 0.05, "Looking at the engines"),
        Step("timing", 0.1, "Timing the engines"),
        Step("measuring memory and throughput", 0.15, "Measuring memory and speed"),
        Step("drawing tiles", 0.1, "Drawing the tiles"),
    ),
    "doctor": (
        Step("reading the file", 0.2, "Reading the model"),
        Step("looking at levels", 0.2, "Looking at the model's numbers"),
        Step("looking at engines", 0.4, "Looking at the engines"),
        Step("looking at the scene", 0.2, "Looking at the scene"),
    ),
    "setup": (
        Step("looking at the environment", 0.02, "Looking at the environment"),
        Step("making the environment", 0.05, "Making the environment"),
        Step("fetching pip", 0.02, "Fetching pip"),
        Step("collecting packages", 0.5, "Downloading packages"),
        Step("installing packages", 0.33, "Installing packages"),
        Step("checking the environment", 0.08, "Checking the environment"),
    ),
}
"""Command -> its steps in order. Steps may be left out or come again: the bar never goes back."""


class JobBar:
    """Where the bar of one job stands."""

    def __init__(self, job: str) -> None:
        self._steps = JOBS.get(job, ())
        self._percent = 0.0

    def words(self, stage: str) -> str:
        """What a stage is called in a dialog, in English; its own name where it is none of the job's steps."""
        step = self._step(stage)
        return stage if step is None else step.words

    def percent(self, event: Mapping[str, Any]) -> float:
        """Where the bar stands after a progress event, 0 to 100."""
        step = self._step(str(event["stage"]))
        if "whole" in event:
            self._percent = max(self._percent, 100.0 * event["whole"])
        elif step is not None and step.share:
            before = sum(one.share for one in self._steps[: self._steps.index(step)])
            total = event["total"]  # the doctor's events count the steps themselves
            within = min(1.0, event["done"] / total) if total and event["unit"] != "checks" else 0.0
            whole = sum(one.share for one in self._steps)
            self._percent = max(self._percent, 100.0 * (before + within * step.share) / whole)
        elif not self._steps and event["total"]:
            self._percent = max(self._percent, 100.0 * event["done"] / event["total"])
        return self._percent

    def _step(self, stage: str) -> Step | None:
        return next((step for step in self._steps if stage.startswith(step.stage)), None)
