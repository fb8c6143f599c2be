"""What machine and which packages a figure was measured on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "amx_bf16", "asimddp", "i8mm")
_PACKAGES = ("geoquant", "onnxruntime", "openvino", "onnx", "numpy")


def machine_facts() -> dict[str, str]:
    """CPU name, the instruction sets that matter for INT8, and package versions; the same on every call."""
    name, flags = _cpu()
    return {"cpu": name, "flags": " ".join(flags), **package_versions()}


def package_versions() -> dict[str, str]:
    """Package -> version, of those that are installed."""
    found = {}
    for package in _PACKAGES:
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
