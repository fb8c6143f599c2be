"""Outputs are refused before any work, and appear whole or not at all."""

from __future__ import annotations

import os

import pytest

from geoquant.errors import OptionError, RasterError
from geoquant.output.destination import check_beside, check_destination, check_free_space, part_file


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


def test_too_little_space_is_refused_before_the_start(tmp_path):
    check_free_space(tmp_path, 1)
    with pytest.raises(RasterError, match="MiB are needed"):
        check_free_space(tmp_path, 2**60)
