"""What one case of fuzzing is: a call, what it may write, and what must hold when it ends well."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a call ended.

    Attributes:
        exit_code: Of the command.
        events: Events of the protocol: progress, warnings, errors and results.
        stdout: What it wrote there.
        stderr: What it wrote there.
        error: The exception that ended it, behind the SystemExit that it became.
    """

    exit_code: int
    events: list[dict[str, Any]]
    stdout: str
    stderr: str
    error: BaseException | None = None

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """All events of one kind."""
        return [event for event in self.events if event.get("event") == kind]

    @property
    def said(self) -> list[str]:
        """The messages of all warnings."""
        return [str(event["message"]) for event in self.of_kind("warning")]


Law = Callable[[Ended], "str | None"]
"""What is wrong with a call that ended well, or None."""


def anything(_: Ended) -> None:
    """No law."""


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        arguments: Of the command line.
        told: What was done to the input, for people.
        writes: Files that the command may write; none of them may be there after an error.
        law: Holds when the command ended well.
        requests: Lines of bytes for the QGIS worker, which is called instead of the command line where given.
    """

    arguments: list[str]
    told: str
    writes: tuple[Path, ...] = ()
    law: Law = anything
    requests: bytes | None = None


Maker = Callable[[random.Random, Path], Case]
"""Makes a valid input in an empty folder, changes it, and says what to call with it."""


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes:
        kind: "ok" or "error" (a clean one), else a finding: "unexpected", "wordless", "python", "leftover", "wrong",
            "unlike", "crash", "hang".
        what: In one line; the same for findings of the same cause.
        detail: A traceback, the command line and what the command wrote.
        seconds: How long it took.
    """

    kind: str
    what: str = ""
    detail: str = field(default="", repr=False)
    seconds: float = 0.0

    @property
    def is_finding(self) -> bool:
        """Whether a person has to look at it."""
        return self.kind not in ("ok", "error")
