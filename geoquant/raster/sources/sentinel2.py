"""Sentinel-2 L1C and L2A products by their metadata: offsets, quantification, special values, files of each band.

Source: Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD), General_Info: reflectance =
(DN + BOA_ADD_OFFSET) / BOA_QUANTIFICATION_VALUE at L2A, RADIO_ADD_OFFSET and QUANTIFICATION_VALUE at L1C. The offsets
exist from processing baseline 04.00 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree  # nosec B405

from geoquant.errors import RasterError
from geoquant.raster.band_names import SENTINEL_2, plain
from geoquant.raster.sources.product import Describe, ProductFacts, read_metadata
from geoquant.raster.types import Product, SceneBand

_METADATA = re.compile(r"MTD_MSIL(1C|2A)\.xml$", re.IGNORECASE)
_BAND = re.compile(r"(?:^|_)(B\d\d|B8A)(?:_(10|20|60)m)?\.(?:jp2|tif|tiff)$", re.IGNORECASE)
_MASK = re.compile(r"(?:_|^)(SCL|CLDPRB|SNWPRB)(?:_(10|20|60)m)?\.(?:jp2|tif|tiff)$", re.IGNORECASE)
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


def find_metadata(path: str) -> Path | None:
    """The product metadata that ``path`` is or, as a folder, holds; None when it is not of Sentinel-2."""
    place = Path(path)
    if _METADATA.search(place.name):
        return place
    if not place.is_dir():
        return None
    return next((file for file in sorted(place.iterdir()) if _METADATA.search(file.name)), None)


def read_product(metadata: Path, describe: Describe) -> tuple[tuple[SceneBand, ...], ProductFacts]:
    """The product's bands, finest file first with the other resolutions as alternatives, and its facts.

    Raises:
        RasterError: the metadata is malformed, or no band lies beside it.
    """
    root = _parse(metadata)
    radiometry = _radiometry(root, metadata)
    images = list(_images(metadata.parent))
    files = sorted((file for file in images if _is_band(file)), key=lambda file: file.name)
    if not files:
        raise RasterError(
            f"{metadata} describes a Sentinel-2 product, but no band (..._B02_10m.jp2) lies in {metadata.parent} or "
            f"its GRANULE/*/IMG_DATA: fetch the bands too."
        )
    by_name: dict[str, list[SceneBand]] = {}
    for file in files:
        band = _band(file, describe, radiometry)
        by_name.setdefault(band.name, []).append(band)
    ordered = sorted(by_name.items(), key=lambda item: _BAND_IDS.index(item[0]))
    bands = tuple(_finest(members, number) for number, (_, members) in enumerate(ordered, 1))
    product = Product(
        sensor=_text(root, "SPACECRAFT_NAME") or "Sentinel-2",
        level=_text(root, "PROCESSING_LEVEL"),
        baseline=_text(root, "PROCESSING_BASELINE"),
        acquired=_text(root, "PRODUCT_START_TIME"),
        masks=_masks(images, describe, min(band.gsd for band in bands)),
    )
    return bands, ProductFacts(_text(root, "PRODUCT_URI") or metadata.parent.name, product)


def _parse(metadata: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(  # nosec B314
            read_metadata(metadata)
        )  # expat bounds entity expansion; nothing external is read
    except ElementTree.ParseError as error:
        raise RasterError(f"{metadata} is not well-formed XML: {error}. Fetch it again.") from error


def _local(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _all(root: ElementTree.Element, *names: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if _local(element) in names)


def _text(root: ElementTree.Element, *names: str) -> str:
    return next(((element.text or "").strip() for element in _all(root, *names)), "")


def _radiometry(root: ElementTree.Element, metadata: Path) -> _Radiometry:
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


def _images(folder: Path) -> Iterator[Path]:
    """Image files of the product: of its one granule, or beside the metadata in a flat folder."""
    granules = sorted(path for path in folder.glob("GRANULE/*") if path.is_dir())
    if len(granules) > 1:
        names = ", ".join(granule.name for granule in granules[:3])
        raise RasterError(f"{folder} holds {len(granules)} granules ({names}, ...): give the files of one as a list.")
    if granules:
        yield from (path for part in ("IMG_DATA", "QI_DATA") for path in sorted((granules[0] / part).rglob("*.*")))
    else:
        yield from sorted(path for path in folder.iterdir() if path.is_file())


def _is_band(file: Path) -> bool:
    """Whether it is a band's image, and not one of the masks that QI_DATA keeps for each band."""
    return bool(_BAND.search(file.name)) and not file.name.upper().startswith("MSK_")


def _band(file: Path, describe: Describe, radiometry: _Radiometry) -> SceneBand:
    found = _BAND.search(file.name)
    facts = SENTINEL_2[plain(found[1])] if found else SENTINEL_2["B1"]
    return replace(
        describe(str(file))[0],
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
    found = _BAND.search(Path(path).name)
    return int(found[2]) if found and found[2] else 0


def _masks(images: list[Path], describe: Describe, gsd: float) -> dict[str, str]:
    """Quality layers by name; of several resolutions, the one nearest to the scene's."""
    chosen: dict[str, tuple[float, str]] = {}
    for file in images:
        found = _MASK.search(file.name)
        if not found:
            continue
        ratio = describe(str(file))[0].gsd / gsd
        distance = max(ratio, 1 / ratio)
        name = found[1].upper()
        if name not in chosen or distance < chosen[name][0]:
            chosen[name] = distance, str(file)
    return {name: path for name, (_, path) in sorted(chosen.items())}
