"""One answer of ``geoquant doctor``: what was looked at, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from geoquant.errors import GeoquantError

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    Attributes:
        check: The name of the check ("observers", "evaluation mode").
        status: "ok"; "warning" where the result may suffer; "problem" where it does.
        found: The observation in words, with figures.
        remedy: Advice on what to do; "" where nothing is wrong.
    """

    check: str
    status: Status
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All findings about a model.

    Attributes:
        model: The model's file.
        findings: The findings in the order in which they were looked at.
    """

    model: str
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether no problem was found; there may be warnings."""
        return all(finding.status != "problem" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "healthy": self.healthy}


def ok(check: str, found: str) -> Finding:
    """A finding that nothing is wrong."""
    return Finding(check, "ok", found)


def warning(check: str, found: str, remedy: str) -> Finding:
    """A finding with which the result may suffer."""
    return Finding(check, "warning", found, remedy)


def problem(check: str, found: str, remedy: str) -> Finding:
    """A finding with which the result does suffer."""
    return Finding(check, "problem", found, remedy)


def problem_of(check: str, error: GeoquantError) -> Finding:
    """An error as a finding: its message says what to do."""
    return Finding(check, "problem", str(error), "see there")


def listed(names: Iterable[str], most: int = 4) -> str:
    """The first names of a list, joined for a sentence."""
    every = list(names)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest
