"""No network takes this process's time or memory before anything has said how large it is."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import helper

from geoquant.engines.selection import check_memory
from geoquant.errors import EngineError, ModelError
from geoquant.onnx_graph import first_look
from geoquant.onnx_graph.first_look import is_unusual
from geoquant.onnx_graph.loading import load_model
from tests.builders.engine_models import card_for
from tests.builders.networks import KINDS, Network, network_of

OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]


def calling(chain: dict[str, list[str]]) -> onnx.ModelProto:
    """A network that calls the function "f0"; ``chain`` says which functions each one calls, one after the other."""
    functions = []
    for name, called in chain.items():
        names = ["a", *(f"{name}_{step}" for step in range(len(called) - 1)), "b"]
        nodes = [
            helper.make_node(kind, [names[step]], [names[step + 1]], domain="" if kind == "Relu" else "own")
            for step, kind in enumerate(called)
        ]
        functions.append(helper.make_function("own", name, ["a"], ["b"], nodes, OPSETS))
    model = Network(3).conv(4).model()
    conv, last = model.graph.node[-1], helper.make_node("f0", ["before"], ["scores"], domain="own")
    conv.output[0] = "before"
    model.graph.node.append(last)
    model.functions.extend(functions)
    model.opset_import.append(OPSETS[1])
    return model


def saved(folder: Path, model: Any) -> Path:
    onnx.save(model, folder / "net.onnx")
    return folder / "net.onnx"


def test_functions_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    chain = {f"f{level}": [f"f{level + 1}"] * 4 for level in range(20)} | {"f20": ["Relu"]}
    started = time.monotonic()
    with pytest.raises(ModelError, match="more than 100000 nodes when its functions are written out"):
        load_model(saved(tmp_path, calling(chain)))
    assert time.monotonic() - started < 2


def test_functions_that_call_themselves_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'f0' calls itself"):
        load_model(saved(tmp_path, calling({"f0": ["f1"], "f1": ["f0"]})))


def test_a_network_with_few_functions_loads(tmp_path: Path) -> None:
    model = calling({"f0": ["f1", "Relu"], "f1": ["Relu"]})
    assert is_unusual(model)
    assert load_model(saved(tmp_path, model)).functions


@pytest.mark.parametrize("kind", KINDS)
def test_usual_networks_are_looked_at_right_away(kind: str) -> None:
    assert not is_unusual(network_of(kind))


@pytest.mark.parametrize(
    ("child", "words"),
    [
        ("import time; time.sleep(60)", "not inferred within 1 s"),
        ("import os; os.abort()", "takes more than 8 GiB or fails"),
        ("print('it is no network')", "it is no network"),
    ],
)
def test_a_look_that_does_not_end_well_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child: str, words: str
) -> None:
    script = tmp_path / "child"
    script.write_text(f"#!{sys.executable}\n{child}\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(first_look, "TIMEOUT_S", 1)
    monkeypatch.setattr(first_look.sys, "executable", str(script))
    with pytest.raises(ModelError, match=words):
        load_model(saved(tmp_path, calling({"f0": ["Relu"]})))


def test_a_network_that_no_machine_holds_is_refused_before_an_engine_runs_it() -> None:
    net = Network(3).upsample(64).conv(1)
    net.add("Resize", net.last, "", net.constant([1, 1, 64, 64])).add(
        "Resize", net.last, "", net.constant([1, 1, 64, 64])
    )
    model = net.ending_in(net.last, taken=(1, 3, 256, 256), given=(1, 1, None, None)).SerializeToString()
    with pytest.raises(EngineError, match=r"One tile of 256 x 256 px takes \d+ GiB .* this machine has"):
        check_memory(model, card_for(2))
