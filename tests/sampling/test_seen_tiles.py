"""Tiles that calibration has seen are recognised in a copy of its scene, and in no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import rasterio
import rasterio.shutil

from geoquant.grid import Window
from geoquant.model_card.reading import read_card
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.candidates import main_stratum
from geoquant.sampling.seen_tiles import scene_marks, seen_windows, tile_record
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_selection import candidates_of
from geoquant.strata.stratified_scene import stratify


@pytest.fixture(scope="module")
def folder(quantized) -> Path:
    """A scene with its mask and labels, a float model and the INT8 model made from it on that scene."""
    return Path(quantized.out).parent


def seen_on(folder: Path, scene: Path) -> list[Window]:
    card = read_card(folder / "int8.onnx")
    return seen_windows(stratify(fit_to_card(open_scene(scene), card), card), card.quantization)


def test_a_copy_is_recognised_under_another_name_and_encoding_and_another_scene_is_not(folder, tmp_path):
    rasterio.shutil.copy(folder / "scene.tif", tmp_path / "renamed.tif", compress="lzw", tiled=True)
    there = seen_on(folder, folder / "scene.tif")
    assert len(there) == len(read_card(folder / "int8.onnx").quantization.tiles)
    assert seen_on(folder, tmp_path / "renamed.tif") == there
    with rasterio.open(tmp_path / "renamed.tif", "r+") as copy:
        copy.write(copy.read() + 1)
    assert seen_on(folder, tmp_path / "renamed.tif") == []


def test_by_a_card_with_marks_a_scene_of_the_same_name_and_other_pixels_is_new(folder, tmp_path):
    rasterio.shutil.copy(folder / "scene.tif", tmp_path / "scene.tif")
    assert seen_on(folder, tmp_path / "scene.tif")
    with rasterio.open(tmp_path / "scene.tif", "r+") as other:
        other.write(other.read() + 1)
    assert seen_on(folder, tmp_path / "scene.tif") == []


def test_by_a_card_without_marks_the_name_decides(folder):
    card = read_card(folder / "int8.onnx")
    scene = stratify(fit_to_card(open_scene(folder / "scene.tif"), card), card)
    unmarked = {key: value for key, value in card.quantization.method.items() if key != "scene_marks"}
    facts = replace(card.quantization, method=unmarked)
    assert len(seen_windows(scene, facts)) == len(facts.tiles)
    moved = tuple({**tile, "scene": "moved"} for tile in facts.tiles)
    assert seen_windows(scene, replace(facts, tiles=moved)) == []


def test_scenes_of_one_name_are_told_apart(folder, tmp_path):
    """Two scenes of one name calibrate: each is recognised, and has its own tiles."""
    rasterio.shutil.copy(folder / "scene.tif", tmp_path / "scene.tif")
    with rasterio.open(tmp_path / "scene.tif", "r+") as other:
        other.write(other.read() + 1)
    card = read_card(folder / "int8.onnx")
    scenes = [stratify(fit_to_card(open_scene(one / "scene.tif"), card), card) for one in (folder, tmp_path)]
    windows = [[Window(0, 0, 64, 64), Window(64, 64, 64, 64)], [Window(128, 128, 64, 64)]]
    choices = [
        ChosenTile(tile, main_stratum(tile), "")
        for i in (1, 0)
        for tile in candidates_of(scenes[i], i, windows[i], min_valid=0)
    ]
    records = tuple(tile_record(choice, scenes) for choice in choices)
    facts = replace(card.quantization, tiles=records, method={"scene_marks": scene_marks(scenes, choices)})
    assert [seen_windows(scene, facts) for scene in scenes] == windows
