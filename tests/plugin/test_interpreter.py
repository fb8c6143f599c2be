"""Which Python runs geoquant, and what a probe says of it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from qgis_plugin.environment import interpreter
from qgis_plugin.environment.interpreter import (
    MARKER,
    NEEDED,
    REQUIREMENTS,
    Found,
    environment_folder,
    find,
    probe,
    python_of,
)
from qgis_plugin.worker.child import ChildCancelled

PYPROJECT = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")


def make_environment(profile: Path) -> Path:
    folder = environment_folder(profile)
    python = python_of(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / MARKER).touch()
    return python


def test_the_setting_comes_first_then_the_variable_then_the_profile(tmp_path):
    assert find("", tmp_path, {}) is None
    made = make_environment(tmp_path)
    assert find("", tmp_path, {}) == Found(made, "environment")
    assert find("", tmp_path, {"GEOQUANT_PYTHON": "/a/python"}) == Found(Path("/a/python"), "GEOQUANT_PYTHON")
    assert find(" /b/python ", tmp_path, {"GEOQUANT_PYTHON": "/a/python"}) == Found(Path("/b/python"), "setting")
    assert find("~/python", tmp_path, {}) == Found(Path.home() / "python", "setting")


def test_a_half_made_environment_does_not_count(tmp_path):
    python = make_environment(tmp_path)
    (environment_folder(tmp_path) / MARKER).unlink()
    assert find("", tmp_path, {}) is None
    (environment_folder(tmp_path) / MARKER).touch()
    python.unlink()  # the Python that it was made from is gone
    assert find("", tmp_path, {}) is None


def test_the_environments_name_follows_the_pins_alone(tmp_path):
    names = []
    for number, text in enumerate(["# a\nnumpy==2\nrich==1\n", "rich==1\r\nnumpy==2\r\n", "numpy==3\nrich==1\n"]):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(text.encode())
        names.append(interpreter.requirements_hash(path))
    assert names[0] == names[1] != names[2]
    assert environment_folder(tmp_path).parent == tmp_path / "geoquant"


def test_what_is_probed_is_what_the_package_needs():
    listed = re.findall(r'"([a-z]+)(?:\[\w+\])?>=([\d.]+)"', PYPROJECT.partition("[project.optional")[0])
    assert {name: tuple(map(int, version.split("."))) for name, version in listed if name != "hatchling"} == NEEDED
    assert len(NEEDED) == len([line for line in requires("geoquant") or [] if "extra" not in line])
    span = re.search(r'requires-python = ">=3.(\d+),<3.(\d+)"', PYPROJECT)
    assert (3, int(span[1])) == interpreter.OLDEST
    assert (3, int(span[2]) - 1) == interpreter.NEWEST


def test_every_need_is_pinned_once_per_python_at_a_version_that_serves():
    pins = [line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for name, lowest in NEEDED.items():
        versions = [line.partition("==")[2].split(" ")[0] for line in pins if re.match(rf"{name}==", line)]
        assert versions, name
        assert all(tuple(map(int, re.findall(r"\d+", version)[: len(lowest)])) >= lowest for version in versions)
    assert all(re.match(r"[a-z0-9.\-]+==[\w.]+( ;|$)", line) for line in pins)


def test_a_probe_imports_what_is_needed():
    found = probe(Path(sys.executable))
    assert found.problem == ""
    assert set(found.packages) == set(NEEDED)
    assert found.version[:2] == sys.version_info[:2]


def test_a_probe_can_be_cancelled():
    with pytest.raises(ChildCancelled):
        probe(Path(sys.executable), lambda: True)


def bare_environment(tmp_path: Path, modules: dict[str, str]) -> Path:
    """An environment whose site packages hold these modules only."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    packages = next((tmp_path / "bare").glob("lib/python*/site-packages"))
    for name, code in modules.items():
        (packages / f"{name}.py").write_text(code, encoding="utf-8")
    return tmp_path / "bare" / "bin" / "python"


def test_a_probe_says_what_is_missing_in_one_sentence(tmp_path):
    found = probe(bare_environment(tmp_path, {}))
    assert f"lacks what geoquant needs: {', '.join(NEEDED)}. Run the algorithm 'Set up environment'" in found.problem


def test_a_probe_names_what_cannot_be_imported_and_why(tmp_path):
    others = dict.fromkeys(NEEDED, "")
    found = probe(bare_environment(tmp_path, {**others, "rasterio": "raise ImportError('DLL load failed')"}))
    assert "has modules that can't be imported" in found.problem
    assert "rasterio (ImportError: DLL load failed)" in found.problem


def test_a_probe_names_versions_that_are_too_old(tmp_path):
    python = bare_environment(tmp_path, dict.fromkeys(NEEDED, ""))
    packages = next((tmp_path / "bare").glob("lib/python*/site-packages"))
    for name, lowest in NEEDED.items():
        info = packages / f"{name}-1.dist-info"
        info.mkdir()
        version = "1.3.5rc1" if name == "rasterio" else ".".join(map(str, lowest))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    assert "too old for geoquant: rasterio 1.3.5rc1, at least 1.4." in probe(python).problem


@pytest.mark.parametrize(
    ("version", "bits", "words"),
    [
        ([3, 9, 5], 64, "is Python 3.9; geoquant needs 3.10 to 3.14."),
        ([3, 15, 0], 64, "is Python 3.15; geoquant needs 3.10 to 3.14."),
        ([2, 7, 18], 64, "is Python 2.7"),
        ([3, 12, 1], 32, "is a 32-bit Python"),
        ([3, 12, 1], 64, ""),
    ],
)
def test_versions_that_will_not_do(version, bits, words):
    problem = interpreter.version_problem(Path("/x/python"), {"version": version, "bits": bits})
    assert words in problem
    assert bool(problem) == bool(words)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/not/there", "can't be started (No such file or directory)"),
        (str(REQUIREMENTS), "can't be started (Permission denied)"),
        ("/bin/true", "is no Python that works: it said nothing."),
    ],
)
def test_what_is_no_python_is_named(path, words):
    assert words in probe(Path(path)).problem
