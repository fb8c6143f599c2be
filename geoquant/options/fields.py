"""Options of every job: frozen, validated once, with the help text that the command line, QGIS and the docs show.

``None`` means "as the card (or the machine) says". The metadata of a field is the one source of its help: ``help`` is
one sentence, ``choices`` a closed set, ``metavar`` what the command line prints, ``flag`` another spelling.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

from geoquant.errors import OptionError


def option(default: Any, help: str, **metadata: Any) -> Any:
    """A dataclass field with its help text and, if given, ``choices``, ``metavar``, ``minimum`` and ``flag``."""
    return field(default=default, metadata={"help": help, **metadata})


def check(options: Any) -> None:
    """Refuse values outside a field's ``choices`` or below its ``minimum``.

    Raises:
        OptionError: naming the option, what was found and what is allowed.
    """
    for spec in fields(options):
        value, name = getattr(options, spec.name), "--" + spec.name.replace("_", "-")
        choices, minimum = spec.metadata.get("choices"), spec.metadata.get("minimum")
        if choices and value is not None and value not in choices:
            raise OptionError(f"{name} is {value!r}; it takes one of {', '.join(map(str, choices))}.")
        if minimum is not None and value is not None and value < minimum:
            raise OptionError(f"{name} is {value}; it must be at least {minimum}.")
