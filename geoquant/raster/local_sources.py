"""What is looked at before GDAL opens a local source: that it is there, and is no pipe or device, which never end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import unescape  # nosec B406 - only &amp; and the like

from geoquant.errors import RasterError

_VRT_START = re.compile(rb"\s*<(\?xml[^>]*\?>\s*<)?(VRTDataset|!--)")
_SOURCE = re.compile(r"<(?:SourceFilename|SourceDataset)\b([^>]*)>([^<]*)<")
_MAX_VRT_BYTES = 256 * 2**20


def check_local_source(path: str) -> None:
    """Refuse a local source that is missing, or that is or names a pipe or a device: opening one waits for ever.

    Addresses, GDAL's virtual file systems and subdatasets are left to GDAL.

    Raises:
        RasterError: naming it.
    """
    _check(path, frozenset())


def _check(path: str, seen: frozenset[str]) -> None:
    if path.lstrip().startswith("<"):
        _check_sources(path, Path(), seen)
    elif not path.startswith("/vsi") and "://" not in path and ":" not in path[2:]:
        _check_file(Path(path), seen)


def _check_file(file: Path, seen: frozenset[str]) -> None:
    try:
        if not file.exists():
            raise RasterError(f"{file} does not exist.")
        if not file.is_file() and not file.is_dir():
            raise RasterError(f"{file} is a device or a pipe; expected a raster file. Write it to a file first.")
        text = _virtual_raster(file) if file.is_file() else ""
    except OSError as error:
        raise RasterError(f"{file} can't be read: {error}.") from error
    if text and str(file) not in seen:
        _check_sources(text, file.parent, seen | {str(file)})


def _virtual_raster(file: Path) -> str:
    """The text of a virtual raster (VRT), whatever its name; empty for anything else."""
    with file.open("rb") as stream:
        start = stream.read(512)
        if not _VRT_START.match(start):
            return ""
        return (start + stream.read(_MAX_VRT_BYTES)).decode("utf-8", errors="replace")


def _check_sources(text: str, folder: Path, seen: frozenset[str]) -> None:
    """The sources of a virtual raster that are there; those that are not are GDAL's to name."""
    for name, relative in _sources(text):
        path = str(folder / name) if relative else name
        if path.startswith("/vsi") or "://" in path or path.lstrip().startswith("<") or not os.path.exists(path):
            continue
        _check(path, seen)


def _sources(text: str) -> Iterator[tuple[str, bool]]:
    """File names and whether they are counted from the virtual raster's folder."""
    for attributes, name in set(_SOURCE.findall(text)):
        yield unescape(name.strip()), bool(re.search(r"relativeToVRT\s*=\s*[\"']1", attributes))
