"""``geoquant demo``: options reach the job, and the end names the report first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from geoquant.cli.main import command
from geoquant.demo.demo import DemoSummary
from geoquant.options.demo import DemoOptions


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, DemoOptions]]:
    """The job replaced by one that remembers its arguments: the job itself has tests of its own."""
    made: list[tuple[str, DemoOptions]] = []

    def fake(out: str, options: DemoOptions, *, progress: Any) -> DemoSummary:
        made.append((out, options))
        folder = Path(out)
        names = ("report.html", "scene.tif", "model.onnx", "float.tif", "int8.tif", "tiles.geojson")
        paths = [folder / name for name in names]
        return DemoSummary(*paths, None, 0.995, "shadow", 0.99, 0.1, 0.27, 4.0, 3.0, 30.0)  # type: ignore[arg-type]

    monkeypatch.setattr("geoquant.demo.demo.run_demo", fake)
    return made


def test_options_reach_the_job_and_the_report_is_named_first(calls: list[tuple[str, DemoOptions]]) -> None:
    result = CliRunner().invoke(command, ["demo", "-o", "here", "--size", "1024", "--seed", "5", "--overwrite"])
    assert result.exit_code == 0, result.output
    assert calls == [("here", DemoOptions(size=1024, seed=5, overwrite=True))]
    assert str(Path("here") / "report.html") in result.stdout.splitlines()[0]
    assert "99.00 % in the worst condition, shadow" in " ".join(result.stdout.split())


def test_json_is_one_object_on_stdout(calls: list[tuple[str, DemoOptions]]) -> None:
    result = CliRunner().invoke(command, ["demo", "-o", "here", "--progress", "json"])
    assert json.loads(result.stdout)["worst_stratum"] == "shadow"
    assert calls == [("here", DemoOptions())]


@pytest.mark.parametrize("arguments", [[], ["-o", "x", "--size", "10"], ["-o", "x", "--size", "1101"]])
def test_a_wrong_call_ends_with_code_2(arguments: list[str], calls: list[tuple[str, DemoOptions]]) -> None:
    assert CliRunner().invoke(command, ["demo", *arguments]).exit_code == 2
    assert calls == []


def test_a_missing_parent_folder_ends_with_code_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["demo", "-o", str(tmp_path / "no" / "demo")])
    assert result.exit_code == 2
    assert not (tmp_path / "no").exists()


def test_help_ends_with_an_example() -> None:
    assert CliRunner().invoke(command, ["demo", "--help"]).output.strip().endswith("Example: geoquant demo -o demo")
