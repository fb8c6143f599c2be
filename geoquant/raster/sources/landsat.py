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
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree  # nosec B405

from geoquant.errors import RasterError
from geoquant.raster.band_names import BandFacts, landsat_table, plain
from geoquant.raster.sources.product import Describe, ProductFacts
from geoquant.raster.sources.product_files import ProductFiles, guess, locate, product_name
from geoquant.raster.types import Product, SceneBand

_METADATA = re.compile(r"_MTL\.(json|xml|txt)$", re.IGNORECASE)
_FILE_KEY = re.compile(r"FILE_NAME_BAND_(?:ST_B)?(\d+)(?:_VCID_(\d))?$")
_BAND = re.compile(r"_((?:SR_|ST_)?B\d+)(?:_VCID_\d)?\.", re.IGNORECASE)
_MASK_KEYS = {"QA_PIXEL": "QUALITY_L1_PIXEL", "QA_RADSAT": "QUALITY_L1_RADIOMETRIC_SATURATION", "BQA": "BAND_QUALITY"}
_FILL = 0.0

Groups = Mapping[str, Mapping[str, str]]
"""Group name -> key -> value, as the metadata writes them."""


def find_metadata(path: str) -> tuple[ProductFiles, str] | None:
    """The product's files and the name of its MTL file (JSON before XML before text), where ``path`` means a product.

    Raises:
        RasterError: the folder or archive holds several products, or can't be listed.
    """
    located = locate(path, _METADATA)
    if located is None:
        return None
    files, given = located
    if given is not None:
        return files, given
    if files.names is None:
        name = guess(files, [f"{product_name(files)}_MTL.{kind}" for kind in ("json", "xml", "txt")])
        return None if name is None else (files, name)
    found = sorted(name for name in files.names if _METADATA.search(name) and name.count("/") <= 1)
    products = sorted({_METADATA.sub("", name) for name in found})
    if len(products) > 1:
        raise RasterError(f"{path} holds {len(products)} Landsat products: give one's _MTL file, such as {found[0]}.")
    order = {".json": 0, ".xml": 1, ".txt": 2}
    best = min(map(PurePosixPath, found), key=lambda name: order[name.suffix.lower()], default=None)
    return None if best is None else (files.within(str(best.parent)), best.name)


def read_product(files: ProductFiles, metadata: str, describe: Describe) -> tuple[tuple[SceneBand, ...], ProductFacts]:
    """The product's bands whose files exist, and its facts.

    Raises:
        RasterError: the metadata is malformed, or none of its files lies beside it.
    """
    groups = _parse(files, metadata)
    names = _group(groups, "PRODUCT_CONTENTS", "PRODUCT_METADATA")
    attributes = _group(groups, "IMAGE_ATTRIBUTES", "PRODUCT_METADATA")
    named = {key: PurePosixPath(name).name for key, name in names.items() if _FILE_KEY.search(key)}
    there = [name for _, name in sorted(named.items(), key=_band_order) if files.has(name)]
    bands = [_band(name, describe(files.path(name))[0], groups) for name in there]
    if not bands:
        wanted = ", ".join(list(named.values())[:3]) or "FILE_NAME_BAND_1 in PRODUCT_CONTENTS"
        raise RasterError(
            f"No band of {files.path(metadata)} lies beside it: expected {wanted}. Fetch the band files too."
        )
    product = Product(
        sensor=attributes.get("SPACECRAFT_ID", "Landsat"),
        level=names.get("PROCESSING_LEVEL") or names.get("DATA_TYPE", ""),
        baseline=names.get("COLLECTION_NUMBER", ""),
        acquired=f"{attributes.get('DATE_ACQUIRED', '')} {attributes.get('SCENE_CENTER_TIME', '')}".strip(),
        masks=_masks(files, names),
    )
    numbered = tuple(replace(band, number=number) for number, band in enumerate(bands, 1))
    return numbered, ProductFacts(_METADATA.sub("", metadata), product)


def _parse(files: ProductFiles, metadata: str) -> Groups:
    text, suffix = files.text(metadata), PurePosixPath(metadata).suffix.lower()
    try:
        if suffix == ".json":
            return _groups_of(next(iter(json.loads(text).values())))
        if suffix == ".xml":
            root = ElementTree.fromstring(text)  # nosec B314
            return {group.tag: {item.tag: (item.text or "").strip() for item in group} for group in root}
        return _parse_odl(text)
    except (ValueError, AttributeError, StopIteration, ElementTree.ParseError) as error:
        raise RasterError(
            f"{files.path(metadata)} is not readable as Landsat metadata: {error!r}. Fetch it again."
        ) from error


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


def _band_order(item: tuple[str, str]) -> tuple[int, str]:
    found = _FILE_KEY.search(item[0])
    return (int(found[1]) if found else 0), item[0]


def _band(file: str, described: SceneBand, groups: Groups) -> SceneBand:
    found = _BAND.search(file)
    name = found[1].upper() if found else PurePosixPath(file).stem
    spacecraft = _group(groups, "IMAGE_ATTRIBUTES", "PRODUCT_METADATA").get("SPACECRAFT_ID", "LANDSAT_8")
    mission = int(re.sub(r"\D", "", spacecraft) or 8)
    facts = landsat_table("C", mission).get(plain(name), BandFacts(name))
    scale, offset = _scale_and_offset(groups, name)
    return replace(
        described,
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


def _masks(files: ProductFiles, names: Mapping[str, str]) -> dict[str, str]:
    named = {mask: names.get(f"FILE_NAME_{key}") for mask, key in _MASK_KEYS.items()}
    plain_names = {mask: PurePosixPath(name).name for mask, name in named.items() if name}
    return {mask: files.path(name) for mask, name in plain_names.items() if files.has(name)}
