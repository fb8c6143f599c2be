"""Where a result goes: checked before any work, filled under another name, and complete once it has its own."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio
from rasterio.drivers import raster_driver_extensions

from geoquant.errors import OptionError, RasterError
from geoquant.grid import ceil_div
from geoquant.owner import machine_mark, process_exists
from geoquant.unfinished import link_target, unfinished

PART = ".part"
LONGEST_NAME_BYTES = 230
"""Of an output: most file systems take 255, and files beside it have longer names."""
ZARR_SUFFIX, ZARR_METADATA = ".zarr", "zarr.json"
"""A Zarr store is a folder that ends with the first and holds the second: the one output that is no file."""
STYLE_SUFFIX = ".qml"
"""Suffix of the QGIS style beside a map: QGIS finds it by this name."""


def check_destination(out: Path, overwrite: bool = False, sources: Sequence[str | Path] = ()) -> None:
    """Refuse an output that can't be written or must not be, before any work is done.

    Raises:
        OptionError: the folder is missing, or ``out`` is a folder or a device, exists without ``overwrite``, is one of
            ``sources``, or a symbolic link that leads nowhere; a Zarr store may be no link at all.
        RasterError: the folder is not writable.
    """
    target = link_target(out)
    if os.path.islink(target):
        raise OptionError(f"{out} is a symbolic link that leads back to itself; remove it or give another output.")
    if out.suffix.lower() == ZARR_SUFFIX and os.path.islink(out):
        raise OptionError(f"{out} is a symbolic link, and a Zarr store is written through none; give {target} itself.")
    if any(len(os.fsencode(name.name)) > LONGEST_NAME_BYTES for name in (out, target)):
        raise OptionError(f"The name of the output is longer than {LONGEST_NAME_BYTES} bytes: {out}; shorten it.")
    for folder in dict.fromkeys((Path(os.path.realpath(out.parent)), target.parent)):
        _check_folder(folder, out)
    if out.is_dir() and not (out.suffix.lower() == ZARR_SUFFIX and (out / ZARR_METADATA).is_file()):
        raise OptionError(f"{out} is a folder; give the name of a file in it, such as {out / 'classes.tif'}.")
    if out.exists() and not out.is_file() and not out.is_dir():
        raise OptionError(f"{out} is a device or a pipe, which a finished file can't replace; give another output.")
    for source in sources:
        if _same_file(out, source):
            raise OptionError(f"{out} is one of the job's inputs ({source}); give another output.")
    if out.exists() and not overwrite:
        raise OptionError(f"{out} exists; give --overwrite to replace it, or another output.")


def _check_folder(folder: Path, out: Path) -> None:
    """Refuse a folder that is not there, whose name no file system takes, or that can't be written to."""
    if not os.path.isdir(folder):
        raise OptionError(f"{out}: the folder {folder} does not exist; create it or give another output.")
    if not os.access(folder, os.W_OK):
        raise RasterError(f"{folder} is not writable; give an output in another folder.")


def check_beside(out: Path, overwrite: bool = False) -> None:
    """Refuse an output whose style would replace a file that somebody else put beside it.

    Raises:
        OptionError: naming that file.
    """
    style = style_of(out)
    if style.exists() and not out.exists() and not overwrite:
        raise OptionError(
            f"{style} exists, and {out} would get a style of that name; give another output, or --overwrite."
        )


def check_raster_suffix(out: Path) -> None:
    """Refuse a map whose name promises another raster format than GeoTIFF: programs would open it as that.

    Raises:
        OptionError: naming the format and a name to give instead.
    """
    format_name = raster_driver_extensions().get(out.suffix.lower().removeprefix("."), "GTiff")
    if format_name != "GTiff":
        raise OptionError(
            f"{out} is the name of a file in the format {format_name}, and a map is written as a GeoTIFF; "
            f"give {out.with_suffix('.tif').name}, and convert that with gdal_translate."
        )


def style_of(out: Path) -> Path:
    """The QGIS style beside a map."""
    return out.with_suffix(STYLE_SUFFIX)


def check_free_space(folder: Path, needed_bytes: int) -> None:
    """Refuse to start what will not fit.

    Raises:
        RasterError: with the free and the needed size.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise RasterError(
            f"{folder} has {free / 2**20:.1f} MiB free, about {needed_bytes / 2**20:.1f} MiB are needed; "
            "free some space or give an output on another disk."
        )


@contextmanager
def part_file(final: Path) -> Iterator[Path]:
    """A name to write under; on success the file gets the name ``final``, on any failure it is removed.

    Where ``final`` is a symbolic link, the file that it points to is written.

    The name is this process's own, so that two that write one file don't hurt each other; what a killed process of
    this machine left behind is removed.
    """
    final = link_target(final)
    part = final.with_name(f"{_part_prefix(final)}{os.getpid()}-{secrets.token_hex(3)}{PART}")
    _remove_orphans(final)
    with unfinished(part):
        try:
            yield part
            to_disk(part)
            os.replace(part, final)
            to_disk(final.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def publish(made: Path, final: Path) -> None:
    """Give a complete file, or a Zarr store, its final name; through a symbolic link it is written where that points.

    Raises:
        OSError: the disk there did not take it.
    """
    target = link_target(final)
    try:
        if made.is_dir():
            _publish_folder(made, target)
        else:
            os.replace(made, target)
    except OSError as error:
        if error.errno != errno.EXDEV:  # the link leads to another disk, where no rename reaches
            raise
        with part_file(target) as part:
            shutil.copyfile(made, part)
        made.unlink()


def _publish_folder(made: Path, target: Path) -> None:
    """Rename a folder; an earlier one goes aside first, because no rename replaces a folder that is not empty."""
    aside = target.with_name(f".{target.name}.replaced")
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        os.replace(target, aside)
    os.replace(made, target)
    if aside.is_dir():
        shutil.rmtree(aside)
    else:
        aside.unlink(missing_ok=True)


def _part_prefix(final: Path) -> str:
    """Begins the names of all parts of a file that this machine writes; short enough for any file system."""
    return f".{final.name.encode()[:150].decode(errors='ignore')}.{machine_mark()}-"


def _remove_orphans(final: Path) -> None:
    prefix = _part_prefix(final)
    for name in os.listdir(final.parent) if os.path.isdir(final.parent) else ():
        if name.startswith(prefix) and name.endswith(PART):
            pid = name.removeprefix(prefix).partition("-")[0]
            if pid.isdecimal() and not process_exists(int(pid)):
                final.with_name(name).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file beside a map, such as its style, under its final name once it is complete.

    Raises:
        RasterError: the disk did not take the file.
    """
    try:
        with part_file(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: Path, cause: BaseException | str) -> RasterError:
    """The ``RasterError`` for a failed write, with the free space, because a full disk is what it usually is."""
    try:
        free = f"{shutil.disk_usage(path.parent).free / 2**20:.1f} MiB free on the disk"
    except OSError as error:
        free = f"the folder is gone: {error}"
    return RasterError(f"{path} could not be written ({cause}; {free}). Free some space or give another output.")


def check_blocks(path: Path, dataset: Any, level: int | None = None, trailer_bytes: int = 0) -> None:
    """Check that every block of an open TIFF lies inside its file.

    GDAL reports a full disk while it closes a file, where rasterio no longer hears it: a file that looks fine can lack
    its last blocks.

    Args:
        path: the file.
        dataset: open rasterio dataset of it, one page or one overview.
        level: of the overview, or None for the full size.
        trailer_bytes: what follows every block; a COG repeats the last four bytes.

    Raises:
        RasterError: a block was never written or ends beyond the end of the file.
    """
    size = path.stat().st_size
    height, width = dataset.shape if level is None else _overview_shape(path, level)
    block_height, block_width = dataset.block_shapes[0]
    for row in range(ceil_div(height, block_height)):
        for col in range(ceil_div(width, block_width)):
            offset, length = (_block_fact(dataset, fact, row, col, level) for fact in ("OFFSET", "SIZE"))
            if not offset or offset + length + trailer_bytes > size:
                raise write_error(path, f"block {row}, {col} is missing")


def _overview_shape(path: Path, level: int) -> tuple[int, int]:
    """Asked of the overview: its factor, which rasterio tells from the columns and rounded, is wrong for a strip."""
    with rasterio.open(path, overview_level=level) as overview:
        height, width = overview.shape
    return height, width


def _block_fact(dataset: Any, fact: str, row: int, col: int, level: int | None) -> int:
    text = dataset.get_tag_item(f"BLOCK_{fact}_{col}_{row}", "TIFF", bidx=1, ovr=level)
    return int(text or 0)


def _same_file(out: Path, source: str | Path) -> bool:
    try:
        return out.exists() and os.path.samefile(out, source)
    except OSError:  # the source is an address or a GDAL name, not a file
        return False


def to_disk(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk, so that what stands there is whole after a power cut."""
    is_folder = path.is_dir()
    if is_folder and os.name == "nt":
        return  # no such thing there
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError:
        if not is_folder:  # some network file systems can't flush a folder
            raise
    finally:
        os.close(descriptor)
