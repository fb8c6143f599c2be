"""Set geoquant up on a fresh machine and start it: the commands of the README and of CONTRIBUTING.md.

    python3 scripts/start.py demo     # quantize, stream a scene, write a COG and a report into ./demo
    python3 scripts/start.py test     # everything CI runs: lint, types, docs, tests
    python3 scripts/start.py docs     # the docs site alone, into ./site; any warning or broken link fails

Needs Python 3.10 to 3.14 with pip and venv; everything else is installed into .venv of the checkout. The tests also
need Chromium and QGIS, which are installed with apt-get where that is possible (as root, or through sudo without a
password). The tests in QGIS run last, in its own Python; arguments after ``test`` go to the main tests, the only ones
that run then.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ENVIRONMENT = Path(os.environ.get("GEOQUANT_VENV", CHECKOUT / ".venv"))
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
TORCH = "torch==2.13.0"
"""Pinned here, because an unpinned torch brings gigabytes of CUDA libraries along."""
DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "qgis_process.bin": "qgis",
    "xvfb-run": "xvfb",
    "xauth": "xauth",
    "lrelease": "qttools5-dev-tools",
}
"""Program -> package that brings it."""
QGIS_PYTHON = Path(os.environ.get("QGIS_PYTHON", "/usr/bin/python3"))
"""The Python that QGIS's modules are installed for."""
QGIS_ENVIRONMENT = CHECKOUT / ".venv-qgis"
QGIS_TEST_TOOLS = ("pytest>=8", "pytest-timeout>=2.3", "pytest-xdist>=3.7")
PACKED = ("qgis_plugin", "geoquant")
"""What goes into the plugin's zip, which plugins.qgis.org looks through with the same two tools."""
DOCS = ("mkdocs", "build", "--strict")
"""Never with ``--quiet``, which silences the warnings that ``--strict`` counts."""
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("bandit", "-q", "-r", *PACKED),
    ("detect_secrets.pre_commit_hook",),
    DOCS,
    ("pytest", "-q", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"),
)


def run(*command: str | Path, **settings: object) -> None:
    """Run a command and show it; a failure ends this program with the command's exit code."""
    print("+", *command, flush=True)
    done = subprocess.run([str(part) for part in command], cwd=CHECKOUT, check=False, **settings)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(done.returncode)


def install(*requirements: str) -> None:
    """Install requirements and this checkout into the environment, which is made when it is missing."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 14):
        sys.exit(f"geoquant needs Python 3.10 to 3.14; this is {sys.version.split()[0]}.")
    if not PYTHON.exists():
        print(f"+ making {ENVIRONMENT}", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)


def install_programs() -> None:
    """Install what the tests need beside Python, where it is missing and apt-get is there."""
    missing = [package for program, package in DEBIAN_PACKAGES.items() if not shutil.which(program)]
    if not has_modules(QGIS_PYTHON, "venv", "ensurepip"):
        missing.append("python3-venv")
    if not missing or not shutil.which("apt-get"):
        return
    privilege = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(*privilege, "apt-get", "update", "-qq", env=quiet)
    run(*privilege, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing, env=quiet)


def has_modules(python: Path, *names: str) -> bool:
    """Whether a Python is there and can import all of these."""
    code = f"import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, {names!r})))"
    try:
        return subprocess.run([python, "-c", code], check=False).returncode == 0
    except OSError:
        return False


def packed_files() -> list[str]:
    """The texts of what goes into the plugin's zip."""
    found = [path for folder in PACKED for path in sorted((CHECKOUT / folder).rglob("*"))]
    texts = [path for path in found if path.suffix in (".py", ".txt", ".json", ".css", ".svg")]
    return ["metadata.txt", *(str(path.relative_to(CHECKOUT)) for path in texts)]


def test_in_qgis() -> None:
    """Run the tests of the plugin in QGIS, in an environment on its Python that sees its modules."""
    absent = [program for program in DEBIAN_PACKAGES if not shutil.which(program)]
    if absent or not has_modules(QGIS_PYTHON, "qgis"):
        sys.exit(
            f"The tests of the QGIS plugin need QGIS 3.22 or newer with its Python modules for {QGIS_PYTHON} (set "
            f"QGIS_PYTHON for another), and these programs, which are missing: {', '.join(absent) or 'none'}. "
            f"On Debian and Ubuntu: apt-get install {' '.join(DEBIAN_PACKAGES.values())} python3-venv."
        )
    python = QGIS_ENVIRONMENT / "bin" / "python"
    if not python.exists():
        run(QGIS_PYTHON, "-m", "venv", "--system-site-packages", QGIS_ENVIRONMENT)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *QGIS_TEST_TOOLS)
    # QGIS's own Python takes the library of the first python3 on the path: pyenv's, where that has started this script
    path = os.pathsep.join([str(QGIS_PYTHON.parent), os.environ.get("PATH", "")])
    settings = {**os.environ, "GEOQUANT_PYTHON": str(PYTHON), "PATH": path}
    tests = (python, "-m", "pytest", "-q", "-c", "tests/qgis/pytest.ini", "--rootdir=.", "tests/qgis")
    # four on two cores: most of the time they wait for the processes that they start
    run(*tests, "-m", "not alone", "-n", "4", "--dist", "loadscope", "--no-loadscope-reorder", env=settings)
    run(*tests, "-m", "alone", env=settings)


def demo(arguments: list[str]) -> None:
    """Install the core and run ``geoquant demo``."""
    install("-e", ".")
    run(PYTHON, "-m", "geoquant", "demo", *(arguments or ["-o", "demo", "--overwrite"]))


def test(arguments: list[str]) -> None:
    """Install everything the tests need and run all checks; arguments go to the main tests, the only ones then."""
    install(TORCH, "-e", ".[torch,distributed,plot,dev,docs]")
    install_programs()
    given = {"pytest": arguments, "detect_secrets.pre_commit_hook": packed_files()}
    for tool, *options in CHECKS:
        run(PYTHON, "-m", tool, *options, *given.get(tool, []))
    if not arguments:
        test_in_qgis()


def docs(arguments: list[str]) -> None:
    """Install what the docs site is made with, and build it."""
    install("-e", ".[docs]")
    run(PYTHON, "-m", *DOCS, *arguments)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=("demo", "test", "docs"))
    job, arguments = parser.parse_known_args()
    {"demo": demo, "test": test, "docs": docs}[job.job](arguments)


if __name__ == "__main__":
    main()
