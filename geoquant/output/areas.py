"""The table of areas: pixels and square metres of each class, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.model_card.card import ClassLabel
from geoquant.output.destination import part_file, write_error


def write_areas(
    out: Path, labels: Sequence[ClassLabel], pixels: Mapping[str, int], area_m2: Mapping[str, float]
) -> None:
    """One row per class: its value, name, pixels, share of the classified pixels and, where known, square metres.

    Args:
        out: the final name.
        labels: the classes, in the order of the rows.
        pixels: class name -> pixels.
        area_m2: class name -> square metres; empty where pixels have no known area.

    Raises:
        RasterError: the disk did not take the file.
    """
    classified = sum(pixels.values()) or 1
    columns = ["value", "class", "pixels", "share", *["area_m2"] * bool(area_m2)]
    try:
        with part_file(out) as part, part.open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, columns, extrasaction="ignore")
            table.writeheader()
            for label in labels:
                count = pixels[label.name]
                name, share = as_text_cell(label.name), f"{count / classified:.6f}"
                row = {"value": label.value, "class": name, "pixels": count, "share": share}
                table.writerow({**row, "area_m2": area_m2.get(label.name, "")})
    except OSError as error:
        raise write_error(out, error) from error


def as_text_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before what begins like one."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


FEW = 24
"""Values up to which comparing with each is faster than counting."""
RUN_PX = 1 << 18
"""Pixels that are compared with one value after the other while they are in the core's cache."""


def count_values(classes: NDArray[np.uint8], expected: Sequence[int] = range(256)) -> NDArray[np.int64]:
    """Pixels per value of ``classes (y, x)``, ``(256,)``.

    Args:
        classes: any values.
        expected: those that are likely; when they are few and there is no other, counting takes a third of the time.
    """
    flat, counts = np.ascontiguousarray(classes).ravel(), np.zeros(256, np.int64)
    if len(expected) <= FEW:
        for start in range(0, flat.size, RUN_PX):
            run = flat[start : start + RUN_PX]
            for value in set(expected):
                counts[value] += np.count_nonzero(run == value)
    return counts if counts.sum() == flat.size else _count_all(flat)


def _count_all(flat: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Pixels per value, whatever they are.

    Two neighbours are counted as one 16-bit number, which halves what ``bincount`` spends on converting its input.
    """
    pairs = np.bincount(flat[: flat.size // 2 * 2].view(np.uint16), minlength=1 << 16).reshape(256, 256)
    counts: NDArray[np.int64] = (pairs.sum(axis=0) + pairs.sum(axis=1)).astype(np.int64)
    counts[flat[flat.size // 2 * 2 :]] += 1
    return counts
