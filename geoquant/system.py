"""Facts of the machine and of the packages that a figure was measured on, and its memory and cores."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "amx_bf16", "asimddp", "i8mm")
_PACKAGES = ("geoquant", "onnxruntime", "openvino", "onnx", "numpy")

ASSUMED_BYTES = 8 << 30
"""The memory assumed of a machine that does not say: a small laptop's."""

ASSUMED_PROCESS_BYTES = 400 << 20
"""The memory assumed of Python with its libraries and a small model, where the system does not say."""


def machine_facts() -> dict[str, str]:
    """CPU name, the instruction sets that matter for INT8, and package versions; the same on every call."""
    name, flags = _cpu()
    return {"cpu": name, "flags": " ".join(flags), **package_versions()}


def package_versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Package -> version, of those that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _cpu() -> tuple[str, list[str]]:
    """Name and known flags from /proc/cpuinfo, or what Python knows where there is none."""
    facts: dict[str, str] = {}
    source = Path("/proc/cpuinfo")
    if source.exists():
        for line in source.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            facts.setdefault(key.strip(), value.strip())
    present = set(facts.get("flags", facts.get("Features", "")).split())
    name = facts.get("model name") or platform.processor() or platform.machine()
    return name, [flag for flag in _FLAGS if flag in present]


def give_back() -> None:
    """Return freed memory to the system: loading copies weights a few times, and glibc would keep those pages."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def resident_bytes() -> int:
    """Resident memory of this process now (Linux), its peak so far (macOS), or an assumed amount (Windows)."""
    if sys.platform == "win32":
        return ASSUMED_PROCESS_BYTES
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def machine_bytes() -> int:
    """Memory that this process could use at most: the machine's, or its container's limit if that is lower."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return ASSUMED_BYTES
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            machine = min(machine, int(Path(limit).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return machine


def cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
