"""Every odd but real raster, classified from end to end and compared with a direct numpy computation."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from geoquant.errors import GeoquantWarning, RasterError
from geoquant.grid import Window
from geoquant.inference.classify import classify
from geoquant.model_card.card import Normalization
from geoquant.options.classify import ClassifyOptions
from geoquant.options.scene import SceneOptions
from geoquant.raster.scene_input import SceneInput
from tests.builders.model_files import network_file, whole_scores

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
    pytest.mark.filterwarnings("ignore::rasterio.errors.NodataShadowWarning"),
]

NODATA = 255
ORT = ClassifyOptions(engine="ort")


@dataclass(frozen=True)
class Case:
    """A file, the bands that the network takes, and the words that its warnings hold, one for each."""

    name: str
    bands: tuple[int, ...] = (1, 2, 3)
    warnings: tuple[str, ...] = ()


NO_CRS, UNDECLARED = "has no CRS", "looks like fill"
CASES = (
    Case("RGB.byte.tif"),
    Case("RGB2.byte.tif"),
    Case("RGB2.byte.tif.msk", (1,), (NO_CRS, UNDECLARED)),
    Case("RGBA.byte.tif"),
    Case("RGBA.byte.tif", (1, 2, 3, 4), (UNDECLARED,)),
    Case("all-nodata.tif", (1, 2, 3, 4)),
    Case("cog_dateline.tif", (1,)),
    Case("cog_int16.tif", (1,)),
    Case("cog_nonearth.tif", (1,)),
    Case("cog_rgb_mask.tif"),
    Case("cog_scale.tif", (1,)),
    Case("dummy_recognition_map.tif", (1, 2, 3), (NO_CRS, UNDECLARED)),
    Case("image_missing_nodata.tif", (1,), (UNDECLARED,)),
    Case("image_nan.tif", (1,)),
    Case("image_rgba_nodata.tif"),
    Case("image_rgba_nodata.tif", (1, 2, 3, 4)),
    Case("inverted_lat.tif", (1,)),
    *(Case(f"rgb{number}.tif") for number in (1, 2, 3, 4)),
    Case("rotated.tif", (1,), (NO_CRS,)),
    Case("test_esri_wkt.tif", (1,)),
)


@pytest.fixture
def edge(real_data: Path) -> Path:
    return real_data / "edge"


def stored(path: Path, bands: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values ``(band, y, x)`` and validity ``(y, x)`` by plain rasterio and numpy."""
    with rasterio.open(path) as source:
        values = source.read(list(bands)).astype(np.float64)
        valid = np.isfinite(values).all(axis=0)
        has_alpha = source.colorinterp[-1] == rasterio.enums.ColorInterp.alpha
        for index, layer in zip(bands, values, strict=True):
            if source.nodatavals[index - 1] is not None:
                valid &= layer != source.nodatavals[index - 1]
            elif not has_alpha:
                valid &= source.read_masks(index) != 0
        if has_alpha and source.count not in bands:  # asked for as data, alpha masks no longer
            valid &= source.read(source.count) != 0
    return np.where(valid, values, 0), valid


def brightest(values: NDArray[np.float64], middle: float) -> NDArray[np.intp]:
    """What the network "identity" decides: the brightest band, or with one band whether it is below the middle."""
    if len(values) == 1:
        return (values[0] < middle).astype(np.intp)
    return values.argmax(axis=0)


def named(bands: tuple[int, ...]) -> SceneOptions:
    return SceneOptions(bands=tuple(map(str, bands)))


def middle_of(values: NDArray[np.float64], valid: NDArray[np.bool_]) -> float:
    return float(np.float32(np.median(values[:, valid]))) if values.shape[0] == 1 and valid.any() else 0.0


def placed(path: Path) -> tuple[Any, ...]:
    with rasterio.open(path) as dataset:
        return dataset.crs, dataset.transform, dataset.shape


@contextmanager
def quiet() -> Iterator[None]:
    """No warning of geoquant's may come."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", GeoquantWarning)
        yield


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{len(case.bands)}")
def test_a_class_map_of_every_file(edge: Path, tmp_path: Path, case: Case) -> None:
    source, out = edge / case.name, tmp_path / "classes.tif"
    values, valid = stored(source, case.bands)
    count, middle = len(case.bands), middle_of(values, valid)
    flat = Normalization((middle,) * count, (1.0,) * count)
    model = network_file(tmp_path / "m.onnx", "identity", bands=count, classes=max(2, count), normalization=flat)
    with pytest.warns(GeoquantWarning) if case.warnings else quiet():
        summary = classify(SceneInput(source, named(case.bands)), model, out, ORT)
    assert placed(out) == placed(source)
    with rasterio.open(out) as dataset:
        assert (dataset.nodata, dataset.dtypes, dataset.count) == (NODATA, ("uint8",), 1)
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.colormap(1)[0][:3] == (0x1F, 0x78, 0xB4)
        np.testing.assert_array_equal(dataset.read(1), np.where(valid, brightest(values, middle), NODATA))
    assert (summary.pixels, summary.valid_pixels) == (valid.size, np.count_nonzero(valid))
    assert len(summary.warnings) == len(case.warnings)
    for words, warning in zip(case.warnings, summary.warnings, strict=True):
        assert words in warning


@pytest.mark.parametrize("name", ["RGB.byte.tif", "cog_rgb_mask.tif"])
def test_a_network_with_context_sees_zeros_where_nothing_is_known(edge: Path, tmp_path: Path, name: str) -> None:
    source, out = edge / name, tmp_path / "classes.tif"
    model = network_file(tmp_path / "m.onnx", "conv", bands=3, normalization=Normalization((100.0,) * 3, (50.0,) * 3))
    classify(SceneInput(source, named((1, 2, 3))), model, out, ClassifyOptions(engine="ort", tile=128))
    values, valid = stored(source, (1, 2, 3))
    z = np.where(valid, (values - 100) / 50, 0)
    scores = whole_scores(model, z * 250 + 500)  # which normalizes as (x - 500) / 250
    with rasterio.open(out) as dataset:
        found = dataset.read(1)
    np.testing.assert_array_equal(found == NODATA, ~valid)
    second, best = np.sort(scores, axis=0)[-2:]
    clear = valid & (best - second > 1e-4)  # float32 adds up in another order in tiles of another size
    np.testing.assert_array_equal(found[clear], scores.argmax(axis=0)[clear])
    assert clear.sum() > 0.99 * valid.sum()


def test_a_palette_is_classified_with_a_warning(edge: Path, tmp_path: Path) -> None:
    source, out = edge / "cog_cmap.tif", tmp_path / "classes.tif"
    with rasterio.open(source) as dataset:
        window = rasterio.windows.Window(3000, 4000, 600, 500)
        bounds, values = dataset.window_bounds(window), dataset.read(1, window=window)
        crs = dataset.crs
    flat = Normalization((10.0,), (1.0,))
    model = network_file(tmp_path / "m.onnx", "identity", bands=1, classes=2, normalization=flat)
    options = ClassifyOptions(engine="ort", bounds=bounds)
    with pytest.warns(GeoquantWarning, match="colour table"):
        summary = classify(SceneInput(source, named((1,))), model, out, options)
    with rasterio.open(out) as dataset:
        assert dataset.crs == crs
        np.testing.assert_allclose(dataset.bounds, bounds)
        np.testing.assert_array_equal(dataset.read(1), np.where(values == 0, NODATA, values < 10))
    assert summary.pixels == values.size


def test_ground_control_points_become_an_affine_fit_with_a_warning(edge: Path, tmp_path: Path) -> None:
    """Only a warp can keep them: the warning says by how far the fit misses, and the command that warps."""
    source, out = edge / "RGB.byte.gcp.vrt", tmp_path / "classes.tif"
    flat = Normalization((0.0,) * 3, (1.0,) * 3)
    model = network_file(tmp_path / "m.onnx", "identity", bands=3, classes=3, normalization=flat)
    with pytest.warns(GeoquantWarning, match="off by up to 20 px.*gdalwarp -tps"):
        classify(SceneInput(source, named((1, 2, 3))), model, out, ORT)
    values, valid = stored(source, (1, 2, 3))
    with rasterio.open(source) as dataset:
        points, crs = dataset.gcps
    with rasterio.open(out) as dataset:
        assert dataset.crs == crs
        assert dataset.transform.almost_equals(rasterio.transform.from_gcps(points))
        np.testing.assert_array_equal(dataset.read(1), np.where(valid, values.argmax(axis=0), NODATA))


def test_the_damaged_tile_ends_the_job_or_is_no_data(edge: Path, tmp_path: Path) -> None:
    source, out = edge / "corrupt.tif", tmp_path / "classes.tif"
    flat = Normalization((0.0,) * 3, (1.0,) * 3)
    model = network_file(tmp_path / "m.onnx", "identity", bands=3, classes=3, normalization=flat)
    with pytest.raises(RasterError) as caught:
        classify(SceneInput(source, named((1, 2, 3))), model, out, ORT)
    for part in ("corrupt.tif", "band 1", "rows 512 to 1024", "columns 512 to 1024", "--skip-bad-blocks"):
        assert part in str(caught.value)
    assert not out.exists()
    skipping = ClassifyOptions(engine="ort", skip_bad_blocks=True)
    summary = classify(SceneInput(source, named((1, 2, 3))), model, out, skipping)
    block = Window(512, 512, 512, 512)
    with rasterio.open(out) as dataset:
        found = dataset.read(1)
        assert dataset.tags()["GEOQUANT_BAD_BLOCKS"] == "1"
    assert summary.bad_blocks == 1
    assert (found[block.slices] == NODATA).all()
    with rasterio.open(source) as dataset:
        for row, col in ((0, 0), (0, 512), (512, 0)):
            part = rasterio.windows.Window(col, row, 512, 512)
            values, valid = dataset.read(window=part), dataset.read_masks(1, window=part) != 0
            wanted = np.where(valid, values.argmax(axis=0), NODATA)
            np.testing.assert_array_equal(found[row : row + 512, col : col + 512], wanted)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_declaring_the_fill_that_was_found(edge: Path, tmp_path: Path) -> None:
    source, out = edge / "image_missing_nodata.tif", tmp_path / "classes.tif"
    model = network_file(tmp_path / "m.onnx", "identity", bands=1, classes=2)
    found = classify(SceneInput(source, SceneOptions(bands=("1",), nodata=-9999)), model, out, ORT)
    assert found.warnings == ()
    with rasterio.open(source) as dataset:
        values = dataset.read(1)
    with rasterio.open(out) as dataset:
        np.testing.assert_array_equal(dataset.read(1) == NODATA, values == -9999)
        assert json.loads(dataset.tags()["GEOQUANT_DRIFT"]) == {}
