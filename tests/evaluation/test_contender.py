"""An engine that can't run a model is left out of its judging, with a sentence; the reference never is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from geoquant.errors import EngineError
from geoquant.evaluation import contender as contenders
from geoquant.evaluation.contender import able

TILES: Any = [SimpleNamespace()]


def given(*kinds: str) -> list[Any]:
    return [SimpleNamespace(kind=kind, label="INT8") for kind in kinds]


class Broken:
    """A runner whose engine compiles nothing, where its kind is one of ``unable``."""

    unable: tuple[str, ...] = ()

    def __init__(self, contender: Any, tiles: Any) -> None:
        self._kind = contender.kind

    def classes(self, tile: Any) -> np.ndarray:
        if self._kind in self.unable:
            raise EngineError("can't compile this network\nwith a long trace")
        return np.zeros((4, 4), np.uint8)


def test_an_engine_that_can_not_compile_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "Runner", type("R", (Broken,), {"unable": ("openvino",)}))
    found = able(given("ort", "openvino"), TILES)
    assert [one.kind for one in found.contenders] == ["ort"]
    (said,) = found.left_out
    assert said == "OpenVINO can't run the INT8 model, which is judged without it: can't compile this network"


def test_a_model_that_the_reference_can_not_run_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "Runner", type("R", (Broken,), {"unable": ("ort",)}))
    with pytest.raises(EngineError, match="can't compile"):
        able(given("ort", "openvino"), TILES)


def test_all_that_run_are_kept_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "Runner", Broken)
    assert able(given("openvino", "ort"), TILES).left_out == ()
    assert [one.kind for one in able(given("openvino", "ort"), TILES).contenders] == ["openvino", "ort"]
