"""What a benchmark found, as a Markdown table with verdicts, and where it goes: between two marks of README.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import REPOSITORY

README = Path(__file__).with_name("README.md")
PACKAGES = ("numpy", "rasterio", "onnxruntime", "openvino", "torch")
FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "amx_bf16")


@dataclass(frozen=True)
class Verdict:
    """One promise of the project, and whether this run kept it.

    Attributes:
        promise: in words, with the bound.
        found: the measured value, in words.
        kept: whether it holds.
    """

    promise: str
    found: str
    kept: bool


@dataclass(frozen=True)
class Result:
    """One benchmark's outcome.

    Attributes:
        name: of the benchmark; also of the marks in README.md.
        columns: table header.
        rows: cells as text.
        verdicts: promises that it checks.
        notes: how it was measured, one sentence each.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    verdicts: Sequence[Verdict] = ()
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """Table, verdicts and notes."""
        lines = _table(self.columns, self.rows)
        if self.verdicts:
            kept = [(verdict.promise, verdict.found, "yes" if verdict.kept else "**no**") for verdict in self.verdicts]
            lines += ["", *_table(("promise", "found", "kept"), kept)]
        lines += ["", *(f"- {note}" for note in self.notes)] if self.notes else []
        return "\n".join(lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [list(columns), ["---"] * len(columns), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def machine() -> str:
    """CPU, memory, system, versions and commit: without them a figure says nothing."""
    cpu, flags = _cpu()
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return (
        f"{len(os.sched_getaffinity(0))} cores of {cpu} ({', '.join(flags)}), {memory_gb:.0f} GB, "
        f"{system}, {versions}; commit `{commit()}`."
    )


def _cpu() -> tuple[str, list[str]]:
    text = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    facts = dict(line.split(":", 1) for line in text if ":" in line)
    keys = {key.strip(): value.strip() for key, value in facts.items()}
    found = keys.get("flags", "").split()
    return keys.get("model name", platform.processor()), [flag for flag in FLAGS if flag in found]


def commit() -> str:
    """Short hash of the checked-out commit, with a + when files differ from it."""
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "geoquant")
    return _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _git(*words: str) -> str:
    return subprocess.run(("git", *words), cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.strip()


def rewrite_readme(blocks: dict[str, str], path: Path = README) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` for each block.

    Raises:
        ValueError: the file lacks one of the marks.
    """
    text = path.read_text()
    for name, block in blocks.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if start not in text or end not in text:
            raise ValueError(f"{path} has no marks {start} ... {end}; add them where the table belongs.")
        head, rest = text.split(start, 1)
        text = f"{head}{start}\n{block}\n{end}{rest.split(end, 1)[1]}"
    path.write_text(text)
