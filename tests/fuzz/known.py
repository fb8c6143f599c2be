"""Findings that are known and about to be mended."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fuzz.case import Outcome


@dataclass(frozen=True)
class Known:
    """A finding that does not fail.

    Attributes:
        kind: Of the outcome.
        what: Part of what it says.
        reason: What is wrong, and where that is written down.
    """

    kind: str
    what: str
    reason: str


KNOWN: tuple[Known, ...] = ()


def is_known(outcome: Outcome) -> bool:
    """Whether the finding is in the table."""
    return any(outcome.kind == each.kind and each.what in outcome.what for each in KNOWN)
