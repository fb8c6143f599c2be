"""The plan of networks whose tiles are blended: the scores that a shard keeps are part of its memory."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.inference.memory_model import MIB
from geoquant.inference.plan import BLENDED_SHARD_PX, Plan, make_plan, read_windows
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.model_card.lattice import lattice_for
from geoquant.options.classify import ClassifyOptions
from geoquant.raster.opening import open_scene
from geoquant.raster.region import region_of
from tests.builders.plans import DEMAND, facts_of


def plan_of(classes: int, limit_mib: int | None = None, side: int = 10_000) -> Plan:
    labels = tuple(ClassLabel(value, f"class {value}", "#000000") for value in range(classes))
    card = ModelCard("m", (Band("1"),), Normalization((0.0,), (1.0,)), labels)
    return make_plan(Window(0, 0, side, side), card, facts_of(None), ClassifyOptions(max_memory=limit_mib), DEMAND)


@given(st.integers(2, 255), st.integers(400, 4_000))
def test_scores_are_kept_within_the_ceiling_or_the_need_is_named(classes: int, limit_mib: int) -> None:
    try:
        plan = plan_of(classes, limit_mib)
    except OptionError as error:
        needed = int(str(error).split(" need ")[1].split()[0])
        assert needed >= limit_mib
        assert plan_of(classes, needed + 1).memory_bytes <= (needed + 1) * MIB
        return
    assert plan.memory_bytes <= limit_mib * MIB
    assert sum(shard.pixels for shard in plan.shards) == 10_000**2


def test_many_classes_make_shards_narrower() -> None:
    few, many = plan_of(5), plan_of(60)
    assert few.shards[0].width > many.shards[0].width
    scores = 2 * 60 * 4 * many.lattice.tile_px * many.shards[0].width
    assert many.memory_bytes > DEMAND.base_bytes + scores
    assert few.tiles < many.tiles < 1.5 * few.tiles
    assert few.shards[0].width <= BLENDED_SHARD_PX


def test_what_does_not_fit_is_refused_with_what_helps() -> None:
    with pytest.raises(OptionError, match=r"--max-memory is 400 MiB.*512 px need \d+ MiB.*--tile"):
        plan_of(200, 400)


def test_an_overlap_that_the_stride_asks_for_is_explained() -> None:
    labels = tuple(ClassLabel(value, f"class {value}", "#000000") for value in range(4))
    card = ModelCard("m", (Band("1"),), Normalization((0.0,), (1.0,)), labels)
    with pytest.raises(OptionError, match=r"is 64 px, as tiles .* multiples of 32 px need it; .* Give --tile 128"):
        lattice_for(card, facts_of(None), ClassifyOptions(tile=96), 96)
    # a network of one size looks at that tile as a whole, wherever it begins
    fixed = replace(facts_of(None), input_shape=(None, 6, 64, 64))
    assert lattice_for(card, fixed, ClassifyOptions(), 64).overlap_px == 16


@pytest.mark.parametrize("halo_px", [24, None])
@pytest.mark.parametrize("shape", [(1_000_000, 1_000_000), (20_000, 2_000), (300, 1_000_000)])
def test_a_plan_of_any_size_is_made_by_arithmetic(halo_px: int | None, shape: tuple[int, int]) -> None:
    labels = tuple(ClassLabel(value, f"class {value}", "#000000") for value in range(4))
    card = ModelCard("m", (Band("1"),), Normalization((0.0,), (1.0,)), labels)
    started = time.process_time()
    plan = make_plan(Window(0, 0, *shape), card, facts_of(halo_px), ClassifyOptions(), DEMAND)
    plan.to_json()
    assert time.process_time() - started < 8  # seconds on any machine; a list of tiles takes minutes
    if shape[0] * shape[1] < 10**9:
        reads = [read for shard in plan.shards for read in read_windows(shard, plan.lattice)]
        assert (plan.tiles, plan.inferred_px) == (len(reads), sum(read.pixels for read in reads))


def test_more_than_one_map_takes_is_refused_with_the_size_and_what_helps(tmp_path: Path) -> None:
    text = "".join(f'<VRTRasterBand dataType="UInt16" band="{band}"/>' for band in (1, 2, 3))
    size = 'rasterXSize="2147483647" rasterYSize="2147483647"'
    placed = "<GeoTransform>0,1,0,0,0,-1</GeoTransform>"
    (tmp_path / "v.vrt").write_text(f"<VRTDataset {size}>{placed}{text}</VRTDataset>")
    with open_scene(tmp_path / "v.vrt") as scene:
        with pytest.raises(OptionError, match=r"2147483647 x 2147483647 pixels.*--bounds.*--aoi"):
            region_of(scene, ClassifyOptions())
        assert region_of(scene, ClassifyOptions(bounds=(0, -100, 50, 0))).window == Window(0, 0, 100, 50)
