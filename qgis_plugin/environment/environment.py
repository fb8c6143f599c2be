# SPDX-License-Identifier: GPL-2.0-or-later
"""Making geoquant's environment: a virtual one outside the plugin's folder, with pinned wheels.

Nothing is compiled and no rights beyond the user's are needed. The marker file is written last, so that an environment
whose making was cut short does not count and is made anew.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..worker.child import Child, ChildCancelled, clean_environment
from ..worker.client import EventHandler, WorkerCancelled, WorkerFailed
from ..worker.endings import cannot_start
from .folder_lock import FolderBusy, locked
from .interpreter import MARKER, REQUIREMENTS, Probe, probe, python_of
from .pip_endings import is_network, lacks_pip, sentence_of_pip

NEEDED_BYTES = 1_500_000_000
"""Free space to begin with: wheels, what they unpack to, and pip's cache."""
ATTEMPTS, PAUSE_S = 3, 3.0
PIP_VARIABLES = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
PIP_TARGETS = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
"""Settings that would put the packages elsewhere; all others (index, certificates) are the user's to make."""
UNIT = "packages"
FETCH_PIP = Path(__file__).resolve().with_name("fetch_pip.py")


@dataclass(frozen=True)
class Source:
    """Where packages come from.

    Attributes:
        wheels: a folder with every wheel, to install without a network; None for the package index.
        proxy: address of a proxy, with user and password in it where it asks for them; None for what the system says.
        requirements: the pins.
        check: says whether a finished environment will do.
    """

    wheels: Path | None = None
    proxy: str | None = None
    requirements: Path = REQUIREMENTS
    check: Callable[[Path, Callable[[], bool]], Probe] = field(default=probe)


def create(
    base: Path,
    folder: Path,
    source: Source | None = None,
    *,
    on_event: EventHandler,
    is_cancelled: Callable[[], bool],
) -> Path:
    """Make the environment ``folder`` from the Python ``base``, unless it is there already and will do.

    Args:
        base: see ``bases.choose_base``.
        folder: see ``interpreter.environment_folder``; it is removed first where it is half-made or broken.
        source: where packages come from.
        on_event: is given progress and warning events in the form of ``server.py``, in this thread.
        is_cancelled: is asked about ten times a second, in this thread.

    Returns:
        The environment's interpreter.

    Raises:
        WorkerFailed: with one readable sentence and pip's log; nothing half-made is left.
        WorkerCancelled: nothing half-made is left.
    """
    making = _Making(base, folder, source or Source(), on_event, is_cancelled)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_name(folder.name + ".lock")):
            return making.python if making.is_made() else making.make()
    except ChildCancelled as cancelled:
        raise WorkerCancelled("Cancelled; the environment was not made.") from cancelled
    except FolderBusy as busy:
        raise WorkerFailed("Another QGIS is making geoquant's environment; wait until it is done.") from busy
    except OSError as error:
        raise WorkerFailed(f"{folder} can't be written ({error.strerror or error}).") from error


@dataclass(frozen=True)
class _Making:
    """One environment in the making."""

    base: Path
    folder: Path
    source: Source
    on_event: EventHandler
    is_cancelled: Callable[[], bool]

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return python_of(self.folder)

    def is_made(self) -> bool:
        """Whether the environment is there, whole, and still starts: the Python that it was made from may be gone."""
        if not (self.folder / MARKER).is_file():
            return False
        self._tell("looking at the environment")
        return not self.source.check(self.python, self.is_cancelled).problem

    def make(self) -> Path:
        """Make it from nothing."""
        with self._removed_on_failure():
            self._remove()
            self._check_space()
            self._tell("making the environment")
            self._make_venv()
            self._install()
            self._tell("checking the environment")
            found = self.source.check(self.python, self.is_cancelled)
            if found.problem:
                raise WorkerFailed(f"The environment was made, but does not work: {found.problem}")
            self._mark(found)
        self._remove_older()
        return self.python

    @contextmanager
    def _removed_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._remove()
            raise

    def _remove(self) -> None:
        """Remove the folder, its marker first, so that it does not count if the rest stays."""
        (self.folder / MARKER).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_older(self) -> None:
        """Remove the environments of earlier versions of the plugin: 0.7 GB each, and nobody looks for them."""
        for path in self.folder.parent.glob("venv-*"):
            if path.is_dir() and path != self.folder:
                shutil.rmtree(path, ignore_errors=True)

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.folder.parent).free
        if free < NEEDED_BYTES:
            raise WorkerFailed(
                f"{self.folder.parent} has {free / 1e9:.1f} GB free; the environment needs {NEEDED_BYTES / 1e9:.1f} GB "
                "while it is made. Free some space."
            )

    def _make_venv(self) -> None:
        """Make it with the pip that the Python brings, or where it brings none, with pip's wheel.

        Debian and Ubuntu leave ``ensurepip`` to a package that an administrator installs; the wheel needs no rights.
        """
        command = [str(self.base), "-I", "-m", "venv", str(self.folder)]
        try:
            self._run(command, self._say_nothing)
        except WorkerFailed as failure:
            if not lacks_pip(failure.log):
                raise
            self._remove()
            self._run([*command, "--without-pip"], self._say_nothing)
            self._bring_pip()

    def _bring_pip(self) -> None:
        """Install pip from its wheel: out of the folder of wheels, or from the package index."""
        self._tell("fetching pip")
        source, pins = self.source, pinned_versions(self.source.requirements)
        wheel = pip_wheel(source.wheels) if source.wheels is not None else self._fetched_pip(pins.get("pip", ""))
        if wheel is None:
            raise WorkerFailed(
                f"{source.wheels} has no wheel of pip, which this Python does not bring: add it "
                f"(pip download pip=={pins.get('pip', '')}), or install python3-venv where that is possible."
            )
        install = ["install", "--no-index", "--no-deps", str(wheel)]
        self._run([str(self.python), "-I", str(wheel / "pip"), *install], self._say_nothing)

    def _fetched_pip(self, version: str) -> Path:
        """Pip's wheel, from the index into the environment's folder."""
        told: list[str] = []
        command = [str(self.python), "-I", str(FETCH_PIP), version, str(self.folder)]
        self._with_patience(lambda: self._run(command, told.append))
        return Path([line for line in told if line][-1])

    def _install(self) -> None:
        """Run pip; where the network fails, again: what it has downloaded whole it does not download twice."""
        command = [str(self.python), "-I", "-m", "pip", "install", "--only-binary=:all:", "--progress-bar=off"]
        command += ["--requirement", str(self.source.requirements)]
        if self.source.wheels is not None:
            command += ["--no-index", f"--find-links={self.source.wheels}"]
        watch = _PipWatch(self._tell, len(pinned_versions(self.source.requirements)), self.folder)
        self._with_patience(lambda: self._run(command, watch))

    def _with_patience(self, work: Callable[[], None]) -> None:
        """Do what needs the network, and where that fails do it again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                work()
                return
            except WorkerFailed as failure:
                if attempt == ATTEMPTS or not is_network(failure.log, self.source.proxy):
                    raise
                self._tell(f"waiting for the network, attempt {attempt + 1} of {ATTEMPTS}")
                self._pause()

    def _run(self, command: Sequence[str], on_line: Callable[[str], None]) -> None:
        try:
            child = Child(command, pip_environment(os.environ, self.source.proxy), merged=True)
        except (OSError, ValueError) as error:
            raise WorkerFailed(cannot_start(Path(command[0]), error)) from error
        with child:
            for line in child.lines(self.is_cancelled):
                on_line(line.decode("utf-8", "replace").strip())
            exit_code, log = child.exit_code(), child.log_text()
        if exit_code:
            raise WorkerFailed(sentence_of_pip(log, self.source.wheels, self.source.proxy), log, exit_code)

    def _pause(self) -> None:
        end = time.monotonic() + PAUSE_S
        while time.monotonic() < end:
            if self.is_cancelled():
                raise ChildCancelled
            time.sleep(0.1)

    def _tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        self.on_event({"event": "progress", "stage": stage, "done": done, "total": total, "unit": UNIT})

    @staticmethod
    def _say_nothing(line: str) -> None:
        """What venv writes is kept in the log."""

    def _mark(self, found: Probe) -> None:
        facts: dict[str, Any] = {"python": found.version, "packages": dict(found.packages), "base": str(self.base)}
        part = self.folder / (MARKER + ".part")
        part.write_text(json.dumps(facts, indent=2), encoding="utf-8")
        os.replace(part, self.folder / MARKER)


@dataclass
class _PipWatch:
    """Turns what pip writes into progress: packages collected, then packages installed."""

    tell: Callable[[str, int, int], None]
    pins: int
    folder: Path
    collected: int = 0
    installing: int = 0
    installed: int = -1

    def __call__(self, line: str) -> None:
        """Look at one line, or at the folder where none came."""
        if line.startswith(("Collecting ", "Processing ")):  # from an index, from a folder
            self.tell("collecting packages", min(self.collected, self.pins), self.pins)
            self.collected += 1
        elif line.startswith("Installing collected packages:"):
            self.installing = line.count(",") + 1
        if self.installing:
            self._count()

    def _count(self) -> None:
        """Count the folders that pip makes last for each package."""
        folders = (self.folder / "Lib", *self.folder.glob("lib/python*"))
        there = max(len(list(folder.glob("site-packages/*.dist-info"))) for folder in folders)
        if there != self.installed:
            self.installed = there
            self.tell("installing packages", min(there, self.installing), self.installing)


def pinned_versions(requirements: Path) -> dict[str, str]:
    """Package -> version of a file of pins; of those that have one for each Python, the last that stands there."""
    lines = [line.partition(";")[0] for line in requirements.read_text(encoding="utf-8").splitlines()]
    pins = [line.partition("==") for line in lines if "==" in line]
    return {name.strip(): version.strip() for name, _, version in pins}


def pip_wheel(folder: Path) -> Path | None:
    """A wheel of pip in a folder; None where there is none."""
    return max(folder.glob("pip-*-py3-none-any.whl"), default=None)


def pip_environment(environment: Mapping[str, str], proxy: str | None) -> dict[str, str]:
    """Variables for pip; a proxy goes here and not into the arguments, which everybody on the machine can read."""
    kept = {name: value for name, value in clean_environment(environment).items() if name.upper() not in PIP_TARGETS}
    return {**kept, **PIP_VARIABLES, **({"PIP_PROXY": proxy} if proxy else {})}
