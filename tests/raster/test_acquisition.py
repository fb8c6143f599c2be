"""Times as products, tags and tables write them."""

from __future__ import annotations

import pytest

from geoquant.grid import Window
from geoquant.raster.acquisition import acquired, iso_time
from geoquant.raster.opening import open_scene
from tests.builders.mosaics import Facts, write_part
from tests.builders.rasters import picture


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2022-10-05T10:30:21.024Z", "2022-10-05T10:30:21.024000+00:00"),
        ("2013-05-14 18:05:07.1234567Z", "2013-05-14T18:05:07.123456+00:00"),
        ("2022:10:05 10:30:21", "2022-10-05T10:30:21+00:00"),
        ("20221005T103021", "2022-10-05T10:30:21+00:00"),
        ("2022-10-05", "2022-10-05T00:00:00+00:00"),
        ("20221005", "2022-10-05T00:00:00+00:00"),
        ("2022-10-05T12:30:00+02:00", "2022-10-05T10:30:00+00:00"),
        ("", ""),
        ("last summer", ""),
    ],
)
def test_a_time_is_read_in_every_form(text, time):
    assert iso_time(text) == time


def test_a_file_tells_its_time_by_a_tag(tmp_path):
    everywhere = Window(0, 0, 70, 90)
    dated = write_part(tmp_path / "a.tif", picture(), everywhere, Facts(acquired="2022:10:05 10:30:21"))
    assert acquired(open_scene(dated)) == "2022-10-05T10:30:21+00:00"
    assert acquired(open_scene(write_part(tmp_path / "b.tif", picture(), everywhere))) == ""
