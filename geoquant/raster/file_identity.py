"""What tells one version of a source from another: what the file system, a server or the content itself says.

Sizes and times are asked again while a job runs, so they must be cheap; a few blocks of the content are looked at once,
when a job begins, because tools that copy with ``-p`` and coarse clocks leave size and time as they were.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from geoquant.raster.web_identity import web_identity

SAMPLED_BLOCKS, SAMPLED_BYTES = 16, 4096
"""How much of a file is looked at, spread evenly from its first to its last byte."""


def stamp(path: str) -> str:
    """Size and times of change of a local file, archive or folder; empty for anything else. Never goes over a network.

    A folder (a Zarr store) is stamped by all that lies in it, a file in an archive by the archive.
    """
    local = local_file(path)
    if local is None:
        return ""
    try:
        if not local.is_dir():
            return _facts(os.stat(local))
        entries = [f"{file.relative_to(local).as_posix()}={_facts(os.stat(file))}" for file in _files_in(local)]
    except OSError:  # it went away
        return ""
    return hashlib.sha256("\n".join(entries).encode()).hexdigest()


def stamp_of_all(path: str, files: Sequence[str]) -> str:
    """The stamp of a raster with its side-cars, or of a mosaic with its sources: as ``stamp`` where there are none.

    An ``.aux.xml`` does not count: any viewer writes statistics there, and what else it says is in the bands' facts.
    """
    others = {file: stamp(file) for file in sorted(set(files) - {path}) if not file.endswith(".aux.xml")}
    marks = [stamp(path), *(f"{file}={mark}" for file, mark in others.items() if mark)]
    return marks[0] if len(marks) == 1 else hashlib.sha256("\n".join(marks).encode()).hexdigest()


def identity(path: str) -> str:
    """All that a source can tell of itself: a local file its stamp and some content, a server what it answers.

    Empty where nothing is known. Goes over the network for an address.
    """
    local = local_file(path)
    if local is None:
        return web_identity(path)
    files = _files_in(local) if local.is_dir() else [local]
    try:
        return f"{stamp(path)}:{hashlib.sha256(b''.join(map(_sampled, files))).hexdigest()}"
    except OSError:
        return ""


def local_file(path: str) -> Path | None:
    """The file or folder that a GDAL name leads to (``/vsizip/a.zip/b.tif``, ``NETCDF:"a.nc":v``), if one is here."""
    for name in _names_within(path):
        place = Path(name)
        while place != place.parent:
            if os.path.lexists(place):
                return place if place.exists() and (place.is_file() or str(place) == name) else None
            place = place.parent
    return None


def _names_within(path: str) -> Iterator[str]:
    """What in a GDAL name may be the name of a file, the likeliest first."""
    if "://" in path or path.lstrip().startswith("<"):
        return
    yield path
    yield from re.findall(r'"([^"]+)"', path)
    if path.startswith("/vsi"):
        bare = re.sub(r"^(/vsi[a-z0-9]+/)+", "", path.replace("{", "").replace("}", ""))
        yield from (bare, f"/{bare}")
    parts = path.split(":")
    yield from parts[1:2] if len(parts) > 1 else []


def _files_in(folder: Path) -> list[Path]:
    return sorted(Path(place) / name for place, _, names in os.walk(folder) for name in names)


def _facts(found: os.stat_result) -> str:
    """Size, time of the content's and of any change.

    A time of change can't be set back by tools, but Windows has none: there the number of the file must do. Elsewhere
    that number is left out, because network and cloud drives (FUSE) give the same file a new one now and then.
    """
    changed = found.st_ino if os.name == "nt" else found.st_ctime_ns
    return f"{found.st_size}:{found.st_mtime_ns}:{changed}"


def _sampled(file: Path) -> bytes:
    """SHA-256 of blocks spread over a file."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        last = max(0, size - SAMPLED_BYTES)
        for number in range(SAMPLED_BLOCKS):
            stream.seek(last * number // (SAMPLED_BLOCKS - 1))
            digest.update(stream.read(SAMPLED_BYTES))
    return digest.digest()
