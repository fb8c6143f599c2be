"""Which scenes a mosaic is made of: folders, patterns, lists and index files as the sources that they stand for."""

from __future__ import annotations

import csv
import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoquant.errors import OptionError
from geoquant.raster.acquisition import iso_time
from geoquant.raster.handles import is_remote
from geoquant.raster.sources import landsat, sentinel2
from geoquant.redaction import file_name
from geoquant.vector.geopackage.reading import read_features

RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".jp2", ".img", ".cog")
"""What counts as a scene in a folder, beside products; a pattern, a list or an argument may name anything."""
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
LIST_SUFFIXES = (".txt", ".csv", ".gpkg")
PATH_COLUMNS = ("location", "path", "file", "filename", "source")
"""Columns of an index that name a scene; GDAL's tile index calls it location."""
TIME_COLUMNS = ("datetime", "acquired", "date")
MOST_LIST_BYTES = 1 << 28


@dataclass(frozen=True)
class Listed:
    """A scene that was named.

    Attributes:
        source: A path or address, or the files of one scene's bands.
        acquired: The time of acquisition by the index that names it, as ISO 8601, or empty.
    """

    source: str | tuple[str, ...]
    acquired: str = ""


def is_collection(text: str) -> bool:
    """Whether a text stands for many scenes: a folder that is no product, a pattern, or a list."""
    path = Path(text)
    if is_remote(text) or text.startswith("/vsi"):
        return False
    if os.path.isdir(text):
        return not _is_product(text)
    return _is_pattern(text) or path.suffix.lower() in LIST_SUFFIXES


def listed(sources: Sequence[str | Path | tuple[str, ...]]) -> tuple[Listed, ...]:
    """The scenes that sources stand for, each once, in their order; those of a folder or pattern by name.

    A folder gives its products and rasters (not those of folders in it), a pattern what it matches, ``.txt`` one source
    a line, ``.csv`` and ``.gpkg`` one a row. Relative names in a list count from the list's folder. Files joined by
    commas, or in a tuple, are the bands of one scene.

    Raises:
        OptionError: a folder, pattern or list gives no scene, or can't be read.
    """
    found: dict[str | tuple[str, ...], Listed] = {}
    for source in sources:
        for one in [Listed(source)] if isinstance(source, tuple) else _expanded(str(source)):
            found.setdefault(one.source, one)
    return tuple(found.values())


def _expanded(text: str) -> Iterator[Listed]:
    if not is_collection(text):
        yield _one(text)
    elif os.path.isdir(text):
        yield from _of_folder(Path(text))
    elif _is_pattern(text):
        yield from _of_pattern(text)
    else:
        yield from _of_list(Path(text))


def _one(text: str, acquired: str = "") -> Listed:
    files = files_of(text)
    return Listed(files[0] if len(files) == 1 else files, acquired)


def files_of(text: str) -> tuple[str, ...]:
    """The file that a text names, or the files of one scene's bands, joined by commas; quotes hold a name's own comma.

    An address, and a text that is the name of a file itself, is never parted.
    """
    if "," not in text or is_remote(text) or os.path.exists(text):
        return (text,)
    return tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True)))


def _is_pattern(text: str) -> bool:
    return glob.has_magic(text) and not os.path.exists(text)


def _is_product(text: str) -> bool:
    return any(product.find_metadata(text) is not None for product in (sentinel2, landsat))


def _of_folder(folder: Path) -> Iterator[Listed]:
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    scenes = [str(entry) for entry in entries if _is_scene(entry)]
    if not scenes:
        kinds = ", ".join(RASTER_SUFFIXES)
        raise OptionError(
            f"{folder} holds no scene among its {len(entries)} entries: expected rasters ({kinds}), or products of "
            f"Sentinel-2 or Landsat as folders or archives. Name other files by a pattern: '{folder}/*.xyz'."
        )
    yield from map(Listed, scenes)


def _is_scene(entry: Path) -> bool:
    if entry.name.startswith("."):
        return False
    if entry.is_dir() or entry.name.lower().endswith(ARCHIVE_SUFFIXES):
        return _is_product(str(entry))
    return entry.suffix.lower() in RASTER_SUFFIXES


def _of_pattern(pattern: str) -> Iterator[Listed]:
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        raise OptionError(f"No file matches {pattern}.")
    yield from map(_one, found)


def _of_list(file: Path) -> Iterator[Listed]:
    if not os.path.isfile(file):
        raise OptionError(f"{file} does not exist or is not a file.")
    if file.stat().st_size > MOST_LIST_BYTES:
        raise OptionError(f"{file} has more than {MOST_LIST_BYTES} bytes, which is too large for a list of scenes.")
    rows = _lines(file) if file.suffix.lower() == ".txt" else _rows(file)
    found = [_one(_beside(file, source), acquired) for source, acquired in rows]
    if not found:
        raise OptionError(f"{file} names no scene.")
    yield from found


def _lines(file: Path) -> list[tuple[str, str]]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise OptionError(f"{file} is no text in UTF-8 ({error}); expected one scene a line.") from error
    return [(line, "") for line in lines if line and not line.startswith("#")]


def _rows(file: Path) -> list[tuple[str, str]]:
    """(source, time) of every row of an index."""
    rows = _table(file) if file.suffix.lower() == ".csv" else [dict(one.attributes) for one in read_features(file)[0]]
    if not rows:
        return []
    columns = {name.lower(): name for name in rows[0]}
    path = next((columns[name] for name in PATH_COLUMNS if name in columns), None)
    if path is None:
        raise OptionError(
            f"{file} has the columns {', '.join(rows[0])}; expected one of {', '.join(PATH_COLUMNS)} with the scenes."
        )
    time = next((columns[name] for name in TIME_COLUMNS if name in columns), None)
    return [(str(row[path]), _time(row, time, file)) for row in rows if row[path]]


def _table(file: Path) -> list[Mapping[str, object]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return [{str(name): value for name, value in row.items()} for row in csv.DictReader(stream)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise OptionError(f"{file} is no table in UTF-8 ({error}); expected CSV with a header.") from error


def _time(row: Mapping[str, object], column: str | None, file: Path) -> str:
    text = "" if column is None else str(row[column] or "")
    found = iso_time(text)
    if text and not found:
        raise OptionError(
            f"{file} gives {text!r} as {column}, which is no time; expected for example 2022-10-05T10:30Z."
        )
    return found


def _beside(file: Path, source: str) -> str:
    """A source as a list in ``file`` means it: relative paths count from the list's folder."""
    if is_remote(source) or source.startswith(("/", "<")):
        return source
    names = [str(file.parent / name) for name in files_of(source)]
    return names[0] if len(names) == 1 else ",".join(f'"{name}"' if "," in name else name for name in names)


def title(sources: Sequence[Listed]) -> str:
    """What a mosaic is called where people read of it."""
    first = sources[0].source
    name = file_name(first if isinstance(first, str) else first[0])
    return name if len(sources) == 1 else f"{name} and {len(sources) - 1} more scenes"
