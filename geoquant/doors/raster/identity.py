"""What tells one version of a source from another: size and time of change, or what a web server says."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

_TIMEOUT_S = 15


def stamp(path: str) -> str:
    """Size and time of change of a local file; empty for anything else. Never goes over a network."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return ""
    return f"{facts.st_size}:{facts.st_mtime_ns}"


def source_identity(path: str) -> str:
    """``stamp`` for a local file; size, time of change and entity tag for an HTTP address; empty when unknown."""
    address = path.removeprefix("/vsicurl/")
    if not address.startswith(("http://", "https://")):
        return stamp(path)
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:
            return ":".join(reply.headers.get(name, "") for name in ("Content-Length", "Last-Modified", "ETag"))
    except (urllib.error.URLError, OSError):
        return ""  # signed addresses often refuse HEAD; the address itself is then the identity
