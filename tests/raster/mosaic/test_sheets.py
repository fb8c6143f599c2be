"""The sheets of a map: every pixel in one, anchored in the CRS, whatever the map's own corner is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS

from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.raster.mosaic.sheets import SheetSide, sheet_side, sheets_of

UTM, DEGREES, FEET = (CRS.from_epsg(code).to_wkt() for code in (32632, 4326, 2225))


def grid(west: float, north: float, pixel: float, width: int = 300, height: int = 200, crs: str = UTM) -> Grid:
    return Grid(crs, (pixel, 0.0, west, 0.0, -pixel, north), width, height)


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.sampled_from([0.3, 7, 10, 30]),
    st.floats(32, 500),
    st.integers(0, 90),
)
def test_every_pixel_is_in_the_sheet_that_its_centre_lies_in(west, north, pixel, side_px, cut):
    here, region, side = grid(west, north, pixel), Window(cut, cut // 2, 200 - cut, 300 - cut), side_px * pixel
    hits = np.zeros((200, 300), int)
    for sheet in sheets_of(here, region, SheetSide(side, "")):
        hits[sheet.window.slices] += 1
        east, south = (int(part[1:]) for part in sheet.name.split("_"))
        window = sheet.window
        for row, col in ((window.row, window.col), (window.row_end - 1, window.col_end - 1)):
            x, y = here.xy(col + 0.5, row + 0.5)
            assert east * side - pixel * 1e-3 <= x <= (east + 1) * side + pixel * 1e-3
            assert south * side - pixel * 1e-3 <= y <= (south + 1) * side + pixel * 1e-3
    assert (hits[region.slices] == 1).all()
    assert hits.sum() == region.pixels


def test_sheets_do_not_move_with_the_map():
    side = SheetSide(1, "km")
    here, moved = grid(500_000, 5_000_000, 10), grid(500_400, 5_000_300, 10)
    one = {sheet.name: here.xy(sheet.window.col, sheet.window.row) for sheet in sheets_of(here, here.window, side)}
    other = {sheet.name: moved.xy(sheet.window.col, sheet.window.row) for sheet in sheets_of(moved, moved.window, side)}
    assert list(one)[:2] == ["x500_y4999", "x501_y4999"]
    assert one["x501_y4999"] == (501_000, 5_000_000)
    assert other["x501_y4998"] == one["x501_y4998"] == (501_000, 4_999_000)


@pytest.mark.parametrize(
    ("text", "crs", "units"),
    [
        ("100km", UTM, 100_000),
        ("5000 m", UTM, 5000),
        (".5deg", DEGREES, 0.5),
        ("640", UTM, 640),
        ("1km", FEET, 3280.833),
    ],
)
def test_a_side_in_units_of_the_crs(text, crs, units):
    assert sheet_side(text).in_units_of(crs) == pytest.approx(units)


@pytest.mark.parametrize("text", ["", "0", "0km", "-5km", "km", "10 miles", "1e9x", "nan"])
def test_what_is_no_side_is_refused(text):
    with pytest.raises(OptionError, match="takes the side of a sheet"):
        sheet_side(text)


@pytest.mark.parametrize(
    ("text", "crs", "message"),
    [
        ("100km", DEGREES, "counts in degrees"),
        ("1deg", UTM, "counts in units of length"),
        ("100m", UTM, "10 pixels: that would be about 600 sheets"),
    ],
)
def test_a_side_that_does_not_fit_the_map_is_refused(text, crs, message):
    here = grid(10, 40, 0.001 if crs == DEGREES else 10, crs=crs)
    with pytest.raises(OptionError, match=message):
        sheets_of(here, here.window, sheet_side(text))
