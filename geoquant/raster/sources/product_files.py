"""Where a product's files are: in a folder, in a zip or tar archive as it was downloaded, or under an address.

A folder and a local archive are listed. An address is not (servers and buckets tell what lies there each in its way):
there the product's own metadata and naming rules say what its files are called.
"""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import rasterio

from geoquant.errors import RasterError
from geoquant.raster.handles import RASTERIO_ERRORS, open_quietly, reading_env

_ARCHIVE = re.compile(r"\.(zip|tar|tar\.gz|tgz)$", re.IGNORECASE)
_INSIDE = re.compile(r"^(?P<file>.*?\.(?:zip|tar\.gz|tar|tgz))(?:/(?P<inner>.*))?$", re.IGNORECASE)
_PRODUCT_NAME = re.compile(r"\.SAFE$|^S2[A-D]_MSIL|^L[COTEM]0\d_", re.IGNORECASE)
_SCHEMES = {"s3": "s3", "gs": "gs", "az": "az", "http": "curl", "https": "curl"}
_MAX_BYTES = 64 * 2**20
_LINE_BYTES = 1 << 16


@dataclass(frozen=True)
class ProductFiles:
    """The files of a product.

    Attributes:
        root: The folder, address, or GDAL's name of a place in an archive, which names are counted from.
        names: The names of all files, parted by "/"; None where they can't be listed.
        query: The part of an address behind its path ("?signature"), the same for every file.
    """

    root: str
    names: tuple[str, ...] | None
    query: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is a plain folder."""
        return not self.root.startswith("/vsi") and "://" not in self.root

    def path(self, name: str) -> str:
        """A file as rasterio takes it."""
        return str(Path(self.root, name)) if self.is_local else f"{self.root.rstrip('/')}/{name}{self.query}"

    def has(self, name: str) -> bool:
        """Whether a file is there; True where nothing is listed."""
        return self.names is None or name in self.names

    def within(self, folder: str) -> ProductFiles:
        """The files in a folder of it; "" or "." is itself."""
        if folder in ("", "."):
            return self
        inside = self.names and tuple(name.removeprefix(f"{folder}/") for name in self.names if _lies_in(name, folder))
        root = str(Path(self.root, folder)) if self.is_local else f"{self.root.rstrip('/')}/{folder}"
        return replace(self, root=root, names=inside)

    def text(self, name: str) -> str:
        """A text file, for metadata.

        Raises:
            RasterError: it can't be read, or is far too large to be metadata.
        """
        path = self.path(name)
        try:
            data = _local_bytes(Path(path)) if self.is_local else _bytes_by_gdal(_virtual(path))
        except RASTERIO_ERRORS as error:
            raise RasterError(f"Can't read the product metadata {path}: {error}") from error
        if len(data) > _MAX_BYTES:
            raise RasterError(f"{path} has more than {_MAX_BYTES} bytes, which is too large for product metadata.")
        return data.decode("utf-8", errors="replace")


class Located(NamedTuple):
    """Where a product may be, and which of its files was named."""

    files: ProductFiles
    given: str | None


def locate(path: str, metadata: re.Pattern[str]) -> Located | None:
    """The files among which a product's metadata may be, or None where ``path`` is something else.

    Args:
        path: of a folder, an archive, a metadata file, or of one of these in an archive or under an address.
        metadata: what names of metadata files match.

    Raises:
        RasterError: an archive can't be listed.
    """
    path, question, rest = _without_scheme(path).partition("?") if _is_remote(path) else (_without_scheme(path), "", "")
    query = question + rest
    if (archive := _archive(path)) is not None:
        located = _in_archive(*archive, metadata)
        return located and Located(replace(located.files, query=query), located.given)
    folder, name = path.rstrip("/").rpartition("/")[::2]
    if path.startswith("/vsi") or "://" in path:
        if metadata.search(name):
            return Located(ProductFiles(folder, None, query), name)
        return Located(ProductFiles(path.rstrip("/"), None, query), None) if _PRODUCT_NAME.search(name) else None
    place = Path(path)
    if os.path.isdir(place):  # not Path.is_dir, which fails for names longer than a file system takes
        return Located(ProductFiles(str(place), _listed(place)), None)
    if metadata.search(place.name) and os.path.isdir(place.parent):
        return Located(ProductFiles(str(place.parent), _listed(place.parent)), place.name)
    return None


def guess(files: ProductFiles, candidates: Sequence[str]) -> str | None:
    """The first of the names under which there is something to read."""
    for name in candidates:
        try:
            files.text(name)
        except RasterError:
            continue
        return name
    return None


def product_name(files: ProductFiles) -> str:
    """The product's name by that of its folder or archive: without ``.SAFE`` and the archive's suffix."""
    return re.sub(r"\.SAFE$", "", _ARCHIVE.sub("", PurePosixPath(files.root).name), flags=re.IGNORECASE)


def _lies_in(name: str, folder: str) -> bool:
    return name.startswith(f"{folder}/")


def _is_remote(path: str) -> bool:
    return "://" in path or path.startswith("/vsi")


def _without_scheme(path: str) -> str:
    """Rasterio's ``zip://a.zip!/b`` and ``tar://`` as GDAL's names."""
    found = re.match(r"(zip|tar)(?:\+file)?://(.*)$", path)
    return f"/vsi{found[1]}/{found[2].replace('!', '', 1)}" if found else path


def _archive(path: str) -> tuple[str, str] | None:
    """The archive file, as GDAL names it, and the place in it that ``path`` means; None where there is none."""
    if path.startswith(("/vsizip/", "/vsitar/")):
        found = _INSIDE.match(path[len("/vsizip/") :].replace("{", "").replace("}", ""))
        return (found["file"], (found["inner"] or "").rstrip("/")) if found else None
    if _ARCHIVE.search(path) and (_is_remote(path) or os.path.isfile(path)):
        return (path if "://" not in path else _virtual(path)), ""
    return None


def _in_archive(file: str, inner: str, metadata: re.Pattern[str]) -> Located | None:
    name = PurePosixPath(inner).name
    given = name if metadata.search(name) else None
    folder = str(PurePosixPath(inner).parent) if given else inner
    kind = "zip" if file.lower().endswith(".zip") else "tar"
    if _is_remote(file) or not os.path.isfile(file):
        stem = PurePosixPath(file).name
        if given is None and not _PRODUCT_NAME.search(_ARCHIVE.sub("", stem)):
            return None
        return Located(ProductFiles(f"/vsi{kind}/{file}", None).within(folder), given)
    files = ProductFiles(f"/vsi{kind}/{file}", _listed_archive(Path(file)))
    return Located(files.within(folder), given)


def _listed(folder: Path) -> tuple[str, ...]:
    """The files of a folder, and the granules of a SAFE folder (with "/" behind them) with their files."""
    files = [file for file in folder.iterdir() if file.is_file()]
    for part in ("IMG_DATA", "QI_DATA"):
        files += [file for file in folder.glob(f"GRANULE/*/{part}/**/*") if file.is_file()]
    granules = [f"GRANULE/{place.name}/" for place in folder.glob("GRANULE/*") if place.is_dir()]
    return tuple(sorted([*granules, *(file.relative_to(folder).as_posix() for file in files)]))


def _listed_archive(file: Path) -> tuple[str, ...]:
    try:
        if file.name.lower().endswith(".zip"):
            with zipfile.ZipFile(file) as archive:
                names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        else:
            with tarfile.open(file) as tape:
                names = [entry.name for entry in tape if entry.isfile()]
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise RasterError(f"{file} can't be listed ({error}): it is damaged or incomplete. Fetch it again.") from error
    return tuple(sorted(name.removeprefix("./") for name in names))


def _virtual(address: str) -> str:
    """An address under the name that GDAL's virtual file systems give it."""
    scheme, parted, rest = address.partition("://")
    if not parted or scheme not in _SCHEMES:
        return address
    return f"/vsi{_SCHEMES[scheme]}/{address if scheme.startswith('http') else rest}"


def _local_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_MAX_BYTES + 1)


def _bytes_by_gdal(path: str) -> bytes:
    """A file that only GDAL reaches, as a raw raster of bytes: rasterio opens nothing else by such names."""
    for size in (1 << 20, _MAX_BYTES + _LINE_BYTES):
        data = _raw(path, size // _LINE_BYTES)
        if len(data) < size:
            break
    return data


def _raw(path: str, lines: int) -> bytes:
    """The first ``lines`` x 64 KiB, without the zeros that stand for what lies beyond the end."""
    name = path.replace("&", "&amp;").replace("<", "&lt;")
    raster = (
        f'<VRTDataset rasterXSize="{_LINE_BYTES}" rasterYSize="{lines}"><VRTRasterBand dataType="Byte" band="1" '
        f'subClass="VRTRawRasterBand"><SourceFilename relativeToVRT="0">{name}</SourceFilename><ImageOffset>0'
        f"</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>{_LINE_BYTES}</LineOffset></VRTRasterBand></VRTDataset>"
    )
    allowed = {"GDAL_VRT_RAWRASTERBAND_ALLOWED_SOURCE": "ALL", "RAW_CHECK_FILE_SIZE": "NO"}
    with reading_env(path), rasterio.Env(**allowed), open_quietly(raster) as dataset:
        data: bytes = dataset.read(1).tobytes()
    return data.rstrip(b"\0")
