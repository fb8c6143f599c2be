"""A job that was cut off goes on to the bytes of one that was not; two that meet do not hurt each other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.errors import Cancelled, GeoquantWarning, OptionError, RasterError
from geoquant.inference.classify import classify
from geoquant.inference.job_folder import folder_of
from geoquant.options.classify import ClassifyOptions
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.scene import Source
from tests.builders.maps import picture
from tests.builders.model_files import network_file
from tests.builders.range_server import RangeHandler, serving

pytestmark = pytest.mark.usefixtures("small_shards")

pytestmark = pytest.mark.filterwarnings("ignore::geoquant.errors.GeoquantWarning")
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """One classification in a folder of its own."""

    folder: Path
    source: Source
    model: Path

    @property
    def out(self) -> Path:
        return self.folder / "o.tif"

    @property
    def shards(self) -> Path:
        return folder_of(self.out)

    def run(self, progress: ProgressCallback = silent, **options: object) -> dict[str, bytes]:
        """The files that it leaves, name -> content."""
        facts = {"engine": "ort", "tile": 64, "workers": 1, "confidence": True, **options}
        classify(self.source, self.model, self.out, ClassifyOptions(**facts), progress=progress)  # type: ignore[arg-type]
        return self.files()

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def cut_off(self, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
        """Run it until all shards are finished, and no further."""
        with monkeypatch.context() as patch:
            patch.setattr("geoquant.inference.classify.assemble_cog", fail)
            with pytest.raises(MemoryError):
                self.run(**options)
        assert len(list(self.shards.glob("*.json"))) > 3

    def clear(self) -> None:
        for entry in self.folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def fail(*_: object, **__: object) -> None:
    raise MemoryError("as if the process had been killed")


@pytest.fixture
def job(make_tif: Callable[..., Path], tmp_path: Path) -> Job:
    folder = tmp_path / "out"
    folder.mkdir()
    return Job(folder, make_tif(picture(180, 150)), network_file(tmp_path / "model.onnx", "conv"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_killed_at_any_rename_the_same_command_ends_with_the_same_bytes(job: Job, tmp_path: Path) -> None:
    """Every output, killed before and after the renames of shards, records, outputs and folders; and pairs of runs."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(REPOSITORY / "tests" / "builders" / "killed_runs.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    reference, *runs = [json.loads(line) for line in done.stdout.splitlines()]
    names = {"o.tif", "o.qml", "o.tif.aux.xml", "o_confidence.tif", "o_confidence.qml", "o.gpkg", "tables/o.csv"}
    assert set(reference["files"]) == names
    killed, pairs = ([run for run in runs if run["run"] == kind] for kind in ("killed", "pair"))
    assert len(killed) > 20
    for run in killed:
        last = "o.tif" in run["left"]  # all is there; what is left to do is to remove the folder
        assert run["code"] == 0 or last, (run, done.stderr)
        assert run["files"] == reference["files"], run
        if last:
            assert set(run["left"]) == names, run
        assert ("o.tif" not in run["left"]) or "o.qml" in run["left"]
    for run in pairs:
        assert sorted(run["codes"]) == [0, 1], run
        assert run["files"] == reference["files"]
    assert done.stderr.count("is being written") + done.stderr.count("exists; give --overwrite") >= len(pairs)


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda _: None,
    "empty": lambda _: b"",
    "zeroed": lambda content: bytes(len(content)),
    "cut": lambda content: content[: len(content) // 2],
    "one bit": lambda content: content[:99] + bytes([content[99] ^ 4]) + content[100:],
    "longer": lambda content: content + b"\0",
    "json": lambda _: b'{"values": [1], "sha256": null}',
    "list": lambda _: b"[]",
    "deep": lambda _: b"[" * 10_000,
}


def test_a_shard_folder_damaged_in_any_way_gives_the_same_bytes(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = job.run()
    job.clear()
    job.cut_off(monkeypatch)
    left = {path: path.read_bytes() for path in sorted(job.shards.iterdir()) if path.is_file()}
    kinds = {}
    for path in left:
        kinds[path.suffixes[-1], "confidence" in path.name, path.name == "job.json"] = path
    assert len(kinds) == 4
    for damaged in kinds.values():
        for how, damage in DAMAGES.items():
            job.clear()
            job.shards.mkdir()
            for path, content in left.items():
                changed = damage(content) if path == damaged else content
                if changed is not None:
                    path.write_bytes(changed)
            assert job.run() == expected, (damaged.name, how)


def test_a_damaged_shard_is_said_and_only_it_is_made_anew(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.cut_off(monkeypatch)
    shard, other = sorted(job.shards.glob("r*0.tif"))[:2]
    shard.write_bytes(other.read_bytes())
    made: list[str] = []
    from geoquant.inference import shard_runner

    write = shard_runner.write_shard
    monkeypatch.setattr(shard_runner, "write_shard", lambda path, *rest: (made.append(path.name), write(path, *rest)))
    with pytest.warns(GeoquantWarning, match=r"1 of the \d+ shards in .* are made anew"):
        job.run()
    assert made == [f"{shard.stem}_confidence.tif", shard.name]


@settings(max_examples=15)
@given(data=st.data())
def test_any_two_files_of_the_folder_may_be_exchanged(
    make_tif: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    state = exchanged.setdefault("state", {})
    if not state:
        folder = tmp_path_factory.mktemp("exchanged")
        (folder / "out").mkdir()
        own = Job(folder / "out", make_tif(picture(180, 150)), network_file(folder / "model.onnx", "conv"))
        state["job"], state["expected"] = own, own.run()
        own.clear()
        with pytest.MonkeyPatch.context() as patch:
            own.cut_off(patch)
        state["left"] = {path: path.read_bytes() for path in sorted(own.shards.iterdir()) if path.is_file()}
    own, left = state["job"], dict(state["left"])
    one, other = (data.draw(st.sampled_from(sorted(left))) for _ in range(2))
    left[one], left[other] = left[other], left[one]
    own.clear()
    own.shards.mkdir()
    for path, content in left.items():
        path.write_bytes(content)
    assert own.run() == state["expected"]


exchanged: dict[str, dict[str, object]] = {}


@pytest.mark.parametrize("content", [b"somebody's file", b""])
def test_a_file_with_the_folders_name_is_moved_aside(job: Job, content: bytes) -> None:
    job.shards.write_bytes(content)
    with pytest.warns(GeoquantWarning, match="is not a folder"):
        files = job.run()
    assert [files[name] for name in files if name.startswith(job.shards.name)] == [content]


def test_leftovers_are_swept(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """What older versions and removals that were cut off left behind; other files stay."""
    for name in (".o.tif.0123456789ab.shards", ".o.tif.shards.01234567.trash", ".o.tif.mine", ".other.tif.shards"):
        (job.folder / name).mkdir()
        (job.folder / name / "r0_c0.tif").touch()
    job.run()
    left = {path.name for path in job.folder.iterdir() if path.is_dir()}
    assert left == {".o.tif.mine", ".other.tif.shards"}


def test_another_job_says_what_changed_and_begins_anew(
    job: Job, make_tif: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    job.cut_off(monkeypatch)
    make_tif(picture(180, 150, seed=5))
    with pytest.warns(GeoquantWarning, match="has changed: --confidence, the scene or how it is read"):
        job.run(confidence=False)
    assert not job.shards.exists()


def same_size_and_times(path: Path, write: Callable[[], object]) -> None:
    before = path.stat()
    write()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def test_shards_of_a_scene_replaced_under_its_size_and_time_are_not_used(
    job: Job, make_tif: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    job.cut_off(monkeypatch)
    scene = Path(str(job.source))
    same_size_and_times(scene, lambda: make_tif(picture(180, 150, seed=5)))
    resumed = job.run()
    job.clear()
    assert job.run() == resumed


def test_shards_of_other_weights_are_not_used(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph is the same file; the weights lie beside it."""
    model = onnx.load(job.model)
    onnx.save(model, job.model, save_as_external_data=True, location="weights.bin", size_threshold=0)
    job.cut_off(monkeypatch)
    weights = job.model.with_name("weights.bin")
    values = np.frombuffer(weights.read_bytes()[: weights.stat().st_size // 4 * 4], np.float32)
    weights.write_bytes((-values).tobytes() + weights.read_bytes()[values.nbytes :])
    resumed = job.run()
    job.clear()
    assert job.run() == resumed


@contextmanager
def at_first_pixels(change: Callable[[], object]) -> Iterator[ProgressCallback]:
    """A callback that does something once, when the first tile is finished."""
    done = threading.Event()

    def report(progress: Progress) -> None:
        if progress.stage == "classifying" and not done.is_set():
            done.set()
            change()

    yield report
    assert done.is_set()


@pytest.mark.parametrize("compress", ["none", "deflate"])
def test_a_scene_overwritten_while_it_is_read_is_noticed(
    job: Job, make_tif: Callable[..., Path], compress: str
) -> None:
    make_tif(picture(180, 150), compress=compress)
    with (
        at_first_pixels(lambda: make_tif(picture(180, 150, seed=5), compress=compress)) as report,
        pytest.raises(RasterError, match=r"scene\.tif changed while it was read"),
    ):
        job.run(report)
    assert not job.out.exists()
    resumed = job.run()
    job.clear()
    assert job.run() == resumed


def test_an_object_that_changes_between_requests_is_noticed(
    job: Job, make_tif: Callable[..., Path], tmp_path: Path
) -> None:
    def put(seed: int) -> None:
        make_tif(picture(180, 150, seed=seed), "web.tif", driver="COG", blocksize=128, compress="none")

    put(1)
    with serving(tmp_path) as url:
        web = Job(job.folder, f"{url}/web.tif", job.model)
        with (
            at_first_pixels(lambda: put(2)) as report,
            pytest.raises(RasterError, match=r"web\.tif changed while it was read"),
        ):
            web.run(report)
        assert not web.out.exists()
        resumed = web.run()
        web.clear()
        assert web.run() == resumed


def test_no_token_reaches_the_tags(job: Job, make_tif: Callable[..., Path], tmp_path: Path) -> None:
    make_tif(picture(180, 150), "web.tif", driver="COG", blocksize=128)

    class Guarded(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            self.path = self.path.partition(";")[0].partition("?")[0]
            return False

    with serving(tmp_path, Guarded) as url:
        address = url.replace("//", "//bob:s3cret@") + "/web.tif;token=s3cret?sig=s3cret"
        files = Job(job.folder, address, job.model).run()
    assert not [name for name, content in files.items() if b"s3cret" in content]
    with rasterio.open(job.out) as dataset:
        assert dataset.tags()["GEOQUANT_SOURCE"] == "web.tif"


def test_a_second_run_says_who_works_on_the_output(job: Job) -> None:
    begun, go_on = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def wait(report: Progress) -> None:
        if report.stage == "classifying":
            begun.set()
            go_on.wait(60)

    def first() -> None:
        try:
            job.run(wait)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    with pytest.raises(RasterError, match=rf"o\.tif is being written: process {os.getpid()} on .*, since 20"):
        job.run()
    go_on.set()
    thread.join()
    assert not failures
    assert set(job.files()) == {"o.tif", "o.qml", "o.tif.aux.xml", "o_confidence.tif", "o_confidence.qml"}


def test_a_cancelled_job_leaves_the_outputs_of_others(job: Job) -> None:
    (job.folder / "mine.txt").write_text("mine")

    def cancel(report: Progress) -> None:
        if report.stage == "writing the COG":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        job.run(cancel, areas=str(job.folder / "o.csv"))
    assert set(job.files()) == {"mine.txt"}


def test_what_was_published_by_another_job_is_not_overwritten(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is cut off in the middle of its renames; another one with the same output is refused, the same goes on."""
    replace = os.replace

    def dies(source: Path, target: Path) -> None:
        if Path(target) == job.out:
            fail()
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("geoquant.output.destination.os.replace", dies)
        with pytest.raises(MemoryError):
            job.run()
    assert (job.folder / "o_confidence.tif").exists()
    with pytest.raises(OptionError, match="o_confidence"):
        job.run(drift=True)
    files = job.run()
    assert "o.tif" in files
    job.clear()
    assert job.run() == files


def test_the_space_that_is_asked_for_counts_every_output(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("geoquant.inference.classify.check_free_space", lambda _, needed: asked.append(needed))
    monkeypatch.setattr("geoquant.output.cog.check_free_space", lambda _, needed: asked.append(needed))
    job.run(confidence=False)
    assert asked[0] >= max(asked[1:]) - 2**16
    plain, asked[:] = asked[0], []
    job.clear()
    job.run(confidence=True, drift=True, polygons=str(job.folder / "o.gpkg"))
    assert asked[0] >= plain + 3 * 2**22
