"""Set geoquant up on a fresh machine and start it: the two commands of the README.

    python3 scripts/start.py demo     # quantize, stream a scene, write a COG and a report into ./demo
    python3 scripts/start.py test     # everything CI runs: lint, types, tests

Needs Python 3.10 to 3.13 with pip and venv; everything else is installed into .venv of the checkout. The tests also
need Chromium, which is installed with apt-get where that is possible (as root, or through sudo without a password).
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
DEBIAN_PACKAGES = ("chromium",)
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "-q"),
)


def run(*command: str | Path, **settings: object) -> None:
    """Run a command and show it; a failure ends this program with the command's exit code."""
    print("+", *command, flush=True)
    done = subprocess.run([str(part) for part in command], cwd=CHECKOUT, check=False, **settings)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(done.returncode)


def install(*requirements: str) -> None:
    """Install requirements and this checkout into the environment, which is made when it is missing."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"geoquant needs Python 3.10 to 3.13; this is {sys.version.split()[0]}.")
    if not PYTHON.exists():
        print(f"+ making {ENVIRONMENT}", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)


def install_browser() -> None:
    """Install what the tests of the HTML report need, where it is missing."""
    if shutil.which("chromium") or not shutil.which("apt-get"):
        return
    privilege = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(*privilege, "apt-get", "update", "-qq", env=quiet)
    run(*privilege, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *DEBIAN_PACKAGES, env=quiet)


def demo(arguments: list[str]) -> None:
    """Install the core and run ``geoquant demo``."""
    install("-e", ".")
    run(PYTHON, "-m", "geoquant", "demo", *(arguments or ["-o", "demo", "--overwrite"]))


def test(arguments: list[str]) -> None:
    """Install everything the tests need and run all checks; arguments go to pytest."""
    install(TORCH)
    install("-e", ".[torch,distributed,plot,dev]")
    install_browser()
    for tool, *options in CHECKS:
        run(PYTHON, "-m", tool, *options, *(arguments if tool == "pytest" else []))


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=("demo", "test"))
    job, arguments = parser.parse_known_args()
    {"demo": demo, "test": test}[job.job](arguments)


if __name__ == "__main__":
    main()
