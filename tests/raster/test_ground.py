"""Areas and lengths are those of the ground, whatever the projection calls a metre."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer
from rasterio.crs import CRS as RasterioCRS  # noqa: N811

from geoquant.grid import Grid, Window
from geoquant.raster.ground import GroundAreas, ground_areas, ground_pixel_size, without_areas

PLACES = {
    "Web Mercator at 60 degrees": ("EPSG:3857", (10.0, 60.0), 20.0),
    "middle of a UTM zone": ("EPSG:32633", (15.0, 45.0), 10.0),
    "edge of a UTM zone": ("EPSG:32633", (18.0, 2.0), 10.0),
    "degrees": ("EPSG:4326", (10.0, 60.0), 0.0002),
    "coarse degrees": ("EPSG:4326", (0.0, 60.0), 0.05),
    "equal areas": ("EPSG:3035", (20.0, 60.0), 10.0),
    "Plate Carree in metres": ("EPSG:4087", (10.0, 50.0), 10.0),
    "feet": ("EPSG:2225", (-122.0, 40.0), 30.0),
    "at the pole": ("EPSG:3413", (0.0, 90.0), 100.0),
    "over the antimeridian": ("EPSG:3832", (180.0, 30.0), 10.0),
}


def grid_at(crs: str, place: tuple[float, float], pixel: float, side: int = 300) -> Grid:
    """A grid around a place in longitude and latitude."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*place)
    corner = (pixel, 0.0, x - side / 2 * pixel, 0.0, -pixel, y + side / 2 * pixel)
    return Grid(RasterioCRS.from_user_input(crs).to_wkt(), corner, side, side)


def geodesic_area(grid: Grid, window: Window, points: int = 40) -> float:
    """What pyproj says of a window, its edges cut into short pieces."""
    cols = np.linspace(window.col, window.col_end, points + 1)[:-1]
    rows = np.linspace(window.row, window.row_end, points + 1)[:-1]
    ring = [(c, float(window.row)) for c in cols] + [(float(window.col_end), r) for r in rows]
    ring += [(window.col + window.col_end - c, float(window.row_end)) for c in cols]
    ring += [(float(window.col), window.row + window.row_end - r) for r in rows]
    x, y = grid.xy(*np.array(ring).T)
    crs = CRS.from_wkt(grid.crs)
    geodetic = crs.geodetic_crs
    lon, lat = Transformer.from_crs(crs, geodetic, always_xy=True).transform(x, y)
    ellipsoid = crs.ellipsoid
    geod = Geod(a=ellipsoid.semi_major_metre, b=ellipsoid.semi_minor_metre)
    return abs(geod.polygon_area_perimeter(lon, lat)[0])


def areas_of(grid: Grid) -> GroundAreas:
    found = ground_areas(grid)
    assert found is not None
    return found


@pytest.mark.parametrize("name", PLACES)
def test_areas_are_those_of_the_ellipsoid(name: str) -> None:
    grid = grid_at(*PLACES[name])
    areas, tolerance = areas_of(grid), 1e-5
    for window in (Window(0, 0, 300, 300), Window(0, 250, 50, 50), Window(140, 150, 1, 1), Window(299, 0, 1, 1)):
        got = areas.of_pixels(window).sum()
        assert got == pytest.approx(geodesic_area(grid, window), rel=tolerance), window


def test_a_pixel_of_web_mercator_at_60_degrees_is_a_quarter_of_what_it_is_called() -> None:
    grid = grid_at(*PLACES["Web Mercator at 60 degrees"])
    assert areas_of(grid).of_pixels(grid.window).mean() == pytest.approx(100, rel=0.01)
    assert ground_pixel_size(grid) == pytest.approx((10, 10), rel=0.005)


@pytest.mark.parametrize("name", ["edge of a UTM zone", "Web Mercator at 60 degrees", "equal areas"])
def test_any_cut_gives_the_same_sums(name: str) -> None:
    grid = grid_at(*PLACES[name])
    areas, values = areas_of(grid), np.random.default_rng(1).integers(0, 4, (300, 300)).astype(np.uint8)
    whole = areas.units_by_value(values, grid.window)
    parts = [Window(r, c, 100, 150) for r in (0, 100, 200) for c in (0, 150)]
    assert np.array_equal(whole, sum(areas.units_by_value(values[part.slices], part) for part in parts))
    for value in range(4):
        exact = areas.of_pixels(grid.window)[values == value].sum()
        assert whole[value] * areas.unit_m2 == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("name", ["edge of a UTM zone", "Web Mercator at 60 degrees", "coarse degrees"])
def test_areas_of_polygons_are_those_of_their_pixels(name: str) -> None:
    crs, place, pixel = PLACES[name]
    grid = grid_at(crs, place, pixel, 2000 if pixel > 1 else 300)
    areas, end = areas_of(grid), grid.width
    with_hole = shapely.box(0, 0, end, end).difference(shapely.box(10, 20, 200, 90))
    outlines = np.array([shapely.box(3, 5, 4, 6), with_hole, shapely.box(0, 7, end, 8)], object)
    inside = areas.of_pixels(Window(20, 10, 70, 190)).sum()
    expected = [
        areas.of_pixels(Window(5, 3, 1, 1)).sum(),
        areas.of_pixels(grid.window).sum() - inside,
        areas.of_pixels(Window(7, 0, 1, end)).sum(),
    ]
    assert areas.of_regions(outlines) == pytest.approx(expected, rel=1e-6)


LOCAL = 'LOCAL_CS["site",UNIT["metre",1]]'


def reason(grid: Grid) -> str:
    return "".join(without_areas("s.tif", grid, ground_areas(grid)))


@pytest.mark.parametrize("crs", [None, LOCAL])
def test_without_an_earth_there_are_no_areas_and_a_reason(crs: str | None) -> None:
    grid = Grid(crs, (10, 0, 0, 0, -10, 0), 8, 8)
    assert ground_areas(grid) is None
    assert ground_pixel_size(grid) is None
    assert ("not tied to the Earth" in reason(grid)) == (crs is not None)  # no CRS is told when a scene is opened


def test_beyond_the_domain_of_the_crs_there_are_no_areas_and_a_reason() -> None:
    crs = RasterioCRS.from_proj4("+proj=geos +h=35785831 +sweep=y +ellps=WGS84").to_wkt()
    disk = Grid(crs, (50_000, 0, -5_570_000, 0, -50_000, 5_570_000), 223, 223)
    assert ground_areas(disk) is None
    assert "outside of where its CRS is defined" in reason(disk)
    middle = ground_areas(disk, Window(100, 90, 20, 30))
    assert middle is not None
    assert middle.of_pixels(Window(105, 95, 1, 1))[0, 0] == pytest.approx(50_000**2, rel=0.1)
