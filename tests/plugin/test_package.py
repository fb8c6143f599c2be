"""The zip: what is in it, what never is, that its bytes repeat, and that its worker runs from it alone."""

from __future__ import annotations

import configparser
import re
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import geoquant
from qgis_plugin.worker import client as process
from qgis_plugin.worker.arguments import command_arguments

CHECKOUT = Path(__file__).parents[2]
SCRIPT = CHECKOUT / "scripts" / "release" / "package_plugin.py"
MODELS = CHECKOUT / "geoquant" / "models"


def pack(out: Path) -> Path:
    subprocess.run([sys.executable, SCRIPT, "--dirty", "-o", out], check=True, capture_output=True, cwd=out.parent)
    return out


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("package") / "geoquant_qgis.zip")


def test_one_folder_with_licences_models_and_nothing_compiled(package):
    names = [PurePosixPath(name) for name in zipfile.ZipFile(package).namelist()]
    assert {name.parts[0] for name in names} == {"geoquant_qgis"}
    inside = {str(name.relative_to("geoquant_qgis")) for name in names}
    assert {"LICENSE", "metadata.txt", "__init__.py", "worker/server.py", "environment/requirements.txt"} <= inside
    assert {f"library/geoquant/models/{path.name}" for path in MODELS.glob("*.onnx")} <= inside
    assert not [name for name in names if name.suffix in (".pyc", ".so", ".pyd", ".dll", ".dylib", ".exe", ".sh")]
    assert not [name for name in names if "__pycache__" in name.parts or name.parts[1].startswith(".")]
    with zipfile.ZipFile(package) as archive:
        assert b"GNU GENERAL PUBLIC LICENSE" in archive.read("geoquant_qgis/LICENSE")
        assert b"MIT License" in archive.read("geoquant_qgis/library/geoquant/LICENSE")
    assert package.stat().st_size < 25 * 10**6


def test_the_same_files_give_the_same_bytes(package, tmp_path):
    assert pack(tmp_path / "again.zip").read_bytes() == package.read_bytes()


def test_metadata_is_stamped_and_complete(package):
    metadata = configparser.ConfigParser()
    text = zipfile.ZipFile(package).read("geoquant_qgis/metadata.txt").decode()
    metadata.read_string(text)
    general = metadata["general"]
    assert "#" not in text
    assert general["version"] == geoquant.__version__
    assert (general["qgisMinimumVersion"], general["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert general["hasProcessingProvider"] == "yes"
    assert f"geoquant_qgis/{general['icon']}" in zipfile.ZipFile(package).namelist()
    for field in ("name", "description", "about", "author", "tags", "category", "license"):
        assert general[field]


def test_every_language_is_in_the_package_in_the_form_that_qt_reads(package):
    names = set(zipfile.ZipFile(package).namelist())
    for language in ("de", "es", "fr", "pt"):
        content = zipfile.ZipFile(package).read(f"geoquant_qgis/i18n/geoquant_{language}.qm")
        assert content.startswith(b"\x3c\xb8\x64\x18")
        assert len(content) > 20_000
    assert not any(name.endswith(".ts") for name in names)


def test_the_metadata_tell_what_has_changed_and_hold_no_empty_field(package):
    metadata = configparser.ConfigParser()
    metadata.read_string(zipfile.ZipFile(package).read("geoquant_qgis/metadata.txt").decode())
    general = metadata["general"]
    assert len(general["changelog"]) > 100
    assert all(general.values())


def test_the_addresses_have_one_place_to_be_filled_in():
    text = (Path(__file__).parents[2] / "metadata.txt").read_text(encoding="utf-8")
    for field in ("homepage", "repository", "tracker", "email"):
        assert len(re.findall(rf"^{field}=", text, re.MULTILINE)) == 1


def test_the_version_of_the_package_is_put_into_the_metadata():
    stamped = runpy.run_path(str(SCRIPT))["stamped"]
    assert stamped("# a note\n[general]\nversion=0\nname=x\n", "1.2") == "[general]\nversion=1.2\nname=x\n"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"geoquant_qgis/a.so": b""}, "no kind that belongs into the plugin: geoquant_qgis/a.so"),
        ({"geoquant_qgis/LICENSE": b""}, "__init__.py is missing"),
    ],
)
def test_what_does_not_belong_is_refused(files, words):
    with pytest.raises(SystemExit, match=words):
        runpy.run_path(str(SCRIPT))["check"](files)


@pytest.mark.skipif(sys.platform == "win32", reason="the layout of environments on POSIX")
def test_the_worker_of_the_zip_runs_the_library_beside_it(package, tmp_path, monkeypatch):
    zipfile.ZipFile(package).extractall(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    packages = next((tmp_path / "bare").glob("lib/python*/site-packages"))
    others = [path for path in sys.path if path.endswith("site-packages")]  # but not the checkout
    (packages / "others.pth").write_text("\n".join(others) + "\n", encoding="utf-8")
    python = tmp_path / "bare" / "bin" / "python"
    assert subprocess.run([python, "-I", "-c", "import geoquant"], capture_output=True, check=False).returncode == 1
    monkeypatch.setattr(process, "WORKER", tmp_path / "geoquant_qgis" / "worker" / "server.py")
    model = tmp_path / "geoquant_qgis" / "library" / "geoquant" / "models" / "demo_landcover.onnx"
    asked = command_arguments("inspect", [model])
    found = process.run_worker(python, asked, on_event=lambda event: None, is_cancelled=lambda: False)
    assert found["model"] == str(model)
