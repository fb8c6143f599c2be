"""What is judged is what ``classify`` would make: the law that evaluation and quantization rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from geoquant.calibration.tiles import CalibrationTiles
from geoquant.evaluation.contender import Contender, Runner
from geoquant.grid import Window
from geoquant.inference.classify import classify
from geoquant.model_card.card import Tiling
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.options.quantize import EvaluateOptions
from geoquant.progress import silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.candidates import CandidateTile
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import tile_geometry
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene, stratify
from geoquant.tile_grid import blended_tile
from tests.builders.maps import picture
from tests.builders.model_files import int8_file, network_file
from tests.builders.rasters import write_tif

HEIGHT, WIDTH = 190, 210
TILE_PX, OVERLAP_PX = 64, 16
MODELS = [("pooled", "float"), ("pooled", "int8"), ("mobile", "float"), ("mobile", "int8"), ("unet", "int8")]
STRIDE_PX = 4


def multiples(low_px: int, high_px: int) -> st.SearchStrategy[int]:
    return st.integers(low_px // STRIDE_PX, high_px // STRIDE_PX).map(lambda count: count * STRIDE_PX)


sides = multiples(8, 68)
windows = st.builds(Window, multiples(0, HEIGHT - 68), multiples(0, WIDTH - 68), sides, sides)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks with and without a bounded receptive field, in float and INT8, and a scene with a gap."""
    path = tmp_path_factory.mktemp("judged")
    image = picture(HEIGHT, WIDTH, seed=4)
    image[:, 60:90, 20:50] = 0
    write_tif(path / "scene.tif", image, nodata=0)
    for kind in ("pooled", "mobile", "unet"):
        tiling = Tiling(halo_px=None, stride_px=STRIDE_PX, tile_px=TILE_PX, overlap_px=OVERLAP_PX)
        network_file(path / f"{kind}_float.onnx", kind, tiling=tiling)
        int8_file(path / f"{kind}_int8.onnx", path / f"{kind}_float.onnx", [image[:, :64, 64:128]])
    return path


@pytest.fixture(scope="module")
def stratified(folder: Path) -> Iterator[StratifiedScene]:
    card = open_model(folder / "unet_float.onnx").card
    with fit_to_card(open_scene(folder / "scene.tif"), card) as scene:
        found = stratify(scene, card)
        yield found
        found.close()


def chosen(window: Window) -> ChosenTile:
    nothing = np.zeros(0)
    return ChosenTile(CandidateTile(0, window, nothing, nothing, nothing, nothing), Stratum.LAND_DULL_BARE, "")


def reader_of(model: Model, stratified: StratifiedScene, *places: Window) -> TileReader:
    geometry = tile_geometry([stratified], model.card, EvaluateOptions(tile=64), model.facts)
    return TileReader([stratified], model.card, geometry, [chosen(window) for window in places], blended=True)


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: " ".join(model))
def model(request: pytest.FixtureRequest, folder: Path) -> Model:
    return open_model(folder / f"{'_'.join(request.param)}.onnx")


@pytest.fixture(scope="module", params=["ort", "openvino"])
def classified(request: pytest.FixtureRequest, model: Model, folder: Path) -> tuple[str, np.ndarray]:
    """An engine, and the class map of the scene by ``classify`` in it."""
    out = folder / f"{model.path.stem}_{request.param}.tif"
    classify(folder / "scene.tif", model, out, ClassifyOptions(engine=request.param, workers=2))
    with rasterio.open(out) as made:
        return request.param, made.read(1)


@pytest.fixture(scope="module")
def runner(classified: tuple[str, np.ndarray], model: Model, stratified: StratifiedScene) -> Runner:
    return Runner(Contender(model.path, model.card, classified[0], ""), reader_of(model, stratified))


@given(windows)
def test_the_judged_map_of_a_tile_is_that_of_classify_to_the_bit(
    classified: tuple[str, np.ndarray], runner: Runner, model: Model, stratified: StratifiedScene, window: Window
) -> None:
    tiles = reader_of(model, stratified, window)
    (tile,) = tiles
    assert tile.window == window
    valid = tile.pixels.valid[tile.core]
    np.testing.assert_array_equal(runner.classes(tile)[valid], classified[1][window.slices][valid])


def test_what_neighbouring_tiles_share_is_scored_once(folder: Path, stratified: StratifiedScene) -> None:
    model = open_model(folder / "pooled_float.onnx")
    tiles = reader_of(model, stratified, Window(0, 0, 48, 48), Window(0, 48, 48, 48))
    runner = Runner(Contender(model.path, model.card, "ort", ""), tiles)
    scored, scores = [], runner.engine.scores
    runner.engine.scores = lambda batch: scored.append(batch) or scores(batch)  # type: ignore[method-assign]
    for tile in tiles:
        runner.classes(tile)
    assert len(scored) == 9 + 3  # 3 x 3 tiles touch a cell; the next cell shares two columns of them


def test_calibration_sees_the_blended_tile_that_has_most_of_a_say(folder: Path, stratified: StratifiedScene) -> None:
    model, window = open_model(folder / "pooled_float.onnx"), Window(60, 100, 32, 32)
    reader = reader_of(model, stratified, window)
    assert reader.geometry.lattice is not None
    tiles = CalibrationTiles([stratified], model.card, reader.geometry, reader.choices)
    own = blended_tile(76, 116, reader.geometry.lattice)
    assert own == Window(40, 88, TILE_PX, TILE_PX)
    ((batch, mask),) = tiles.batches(silent, "looking")
    pixels = stratified.scene.read(own)
    (encode,) = tiles.encoders(model.card)
    np.testing.assert_array_equal(batch[0], encode(*pixels))
    assert batch.shape[1:] == tiles.shape
    inside = window.relative_to(own).slices
    assert mask.valid.sum() == pixels.valid[inside].sum() == mask.valid[inside].sum()
    narrow = replace(reader, choices=[chosen(Window(30, 100, 60, 60))], blended=False)
    (cut,) = narrow
    assert cut.window == Window(40, 100, 50, 52)
