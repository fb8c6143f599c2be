"""``geoquant jobs``: what was cut off is listed with the way to go on, and removed only where nobody works."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from geoquant import UnfinishedJob, remove_job, unfinished_jobs
from geoquant.cli.main import command as group
from geoquant.errors import OptionError, RasterError
from geoquant.inference import tile_layout
from geoquant.inference.job_folder import LOCK, RECORD, folder_of
from geoquant.invocation import given_as, invocation
from geoquant.output.records import read_record, write_record
from geoquant.owner import held
from tests.builders.maps import picture
from tests.builders.model_files import network_file
from tests.builders.range_server import RangeHandler, serving


def call(*words: str) -> Result:
    return CliRunner().invoke(group, words)


def listed(*words: str) -> dict[str, object]:
    result = call("jobs", *words, "--progress", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def fail(*_: object, **__: object) -> None:
    raise MemoryError("as if the process had been killed")


@contextmanager
def failing(name: str) -> Iterator[None]:
    """A run that ends where ``name`` of the classification is called."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"geoquant.inference.classify.{name}", fail)
        yield


@pytest.fixture
def words(make_tif: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command of several shards into a folder with a space, given from ``tmp_path``."""
    monkeypatch.setattr(tile_layout, "SHARD_PX", 96)
    monkeypatch.setattr(tile_layout, "PANEL_PX", 96)
    monkeypatch.setattr(tile_layout, "NARROWEST_PANEL_PX", 1)
    monkeypatch.chdir(tmp_path)
    make_tif(picture(180, 150))
    network_file(tmp_path / "model.onnx", "conv")
    (tmp_path / "my maps").mkdir()
    options = "--engine ort --tile 64 --workers 1 --confidence --progress none"
    return ["classify", "scene.tif", "-m", "model.onnx", *options.split(), "-o", "my maps/o.tif"]


@pytest.fixture
def job(words: list[str]) -> UnfinishedJob:
    with failing("assemble_cog"):
        assert call(*words).exit_code == 1
    (found,) = unfinished_jobs("my maps")
    return found


def test_a_job_tells_what_it_is_and_the_command_goes_on(words: list[str], job: UnfinishedJob) -> None:
    assert (job.out, job.scene, job.model) == (Path("my maps/o.tif"), "scene.tif", "model.onnx")
    assert job.shards == job.shards_done > 2
    assert (job.percent, job.owner, job.is_complete) == (100.0, "", False)
    assert 0 <= job.idle_s < 60
    assert job.size_bytes == sum(path.stat().st_size for path in job.folder.rglob("*"))
    assert shlex.split(job.command) == ["geoquant", *words]
    next(job.folder.glob("r*.json")).unlink()
    assert unfinished_jobs("my maps")[0].percent == pytest.approx(100 * (job.shards - 1) / job.shards)
    assert call(*shlex.split(job.command)[1:]).exit_code == 0
    assert job.out.exists()
    assert unfinished_jobs("my maps") == ()


def test_from_elsewhere_the_command_goes_to_its_folder_first(
    job: UnfinishedJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "my maps")
    (again,) = unfinished_jobs()
    assert again.command == f"cd {shlex.quote(str(tmp_path))} && {job.command}"


def test_no_secret_is_kept_in_the_command(words: list[str], tmp_path: Path) -> None:
    class Guarded(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            self.path = self.path.partition("?")[0]
            return False

    with serving(tmp_path, Guarded) as url, failing("assemble_cog"):
        address = url.replace("//", "//bob:s3cret@") + "/scene.tif?sig=s3cret"
        call(*(address if word == "scene.tif" else word for word in words))
    (job,) = unfinished_jobs("my maps")
    assert shlex.split(job.command)[2] == url.replace("//", "//***@") + "/scene.tif?***"
    assert "put the secrets back" in call("jobs", "my maps").output
    assert not [path for path in job.folder.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]


@pytest.mark.parametrize("odd", ["", " ", "'", '"', "`", "<"])
def test_whatever_a_secret_has_in_it_none_is_left(odd: str) -> None:
    with given_as(["geoquant", f"https://host/scene.tif?sig=a{odd}s3cret", "a b'c"]):
        assert shlex.split(invocation().command) == ["geoquant", "https://host/scene.tif?***", "a b'c"]
    assert invocation().command == ""


def test_the_list_for_people_and_programs(job: UnfinishedJob) -> None:
    shown = call("jobs", "my maps").output
    for text in (str(job.out), "scene.tif, model.onnx", f"{job.shards} of {job.shards} shards, 100 %", job.command):
        assert text in shown
    (facts,) = listed("my maps")["jobs"]
    assert facts == json.loads(json.dumps({**job.to_json(), "idle_s": facts["idle_s"]}))
    assert listed(".")["jobs"] == []
    assert call("jobs", ".").output == "No unfinished jobs.\n"
    assert listed("my maps", "--older-than", "1h")["jobs"] == []


def test_clean_lists_first_and_removes_with_yes(job: UnfinishedJob) -> None:
    assert [one["out"] for one in listed("clean", "my maps")["would_remove"]] == [str(job.out)]
    assert "Give --yes" in call("jobs", "clean", "my maps").output
    assert job.folder.exists()
    assert listed("clean", "my maps", "--yes", "--older-than", "2d")["removed"] == []
    for path in job.folder.iterdir():
        os.utime(path, (0, 0))
    assert len(listed("clean", "my maps", "--yes", "--older-than", "2d")["removed"]) == 1
    assert list(Path("my maps").iterdir()) == []


def test_clean_leaves_a_job_where_a_process_works(job: UnfinishedJob) -> None:
    code = "import sys; from pathlib import Path; from geoquant.owner import held\nwith held(Path(sys.argv[1]), ''):\n"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}    print('here', flush=True); sys.stdin.read()", str(job.folder / LOCK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (seen,) = unfinished_jobs("my maps")
        assert seen.owner.startswith(f"process {other.pid} on ")
        result = listed("clean", "my maps", "--yes")
        assert result == {"removed": [], "kept": {str(job.out): seen.owner}}
        with pytest.raises(RasterError, match=f"process {other.pid} .* works on it now"):
            remove_job(job)  # listed when nobody worked there
        other.kill()
    assert unfinished_jobs("my maps")[0].owner == ""
    remove_job(job)
    remove_job(job)
    assert not job.folder.exists()


def test_clean_leaves_finished_outputs_that_wait_for_their_names(words: list[str]) -> None:
    with failing("_release"):
        call(*words)
    (job,) = unfinished_jobs("my maps")
    assert job.is_complete
    assert list(listed("clean", "my maps", "--yes")["kept"]) == [str(job.out)]
    with pytest.raises(RasterError, match="only waits for its name"):
        remove_job(job)
    assert call(*words).exit_code == 0
    assert job.out.exists()


def test_only_folders_of_jobs_are_taken_for_jobs(tmp_path: Path, job: UnfinishedJob) -> None:
    for name in (".mine.shards", ".shards", "other.tif.shards"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r0_c0.json").touch()
    (tmp_path / ".linked.tif.shards").symlink_to(job.folder, target_is_directory=True)
    assert unfinished_jobs(tmp_path) == ()


def test_a_damaged_record_leaves_a_job_that_can_be_seen_and_removed(job: UnfinishedJob) -> None:
    (job.folder / RECORD).write_bytes(b"\0" * 99)
    (seen,) = unfinished_jobs("my maps")
    assert (seen.scene, seen.command, seen.shards, seen.percent) == ("", "", 0, 0.0)
    assert "its record is missing" in call("jobs", "my maps").output
    remove_job(seen)
    assert not job.folder.exists()


def test_a_record_can_not_name_other_files_to_remove(job: UnfinishedJob, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    own = tmp_path / ".o.gpkg.0123abcd.staged"
    own.touch()
    record = read_record(job.folder / RECORD) or {}
    write_record(job.folder / RECORD, {**record, "elsewhere": [str(tmp_path / "thesis.doc"), str(own)]})
    remove_job(job)
    assert (tmp_path / "thesis.doc").exists()
    assert not own.exists()


def test_words_that_are_no_age_and_folders_that_are_none(tmp_path: Path) -> None:
    assert "is not an age" in call("jobs", "--older-than", "week").output
    assert "--yes belongs to clean" in call("jobs", "--yes").output
    with pytest.raises(OptionError, match="Name the folder of the outputs"):
        unfinished_jobs(tmp_path / "gone")


def test_a_job_that_has_only_begun_is_seen_with_its_owner(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "new.tif")
    folder.mkdir()
    with held(folder / LOCK, "It"):
        (seen,) = unfinished_jobs(tmp_path)
    assert (seen.out, seen.shards_done) == (tmp_path / "new.tif", 0)
    assert f"process {os.getpid()} " in seen.owner
