"""What a process has begun and must not leave behind when it ends at once."""

from __future__ import annotations

from geoquant.output.destination import part_file
from geoquant.unfinished import remove_unfinished, unfinished


def test_marked_files_and_folders_are_removed_and_finished_ones_stay(tmp_path):
    folder, part, done = tmp_path / "shards", tmp_path / "a.part", tmp_path / "done.tif"
    with unfinished(done):
        done.touch()
    with unfinished(folder), unfinished(part):
        folder.mkdir()
        (folder / "r0_c0.tif").touch()
        part.touch()
        remove_unfinished()
        assert sorted(tmp_path.iterdir()) == [done]
        remove_unfinished()  # what is gone already is no error
    assert done.exists()


def test_a_file_under_its_temporary_name_is_unfinished(tmp_path):
    with part_file(tmp_path / "first.tif") as part:
        part.write_text("whole")
    with part_file(tmp_path / "second.tif") as part:
        part.write_text("half")
        remove_unfinished()
        assert [path.name for path in tmp_path.iterdir()] == ["first.tif"]
        part.write_text("again")  # so that it can be finished
