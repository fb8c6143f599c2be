"""Reports of a running job to its caller: the library never prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One report of a running job.

    Attributes:
        stage: The work under way, for a person ("classifying", "writing the COG").
        done: The finished amount, in ``unit``.
        total: The whole amount, in ``unit``; 0 when it is not known yet.
        unit: The thing that is counted ("px", "tiles", "bytes").
    """

    stage: str
    done: float
    total: float
    unit: str


ProgressCallback = Callable[[Progress], None]
"""Takes every report. It may be called from a worker thread, and may raise ``Cancelled`` to stop the job."""


def silent(_: Progress) -> None:
    """Ignore a report: the default callback."""
