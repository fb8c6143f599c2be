# SPDX-License-Identifier: GPL-2.0-or-later
"""How a process of geoquant ended, as a sentence for a person."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SETUP_HINT = (
    "Run the algorithm 'Set up environment'. Where the options of geoquant or the variable GEOQUANT_PYTHON name a "
    "Python, it has to have geoquant's packages; name none to use what 'Set up environment' makes."
)
MEMORY_REMEDY = "set a lower memory limit, or close other programs."
MEMORY_HINT = f"most likely because memory ran out: {MEMORY_REMEDY}"
NATIVE_HINT = "its log says where. Another engine or a smaller tile may avoid it."

CRASHES = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT")
TIMER = re.compile(r"^Timeout(: no Python code| \(\d+:\d\d:\d\d)", re.MULTILINE)
"""What guardian.py, or Python's own timer, writes before it ends a process that stands still."""
WINDOWS_STATUS = {
    0xC0000005: f"crashed in a native library (access violation); {NATIVE_HINT}",
    0xC0000017: f"was ended by the system (no memory), {MEMORY_HINT}",
    0xC000001D: f"crashed: a library uses an instruction that this processor does not have; {NATIVE_HINT}",
    0xC00000FD: f"crashed in a native library (stack overflow); {NATIVE_HINT}",
    0xC000012D: f"was ended by the system (commitment limit), {MEMORY_HINT}",
    0xC0000135: f"could not start: a DLL is missing. {SETUP_HINT}",
    0xC0000142: f"could not start: a DLL failed to load. {SETUP_HINT}",
    0xC0000374: f"crashed in a native library (heap corruption); {NATIVE_HINT}",
    0xC0000409: f"crashed in a native library (stack buffer overrun); {NATIVE_HINT}",
}
"""NTSTATUS values that Windows gives as exit codes of processes that it has ended."""


STANDSTILL = (
    "geoquant's process stood still for minutes and was ended; its log says where. Run it again: a classification goes "
    "on where it stopped."
)


def cannot_start(interpreter: Path, error: Exception) -> str:
    """Why an interpreter could not be started."""
    reason = getattr(error, "strerror", None) or error
    return f"geoquant's Python {interpreter} can't be started ({reason}). {SETUP_HINT}"


def sentence_of_error(error: Mapping[str, Any]) -> str:
    """What a person needs to know of an error event."""
    kind, message = error.get("kind", ""), str(error.get("message", ""))
    if kind in ("MemoryError", "_ArrayMemoryError"):  # the latter is NumPy's
        return f"Memory ran out in geoquant's process: {MEMORY_REMEDY}"
    if kind in ("ImportError", "ModuleNotFoundError"):
        return f"geoquant's environment is incomplete or broken: {message} {SETUP_HINT}"
    return message


def sentence_of_exit(exit_code: int, log: str = "") -> str:
    """How a process that said nothing has ended: its signal (a negative code), Windows status, or exit code."""
    if TIMER.search(log):
        return STANDSTILL
    if exit_code < 0:
        return f"geoquant's process {_words_of_signal(-exit_code)}"
    status = WINDOWS_STATUS.get(exit_code & 0xFFFFFFFF)
    if status:
        return f"geoquant's process {status}"
    return f"geoquant's process ended with exit code {exit_code} and gave no result; its log may say why. {SETUP_HINT}"


def _words_of_signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    if name == "SIGKILL":
        return f"was ended by the system (signal {number}, {name}), {MEMORY_HINT}"
    if name in CRASHES:
        return f"crashed in a native library (signal {number}, {name}); {NATIVE_HINT}"
    return f"was ended from outside (signal {number}, {name})."
