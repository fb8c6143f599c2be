# SPDX-License-Identifier: GPL-2.0-or-later
"""Pythons to make geoquant's environment from, on Linux, Windows and macOS.

QGIS is a Python of its own only on Linux: on Windows and macOS ``sys.executable`` is QGIS itself, and starting that
opens a second QGIS. The Python that QGIS ships lies at a known place beside it there.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .interpreter import NEWEST, OLDEST, Probe, broken_words, examine, never, version_problem

MINORS = range(NEWEST[1], OLDEST[1] - 1, -1)
VENV_PROBLEM = "has no module venv, which makes environments (on Debian and Ubuntu: sudo apt install python3-venv)."


@dataclass(frozen=True)
class Host:
    """The machine as the search sees it, so that tests can lay one out in a folder.

    Attributes:
        platform: ``sys.platform``.
        executable: ``sys.executable``: a Python, or QGIS itself.
        prefix: ``sys.base_prefix``.
        environment: variables.
        root: in front of every absolute path that is looked at.
    """

    platform: str = sys.platform
    executable: Path = field(default_factory=lambda: Path(sys.executable or "."))
    prefix: Path = field(default_factory=lambda: Path(sys.base_prefix))
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    root: Path = Path("/")

    def at(self, *parts: str) -> Path:
        """An absolute path under ``root``."""
        return self.root.joinpath(*parts)


def choose_base(host: Host | None = None, is_cancelled: Callable[[], bool] = never) -> Probe:
    """The first Python that an environment can be made from; where none can, the probe says why, of each.

    Raises:
        ChildCancelled: after ``is_cancelled`` said yes.
    """
    problems = []
    for path in candidates(host or Host()):
        tried = probe_base(path, is_cancelled)
        if not tried.problem:
            return tried
        problems.append(tried.problem)
    wanted = f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    found = ["No Python was found that geoquant's environment can be made from.", *problems]
    advice = f"Install {wanted}, and choose it in “Set up environment” (“Python to make it from”)."
    return Probe(Path(), problem=" ".join([*found, advice]))


def probe_base(path: Path, is_cancelled: Callable[[], bool] = never) -> Probe:
    """Start a Python and say whether an environment can be made from it.

    It is started with ``-S``, without what its installer put into site-packages to make it find its DLLs: environments
    do not have that either.

    Raises:
        ChildCancelled: after ``is_cancelled`` said yes.
    """
    facts, problem = examine(path, (), is_cancelled, "-S")
    if facts is None:
        return Probe(path, problem=problem)
    return Probe(path, tuple(facts["version"]), problem=version_problem(path, facts) or _shortcoming(path, facts))


def _shortcoming(path: Path, facts: Mapping[str, Any]) -> str:
    """Why no environment can be made from a Python of the right version; empty where one can."""
    if not facts["makes_environments"]:
        return f"{path} {VENV_PROBLEM}"
    if facts["missing"]:
        return f"{path} lacks modules of the standard library: {', '.join(facts['missing'])}."
    return f"{path} {broken_words(facts)}." if facts["broken"] else ""


def candidates(host: Host) -> Iterator[Path]:
    """Interpreters that exist, QGIS's own first, each once, none of them QGIS."""
    search = {"win32": _windows, "darwin": _macos}.get(host.platform, _linux)
    seen = set()
    for path in search(host):
        if path.is_file() and path.resolve() not in seen:
            seen.add(path.resolve())
            yield path


def _linux(host: Host) -> Iterator[Path]:
    """The Python that QGIS was built with, then any other on the path."""
    if re.fullmatch(r"python[\d.]*", host.executable.name):
        yield host.executable
    yield from _named(host.prefix / "bin")
    yield from _on_path(host, ["python3", *(f"python3.{minor}" for minor in MINORS)])
    yield from _named(host.at("usr", "bin"))
    yield from _named(host.at("usr", "local", "bin"))


def _windows(host: Host) -> Iterator[Path]:
    """QGIS's standalone installer and OSGeo4W keep Python in apps/Python3*, then those of python.org.

    There ``sys.prefix`` is that folder, and QGIS's program lies in bin beside apps.
    """
    yield host.prefix / "python.exe"
    installations = [host.executable.parent.parent, host.executable.parent.parent.parent]
    installations += [Path(folder) for folder in [host.environment.get("OSGEO4W_ROOT", "")] if folder]
    for installation in installations:
        yield from _newest_first(installation / "apps", "Python3*/python.exe")
    for variable, below in (
        ("LOCALAPPDATA", "Programs/Python"),
        ("PROGRAMFILES", "Python"),
        ("PROGRAMFILES", "."),
        ("SYSTEMDRIVE", "."),
    ):
        folder = host.environment.get(variable, "")
        if folder:
            yield from _newest_first(Path(folder) / below, "Python3*/python.exe")


def _macos(host: Host) -> Iterator[Path]:
    """The Python inside QGIS.app, then Homebrew's and python.org's.

    Not /usr/bin/python3: without Apple's developer tools it only asks to install them, and with them it is 3.9.
    """
    contents = next((folder for folder in host.executable.parents if folder.name == "Contents"), None)
    if contents is not None:
        yield from _named(contents / "MacOS" / "bin")
        yield from _named(contents / "MacOS")
        yield from _named(contents / "Frameworks" / "bin")
        versions = contents / "Frameworks" / "Python.framework" / "Versions"
        yield from _newest_first(versions, "3.*/bin/python3")
    yield from _named(host.prefix / "bin")
    yield from _named(host.at("opt", "homebrew", "bin"))
    yield from _newest_first(host.at("Library", "Frameworks", "Python.framework", "Versions"), "3.*/bin/python3")
    yield from _named(host.at("usr", "local", "bin"))


def _named(folder: Path) -> Iterator[Path]:
    """``python3`` and ``python3.x`` of a folder."""
    yield folder / "python3"
    yield from (folder / f"python3.{minor}" for minor in MINORS)


def _on_path(host: Host, names: list[str]) -> Iterator[Path]:
    for name in names:
        found = shutil.which(name, path=host.environment.get("PATH", ""))
        if found:
            yield Path(found)


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    """Interpreters in folders with a version in their name, the newest first: Python312 before Python39."""

    def version(path: Path) -> list[int]:
        digits = "".join(re.findall(r"\d+", str(path.relative_to(folder).parts[0])))
        return [int(digits[:1] or 0), int(digits[1:] or 0)]

    return sorted(folder.glob(pattern), key=version, reverse=True)
