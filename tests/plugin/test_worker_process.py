"""The worker through its client: results, events, cancelling, dying, and leaving nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import rasterio.shutil

from qgis_plugin.worker.arguments import command_arguments
from qgis_plugin.worker.child import Child, clean_environment
from qgis_plugin.worker.client import WorkerCancelled, WorkerFailed, run_worker

PYTHON = Path(sys.executable)
CHECKOUT = Path(__file__).parents[2]
MODEL = CHECKOUT / "geoquant" / "models" / "demo_landcover.onnx"
INSPECT = command_arguments("inspect", [MODEL])

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and descriptors")


class Watch:
    """Takes a worker's events; ``is_cancelled`` says yes from the event on that ``until`` asks for."""

    def __init__(self, until=lambda event: False):
        self.events, self.until, self.cancelled_at = [], until, None

    def __call__(self, event):
        self.events.append(event)
        if self.cancelled_at is None and self.until(event):
            self.cancelled_at = time.monotonic()

    def is_cancelled(self):
        return self.cancelled_at is not None


def run(arguments, watch=None, python=PYTHON, **settings):
    watch = watch or Watch()
    return run_worker(python, arguments, on_event=watch, is_cancelled=watch.is_cancelled, **settings)


def left_in(folder):
    """Names of everything in a folder, hidden files too."""
    return sorted(os.listdir(folder))


EARLIER = set()
"""Processes that other tests' libraries have started in this one and keep, such as multiprocessing's tracker."""


@pytest.fixture(autouse=True)
def earlier_processes():
    EARLIER.clear()
    EARLIER.update(psutil.Process().children())


def started(process=None):
    """What this process (or another) has started since the test began."""
    return [child for child in (process or psutil.Process()).children() if child not in EARLIER]


def worker_of(process=None):
    """The one child process of this one (or another)."""
    children = []
    deadline = time.monotonic() + 20
    while not children and time.monotonic() < deadline:
        children = started(process)
        time.sleep(0.01)
    return children[0]


def has_ended(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def wait_for(condition, seconds=20.0):
    """How long ``condition`` took to hold; an assertion where it did not."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - started


def test_a_result_is_the_command_lines_own():
    command = [PYTHON, "-m", "geoquant", "inspect", "--json", MODEL]
    by_hand = subprocess.run(command, capture_output=True, check=True, cwd=CHECKOUT)
    assert run(INSPECT) == json.loads(by_hand.stdout)


def test_a_classification_reports_progress_and_its_pixels_are_the_command_lines(mosaic, classify_command, tmp_path):
    watch, arguments = Watch(), classify_command(mosaic(2), tmp_path / "worker.tif")
    found = run(arguments, watch)
    assert found["out"] == str(tmp_path / "worker.tif")
    stages = [event["stage"] for event in watch.events if event["event"] == "progress"]
    assert "classifying" in stages
    assert stages[-1] == "writing the COG"
    by_hand = classify_command(mosaic(2), tmp_path / "hand.tif")
    subprocess.run([PYTHON, "-m", "geoquant", *by_hand], check=True, capture_output=True, cwd=CHECKOUT)
    assert (tmp_path / "worker.tif").read_bytes() == (tmp_path / "hand.tif").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["classify", "--tile=3", f"--model={MODEL}", "-o", "x.tif", "--", "scene.tif"], "--tile is 3", 2),
        (["clasify"], "No such command 'clasify'", 2),
        (["classify", "--speed=9", "--", "scene.tif"], "No such option", 2),
        ([], "No such option", 2),
        (["inspect", "--", "/not/there.onnx"], "/not/there.onnx", 1),
    ],
)
def test_an_error_is_one_sentence_with_its_exit_code(arguments, words, code):
    with pytest.raises(WorkerFailed, match=words) as caught:
        run(arguments)
    assert caught.value.exit_code == code
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"arguments": 1}', b'{"arguments": [1]}'),
        *(b'{"arguments": ["a\\u0000b"]}', b'{"arguments": ["\\ud800"]}'),
    ],
)
def test_a_line_that_is_no_request_is_answered_by_an_error(line):
    server = CHECKOUT / "qgis_plugin" / "worker" / "server.py"
    ended = subprocess.run([PYTHON, "-I", server], input=line + b"\n", capture_output=True, timeout=60)
    (event,) = map(json.loads, ended.stdout.splitlines())
    assert (event["event"], event["kind"], event["exit_code"]) == ("error", "BadRequest", 2)
    assert 'expected {"arguments": ["classify", ...]}' in event["message"]
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr


def test_a_verdict_is_a_result(patch):
    found = run(command_arguments("inspect", [MODEL, patch.with_name("scl.tif")]))
    assert found["scene"]["fits"] is False


@pytest.mark.parametrize(
    "name", ["plain", "two words", 'it\'s "quoted"', "Übersicht-地图", "-o", "--overwrite", "a;b&c$d`e`"]
)
def test_hostile_names_are_only_names(name, patch, tmp_path, monkeypatch, classify_command):
    folder = tmp_path / name
    folder.mkdir()
    scene = folder / f"{name}.tif"
    scene.write_bytes(patch.read_bytes())
    out = folder / f"{name}_classes.tif"
    assert run(classify_command(scene, out))["out"] == str(out)
    assert {scene.name, out.name} <= set(left_in(folder))
    monkeypatch.chdir(folder)  # relative, so that the argument begins as the name does
    assert run(classify_command(f"{name}.tif", f"{name}_again.tif"))["out"] == f"{name}_again.tif"


@pytest.mark.parametrize("stage", ["timing onnxruntime", "classifying", "writing the COG"])
def test_cancel_takes_less_than_two_seconds_and_leaves_nothing(stage, mosaic, classify_command, tmp_path):
    scene = mosaic(4 if stage == "writing the COG" else 32)
    watch = Watch(until=lambda event: event.get("stage") == stage)
    if stage == "timing onnxruntime":
        watch = Watch(until=lambda event: True)
    with pytest.raises(WorkerCancelled):
        run(classify_command(scene, tmp_path / "classes.tif"), watch)
    assert time.monotonic() - watch.cancelled_at < 2
    assert left_in(tmp_path) == []
    assert started() == []


def test_cancel_before_the_worker_says_anything():
    watch = Watch()
    watch.cancelled_at = time.monotonic()
    with pytest.raises(WorkerCancelled):
        run(INSPECT, watch)
    assert time.monotonic() - watch.cancelled_at < 2


def test_cancel_while_native_code_waits_for_a_server(dead_site, classify_command, tmp_path):
    dead_site.answers = 0
    watch = Watch()

    def cancel():
        dead_site.asked_after_stop.wait(30)
        watch.cancelled_at = time.monotonic()

    threading.Thread(target=cancel).start()
    with pytest.raises(WorkerCancelled):
        run(classify_command(f"/vsicurl/{dead_site.url}/scene.tif", tmp_path / "classes.tif"), watch)
    assert time.monotonic() - watch.cancelled_at < 2
    assert left_in(tmp_path) == []


def test_cancel_removes_finished_shards_too_while_native_code_waits(dead_site, mosaic, classify_command, tmp_path):
    rasterio.shutil.copy(mosaic(12), dead_site.folder / "large.tif", driver="GTiff", tiled=True)
    seen = []

    def stop_answering(event):
        if event.get("stage") == "classifying" and event["done"] and left_in(tmp_path):
            dead_site.answers = 0
        seen.append(dead_site.asked_after_stop.is_set() and left_in(tmp_path))
        return seen[-1]

    watch, scene = Watch(until=stop_answering), f"/vsicurl/{dead_site.url}/large.tif"
    threading.Thread(target=lambda: dead_site.asked_after_stop.wait(60) and watch({"stage": "a look around"})).start()
    with pytest.raises(WorkerCancelled):
        run(classify_command(scene, tmp_path / "classes.tif"), watch)
    assert time.monotonic() - watch.cancelled_at < 2
    assert seen[-1]  # there was something to remove
    assert left_in(tmp_path) == []


def test_an_event_handler_that_fails_ends_the_worker(mosaic, classify_command, tmp_path):
    def fail(event):
        raise ZeroDivisionError("of the caller")

    with pytest.raises(ZeroDivisionError):
        run_worker(PYTHON, classify_command(mosaic(32), tmp_path / "a.tif"), on_event=fail, is_cancelled=lambda: False)
    assert started() == []
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "ended by the system (signal 9, SIGKILL), most likely because memory ran out"),
        (signal.SIGSEGV, "crashed in a native library (signal 11, SIGSEGV)"),
        (signal.SIGUSR1, f"ended from outside (signal {int(signal.SIGUSR1)}, SIGUSR1)"),  # nohup ignores SIGHUP
    ],
)
def test_a_killed_worker_is_reported_as_what_it_was(number, words, mosaic, classify_command, tmp_path):
    watch = Watch(until=lambda event: worker_of().send_signal(number) or False)
    with pytest.raises(WorkerFailed) as caught:
        run(classify_command(mosaic(32), tmp_path / "a.tif"), watch)
    assert words in str(caught.value)
    assert caught.value.exit_code == -number
    if number == signal.SIGSEGV:
        assert "Fatal Python error: Segmentation fault" in caught.value.log


def test_a_terminated_worker_counts_as_cancelled(mosaic, classify_command, tmp_path):
    watch = Watch(until=lambda event: worker_of().terminate() or False)
    with pytest.raises(WorkerCancelled):
        run(classify_command(mosaic(32), tmp_path / "a.tif"), watch)
    assert left_in(tmp_path) == []


CLIENT = """
import sys
from pathlib import Path
from qgis_plugin.worker.client import run_worker
run_worker(Path(sys.executable), sys.argv[1:], on_event=lambda event: None, is_cancelled=lambda: False)
"""


def test_a_killed_qgis_takes_worker_and_partial_files_along(mosaic, classify_command, tmp_path):
    arguments = classify_command(mosaic(32), tmp_path / "classes.tif")
    client = subprocess.Popen([PYTHON, "-c", CLIENT, *arguments], cwd=CHECKOUT)
    worker = worker_of(psutil.Process(client.pid))
    wait_for(lambda: left_in(tmp_path))
    client.kill()
    client.wait()
    assert wait_for(lambda: has_ended(worker)) < 3
    assert left_in(tmp_path) == []


@pytest.fixture
def stuck_python(tmp_path):
    """An environment whose workers are stuck in native code, with Python's lock held, once a file lies in a folder.

    The C library's mutexes are no recursive ones: who locks one twice waits for ever, whatever signal comes.
    """
    folder, watched = tmp_path / "stuck", tmp_path / "watched"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    watched.mkdir()
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "stick.py").write_text(
        "import ctypes, os, sys, threading, time\n"
        "def stick():\n"
        f"    while not os.listdir({str(watched)!r}):\n"
        "        time.sleep(0.01)\n"
        "    mutex, lock = ctypes.create_string_buffer(256), ctypes.PyDLL(None).pthread_mutex_lock\n"
        "    print('stuck', file=sys.stderr, flush=True)\n"
        "    lock(mutex), lock(mutex)\n"
        "if not any('guardian' in argument for argument in sys.orig_argv):\n"
        "    threading.Thread(target=stick, daemon=True).start()\n",
        encoding="utf-8",
    )
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "stick.pth").write_text("\n".join([*others, "import stick"]) + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def test_cancel_ends_a_worker_that_no_signal_reaches_and_removes_what_it_had_begun(
    stuck_python, mosaic, classify_command, tmp_path
):
    folder, watch = tmp_path / "watched", Watch()

    def cancel():
        wait_for(lambda: left_in(folder))
        time.sleep(0.3)  # it is stuck by now
        watch.cancelled_at = time.monotonic()

    threading.Thread(target=cancel).start()
    with pytest.raises(WorkerCancelled):
        run(classify_command(mosaic(32), folder / "classes.tif"), watch, stuck_python)
    assert time.monotonic() - watch.cancelled_at < 2.5
    assert left_in(folder) == []
    assert started() == []


def test_a_killed_qgis_takes_a_worker_along_that_no_signal_reaches(stuck_python, mosaic, classify_command, tmp_path):
    folder = tmp_path / "watched"
    arguments = classify_command(mosaic(32), folder / "classes.tif")
    program = CLIENT.replace("sys.executable", repr(str(stuck_python)))
    client = subprocess.Popen([PYTHON, "-c", program, *arguments], cwd=CHECKOUT)
    worker = worker_of(psutil.Process(client.pid))
    wait_for(lambda: left_in(folder))
    time.sleep(0.3)
    family = [worker, *worker.children(recursive=True)]
    assert len(family) == 2
    client.kill()
    client.wait()
    assert wait_for(lambda: all(map(has_ended, family))) < 3
    assert left_in(folder) == []


def test_a_worker_that_stands_still_is_ended_and_says_where(
    stuck_python, mosaic, classify_command, tmp_path, monkeypatch
):
    folder, hasty = tmp_path / "watched", tmp_path / "hasty"
    shutil.copytree(CHECKOUT / "qgis_plugin" / "worker", hasty / "geoquant_qgis" / "worker")
    (hasty / "geoquant").symlink_to(CHECKOUT / "geoquant")
    server = hasty / "geoquant_qgis" / "worker" / "server.py"
    text = server.read_text(encoding="utf-8")
    server.write_text(text.replace("STANDSTILL_S, HEARTBEAT_S = 180.0, 5.0", "STANDSTILL_S, HEARTBEAT_S = 3.0, 0.5"))
    monkeypatch.setattr("qgis_plugin.worker.client.WORKER", server)
    with pytest.raises(WorkerFailed, match="stood still for minutes and was ended") as caught:
        run(classify_command(mosaic(32), folder / "classes.tif"), Watch(), stuck_python)
    assert "in stick" in caught.value.log
    assert left_in(folder)  # a second run goes on there
    assert started() == []


def test_a_worker_without_a_request_ends():
    with Child(
        [str(PYTHON), "-I", str(CHECKOUT / "qgis_plugin" / "worker" / "server.py")], clean_environment(os.environ)
    ) as worker:
        worker.stop()
        assert list(worker.lines(lambda: False)) == []


@pytest.fixture
def noisy_python(tmp_path):
    """An environment whose site packages begin with one that writes to stdout all the time, from Python and C."""
    folder = tmp_path / "noisy"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "noise.py").write_text(
        "import ctypes, os, sys, threading, time\n"
        "def shout():\n"
        "    while True:\n"
        '        print(\'{"event": "result", "result": "of a library"}\')\n'
        "        os.write(1, b'hello from C\\n'); os.write(2, b'TIFFReadDirectory: Warning\\n')\n"
        "        time.sleep(0.01)\n"
        "os.write(1, b'hello at start\\n')\n"
        "threading.Thread(target=shout, daemon=True).start()\n",
        encoding="ascii",
    )
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "noise.pth").write_text("\n".join([*others, "import noise"]) + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def test_what_libraries_print_is_log_and_never_protocol(noisy_python):
    watch = Watch()
    assert run(INSPECT, watch, noisy_python)["model"] == str(MODEL)
    assert watch.events == []
    with pytest.raises(WorkerFailed) as caught:
        run(command_arguments("inspect", ["/not/there.onnx"]), watch, noisy_python)
    assert "TIFFReadDirectory: Warning" in caught.value.log
    assert len(caught.value.log.splitlines()) <= 400


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/not/there/python", "can't be started (No such file or directory)"),
        (str(MODEL), "can't be started (Permission denied)"),
        ("/bin/false", "ended with exit code 1 and gave no result"),
    ],
)
def test_an_interpreter_that_is_none_is_named_with_what_to_do(path, words):
    with pytest.raises(WorkerFailed) as caught:
        run(INSPECT, python=Path(path))
    assert words in str(caught.value)
    assert "Set up environment" in str(caught.value)


def test_an_interpreter_without_geoquants_packages_says_so(tmp_path):
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    with pytest.raises(WorkerFailed, match=r"No module named 'click'.*Set up environment"):
        run(INSPECT, python=tmp_path / "bare" / "bin" / "python")


def test_variables_of_qgis_do_not_reach_the_worker(tmp_path):
    (tmp_path / "encodings").mkdir()  # a PYTHONHOME or PYTHONPATH like QGIS's would keep Python from starting
    poison = {
        "PYTHONHOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "PYTHONEXECUTABLE": "/nowhere",
        "PROJ_LIB": str(tmp_path),
        "PROJ_DATA": str(tmp_path),
        "GDAL_DATA": str(tmp_path),
        "GDAL_DRIVER_PATH": str(tmp_path),
        "LD_PRELOAD": str(tmp_path / "none.so"),
        "LD_LIBRARY_PATH": str(tmp_path),
        "DYLD_INSERT_LIBRARIES": "x",
        "QT_PLUGIN_PATH": "x",
    }
    assert clean_environment({**poison, "HOME": "/home/me"}) == {"HOME": "/home/me"}
    assert run(INSPECT, environment={**os.environ, **poison}) == run(INSPECT)


def test_from_any_thread_several_at_once():
    found = []
    threads = [threading.Thread(target=lambda: found.append(run(INSPECT)["sha256"])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


def test_twenty_runs_leak_no_process_thread_descriptor_or_file(patch, classify_command, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    run(classify_command(patch, tmp_path / "warm.tif"), environment=environment)
    before = psutil.Process().num_fds(), threading.active_count()
    for number in range(20):
        if number % 2:
            with pytest.raises(WorkerFailed):
                run(["classify", "--", str(patch)], environment=environment)
        else:
            run(INSPECT, environment=environment)
    assert (psutil.Process().num_fds(), threading.active_count()) == before
    assert started() == []
    assert left_in(scratch) == []
    assert left_in(tmp_path) == ["scratch", "warm.qml", "warm.tif", "warm.tif.aux.xml"]
