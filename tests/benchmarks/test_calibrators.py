"""The comparison of calibrators: what onnxruntime gets, and who is said to win."""

from __future__ import annotations

import numpy as np
import pytest

from tests.builders.optional_parts import needed

needed("torch")  # the networks are trained with it

from onnxruntime.quantization import CalibrationMethod  # noqa: E402

from benchmarks.calibrator_methods import NAMES, OWN_NAME, TileReader, by_onnxruntime  # noqa: E402
from benchmarks.calibrator_runs import Score, kept  # noqa: E402
from benchmarks.calibrators import _rows, _verdicts  # noqa: E402
from geoquant.engines.registry import load_engine  # noqa: E402
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling  # noqa: E402
from geoquant.model_card.embedding import write_card  # noqa: E402
from geoquant.model_card.reading import read_card  # noqa: E402
from tests.builders.networks import u_shaped  # noqa: E402


@pytest.fixture
def model(tmp_path):
    bands = tuple(Band(f"b{i}") for i in range(4))
    classes = tuple(ClassLabel(i, name, "#000000") for i, name in enumerate("abc"))
    card = ModelCard("toy", bands, Normalization((0,) * 4, (1,) * 4), classes, "dn", tiling=Tiling(None, 6, 2))
    path = tmp_path / "toy.onnx"
    write_card(u_shaped(), card, path)
    return path


@pytest.mark.parametrize("method", [CalibrationMethod.MinMax, CalibrationMethod.Entropy, CalibrationMethod.Percentile])
def test_onnxruntime_quantizes_by_each_method_and_geoquant_runs_it(model, tmp_path, method, capsys):
    tiles = np.random.default_rng(0).normal(size=(9, 1, 4, 32, 32)).astype(np.float32)
    out = tmp_path / "toy8.onnx"
    by_onnxruntime(model, tiles, out, method)
    card = read_card(out)
    assert card.classes == read_card(model).classes
    by_float, by_int8 = (load_engine(path, card, "ort") for path in (model, out))
    assert "INT8" in by_int8.name
    assert np.mean(by_float.classes(tiles[0]) == by_int8.classes(tiles[0])) > 0.8
    assert capsys.readouterr().out == ""


def test_a_reader_gives_its_range_once():
    tiles = np.arange(5, dtype=np.float32)
    reader = TileReader(tiles, "x")
    reader.set_range(1, 3)
    assert [reader.get_next(), reader.get_next(), reader.get_next()] == [{"x": 1}, {"x": 2}, None]
    assert len(reader) == 5


def scores(own: float) -> list[Score]:
    lost = {name: 1.0 + i for i, name in enumerate(NAMES)} | {OWN_NAME: own}
    return [
        Score("demo", "U-Net", name, seed, points + seed, "water", 0.9, 0.01, None, False, 1.0)
        for name, points in lost.items()
        for seed in range(3)
    ]


def test_the_smallest_median_wins_and_a_lost_case_is_said():
    wins, within = _verdicts(scores(own=-0.9))
    assert wins.kept
    assert within.kept
    assert "0.10" in wins.found
    loses, _ = _verdicts(scores(own=1.5))
    assert not loses.kept
    rows = _rows(scores(own=-0.9))
    assert [row[2] for row in rows] == list(NAMES)
    (best,) = [row for row in rows if row[3].startswith("**")]
    assert best[2:6] == [OWN_NAME, "**0.10**", "1.10", "water"]


def test_a_file_is_made_again_only_when_what_it_is_made_of_changed(tmp_path):
    path, made = tmp_path / "a.onnx", []

    def make() -> dict[str, float]:
        made.append(path.write_bytes(b"x"))
        return {"seconds": 1.0}

    for key in ("one", "one", "two"):
        assert kept(path, key, make)["seconds"] == 1.0
    assert len(made) == 2
    path.unlink()
    kept(path, "two", make)
    assert len(made) == 3
