"""GeoJSON that is none is refused in words, whoever reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoquant.errors import OptionError
from geoquant.sampling.tile_outlines import read_tile_outlines
from geoquant.vector.polygons import read_polygons

RING = [[0, 0], [0, 1], [1, 1], [0, 0]]
READERS: list[Callable[[Path], Any]] = [lambda path: read_polygons(path, None), read_tile_outlines]


def collection(geometry: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geometry}]}


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "content",
    [
        {"type": "FeatureCollection", "features": 7},
        {"type": "FeatureCollection", "features": [None]},
        collection({"type": "Polygon", "coordinates": 7}),
        collection({"type": "Polygon", "coordinates": [[*RING, ["a", 2]]]}),
        [],
    ],
)
def test_what_is_no_geojson_is_refused_without_words_of_pythons(
    tmp_path: Path, read: Callable[[Path], Any], content: Any
) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OptionError, match="missing or of another kind than GeoJSON has there") as refused:
        read(path)
    assert not any(word in str(refused.value) for word in ("object", "NoneType", "float"))
