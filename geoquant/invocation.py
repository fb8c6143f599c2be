"""The command that a person gave, for the job that it starts: whoever finds the job later can give it again."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from geoquant.redaction import HIDDEN, redacted

_ENDS_AN_ADDRESS = re.compile(r"[\s'\"<>`]")
"""In a sentence an address ends before these; a word of a command may have them in its secrets."""


@dataclass(frozen=True)
class Invocation:
    """A command as it was given.

    Attributes:
        command: The words, quoted for a shell, with ``***`` for what must stay secret; empty for a call from Python.
        folder: The folder in which it was given, from which its relative paths count.
    """

    command: str
    folder: str


_words: ContextVar[tuple[str, ...]] = ContextVar("command", default=())


@contextmanager
def given_as(words: Sequence[str]) -> Iterator[None]:
    """Have what runs in this block know that the command of these words is what it runs for."""
    token = _words.set(tuple(words))
    try:
        yield
    finally:
        _words.reset(token)


def invocation() -> Invocation:
    """The command that runs now."""
    try:
        folder = os.getcwd()
    except OSError:  # it was removed
        folder = ""
    return Invocation(shlex.join(map(_without_secrets, _words.get())), folder)


def _without_secrets(word: str) -> str:
    hidden = redacted(_ENDS_AN_ADDRESS.sub("_", word))
    return hidden if HIDDEN in hidden else word
