"""What tells one version of a source from another: size and time of change, or what a web server says."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Sequence

_TIMEOUT_S = 15


def stamp(path: str) -> str:
    """Size and time of change of a local file; empty for anything else. Never goes over a network."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return ""
    return f"{facts.st_size}:{facts.st_mtime_ns}"


def stamp_of_all(path: str, files: Sequence[str]) -> str:
    """The stamp of a raster with its side-cars, or of a VRT with its sources: as ``stamp`` where there are none.

    An ``.aux.xml`` does not count: any viewer writes statistics there, and what else it says is in the bands' facts.
    """
    others = {file: stamp(file) for file in sorted(set(files) - {path}) if not file.endswith(".aux.xml")}
    marks = [stamp(path), *(f"{file}={mark}" for file, mark in others.items() if mark)]
    return marks[0] if len(marks) == 1 else hashlib.sha256("\n".join(marks).encode()).hexdigest()


def web_identity(path: str) -> str:
    """Size, time of change and entity tag of an HTTP address, by asking its server; empty for anything else."""
    address = path.removeprefix("/vsicurl/")
    if not address.startswith(("http://", "https://")):
        return ""
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # nosec B310
            return ":".join(reply.headers.get(name, "") for name in ("Content-Length", "Last-Modified", "ETag"))
    except (urllib.error.URLError, OSError):
        return ""  # signed addresses often refuse HEAD; the address itself is then the identity
