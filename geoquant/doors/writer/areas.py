"""How much there is of each class, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from geoquant.doors.writer.destination import part_file, write_error
from geoquant.words.card import ClassLabel


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
                row = {"value": label.value, "class": label.name, "pixels": count, "share": f"{count / classified:.6f}"}
                table.writerow({**row, "area_m2": area_m2.get(label.name, "")})
    except OSError as error:
        raise write_error(out, error) from error
