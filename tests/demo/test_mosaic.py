"""The demo's mosaic: four days in two zones, one map by each rule, and the section that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
import rasterio

from geoquant.demo.demo import packaged_model
from geoquant.demo.landscape.scene import make_days, make_landscape
from geoquant.demo.mosaic import DATES, Land, MosaicFindings, mosaic_demo
from geoquant.demo.mosaic_report import mosaic_section
from geoquant.model_card.reading import read_card
from geoquant.options.classify import ClassifyOptions
from geoquant.progress import silent

MODEL = packaged_model("demo_landcover")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> MosaicFindings:
    folder = tmp_path_factory.mktemp("demo") / "mosaic"
    return mosaic_demo(folder, MODEL, Land(seed=3, size=512), ClassifyOptions(engine="ort"), silent)


def test_the_scenes_overlap_in_two_zones_and_have_their_dates(found: MosaicFindings) -> None:
    zones, dates, pixels = [], [], 0
    for path in found.scenes:
        with rasterio.open(path) as scene:
            zones.append(scene.crs.to_epsg())
            dates.append(scene.tags()["TIFFTAG_DATETIME"])
            pixels += scene.width * scene.height
    assert zones == [32630, 32630, 32631, 32631]
    assert tuple(dates) == DATES
    assert pixels > 1.4 * 512**2


def test_the_clearest_map_hides_less_and_shows_more_of_the_ground(found: MosaicFindings) -> None:
    first, clearest = found.maps
    assert (first.rule, clearest.rule) == ("first", "clearest")
    assert clearest.hidden < 0.7 * first.hidden
    assert clearest.right > first.right + 0.02
    with rasterio.open(first.summary.out) as one, rasterio.open(clearest.summary.out) as other:
        assert one.transform == other.transform
        assert one.crs.to_epsg() == 32631


def test_the_section_shows_every_day_and_every_map(found: MosaicFindings) -> None:
    html = mosaic_section(found, read_card(MODEL).classes)
    assert html.count("data:image/jpeg") == len(found.scenes)
    assert html.count("data:image/png") == len(found.maps)
    assert "2024-04-18" in html
    assert all(one.rule in html for one in found.maps)


def test_days_are_of_one_ground_under_skies_of_their_own() -> None:
    cover, days = make_days(seed=1, size=128, days=2)
    first, second = days
    assert (first.stored != second.stored).any()
    clear = (first.labels == cover) & (second.labels == cover)
    assert clear.mean() > 0.4
    assert (make_landscape(1, 128).labels[clear] == cover[clear]).mean() > 0.6


def test_a_mosaic_in_the_folder_is_not_replaced_unasked(tmp_path: Path) -> None:
    from geoquant.demo.demo import run_demo
    from geoquant.errors import OptionError
    from geoquant.options.demo import DemoOptions

    (tmp_path / "mosaic").mkdir()
    with pytest.raises(OptionError, match=r"mosaic already.*--overwrite"):
        run_demo(tmp_path, DemoOptions(size=1024, mosaic=True))
