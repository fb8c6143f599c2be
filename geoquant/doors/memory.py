"""How much memory this process has and may have, read from the operating system."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ASSUMED_BYTES = 8 << 30
"""What is assumed of a machine that does not say: a small laptop."""
ASSUMED_PROCESS_BYTES = 400 << 20
"""Python with its libraries and a small model, where the system does not say."""


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
