# SPDX-License-Identifier: GPL-2.0-or-later
"""The card inside an ONNX file, read without onnx: ``metadata_props`` of the protobuf, seeking over the graph.

An ONNX file is one protobuf message, ModelProto (onnx.proto3): field 7 is the graph, field 14 ``metadata_props``, each
a StringStringEntryProto with key (1) and value (2). Weights lie in field 7, so that reading takes milliseconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

METADATA_FIELD = 14
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types, protobuf.dev/programming-guides/encoding
LONGEST_ENTRY = 2**26


class NotOnnx(ValueError):
    """The file is not an ONNX model, or its card can't be read.

    Attributes:
        reason: one of ``REASONS``, which a dialog says in the user's language.
        details: what fills its placeholders.
    """

    def __init__(self, kind: str, *details: object) -> None:
        self.reason, self.details = REASONS[kind], details
        super().__init__(self.reason.format(*details))


REASONS = {
    "format": "the file is not an ONNX model, or it is cut off",
    "size": "its metadata hold {} bytes, which is absurd",
    "card": "the card in {} is damaged ({})",
}
"""Why a file can't be used."""


@dataclass(frozen=True)
class CardSummary:
    """What a dialog shows of a model.

    Attributes:
        name: for people.
        bands: in the order of the input channels.
        classes: (value, name, colour), in the order of the output channels; the colour may be "".
        gsd_m: ground sampling distance, metres.
        nodata: stored value without data in the training imagery.
        overlap_px: overlap of tiles that are blended; None where they need not be.
        int8: whether the card tells of a quantization.
        purpose: what the model is for.
        limitations: what it is not good for.
    """

    name: str
    bands: tuple[str, ...] = ()
    classes: tuple[tuple[int, str, str], ...] = ()
    gsd_m: float | None = None
    nodata: float | None = None
    overlap_px: int | None = None
    int8: bool = False
    limitations: str = ""
    purpose: str = ""


def read_summary(path: Path) -> CardSummary | None:
    """The card of a model; None where the file carries none that this module knows.

    Raises:
        NotOnnx: the file is no ONNX model, or its card is damaged.
        OSError: it can't be read.
    """
    metadata = read_metadata(path)
    try:
        if "geoquant" in metadata:
            return _own(json.loads(metadata["geoquant"]))
        if "class_names" in metadata:
            return _of_deepness(path.stem, metadata)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotOnnx("card", path.name, error) from error
    return None


def read_metadata(path: Path) -> dict[str, str]:
    """``metadata_props`` of an ONNX file.

    Raises:
        NotOnnx: the file is no ONNX model.
        OSError: it can't be read.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        entries = [_entry(content) for content in _fields(stream, size, METADATA_FIELD)]
    return dict(entries)


def _fields(stream: BinaryIO, end: int, wanted: int) -> Iterator[bytes]:
    """The contents of all length-delimited fields with one number; everything else is seeked over."""
    while stream.tell() < end:
        tag = _varint(stream)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == VARINT:
            _varint(stream)
            continue
        length = {FIXED64: 8, FIXED32: 4}.get(wire_type, -1) if wire_type != LENGTH else _varint(stream)
        if number == 0 or length < 0 or stream.tell() + length > end:
            raise NotOnnx("format")
        if number != wanted or wire_type != LENGTH:
            stream.seek(length, os.SEEK_CUR)
        elif length > LONGEST_ENTRY:
            raise NotOnnx("size", length)
        else:
            yield stream.read(length)


def _varint(stream: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise NotOnnx("format")


def _entry(content: bytes) -> tuple[str, str]:
    """Key and value of a StringStringEntryProto."""
    import io

    parts = {}
    for number in (1, 2):
        found = list(_fields(io.BytesIO(content), len(content), number))
        parts[number] = found[-1].decode("utf-8", "replace") if found else ""
    return parts[1], parts[2]


def _own(card: Mapping[str, Any]) -> CardSummary:
    """Out of geoquant's own JSON."""
    tiling = card.get("tiling") or {}
    return CardSummary(
        name=str(card["name"]),
        bands=tuple(_band_name(band) for band in card.get("bands", ())),
        classes=tuple((int(one["value"]), str(one["name"]), str(one["color"])) for one in card.get("classes", ())),
        gsd_m=card.get("gsd_m"),
        nodata=card.get("nodata"),
        overlap_px=tiling.get("overlap_px") if tiling.get("halo_px", 0) is None else None,
        int8=bool(card.get("quantization")),
        limitations=str(card.get("limitations") or ""),
        purpose=str(card.get("description") or ""),
    )


def _band_name(band: Mapping[str, Any]) -> str:
    name, common = str(band["name"]), band.get("common_name")
    return f"{name} ({common})" if common and common != name else name


def _of_deepness(name: str, metadata: Mapping[str, str]) -> CardSummary:
    """Out of the keys of the Deepness plugin, every value JSON; its resolution is in centimetres per pixel."""
    names = json.loads(metadata["class_names"])
    listed: Sequence[tuple[int, str]] = (
        list(enumerate(names)) if isinstance(names, list) else [(int(key), one) for key, one in names.items()]
    )
    resolution = json.loads(metadata.get("resolution", "null"))
    return CardSummary(
        name=name,
        classes=tuple((value, str(one), "") for value, one in sorted(listed)),
        gsd_m=resolution / 100 if resolution else None,
    )
