"""The table of engines: an engine is one row, options spell the same ids, and runtimes are imported when asked for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from geoquant.diagnostics.checks.engines import measured_speed
from geoquant.engines import registry
from geoquant.engines.onnxruntime_engine import OnnxRuntimeEngine
from geoquant.engines.protocol import Engine, EngineSettings
from geoquant.engines.registry import (
    ENGINES,
    REFERENCE,
    RegisteredEngine,
    all_kinds,
    automatic_kinds,
    engine_of,
    faithful_engines,
    installed_engines,
    kinds_of,
    load_engine,
    variant_of,
)
from geoquant.engines.selection import candidates, choose_engine
from geoquant.errors import EngineError, OptionError
from geoquant.evaluation.report.plots import engine_color
from geoquant.fusion_audit.runtime_graph import GRAPH_READERS, audited_engines, runtime_graph
from geoquant.model_card.card import ModelCard
from geoquant.options.classify import ENGINE_IDS, ClassifyOptions
from tests.builders.engine_models import card_for, quantized, small_net, tiles


class RememberingEngine:
    """Gives what onnxruntime gave for the same tile before, which is faster than any arithmetic."""

    answers: ClassVar[dict[bytes, NDArray[np.uint8]]] = {}

    def __init__(self, model: onnx.ModelProto, card: ModelCard, settings: EngineSettings) -> None:
        self._engine = OnnxRuntimeEngine(model, card, settings)
        self.kind, self.name = settings.kind, "Remembering 1.0"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def classes(self, batch: NDArray[Any]) -> NDArray[np.uint8]:
        key = batch.tobytes()
        if key not in self.answers:
            self.answers[key] = self._engine.classes(batch)
        return self.answers[key]


def load_maker() -> type[Engine]:
    return RememberingEngine  # type: ignore[return-value]


ROW = RegisteredEngine("memory", "Remembering engine", load_maker, packages=("onnxruntime",), variants=("file",))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GEOQUANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "ENGINES", (*ENGINES, ROW))


def test_options_and_registry_spell_the_same_ids() -> None:
    assert kinds_of("file") == ENGINE_IDS
    (engine,) = (spec for spec in fields(ClassifyOptions) if spec.name == "engine")
    assert engine.metadata["choices"] == ("auto", *kinds_of("file"))


def test_ids_stay_what_they_are_in_saved_files() -> None:
    assert all_kinds() == ("ort", "ort-float", "openvino", "openvino-float", "openvino-bf16")
    assert REFERENCE.id == "ort"
    assert [engine.name for engine in ENGINES] == ["onnxruntime", "OpenVINO"]


@pytest.mark.parametrize("kind", all_kinds())
def test_a_kind_is_an_engine_and_a_variant(kind: str) -> None:
    assert engine_of(kind).kind(variant_of(kind)) == kind


@pytest.mark.parametrize("kind", ["", "tpu", "ort-bf16", "openvino-int4", "onnxruntime"])
def test_what_is_in_no_row_is_refused_with_what_is(kind: str) -> None:
    with pytest.raises(EngineError, match="the engines are ort, ort-float, openvino, openvino-float, openvino-bf16"):
        engine_of(kind)


def test_auto_leaves_out_what_the_cpu_can_not_do() -> None:
    assert automatic_kinds(False, ()) == ("openvino", "ort")
    assert automatic_kinds(False, ("avx2", "amx_bf16")) == ("openvino", "openvino-bf16", "ort")
    assert automatic_kinds(True, ()) == ("openvino", "ort", "openvino-float", "ort-float")


@pytest.mark.usefixtures("registered")
def test_one_row_makes_an_engine_that_is_listed_named_and_chosen(tmp_path: Path) -> None:
    assert all_kinds()[-1] == installed_engines()[-1] == "memory"
    assert load_engine(small_net(), card_for(), "memory").name == "Remembering 1.0"
    assert candidates(small_net(), "memory") == ("memory",)
    with pytest.raises(OptionError, match="it takes one of auto, ort, openvino, memory"):
        candidates(small_net(), "tpu")
    assert choose_engine(small_net(), card_for(), "memory", tiles).kind == "memory"
    chosen = choose_engine(small_net(), card_for(), "auto", lambda: tiles(2, 256))
    assert (chosen.kind, chosen.name) == ("memory", "Remembering 1.0")
    assert {one.kind for one in chosen.measured} == {"ort", "openvino", "memory"}
    assert "memory" in faithful_engines(onnx.load_from_string(quantized(small_net(), tmp_path)))


@pytest.mark.usefixtures("registered")
def test_one_row_makes_an_engine_that_is_judged_and_drawn(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(small_net())
    assert measured_speed(model, card_for(), 64)["memory"] > 0
    assert len({engine_color(kind) for kind in kinds_of("file")}) == 3


@pytest.mark.usefixtures("registered")
def test_an_engine_that_does_not_tell_what_it_runs_is_not_audited(tmp_path: Path) -> None:
    assert audited_engines() == ("ort", "openvino")
    with pytest.raises(EngineError, match="Remembering engine does not tell what it runs"):
        runtime_graph(small_net(), card_for(), "memory", (64, 64))


def test_every_reader_of_a_graph_belongs_to_an_engine() -> None:
    assert set(GRAPH_READERS) <= set(kinds_of("file"))


def test_an_engine_that_is_not_installed_is_known_but_judges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(ROW, packages=("onnxruntime", "geoquant_has_no_such_engine"))
    monkeypatch.setattr(registry, "ENGINES", (*ENGINES, absent))
    assert "memory" in all_kinds()
    assert installed_engines() == ("ort", "openvino")


def test_only_the_engine_that_is_loaded_is_imported() -> None:
    code = """
import sys
from geoquant.engines.registry import installed_engines, load_engine
from tests.builders.engine_models import card_for, small_net
def loaded(): return sorted({"onnxruntime", "openvino", "torch"} & set(sys.modules))
installed_engines()
print(loaded())
load_engine(small_net(), card_for(), "ort")
print(loaded())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['onnxruntime']"]
