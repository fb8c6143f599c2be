"""Laws of a classified mosaic: it is the map of one scene with the same pixels, however it is cut, tiled or resumed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.errors import GeoquantWarning, OptionError, RasterError
from geoquant.grid import Window
from geoquant.inference.classify import classify, plan_classification
from geoquant.options.classify import ClassifyOptions
from geoquant.options.mosaic import MosaicOptions
from geoquant.progress import Progress
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from tests.builders import maps
from tests.builders.mosaics import Facts, cut, write_part

pytestmark = pytest.mark.usefixtures("small_shards")

HEIGHT, WIDTH = 150, 170
WHOLE = Window(0, 0, HEIGHT, WIDTH)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Stored numbers without a 0, which is no data."""
    return np.maximum(maps.picture(height, width, seed=seed), 1)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


@pytest.fixture
def model(unet: Path) -> Path:
    return unet


@given(
    st.integers(1, HEIGHT - 1),
    st.integers(1, WIDTH - 1),
    st.integers(0, 20),
    st.sampled_from([32, 64, 200]),
    st.integers(1, 3),
    st.permutations(range(4)),
)
@settings(max_examples=15)
def test_a_cut_scene_gives_the_same_map(tmp_path_factory, model, row, col, overlap_px, tile, workers, order):
    folder, values = tmp_path_factory.mktemp("law"), picture(HEIGHT, WIDTH)
    corners = [(top, left) for top in (0, row) for left in (0, col)]
    parts = [
        Window(top, left, (HEIGHT if top else row + overlap_px), (WIDTH if left else col + overlap_px))
        for top, left in corners
    ]
    files = cut(folder, values, [part.intersection(WHOLE) for part in parts])
    options = ClassifyOptions(tile=tile, workers=workers, engine="ort")
    given_scenes = MosaicInput(tuple(files[number] for number in order))
    made = classify(given_scenes, model, folder / "mosaic.tif", options)
    classify(write_part(folder / "whole.tif", values, WHOLE), model, folder / "one.tif", options)
    np.testing.assert_array_equal(read(folder / "mosaic.tif"), read(folder / "one.tif"))
    assert made.valid_pixels == HEIGHT * WIDTH


def halves(folder: Path) -> list[Path]:
    return cut(folder, picture(HEIGHT, WIDTH), [Window(0, 0, HEIGHT, 100), Window(0, 80, HEIGHT, 90)])


def test_a_map_tells_its_scenes_and_the_rule(tmp_path, model):
    write_part(tmp_path / "a.tif", picture(HEIGHT, WIDTH), WHOLE, Facts(acquired="2022-01-01"))
    write_part(tmp_path / "b.tif", picture(HEIGHT, WIDTH), WHOLE, Facts(acquired="2022-02-01"))
    out = tmp_path / "out.img.tif"
    classify(MosaicInput((f"{tmp_path}/?.tif",), MosaicOptions(rule="latest")), model, out)
    with rasterio.open(out) as source:
        tags = source.tags()
    told = json.loads(tags["GEOQUANT_MOSAIC"])
    assert told["rule"] == "latest"
    assert told["scenes"] == [["b.tif", "2022-02-01T00:00:00+00:00"], ["a.tif", "2022-01-01T00:00:00+00:00"]]
    assert tags["GEOQUANT_SOURCE"] == "a.tif and 1 more scenes"
    assert str(tmp_path) not in json.dumps(tags)


def test_an_interrupted_mosaic_goes_on_where_it_stopped(tmp_path, model):
    files, options = halves(tmp_path), ClassifyOptions(engine="ort", tile=32, workers=1)
    classify(MosaicInput(tuple(files)), model, tmp_path / "straight.tif", options)

    def fail(told: Progress) -> None:
        if told.stage == "classifying" and told.done > HEIGHT * WIDTH // 2:
            raise RuntimeError("power")

    out = tmp_path / "out.tif"
    with pytest.raises(RuntimeError, match="power"):
        classify(MosaicInput(tuple(files)), model, out, options, progress=fail)
    assert list((tmp_path / ".out.tif.shards").glob("*.tif"))
    first: list[int] = []
    classify(MosaicInput(tuple(files)), model, out, options, progress=lambda told: first.append(told.done))
    assert out.read_bytes() == (tmp_path / "straight.tif").read_bytes()
    with pytest.raises(RuntimeError, match="power"):
        classify(MosaicInput(tuple(files)), model, tmp_path / "other.tif", options, progress=fail)
    write_part(files[1], picture(HEIGHT, WIDTH, seed=9)[:, :, 80:], Window(0, 80, HEIGHT, 90))
    with pytest.warns(GeoquantWarning, match="the scene or how it is read"):
        classify(MosaicInput(tuple(files)), model, tmp_path / "other.tif", options)
    classify(MosaicInput(tuple(files)), model, tmp_path / "fresh.tif", options)
    assert (tmp_path / "other.tif").read_bytes() == (tmp_path / "fresh.tif").read_bytes()


def test_a_scene_that_changes_while_it_is_read_ends_the_job(tmp_path, model):
    files = halves(tmp_path)

    def meddle(told: Progress) -> None:
        if told.stage == "classifying":
            write_part(files[0], picture(HEIGHT, WIDTH, seed=3)[:, :, :100], Window(0, 0, HEIGHT, 100))

    with pytest.raises(RasterError, match=r"part0\.tif changed"):
        classify(MosaicInput(tuple(files)), model, tmp_path / "out.tif", ClassifyOptions(tile=32), progress=meddle)
    assert not (tmp_path / "out.tif").exists()


def test_a_hole_between_scenes_is_no_data(tmp_path, model):
    files = cut(tmp_path, picture(HEIGHT, WIDTH), [Window(0, 0, 60, 60), Window(90, 110, 60, 60)])
    summary = classify(MosaicInput(tuple(files)), model, tmp_path / "out.tif", ClassifyOptions(tile=32))
    found = read(tmp_path / "out.tif")
    assert summary.valid_pixels == 2 * 60 * 60
    assert (found[:60, 60:] == 255).all()
    assert (found[:60, :60] != 255).all()


def test_an_output_never_replaces_a_scene_of_the_mosaic(tmp_path, model):
    files = halves(tmp_path)
    (tmp_path / "list.txt").write_text("part0.tif\npart1.tif\n")
    with pytest.raises(OptionError, match=r"part1\.tif"):
        classify(MosaicInput((tmp_path / "list.txt",)), model, files[1], ClassifyOptions(overwrite=True))
    with pytest.raises(OptionError, match=r"list\.txt"):
        classify(MosaicInput((tmp_path / "list.txt",)), model, tmp_path / "list.txt", ClassifyOptions(overwrite=True))


def test_a_plan_of_a_mosaic_writes_nothing(tmp_path, model):
    files = halves(tmp_path)
    before = sorted(tmp_path.iterdir())
    plan, _ = plan_classification(MosaicInput(tuple(files)), model)
    assert plan.region == WHOLE
    assert sorted(tmp_path.iterdir()) == before


def test_bounds_are_in_the_crs_of_the_mosaic(tmp_path, model):
    files, bounds = halves(tmp_path), (500_500.0, 4_999_000.0, 501_000.0, 4_999_500.0)
    classify(MosaicInput(tuple(files)), model, tmp_path / "out.tif", ClassifyOptions(bounds=bounds))
    with rasterio.open(tmp_path / "out.tif") as source:
        assert tuple(source.bounds) == bounds
