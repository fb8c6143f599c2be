"""Where a Python to make the environment from is looked for, on fake machines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from qgis_plugin.environment.bases import Host, candidates, choose_base, probe_base


def lay_out(root: Path, *paths: str) -> list[Path]:
    made = [root / path for path in paths]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    return made


def found(host: Host) -> list[str]:
    return [path.relative_to(host.root).as_posix() for path in candidates(host)]


def test_windows_standalone_installer(tmp_path):
    """QGIS 3.34 of qgis.org: sys.executable is QGIS, sys.prefix its Python."""
    qgis = "Program Files/QGIS 3.34.4"
    lay_out(
        tmp_path,
        f"{qgis}/bin/qgis-ltr-bin.exe",
        f"{qgis}/apps/Python312/python.exe",
        f"{qgis}/apps/Python312/pythonw.exe",
        f"{qgis}/apps/Python39/python.exe",
        "Users/me/AppData/Local/Programs/Python/Python310/python.exe",
        "Users/me/AppData/Local/Programs/Python/Python313/python.exe",
        "Program Files/Python311/python.exe",
    )
    host = Host(
        platform="win32",
        executable=tmp_path / qgis / "bin" / "qgis-ltr-bin.exe",
        prefix=tmp_path / qgis / "apps" / "Python312",
        environment={
            "LOCALAPPDATA": str(tmp_path / "Users/me/AppData/Local"),
            "PROGRAMFILES": str(tmp_path / "Program Files"),
        },
        root=tmp_path,
    )
    assert found(host) == [
        f"{qgis}/apps/Python312/python.exe",
        f"{qgis}/apps/Python39/python.exe",
        "Users/me/AppData/Local/Programs/Python/Python313/python.exe",
        "Users/me/AppData/Local/Programs/Python/Python310/python.exe",
        "Program Files/Python311/python.exe",
    ]


@pytest.mark.parametrize(
    "executable", ["OSGeo4W/bin/qgis-bin.exe", "OSGeo4W/apps/qgis/bin/qgis_process.exe", "elsewhere.exe"]
)
def test_windows_osgeo4w(tmp_path, executable):
    """OSGeo4W: the same layout under one root, which a variable names too; sys.prefix may be anything."""
    lay_out(tmp_path, executable, "OSGeo4W/apps/Python312/python.exe", "OSGeo4W/apps/Python312/Scripts/pip.exe")
    variables = {"OSGEO4W_ROOT": str(tmp_path / "OSGeo4W")} if executable == "elsewhere.exe" else {}
    host = Host("win32", tmp_path / executable, tmp_path / "nowhere", variables, tmp_path)
    if "apps/qgis" in executable:
        host = Host("win32", tmp_path / executable, tmp_path / "OSGeo4W/apps/Python312", {}, tmp_path)
    assert found(host) == ["OSGeo4W/apps/Python312/python.exe"]


@pytest.mark.parametrize(
    "python",
    [
        "Applications/QGIS.app/Contents/MacOS/bin/python3",
        "Applications/QGIS.app/Contents/MacOS/python3.12",
        "Applications/QGIS.app/Contents/Frameworks/bin/python3.12",
        "Applications/QGIS.app/Contents/Frameworks/Python.framework/Versions/3.12/bin/python3",
    ],
)
def test_macos_app_bundle(tmp_path, python):
    lay_out(
        tmp_path,
        "Applications/QGIS.app/Contents/MacOS/QGIS",
        python,
        "usr/bin/python3",
        "opt/homebrew/bin/python3",
        "Library/Frameworks/Python.framework/Versions/3.9/bin/python3",
        "Library/Frameworks/Python.framework/Versions/3.13/bin/python3",
    )
    executable = tmp_path / "Applications" / "QGIS.app" / "Contents" / "MacOS" / "QGIS"
    assert found(Host("darwin", executable, tmp_path / "nowhere", {}, tmp_path)) == [
        python,
        "opt/homebrew/bin/python3",
        "Library/Frameworks/Python.framework/Versions/3.13/bin/python3",
        "Library/Frameworks/Python.framework/Versions/3.9/bin/python3",
    ]


def test_linux_takes_the_python_of_qgis_and_follows_links_once(tmp_path):
    lay_out(tmp_path, "usr/bin/python3.11", "usr/local/bin/python3.12", "home/me/bin/python3.13", "usr/bin/qgis")
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    host = Host(
        "linux", tmp_path / "usr/bin/python3", tmp_path / "usr", {"PATH": str(tmp_path / "home/me/bin")}, tmp_path
    )
    assert found(host) == ["usr/bin/python3", "home/me/bin/python3.13", "usr/local/bin/python3.12"]
    as_qgis = Host("linux", tmp_path / "usr/bin/qgis", tmp_path / "nowhere", {"PATH": ""}, tmp_path)
    assert found(as_qgis) == ["usr/bin/python3", "usr/local/bin/python3.12"]


def test_qgis_itself_is_never_started(tmp_path):
    for platform in ("linux", "win32", "darwin"):
        lay_out(tmp_path, f"{platform}/bin/qgis.exe")
        host = Host(platform, tmp_path / platform / "bin/qgis.exe", tmp_path / "nowhere", {"PATH": ""}, tmp_path)
        assert found(host) == []


def test_the_first_that_will_do_is_chosen(tmp_path):
    broken = tmp_path / "bin" / "python3"
    lay_out(tmp_path, "bin/python3")
    broken.write_text("#!/bin/sh\necho it is broken >&2\nexit 1\n", encoding="ascii")
    (tmp_path / "bin" / "python3.12").symlink_to(sys.executable)
    host = Host("linux", broken, tmp_path, {"PATH": ""}, tmp_path)
    assert choose_base(host).path == tmp_path / "bin" / "python3.12"


def test_where_none_will_do_each_is_named_with_its_reason(tmp_path):
    lay_out(tmp_path, "bin/python3")
    (tmp_path / "bin" / "python3").write_text("#!/bin/sh\necho it is broken >&2\nexit 1\n", encoding="ascii")
    problem = choose_base(Host("linux", tmp_path / "qgis", tmp_path, {"PATH": ""}, tmp_path)).problem
    assert problem.startswith("No Python was found that geoquant's environment can be made from.")
    advice = "Install Python 3.10 to 3.14, and choose it in “Set up environment” (“Python to make it from”)."
    assert problem.endswith(advice)
    assert f"{tmp_path / 'bin' / 'python3'} is no Python that works: it is broken." in problem


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"makes_environments": False}, "sudo apt install python3-venv"),
        ({"missing": ["ssl"]}, "lacks modules of the standard library: ssl."),
        ({"broken": {"ssl": "ImportError: DLL load failed"}}, "can't be imported: ssl (ImportError: DLL load failed)."),
    ],
)
def test_a_python_that_makes_no_environments_says_why(facts, words, tmp_path):
    script = tmp_path / "python3"
    whole = {"version": [3, 11, 2], "bits": 64, "makes_environments": True, "missing": [], "broken": {}, "found": {}}
    script.write_text(f"#!/bin/sh\necho '{json.dumps({**whole, **facts})}'\n", encoding="ascii")
    script.chmod(0o755)
    assert words in probe_base(script).problem


def test_this_machine_has_one():
    chosen = choose_base()
    assert chosen.problem == ""
    assert (3, 10) <= chosen.version[:2] <= (3, 14)
