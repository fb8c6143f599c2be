# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Python runs geoquant: where it is looked for, and whether one will do.

It is never QGIS's own process, whose GDAL, PROJ and NumPy are others than geoquant's.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..worker.child import Child, clean_environment
from ..worker.endings import SETUP_HINT, cannot_start

VARIABLE = "GEOQUANT_PYTHON"
REQUIREMENTS = Path(__file__).resolve().with_name("requirements.txt")
MARKER = "geoquant-environment.json"
"""Written last into an environment: one without it is half-made and does not count."""
OLDEST, NEWEST = (3, 10), (3, 14)
NEEDED = {
    "numpy": (1, 26),
    "rasterio": (1, 4),
    "xarray": (2024, 1),
    "rioxarray": (0, 17),
    "dask": (2024, 8),
    "shapely": (2, 0),
    "onnx": (1, 17),
    "onnxruntime": (1, 20),
    "openvino": (2025, 0),
    "click": (8, 1),
    "rich": (13, 7),
}
"""Distributions, which are modules of the same name, and their lowest versions: those of geoquant's pyproject.toml."""
EXAMINATION = Path(__file__).resolve().with_name("examine.py")


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True)
class Found:
    """An interpreter and who said so.

    Attributes:
        path: of the interpreter; it need not exist where a person named it.
        source: "setting", the environment variable's name, or "environment".
    """

    path: Path
    source: str


@dataclass(frozen=True)
class Probe:
    """What a Python is and has.

    Attributes:
        path: of the interpreter.
        version: of the language, such as (3, 11, 2); empty where it could not be started.
        packages: version of every distribution that geoquant needs and that imports there.
        problem: why it will not do, as a sentence; empty where it will.
    """

    path: Path
    version: tuple[int, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def find(setting: str, profile: Path, environment: Mapping[str, str] | None = None) -> Found | None:
    """The interpreter to run geoquant with: the setting, then ``GEOQUANT_PYTHON``, then the environment of the profile.

    Args:
        setting: what the user has chosen in the settings; may be empty.
        profile: folder of the QGIS profile.
        environment: variables; by default those of this process.

    Returns:
        None where nobody has named one and no environment was made for this version of the plugin.
    """
    variable = (os.environ if environment is None else environment).get(VARIABLE, "")
    for text, source in ((setting, "setting"), (variable, VARIABLE)):
        if text.strip():
            return Found(Path(text.strip()).expanduser(), source)
    folder = environment_folder(profile)
    python = python_of(folder)
    return Found(python, "environment") if (folder / MARKER).is_file() and python.is_file() else None


def environment_folder(profile: Path) -> Path:
    """Where the environment for this version's requirements lies: not in the plugin's folder, which updates delete."""
    return profile / "geoquant" / f"venv-{requirements_hash(REQUIREMENTS)}"


@functools.cache
def requirements_hash(requirements: Path) -> str:
    """Twelve hexadecimal digits that name the pins; line ends and comments do not count."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    pins = sorted(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    return hashlib.sha256("\n".join(pins).encode()).hexdigest()[:12]


def python_of(folder: Path, platform: str = sys.platform) -> Path:
    """The interpreter of a virtual environment."""
    return folder / "Scripts" / "python.exe" if platform == "win32" else folder / "bin" / "python"


def probe(path: Path, is_cancelled: Callable[[], bool] = never) -> Probe:
    """Start a Python, import there what geoquant needs, and say what is missing; takes some seconds.

    Raises:
        ChildCancelled: after ``is_cancelled`` said yes.
    """
    facts, problem = examine(path, tuple(NEEDED), is_cancelled)
    if facts is None:
        return Probe(path, problem=problem)
    return Probe(path, tuple(facts["version"]), facts["found"], version_problem(path, facts) or _lack(path, facts))


def examine(
    path: Path, packages: Sequence[str], is_cancelled: Callable[[], bool] = never, *flags: str
) -> tuple[Mapping[str, Any] | None, str]:
    """The facts that ``examine.py`` writes when a Python runs it; without facts, the reason as a sentence.

    Args:
        path: of the interpreter.
        packages: to import there.
        is_cancelled: is asked about ten times a second.
        flags: for the interpreter, beside ``-I``.

    Raises:
        ChildCancelled: after ``is_cancelled`` said yes.
    """
    command = [str(path), "-I", *flags, str(EXAMINATION), *packages]
    try:
        with Child(command, clean_environment(os.environ)) as child:
            told = [line for line in child.lines(is_cancelled) if line.startswith(b"{")]
            child.exit_code()
            log = child.log_text().splitlines()
    except (OSError, ValueError) as error:
        return None, cannot_start(path, error)
    if not told:
        return None, f"{path} is no Python that works: {log[-1] if log else 'it said nothing'}."
    return json.loads(told[-1]), ""


def version_problem(path: Path, facts: Mapping[str, Any]) -> str:
    """Why a Python of this version can't run geoquant; empty where it can."""
    major, minor, _ = facts["version"]
    if not OLDEST <= (major, minor) <= NEWEST:
        span = f"{_dotted(OLDEST)} to {_dotted(NEWEST)}"
        return f"{path} is Python {major}.{minor}; geoquant needs {span}."
    if facts["bits"] != 64:
        return f"{path} is a {facts['bits']}-bit Python; geoquant needs a 64-bit one."
    return ""


def _lack(path: Path, facts: Mapping[str, Any]) -> str:
    """Which packages are missing, broken or too old; empty where none is."""
    if facts["missing"]:
        return f"{path} lacks what geoquant needs: {', '.join(facts['missing'])}. {SETUP_HINT}"
    if facts["broken"]:
        return f"{path} {broken_words(facts)}. {SETUP_HINT}"
    old = [
        f"{name} {version}, at least {_dotted(NEEDED[name])}"
        for name, version in facts["found"].items()
        if _numbers(version) < NEEDED[name]
    ]
    return f"{path} has versions that are too old for geoquant: {'; '.join(old)}. {SETUP_HINT}" if old else ""


def broken_words(facts: Mapping[str, Any]) -> str:
    """Which modules are there and can't be imported, with the reasons."""
    listed = "; ".join(f"{name} ({reason})" for name, reason in facts["broken"].items())
    return f"has modules that can't be imported: {listed}"


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: (2, 4, 6) of "2.4.6rc1"."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
