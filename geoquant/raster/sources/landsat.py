"""Landsat Collection 2 (and 1) products by their MTL metadata: JSON, ODL text or XML.

Source: USGS, Landsat 8-9 Collection 2 Level 2 Science Product Guide (LSDS-1619): reflectance = DN *
REFLECTANCE_MULT_BAND_n + REFLECTANCE_ADD_BAND_n, fill 0. Level 1: top-of-atmosphere reflectance = (DN * mult + add) /
sin(sun elevation) (Landsat 8 Data Users Handbook, section 5).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405

from geoquant.errors import RasterError
from geoquant.raster.band_names import BandFacts, landsat_table, plain
from geoquant.raster.sources.product import Describe, ProductFacts, read_metadata
from geoquant.raster.types import Product, SceneBand

_METADATA = re.compile(r"_MTL\.(json|xml|txt)$", re.IGNORECASE)
_FILE_KEY = re.compile(r"FILE_NAME_BAND_(?:ST_B)?(\d+)(?:_VCID_(\d))?$")
_BAND = re.compile(r"_((?:SR_|ST_)?B\d+)(?:_VCID_\d)?\.", re.IGNORECASE)
_MASK_KEYS = {"QA_PIXEL": "QUALITY_L1_PIXEL", "QA_RADSAT": "QUALITY_L1_RADIOMETRIC_SATURATION", "BQA": "BAND_QUALITY"}
_FILL = 0.0

Groups = Mapping[str, Mapping[str, str]]
"""Group name -> key -> value, as the metadata writes them."""


def find_metadata(path: str) -> Path | None:
    """The MTL file that ``path`` is or, as a folder, holds (JSON before XML before text); None when it is none.

    Raises:
        RasterError: the folder holds several products.
    """
    place = Path(path)
    if _METADATA.search(place.name):
        return place
    if not place.is_dir():
        return None
    found = sorted(file for file in place.iterdir() if _METADATA.search(file.name))
    products = sorted({_METADATA.sub("", file.name) for file in found})
    if len(products) > 1:
        raise RasterError(
            f"{path} holds {len(products)} Landsat products: give one's _MTL file, such as {found[0].name}."
        )
    order = {".json": 0, ".xml": 1, ".txt": 2}
    return min(found, key=lambda file: order[file.suffix.lower()], default=None)


def read_product(metadata: Path, describe: Describe) -> tuple[tuple[SceneBand, ...], ProductFacts]:
    """The product's bands whose files exist, and its facts.

    Raises:
        RasterError: the metadata is malformed, or none of its files lies beside it.
    """
    groups = _parse(metadata)
    names = _group(groups, "PRODUCT_CONTENTS", "PRODUCT_METADATA")
    attributes = _group(groups, "IMAGE_ATTRIBUTES", "PRODUCT_METADATA")
    files = {key: metadata.parent / Path(name).name for key, name in names.items() if _FILE_KEY.search(key)}
    bands = [_band(file, describe, groups) for _, file in sorted(files.items(), key=_band_order) if file.exists()]
    if not bands:
        wanted = ", ".join(file.name for file in list(files.values())[:3]) or "FILE_NAME_BAND_1 in PRODUCT_CONTENTS"
        raise RasterError(f"No band of {metadata} lies beside it: expected {wanted}. Fetch the band files too.")
    product = Product(
        sensor=attributes.get("SPACECRAFT_ID", "Landsat"),
        level=names.get("PROCESSING_LEVEL") or names.get("DATA_TYPE", ""),
        baseline=names.get("COLLECTION_NUMBER", ""),
        acquired=f"{attributes.get('DATE_ACQUIRED', '')} {attributes.get('SCENE_CENTER_TIME', '')}".strip(),
        masks=_masks(metadata.parent, names),
    )
    numbered = tuple(replace(band, number=number) for number, band in enumerate(bands, 1))
    return numbered, ProductFacts(_METADATA.sub("", metadata.name), product)


def _parse(metadata: Path) -> Groups:
    text = read_metadata(metadata)
    try:
        if metadata.suffix.lower() == ".json":
            return _groups_of(next(iter(json.loads(text).values())))
        if metadata.suffix.lower() == ".xml":
            root = ElementTree.fromstring(text)  # nosec B314
            return {group.tag: {item.tag: (item.text or "").strip() for item in group} for group in root}
        return _parse_odl(text)
    except (ValueError, AttributeError, StopIteration, ElementTree.ParseError) as error:
        raise RasterError(f"{metadata} is not readable as Landsat metadata: {error!r}. Fetch it again.") from error


def _groups_of(content: Any) -> Groups:
    return {name: {key: str(value) for key, value in group.items()} for name, group in content.items()}


def _parse_odl(text: str) -> Groups:
    """``GROUP = NAME``, ``KEY = VALUE`` and ``END_GROUP = NAME`` lines; keys belong to the innermost group."""
    groups: dict[str, dict[str, str]] = {}
    stack: list[str] = []
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "GROUP":
            stack.append(value)
        elif key == "END_GROUP" and stack:
            stack.pop()
        elif value and stack:
            groups.setdefault(stack[-1], {})[key] = value.strip('"')
    return groups


def _group(groups: Groups, *names: str) -> Mapping[str, str]:
    return next((groups[name] for name in names if name in groups), {})


def _band_order(item: tuple[str, Path]) -> tuple[int, str]:
    found = _FILE_KEY.search(item[0])
    return (int(found[1]) if found else 0), item[0]


def _band(file: Path, describe: Describe, groups: Groups) -> SceneBand:
    found = _BAND.search(file.name)
    name = found[1].upper() if found else file.stem
    spacecraft = _group(groups, "IMAGE_ATTRIBUTES", "PRODUCT_METADATA").get("SPACECRAFT_ID", "LANDSAT_8")
    mission = int(re.sub(r"\D", "", spacecraft) or 8)
    facts = landsat_table("C", mission).get(plain(name), BandFacts(name))
    scale, offset = _scale_and_offset(groups, name)
    return replace(
        describe(str(file))[0],
        name=name,
        common_name=facts.common_name,
        centre_wavelength_um=facts.centre_wavelength_um,
        scale=scale,
        offset=offset,
        nodata=_FILL,
    )


def _scale_and_offset(groups: Groups, name: str) -> tuple[float | None, float | None]:
    """From the group of the product's own level: a Level 2 file carries Level 1's numbers too."""
    number = name.rsplit("B", 1)[-1]
    if name.startswith("SR_"):
        return _pair(groups.get("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", {}), "REFLECTANCE", number)
    if name.startswith("ST_"):
        return _pair(groups.get("LEVEL2_SURFACE_TEMPERATURE_PARAMETERS", {}), "TEMPERATURE", f"ST_B{number}")
    level_1 = _group(groups, "LEVEL1_RADIOMETRIC_RESCALING", "RADIOMETRIC_RESCALING")
    scale, offset = _pair(level_1, "REFLECTANCE", number)
    elevation = _group(groups, "IMAGE_ATTRIBUTES").get("SUN_ELEVATION")
    if scale is None or offset is None or elevation is None:
        return None, None
    sine = math.sin(math.radians(float(elevation)))
    return scale / sine, offset / sine


def _pair(group: Mapping[str, str], kind: str, number: str) -> tuple[float | None, float | None]:
    scale, offset = group.get(f"{kind}_MULT_BAND_{number}"), group.get(f"{kind}_ADD_BAND_{number}")
    return (None, None) if scale is None or offset is None else (float(scale), float(offset))


def _masks(folder: Path, names: Mapping[str, str]) -> dict[str, str]:
    files = {name: folder / Path(names.get(f"FILE_NAME_{key}", "absent")).name for name, key in _MASK_KEYS.items()}
    return {name: str(file) for name, file in files.items() if file.exists()}
