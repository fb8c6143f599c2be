"""How the inference threads share the work: tiles side by side, or several threads in one tile.

One thread in each of as many tiles as there are cores wastes nothing, but every tile in the network holds its
activations, so the same memory holds smaller tiles, and those need more halo. Where a network looks far around (288 px
for a U-Net on a whole ResNet-18), halo costs more than threads that wait for each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from geoquant.errors import OptionError
from geoquant.inference.plan import Plan

WAITING_SHARE = 0.1
"""Share of the time with perfect sharing that a tile takes more for each doubling of its threads. Two threads
took 2 to 4 % more CPU seconds in OpenVINO and 0 to 4 % in onnxruntime (U-Net, 1,696 x 1,952); the rest is for what they
wait for each other, and for the moment between two tiles."""


@dataclass(frozen=True)
class ThreadLayout:
    """The division of the inference threads.

    Attributes:
        tiles: The number of tiles in the network at once.
        threads: The number of threads in each of them.
    """

    tiles: int
    threads: int = 1

    @property
    def waiting(self) -> float:
        """The factor by which a pixel costs more than with one thread a tile."""
        return 1 + WAITING_SHARE * math.log2(self.threads)


def thread_layouts(workers: int) -> Iterator[ThreadLayout]:
    """The ways to divide ``workers`` threads evenly, most tiles first."""
    for threads in range(1, workers + 1):
        if workers % threads == 0:
            yield ThreadLayout(workers // threads, threads)


def best_thread_layout(workers: int, plan_for: Callable[[ThreadLayout], Plan]) -> tuple[ThreadLayout, Plan]:
    """The thread layout whose plan takes the least time, and that plan.

    Args:
        workers: inference threads in all.
        plan_for: the plan for a team; may raise ``OptionError`` where its tiles do not fit into memory.

    Raises:
        OptionError: no team's tiles fit.
    """
    best: tuple[ThreadLayout, Plan] | None = None
    refused: list[OptionError] = []
    for thread_layout in thread_layouts(workers):
        if best is not None and _cost(*best) <= thread_layout.waiting * best[1].region.pixels:
            break  # not even a plan without any halo would pay for more threads in a tile
        try:
            found = thread_layout, plan_for(thread_layout)
        except OptionError as error:
            refused.append(error)
            continue
        best = found if best is None else min(best, found, key=lambda one: _cost(*one))
    if best is None:
        raise refused[-1]
    return best


def _cost(thread_layout: ThreadLayout, plan: Plan) -> float:
    """Time of a plan, in pixels of one thread a tile."""
    return thread_layout.waiting * plan.inferred_px
