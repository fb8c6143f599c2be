"""Timing: CPU time beside wall time, on a tile as large as those classified, and when INT8 counts as slower."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geoquant.evaluation import performance
from geoquant.evaluation.contender import Contender, Runner
from geoquant.evaluation.performance import FEWEST_ROUNDS, CpuTime, Rounds, int8_is_slower, planned_tile, time_rounds
from geoquant.grid import Window
from geoquant.inference.plan import read_windows
from geoquant.inference.prepare import prepare
from geoquant.model_card.card import Tiling
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.options.quantize import EvaluateOptions
from geoquant.progress import silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene_input import SceneInput
from geoquant.sampling.candidates import main_stratum
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import candidates_of, tile_geometry
from geoquant.strata.stratified_scene import stratify
from tests.builders.maps import picture
from tests.builders.model_files import network_file
from tests.builders.rasters import write_tif


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("timed")
    write_tif(path / "scene.tif", picture(480, 360))
    network_file(path / "unet.onnx", "unet")
    network_file(path / "pooled.onnx", "pooled", tiling=Tiling(halo_px=None, tile_px=64, overlap_px=16))
    network_file(path / "fixed.onnx", "unet", size=80)
    return path


@contextmanager
def tiles_for(model: Model, scene: Path) -> Iterator[TileReader]:
    """The last tile of a scene, as small as judging may take it."""
    with fit_to_card(open_scene(scene), model.card) as opened:
        stratified = stratify(opened, model.card)
        geometry = tile_geometry([stratified], model.card, EvaluateOptions(tile=64), model.facts)
        (last,) = candidates_of(stratified, 0, [Window(416, 296, 64, 64)])
        yield TileReader([stratified], model.card, geometry, [ChosenTile(last, main_stratum(last), "")])
        stratified.close()


@pytest.mark.parametrize("kind", ["unet", "pooled", "fixed"])
@pytest.mark.parametrize("engine", ["ort", "openvino"])
def test_the_timed_tile_is_the_one_that_classify_plans(folder: Path, kind: str, engine: str) -> None:
    model = open_model(folder / f"{kind}.onnx")
    plan = prepare(SceneInput(folder / "scene.tif"), model, ClassifyOptions(engine=engine)).plan
    (planned,) = {(read.height, read.width) for read in read_windows(plan.shards[0], plan.lattice)}
    with tiles_for(model, folder / "scene.tif") as tiles:
        contenders = [Contender(model.path, model.card, engine, label) for label in ("float", "INT8")]
        rounds = time_rounds(contenders, tiles, 1, silent)
        (timed,) = planned_tile(tiles, Runner(contenders[0], tiles))
    assert {each.shape for each in rounds} == {planned} == {timed.pixels.valid.shape}
    assert timed.window == timed.around
    assert planned[0] > 64 or kind == "pooled"


def test_timing_ends_in_time_and_large_tiles_are_cut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "TIMING_SECONDS", 0)
    monkeypatch.setattr(performance, "LARGEST_TIMED_PX", 98)
    model = open_model(folder / "unet.onnx")
    with tiles_for(model, folder / "scene.tif") as tiles:
        (found,) = time_rounds([Contender(model.path, model.card, "ort", "float")], tiles, 25, silent)
    assert len(found.seconds) == len(found.cpu_seconds) == FEWEST_ROUNDS
    assert found.shape == (96, 96)


def test_cpu_seconds_are_those_of_a_million_pixels():
    found = Rounds([1.0] * 3, [0.2, 0.4, 0.6], (500, 1000)).cpu
    assert (found.median, found.low, found.high) == pytest.approx((0.8, 0.48, 1.12))


@pytest.mark.parametrize(("low", "slower"), [(1.3, True), (1.2, False), (0.9, False)])
def test_int8_is_slower_only_beyond_the_spread(low, slower):
    reference = ("float", CpuTime(1.0, 0.9, 1.2))
    assert int8_is_slower([reference, ("INT8", CpuTime(1.4, low, 1.6))]) == slower
    assert not int8_is_slower([reference, ("INT8", CpuTime(1.4, low, 1.6)), ("INT8", CpuTime(0.5, 0.4, 0.6))])
    assert not int8_is_slower([])
