"""Everything that a mosaic can't be made of is said before anything runs, scene by scene, with what to do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rasterio

from geoquant.errors import BandMismatch, Cancelled, OptionError, RasterError
from geoquant.grid import Window
from geoquant.model_card.card import Band
from geoquant.options.mosaic import MosaicOptions
from geoquant.raster.mosaic.mosaic_input import MosaicInput, open_mosaic
from geoquant.strata.clarity import SceneClarity
from tests.builders.model_files import card_for
from tests.builders.mosaics import Facts, cut, opened, write_part
from tests.builders.rasters import picture

PARTS = [Window(0, 0, 70, 50), Window(0, 40, 70, 50), Window(20, 20, 30, 30)]


def test_every_file_that_is_no_scene_is_named(tmp_path):
    files = cut(tmp_path, picture(), PARTS)
    for number in (0, 2):
        files[number].write_bytes(b"no raster")
    with pytest.raises(RasterError) as caught:
        opened(files)
    text = str(caught.value)
    assert text.startswith("2 of 3 scenes can't be part of the mosaic:\n- ")
    assert "part0.tif" in text
    assert "part2.tif" in text


def test_a_long_list_of_faults_is_cut(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:1] * 8)
    for file in files:
        file.unlink()
    with pytest.raises(RasterError, match="and 3 more"):
        opened(files)


def test_a_scene_with_other_bands_is_named(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    write_part(files[1], picture(bands=2), Window(0, 0, 70, 90))
    with pytest.raises(BandMismatch, match=r"part1\.tif"):
        opened(files)


def test_band_files_given_as_scenes_are_told_apart(tmp_path):
    files = [write_part(tmp_path / f"B0{i}.tif", picture(bands=1), Window(0, 0, 70, 90)) for i in (2, 3, 4)]
    for file, name in zip(files, ("blue", "green", "red"), strict=True):
        with rasterio.open(file, "r+") as target:
            target.descriptions = [name]
    with pytest.raises(BandMismatch, match=r"joined by commas: B02\.tif,B03\.tif"):
        opened(files)
    one_scene = tuple(map(str, files))
    assert len(opened([one_scene]).members) == 1
    assert len(opened([",".join(one_scene)]).members) == 1


def test_the_latest_needs_the_date_of_every_scene(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    dated = write_part(tmp_path / "dated.tif", picture(), Window(0, 0, 70, 90), Facts(acquired="2022-01-01"))
    with pytest.raises(OptionError, match=r"--rule latest .*part0\.tif, part1\.tif tell none"):
        opened([dated, *files], MosaicOptions(rule="latest"))


def test_a_list_tells_the_date_that_files_do_not(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    (tmp_path / "scenes.csv").write_text("path,date\npart0.tif,2022-01-01\npart1.tif,2022-02-01\n")
    mosaic = opened([tmp_path / "scenes.csv"], MosaicOptions(rule="latest"))
    assert [member.scene.bands[0].path for member in mosaic.members] == [str(files[1]), str(files[0])]


def test_what_is_unusual_about_many_scenes_is_said_once(tmp_path):
    files = cut(tmp_path, picture().astype(np.uint16), PARTS)
    bands = tuple(Band(name, name, scale=1e-4, offset=0.0) for name in ("blue", "green", "red"))
    card = replace(card_for(3, 4, units="physical"), bands=bands)
    mosaic = open_mosaic(MosaicInput(tuple(files)), card, SceneClarity)
    (warning,) = [one for one in mosaic.warnings if "carries no scale" in one]
    assert "(2 more of the 3 scenes have the same.)" in warning


def test_opening_tells_how_far_it_is_and_can_be_cancelled(tmp_path):
    files = cut(tmp_path, picture(), PARTS)
    told = []
    open_mosaic(MosaicInput(tuple(files)), card_for(3, 4), SceneClarity, told.append)
    assert [(one.stage, one.done, one.total) for one in told] == [("opening model and scene", i, 3) for i in range(4)]

    def stop(_: object) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        open_mosaic(MosaicInput(tuple(files)), card_for(3, 4), SceneClarity, stop)


def test_a_rule_is_one_of_those_that_there_are():
    with pytest.raises(OptionError, match="newest"):
        MosaicOptions(rule="newest")


def test_an_output_may_not_replace_what_is_named(tmp_path):
    given = MosaicInput(("a.tif", ("b.tif", "c.tif")), MosaicOptions(align="d.tif"))
    assert given.files == ["a.tif", "b.tif", "c.tif", "d.tif"]
