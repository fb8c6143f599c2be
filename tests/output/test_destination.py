"""Outputs are refused before any work, and appear whole or not at all."""

from __future__ import annotations

import errno
import os

import pytest

from geoquant.errors import OptionError, RasterError
from geoquant.output.destination import (
    check_beside,
    check_destination,
    check_free_space,
    check_raster_suffix,
    part_file,
    publish,
)
from geoquant.output.publishing import StagedOutputs


def test_missing_folder(tmp_path):
    with pytest.raises(OptionError, match="does not exist"):
        check_destination(tmp_path / "none" / "out.tif")


def test_a_folder_is_no_output(tmp_path):
    with pytest.raises(OptionError, match="is a folder"):
        check_destination(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
def test_a_device_is_never_replaced(tmp_path):
    """Replacing what only looks like a file would take /dev/null away from a whole machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OptionError, match="device"):
        check_destination(pipe, overwrite=True)
    assert pipe.is_fifo()


def test_existing_output_needs_overwrite(tmp_path):
    out = tmp_path / "out.tif"
    check_destination(out)
    out.touch()
    with pytest.raises(OptionError, match="--overwrite"):
        check_destination(out)
    check_destination(out, overwrite=True)


def test_the_input_is_never_the_output(tmp_path):
    scene = tmp_path / "scene.tif"
    scene.touch()
    link = tmp_path / "link.tif"
    os.link(scene, link)
    for out in (scene, link):
        with pytest.raises(OptionError, match="one of the job's inputs"):
            check_destination(out, True, ["https://example.com/a.tif", scene])


def test_a_failure_keeps_the_old_file(tmp_path):
    final = tmp_path / "a.txt"
    final.write_text("old")

    def fail_halfway():
        with part_file(final) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert final.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_success_replaces_it(tmp_path):
    final = tmp_path / "a.txt"
    final.write_text("old")
    with part_file(final) as part:
        part.write_text("new")
    assert final.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_foreign_style_beside_the_output_is_not_replaced(tmp_path):
    out, style = tmp_path / "map.tif", tmp_path / "map.qml"
    check_beside(out)
    style.write_text("somebody's style")
    with pytest.raises(OptionError, match=r"map\.qml exists"):
        check_beside(out)
    check_beside(out, overwrite=True)
    out.touch()
    check_beside(out)


@pytest.mark.parametrize("name", ["map.jpg", "map.PNG", "map.vrt", "map.jp2", "map.nc"])
def test_a_map_is_not_named_as_another_format(tmp_path, name):
    with pytest.raises(OptionError, match=r"GeoTIFF; give map\.tif"):
        check_raster_suffix(tmp_path / name)


@pytest.mark.parametrize("name", ["map.tif", "map.TIFF", "map", "map.2024", "map.cog"])
def test_a_map_may_have_any_other_name(tmp_path, name):
    assert check_raster_suffix(tmp_path / name) is None


def test_too_little_space_is_refused_before_the_start(tmp_path):
    check_free_space(tmp_path, 1)
    with pytest.raises(RasterError, match="MiB are needed"):
        check_free_space(tmp_path, 2**60)


@pytest.fixture
def linked(tmp_path):
    """A link in one folder to a file in another, which is there already."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    target, link = tmp_path / "there" / "data.txt", tmp_path / "here" / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    return link


@pytest.mark.parametrize("there_already", [True, False])
def test_a_link_is_followed(linked, there_already):
    target = linked.resolve()
    if not there_already:
        target.unlink()
    check_destination(linked, overwrite=there_already)
    with part_file(linked) as part:
        assert part.parent == target.parent  # where a rename replaces the file at once
        part.write_text("new")
    assert linked.is_symlink()
    assert target.read_text() == "new"
    assert sorted(path.name for path in linked.parent.parent.rglob("*.txt*")) == ["data.txt", "link.txt"]


@pytest.mark.parametrize("renames_reach", [True, False], ids=["one disk", "another disk"])
def test_a_result_that_is_published_under_a_link_goes_where_it_points(linked, monkeypatch, renames_reach):
    target, made, rename = linked.resolve(), linked.with_name("made.txt"), os.replace
    made.write_text("new")

    def across_disks(source, final):
        if source == made:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, final)

    if not renames_reach:
        monkeypatch.setattr(os, "replace", across_disks)
    publish(made, linked)
    assert linked.is_symlink()
    assert target.read_text() == "new"
    assert not made.exists()
    assert [path.name for path in target.parent.iterdir()] == ["data.txt"]


def test_outputs_of_a_job_follow_links_and_are_recognised_behind_them(linked):
    folder = linked.parent / ".job"
    folder.mkdir()
    outputs = StagedOutputs(folder, "k" * 64)
    outputs.begin()
    outputs.place(linked).write_text("new")
    outputs.seal([linked], "x")
    outputs.release()
    assert linked.is_symlink()
    assert linked.resolve().read_text() == "new"
    assert outputs.is_sealed([linked], "x")


def test_links_that_lead_nowhere_are_refused(tmp_path):
    circle, astray = tmp_path / "circle.tif", tmp_path / "astray.tif"
    circle.symlink_to(circle)
    astray.symlink_to(tmp_path / "none" / "o.tif")
    with pytest.raises(OptionError, match="leads back to itself"):
        check_destination(circle, overwrite=True)
    with pytest.raises(OptionError, match=r"none does not exist"):
        check_destination(astray)


def test_a_link_to_an_input_is_refused(linked):
    with pytest.raises(OptionError, match="one of the job's inputs"):
        check_destination(linked, True, [linked.resolve()])
