"""Making an environment for real, from a folder with two tiny wheels, and every way in which it can fail."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections import namedtuple
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from qgis_plugin.environment import environment, folder_lock
from qgis_plugin.environment.environment import Source, create, pip_environment
from qgis_plugin.environment.interpreter import MARKER, Probe, examine, python_of
from qgis_plugin.environment.pip_endings import is_network, sentence_of_pip
from qgis_plugin.worker.client import WorkerCancelled, WorkerFailed

BASE = Path(sys.executable)
CHECKOUT = Path(__file__).parents[2]


def write_wheel(folder: Path, name: str) -> None:
    """A wheel of one empty module, as PEP 427 wants it."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def check_tiny(python: Path, is_cancelled) -> Probe:
    """Whether both tiny packages can be imported there."""
    facts, problem = examine(python, ("tiny_one", "tiny_two"), is_cancelled)
    missing = facts["missing"] if facts else ()
    return Probe(python, problem=problem or ", ".join(missing), packages=facts["found"] if facts else {})


@pytest.fixture
def quick_base(tmp_path):
    """A Python whose environments borrow pip instead of unpacking it, which takes most of the time."""
    borrowed, script = tmp_path / "borrowed.pth", tmp_path / "quick python"
    borrowed.write_text(f"{Path(find_spec('pip').origin).parents[1]}\n", encoding="utf-8")
    make, lend = f'"{BASE}" -I -m venv --without-pip "$4"', f'cp "{borrowed}" "$4"/lib/python3.*/site-packages/'
    script.write_text(f"#!/bin/sh\n{make} && {lend}\n", encoding="utf-8")
    script.chmod(0o755)
    return script


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels of ours"
    folder.mkdir()
    for name in ("tiny_one", "tiny_two"):
        write_wheel(folder, name)
    (folder / "pins.txt").write_text("# made for this test\ntiny-one==1.0\ntiny-two==1.0\n", encoding="ascii")
    return folder


@pytest.fixture
def source(wheels):
    return Source(wheels, requirements=wheels / "pins.txt", check=check_tiny)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "profile é" / "geoquant" / "venv-0123"


class Told:
    """Takes events; says "cancel" from the stage on that begins so."""

    def __init__(self, cancel_at=None):
        self.stages, self.counts, self.cancel_at, self.cancelled = [], [], cancel_at, False

    def __call__(self, event):
        assert event["event"] == "progress"
        assert event["unit"] == "packages"
        self.stages.append(event["stage"])
        self.counts.append((event["done"], event["total"]))
        self.cancelled = self.cancelled or (self.cancel_at is not None and event["stage"].startswith(self.cancel_at))

    def is_cancelled(self):
        return self.cancelled


def make(folder, source, told=None, base=BASE):
    told = told or Told()
    return create(base, folder, source, on_event=told, is_cancelled=told.is_cancelled)


def left_in(folder):
    """What an attempt leaves: nothing but the lock."""
    return [path.name for path in folder.parent.iterdir() if path.name != folder.name + ".lock"]


def test_an_environment_is_made_kept_and_made_anew_when_it_broke(folder, source, quick_base, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/nothing")
    monkeypatch.setenv("PIP_TARGET", str(folder.parent))
    (folder / "half-made").mkdir(parents=True)
    older = folder.with_name("venv-of-an-earlier-version")
    older.mkdir()
    told = Told()
    python = make(folder, source, told)
    assert python == python_of(folder)
    assert not (folder / "half-made").exists()
    assert check_tiny(python, lambda: False).packages == {"tiny_one": "1.0", "tiny_two": "1.0"}
    assert list(dict.fromkeys(told.stages)) == [
        "making the environment",
        "collecting packages",
        "installing packages",
        "checking the environment",
    ]
    assert all(done <= total for done, total in told.counts)

    assert not older.exists()

    before = (folder / MARKER).stat().st_mtime_ns
    again = Told()
    make(folder, source, again)
    assert again.stages == ["looking at the environment"]
    assert (folder / MARKER).stat().st_mtime_ns == before

    python_of(folder).unlink()  # as when the Python that it was made from is gone
    make(folder, source, base=quick_base)
    assert check_tiny(python_of(folder), lambda: False).problem == ""


@pytest.mark.parametrize("stage", ["making", "installing"])
def test_cancel_leaves_nothing(stage, folder, source, quick_base):
    told = Told(cancel_at=stage)
    started = time.monotonic()
    with pytest.raises(WorkerCancelled):
        make(folder, source, told, quick_base)
    assert left_in(folder) == []
    assert time.monotonic() - started < 30


def test_a_missing_wheel_is_named_and_no_source_is_built_instead(folder, source, quick_base, wheels):
    (wheels / "tiny_two-1.0-py3-none-any.whl").unlink()
    (wheels / "tiny_two-1.0.tar.gz").write_bytes(b"")
    with pytest.raises(WorkerFailed, match=r"has no wheel of tiny-two==1\.0 for this Python and system") as caught:
        make(folder, source, base=quick_base)
    assert "No matching distribution" in caught.value.log
    assert left_in(folder) == []


def online(source):
    return Source(requirements=source.requirements, check=check_tiny)


def test_an_index_out_of_reach_is_tried_three_times(folder, source, quick_base, monkeypatch):
    monkeypatch.setattr(environment, "PAUSE_S", 0.1)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    told = Told()
    with pytest.raises(WorkerFailed, match="could not be reached: check the network, give a proxy, or install from"):
        make(folder, online(source), told, quick_base)
    assert [stage for stage in told.stages if "attempt" in stage] == [
        "waiting for the network, attempt 2 of 3",
        "waiting for the network, attempt 3 of 3",
    ]
    assert left_in(folder) == []


def test_a_proxy_that_is_none_is_named_and_its_password_is_no_argument(folder, source, quick_base, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.invalid/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    proxied = Source(proxy="http://me:word@127.0.0.1:1", requirements=source.requirements)
    with pytest.raises(WorkerFailed, match="The proxy refused the connection") as caught:
        make(folder, proxied, base=quick_base)
    assert "word@" not in caught.value.log


def test_pip_keeps_the_users_settings_but_for_where_to_install():
    given = {
        "PIP_TARGET": "x",
        "PIP_PREFIX": "x",
        "PIP_INDEX_URL": "https://mirror",
        "PYTHONPATH": "x",
        "PIP_USER": "1",
    }
    assert pip_environment(given, "http://p") == {
        "PIP_INDEX_URL": "https://mirror",
        "PIP_USER": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_PROXY": "http://p",
    }


def test_a_full_disk_is_seen_before_anything_is_made(folder, source, monkeypatch):
    usage = namedtuple("usage", "total used free")(0, 0, 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(WorkerFailed, match=r"has 0.1 GB free; the environment needs 1.5 GB"):
        make(folder, source)
    assert left_in(folder) == []


def test_a_folder_that_cannot_be_made_is_named(source, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkerFailed, match=r"file.geoquant.venv can't be written \(Not a directory\)"):
        make(tmp_path / "file" / "geoquant" / "venv", source)


@pytest.fixture
def debian(tmp_path):
    """A Python whose ensurepip is in a package that an administrator has to install, as on Debian and Ubuntu."""
    script = tmp_path / "python3"
    words = "The virtual environment was not created successfully because ensurepip is not available."
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *--without-pip*) exec "{BASE}" "$@";; esac\nmkdir "$4"; echo "{words}"\nexit 1\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


@pytest.fixture(scope="session")
def pip_of_ours(tmp_path_factory):
    """The wheel of the pip that runs here, put together again."""
    folder = tmp_path_factory.mktemp("pip")
    site = Path(find_spec("pip").origin).parents[1]
    info = next(site.glob("pip-*.dist-info"))
    version = info.name.removeprefix("pip-").removesuffix(".dist-info")
    path = folder / f"pip-{version}-py3-none-any.whl"
    files = [one for part in (site / "pip", info) for one in part.rglob("*") if one.is_file() and one.suffix != ".pyc"]
    with zipfile.ZipFile(path, "w") as wheel:
        for file in files:
            if file.name != "RECORD":
                wheel.write(file, file.relative_to(site))
        names = [str(file.relative_to(site)) for file in files if file.name != "RECORD"]
        wheel.writestr(f"{info.name}/RECORD", "".join(f"{name},,\n" for name in [*names, f"{info.name}/RECORD"]))
    return path


def works(folder):
    return check_tiny(python_of(folder), lambda: False).packages == {"tiny_one": "1.0", "tiny_two": "1.0"}


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for Debian's Python")
def test_a_python_without_ensurepip_takes_pip_out_of_the_folder_of_wheels(folder, source, wheels, debian, pip_of_ours):
    with pytest.raises(WorkerFailed, match="has no wheel of pip, which this Python does not bring: add it"):
        make(folder, source, base=debian)
    assert left_in(folder) == []
    shutil.copy(pip_of_ours, wheels)
    told = Told()
    make(folder, source, told, debian)
    assert works(folder)
    assert "fetching pip" in told.stages


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for Debian's Python")
@pytest.mark.parametrize("damaged", [False, True])
def test_a_python_without_ensurepip_fetches_pip(folder, wheels, debian, pip_of_ours, monkeypatch, damaged):
    digest = "0" * 64 if damaged else hashlib.sha256(pip_of_ours.read_bytes()).hexdigest()
    version = pip_of_ours.name.split("-")[1]
    index = wheels / "simple" / "pip"
    index.mkdir(parents=True)
    shutil.copy(pip_of_ours, index)
    page = f"<a href='{pip_of_ours.name}#sha256={digest}'>pip</a>"
    (index / "index.html").write_text(page, encoding="ascii")
    for name in ("tiny_one", "tiny_two"):
        own = index.parent / name.replace("_", "-")
        own.mkdir()
        shutil.copy(wheels / f"{name}-1.0-py3-none-any.whl", own)
        (own / "index.html").write_text(f"<a href='{name}-1.0-py3-none-any.whl'>x</a>", encoding="ascii")
    pins = wheels / "pins.txt"
    pins.write_text(f"pip=={version}\ntiny-one==1.0\ntiny-two==1.0\n", encoding="ascii")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    serve = functools.partial(SilentHandler, directory=str(wheels))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        try:
            if damaged:
                with pytest.raises(WorkerFailed, match="its digest is another"):
                    make(folder, Source(requirements=pins, check=check_tiny), base=debian)
                assert left_in(folder) == []
            else:
                make(folder, Source(requirements=pins, check=check_tiny), base=debian)
                assert works(folder)
        finally:
            server.shutdown()


class SilentHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_):
        pass


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for Debian's Python")
def test_debians_python_without_venv_says_what_to_install(folder, source, tmp_path):
    script = tmp_path / "python3"
    words = "The virtual environment was not created successfully because ensurepip is not available."
    script.write_text(f"#!/bin/sh\necho '{words}'\nexit 1\n", encoding="ascii")
    script.chmod(0o755)
    with pytest.raises(WorkerFailed, match="sudo apt install python3-venv"):
        make(folder, source, base=script)


def test_a_base_that_is_not_there_is_named(folder, source):
    with pytest.raises(WorkerFailed, match="/not/there can't be started"):
        make(folder, source, base=Path("/not/there"))


def test_an_environment_that_does_not_work_is_not_kept(folder, source, quick_base, wheels):
    fails = Source(wheels, requirements=source.requirements, check=lambda python, _: Probe(python, problem="It broke."))
    with pytest.raises(WorkerFailed, match="was made, but does not work: It broke"):
        make(folder, fails, base=quick_base)
    assert left_in(folder) == []


HOLDER = """
import sys
from pathlib import Path
from qgis_plugin.environment.folder_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_at_once_do_not_meet_and_a_dead_one_does_not_block(folder, source):
    folder.parent.mkdir(parents=True)
    lock = folder.with_name(folder.name + ".lock")
    command = [sys.executable, "-c", HOLDER, str(lock)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=CHECKOUT, text=True, **pipes) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkerFailed, match="Another QGIS is making"):
            make(folder, source)
        holder.kill()
    with folder_lock.locked(lock):
        assert lock.is_file()


def test_a_failed_connection_to_the_proxy_is_the_proxys_and_to_another_host_the_networks():
    log = "after connection broken by 'NewConnectionError(\"HTTPSConnection(host='127.0.0.1', port=1): Failed to\"'"
    assert "The proxy refused" in sentence_of_pip(log, None, "http://me:word@127.0.0.1:1")
    assert not is_network(log, "http://me:word@127.0.0.1:1")
    for proxy in (None, "http://127.0.0.1:2", "http://10.0.0.1:1", "http://127.0.0.1:one"):
        assert "could not be reached" in sentence_of_pip(log, None, proxy)
        assert is_network(log, proxy)


@pytest.mark.parametrize(
    ("log", "words", "again"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full", False),
        ("OSError: [WinError 112] There is not enough space on the disk", "The disk is full", False),
        ("Tunnel connection failed: 407 Proxy Authentication Required NewConnectionError", "The proxy refused", False),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "could not be trusted", False),
        ("Can't connect to HTTPS URL because the SSL module is not available. SSLError", "can't open secure", False),
        ("getaddrinfo failed\nERROR: No matching distribution found for numpy", "could not be reached", True),
        ("ReadTimeoutError: Read timed out.", "could not be reached", True),
        ("ERROR: No matching distribution found for openvino==2026.4.1", "no wheel of openvino==2026.4.1", False),
        (
            "HINT: This error might have occurred since this system does not have Windows Long Path support",
            "long",
            False,
        ),
        ("[WinError 5] Access is denied", "permission was denied", False),
        ("/usr/bin/python3: No module named venv", "sudo apt install python3-venv", False),
        ("something else", "could not be made: something else.", False),
        ("", "could not be made: nothing was written.", False),
    ],
)
def test_what_pip_wrote_is_a_sentence(log, words, again):
    sentence = sentence_of_pip(log, None)
    assert words in sentence
    assert "\n" not in sentence
    assert is_network(log) is again
