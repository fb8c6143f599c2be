"""When a scene was taken, by its product's metadata or the tags of its file."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from geoquant.raster.handles import HandleKey, borrowed
from geoquant.raster.scene import Scene

TAGS = (
    ("IMAGERY", "ACQUISITIONDATETIME"),
    ("", "ACQUISITIONDATETIME"),
    ("", "ACQUISITION_DATETIME"),
    ("", "ACQUISITION_DATE"),
    ("", "SENSING_TIME"),
    ("", "datetime"),
    ("", "TIFFTAG_DATETIME"),
)
"""Metadata domain and name of the tags that tell a time, the surest first."""
_FORMS = ("%Y:%m:%d %H:%M:%S", "%Y%m%dT%H%M%S", "%Y%m%d", "%Y/%m/%d")


def acquired(scene: Scene) -> str:
    """The time of acquisition as ISO 8601 in UTC, or empty where nothing says it."""
    if scene.product is not None:
        return iso_time(scene.product.acquired)
    band = scene.bands[0]
    with borrowed(HandleKey(band.path, band.stamp)) as dataset:
        for domain, name in TAGS:
            found = iso_time(dataset.tags(ns=domain or None).get(name, ""))
            if found:
                return found
    return ""


def iso_time(text: str) -> str:
    """A time as metadata writes it, as ISO 8601 in UTC; empty where it is none.

    Fractions of a second are cut to microseconds: Landsat writes seven digits.
    """
    plain = re.sub(r"(\.\d{6})\d+", r"\1", text.strip()).replace("Z", "+00:00").replace(" ", "T", 1)
    for read in (datetime.fromisoformat, *(_by(form) for form in _FORMS)):
        try:
            found = read(plain)  # type: ignore[operator]
        except ValueError:
            try:
                found = read(text.strip())  # type: ignore[operator]
            except ValueError:
                continue
        return _utc(found)
    return ""


def _by(form: str) -> object:
    return lambda text: datetime.strptime(text, form)


def _utc(time: datetime) -> str:
    aware = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).isoformat()
