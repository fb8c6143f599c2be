"""Sentinel-2 L1C and L2A products by their metadata: offsets, quantification, special values, files of each band.

Source: Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD), General_Info: reflectance =
(DN + BOA_ADD_OFFSET) / BOA_QUANTIFICATION_VALUE at L2A, RADIO_ADD_OFFSET and QUANTIFICATION_VALUE at L1C. The offsets
exist from processing baseline 04.00 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from xml.etree import ElementTree  # nosec B405

from geoquant.errors import RasterError
from geoquant.raster.band_names import SENTINEL_2, plain
from geoquant.raster.sources.product import Describe, ProductFacts
from geoquant.raster.sources.product_files import ProductFiles, guess, locate, product_name
from geoquant.raster.types import Product, SceneBand

_IN_GRANULE = re.compile(r"GRANULE/[^/]+/", re.IGNORECASE)
_GRANULE = re.compile(r"GRANULE/[^/]+/(IMG_DATA|QI_DATA)/", re.IGNORECASE)
_METADATA = re.compile(r"MTD_MSIL(1C|2A)\.xml$", re.IGNORECASE)
_BAND = re.compile(r"(?:^|[_/\\])(B\d\d|B8A)(?:_(10|20|60)m)?\.(?:jp2|tif|tiff)$", re.IGNORECASE)
_MASK = re.compile(r"(?:[_/\\]|^)(SCL|CLDPRB|SNWPRB)(?:_(10|20|60)m)?\.(?:jp2|tif|tiff)$", re.IGNORECASE)
_BAND_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


@dataclass(frozen=True)
class _Radiometry:
    """What turns stored numbers into reflectance.

    Attributes:
        quantification: Stored numbers per unit of reflectance.
        offsets: What is added to the stored number first, by band name (``plain``).
        nodata: The special value NODATA.
    """

    quantification: float
    offsets: Mapping[str, float]
    nodata: float


def find_metadata(path: str) -> tuple[ProductFiles, str] | None:
    """The product's files and its metadata's name among them, where ``path`` means a product of Sentinel-2.

    Raises:
        RasterError: an archive can't be listed, or holds several products.
    """
    located = locate(path, _METADATA)
    if located is None:
        return None
    files, given = located
    if given is not None:
        return files, given
    if files.names is None:
        return _guessed(files)
    found = [name for name in files.names if _METADATA.search(name) and name.count("/") <= 1]
    if len(found) > 1 and "/" in found[0]:
        raise RasterError(
            f"{path} holds {len(found)} Sentinel-2 products: give one's metadata, such as {files.path(found[0])}."
        )
    if not found:
        return None
    place = PurePosixPath(found[0])
    return files.within(str(place.parent)), place.name


def _guessed(files: ProductFiles) -> tuple[ProductFiles, str] | None:
    """By the names that products have, where nothing is listed: in a SAFE folder, or in one of an archive."""
    names = ("MTD_MSIL1C.xml",) if "MSIL1C" in files.root.upper() else ("MTD_MSIL2A.xml", "MTD_MSIL1C.xml")
    inside = f"{product_name(files)}.SAFE"
    folders = [files] if files.root.upper().endswith(".SAFE") else [files.within(inside), files]
    for folder in folders:
        name = guess(folder, names)
        if name is not None:
            return folder, name
    return None


def read_product(files: ProductFiles, metadata: str, describe: Describe) -> tuple[tuple[SceneBand, ...], ProductFacts]:
    """The product's bands, finest file first with the other resolutions as alternatives, and its facts.

    Raises:
        RasterError: the metadata is malformed, or no band lies beside it.
    """
    path = files.path(metadata)
    root = _parse(files, metadata)
    radiometry = _radiometry(root, path)
    images = _images(files, root, describe)
    band_files = sorted((name for name in images if _is_band(name)), key=_file_name)
    if not band_files:
        raise RasterError(
            f"{path} describes a Sentinel-2 product, but no band (..._B02_10m.jp2) lies in {files.root} or "
            f"its GRANULE/*/IMG_DATA: fetch the bands too."
        )
    by_name: dict[str, list[SceneBand]] = {}
    for name in band_files:
        band = _band(files.path(name), describe, radiometry)
        by_name.setdefault(band.name, []).append(band)
    ordered = sorted(by_name.items(), key=lambda item: _BAND_IDS.index(item[0]))
    bands = tuple(_finest(members, number) for number, (_, members) in enumerate(ordered, 1))
    product = Product(
        sensor=_text(root, "SPACECRAFT_NAME") or "Sentinel-2",
        level=_text(root, "PROCESSING_LEVEL"),
        baseline=_text(root, "PROCESSING_BASELINE"),
        acquired=_text(root, "PRODUCT_START_TIME"),
        masks=_masks([files.path(name) for name in images], describe, min(band.gsd for band in bands)),
    )
    return bands, ProductFacts(_text(root, "PRODUCT_URI") or PurePosixPath(files.root).name, product)


def _parse(files: ProductFiles, metadata: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(  # nosec B314
            files.text(metadata)
        )  # expat bounds entity expansion; nothing external is read
    except ElementTree.ParseError as error:
        raise RasterError(f"{files.path(metadata)} is not well-formed XML: {error}. Fetch it again.") from error


def _local(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _all(root: ElementTree.Element, *names: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if _local(element) in names)


def _text(root: ElementTree.Element, *names: str) -> str:
    return next(((element.text or "").strip() for element in _all(root, *names)), "")


def _radiometry(root: ElementTree.Element, metadata: str) -> _Radiometry:
    text = _text(root, "BOA_QUANTIFICATION_VALUE", "QUANTIFICATION_VALUE")
    try:
        quantification = float(text)
        ids = {
            element.get("bandId"): element.get("physicalBand") or "" for element in _all(root, "Spectral_Information")
        }
        offsets = {}
        for element in _all(root, "BOA_ADD_OFFSET", "RADIO_ADD_OFFSET"):
            number = element.get("band_id") or ""
            offsets[plain(ids.get(number) or _BAND_IDS[int(number)])] = float(element.text or "")
        return _Radiometry(quantification, offsets, _nodata(root))
    except (ValueError, IndexError) as error:
        raise RasterError(
            f"{metadata} lacks a readable quantification value or band offset ({error}): expected a Sentinel-2 "
            f"MTD_MSIL1C.xml or MTD_MSIL2A.xml."
        ) from error


def _nodata(root: ElementTree.Element) -> float:
    for value in _all(root, "Special_Values"):
        if _text(value, "SPECIAL_VALUE_TEXT") == "NODATA":
            return float(_text(value, "SPECIAL_VALUE_INDEX"))
    return 0.0


def _images(files: ProductFiles, root: ElementTree.Element, describe: Describe) -> list[str]:
    """Image files of the product: of its one granule, or beside the metadata in a flat folder."""
    if files.names is None:
        return _images_by_metadata(files, root, describe)
    granules = sorted({name.split("/")[1] for name in files.names if _IN_GRANULE.match(name)})
    if len(granules) > 1:
        names = ", ".join(granules[:3])
        raise RasterError(
            f"{files.root} holds {len(granules)} granules ({names}, ...): give the files of one as a list."
        )
    return [name for name in files.names if (_GRANULE.match(name) if granules else "/" not in name)]


def _images_by_metadata(files: ProductFiles, root: ElementTree.Element, describe: Describe) -> list[str]:
    """As the metadata lists them; masks of clouds, which it leaves out, where they are."""
    listed = [f"{(element.text or '').strip()}.jp2" for element in _all(root, "IMAGE_FILE", "IMAGE_ID")]
    if not listed:
        return []
    if not _opens(files, listed[0], describe):
        return [name for name in map(_file_name, listed) if _opens(files, name, describe)]
    granule = "/".join(listed[0].split("/")[:2])
    masks = [f"{granule}/QI_DATA/MSK_CLDPRB_{size}m.jp2" for size in (20, 60)]
    return listed + [name for name in masks if _opens(files, name, describe)]


def _opens(files: ProductFiles, name: str, describe: Describe) -> bool:
    try:
        describe(files.path(name))
    except RasterError:
        return False
    return True


def _file_name(name: str) -> str:
    return PurePosixPath(name).name


def _is_band(name: str) -> bool:
    """Whether it is a band's image, and not one of the masks that QI_DATA keeps for each band."""
    return bool(_BAND.search(name)) and not _file_name(name).upper().startswith("MSK_")


def _band(path: str, describe: Describe, radiometry: _Radiometry) -> SceneBand:
    found = _BAND.search(_plain(path))
    facts = SENTINEL_2[plain(found[1])] if found else SENTINEL_2["B1"]
    return replace(
        describe(path)[0],
        name=facts.name,
        common_name=facts.common_name,
        centre_wavelength_um=facts.centre_wavelength_um,
        scale=1 / radiometry.quantification,
        offset=radiometry.offsets.get(plain(facts.name), 0.0) / radiometry.quantification,
        nodata=radiometry.nodata,
    )


def _finest(members: list[SceneBand], number: int) -> SceneBand:
    """The finest file of a band, with the others as alternatives; among equals the one whose name says finer."""
    ordered = sorted(members, key=lambda band: (band.gsd, _named_resolution(band.path)))
    first, *others = (replace(band, number=number) for band in ordered)
    return replace(first, alternatives=tuple(others))


def _named_resolution(path: str) -> int:
    found = _BAND.search(_plain(path))
    return int(found[2]) if found and found[2] else 0


def _plain(path: str) -> str:
    """A path without the query of an address."""
    return path.partition("?")[0] if "://" in path else path


def _masks(images: list[str], describe: Describe, gsd: float) -> dict[str, str]:
    """Quality layers by name; of several resolutions, the one nearest to the scene's."""
    chosen: dict[str, tuple[float, str]] = {}
    for file in images:
        found = _MASK.search(_plain(file))
        if not found:
            continue
        ratio = describe(file)[0].gsd / gsd
        distance = max(ratio, 1 / ratio)
        name = found[1].upper()
        if name not in chosen or distance < chosen[name][0]:
            chosen[name] = distance, file
    return {name: path for name, (_, path) in sorted(chosen.items())}
