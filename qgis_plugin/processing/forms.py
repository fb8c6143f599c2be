# SPDX-License-Identifier: GPL-2.0-or-later
"""What geoquant's commands take, out of forms.json, which ``scripts/docs/make_forms.py`` makes from the commands."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARGUMENTS = {"SCENE": "scene", "MODEL": "model", "OUT.tif": "output"}
"""What the command line calls its arguments -> words."""
ARGUMENT = re.compile(r"(?P<before>(?:\S+ )?)\b(?P<argument>SCENE|MODEL|OUT\.tif)(?!\w|\.\w)")
ARTICLES = {"a", "an", "the", "float"}
FORMS = Path(__file__).with_name("forms.json")


@dataclass(frozen=True)
class Option:
    """One option of a command.

    Attributes:
        name: its name in Python.
        flag: its spelling on the command line.
        kind: "flag", "integer", "number", "choice", "list" (separated by commas) or "text".
        help: what it does, in English.
        many: whether it may be given several times.
        default: what holds where it is not given; None leaves it to the model's card or to the machine.
        minimum: lowest number.
        choices: allowed words.
        metavar: what a value looks like.
    """

    name: str
    flag: str
    kind: str
    help: str = ""
    many: bool = False
    default: Any = None
    minimum: float | None = None
    choices: tuple[str, ...] = ()
    metavar: str | None = None

    @property
    def parameter(self) -> str:
        """The name of the Processing parameter."""
        return self.name.upper()

    @property
    def keyword(self) -> str:
        """The name by which ``arguments.command_arguments`` takes it."""
        return self.flag.lstrip("-").replace("-", "_")


@dataclass(frozen=True)
class Form:
    """A command: its help in paragraphs, and its options by name."""

    help: tuple[str, ...]
    options: Mapping[str, Option]


@functools.cache
def form(command: str) -> Form:
    """The form of a command of geoquant."""
    found = json.loads(FORMS.read_text(encoding="utf-8"))[command]
    options = [Option(**{**entry, "choices": tuple(entry.get("choices", ()))}) for entry in found["options"]]
    return Form(tuple(found["help"]), {option.name: option for option in options})


def in_words(text: str, labels: Mapping[str, str]) -> str:
    """A text of the command line for a dialog: options by their labels there, and no capitals for what they take.

    Args:
        text: out of a ``Form``.
        labels: option's name -> label.
    """

    def spoken(match: re.Match[str]) -> str:
        label = labels.get(match.group(1).replace("-", "_"))
        return match.group(0) if label is None else f"“{label}”"

    return re.sub(r"--([a-z][a-z-]*[a-z])", spoken, ARGUMENT.sub(_lowered, text))


def _lowered(match: re.Match[str]) -> str:
    """SCENE as "the scene", with a capital where a sentence begins, and without a second article."""
    before, argument = match.group("before") or "", ARGUMENTS[match.group("argument")]
    if before.strip().lower() in ARTICLES:
        return before + argument
    begins = (not before and match.start() == 0) or before.endswith(". ")
    return before + ("The " if begins else "the ") + argument
