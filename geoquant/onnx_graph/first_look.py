"""A first look at an unusual network by a process of its own, which may be stopped.

Shape inference and ONNX's checker are native code: some operators and functions make them run or grow without end, and
no signal reaches this process while they do. Networks of known operators are looked at right away.

What the child does is in ``first_look_process``.
"""

from __future__ import annotations

import os
import subprocess  # nosec B404
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import onnx

from geoquant.errors import ModelError
from geoquant.onnx_graph.receptive_field.rules import RULES

TIMEOUT_S = 60
MEMORY_BYTES = 8 * 2**30
MOST_CALLS = 100_000
"""Nodes of a network whose functions are all written out; the largest networks have some thousands."""
HARMLESS = RULES.keys() | {
    *("Constant", "ConstantOfShape", "Shape", "Size", "NonZero", "Range", "TopK", "Trilu"),
    *("GatherElements", "GatherND", "ScatterElements", "ScatterND", "OneHot", "CumSum", "GridSample", "If"),
    *("DynamicQuantizeLinear", "QLinearMatMul", "QLinearAdd", "QLinearMul", "QLinearConcat", "QLinearSigmoid", "QGemm"),
    *("QLinearAveragePool", "QLinearGlobalAveragePool", "QLinearLeakyRelu", "QLinearSoftmax", "MatMulInteger"),
}
"""Operators whose inference takes no time, as years of networks have shown."""


def check_functions(model: onnx.ModelProto, path: Path) -> None:
    """Refuse functions that call each other in a circle, or so often that writing them out never ends.

    Raises:
        ModelError: naming the function.
    """
    bodies = {(function.domain, function.name): function.node for function in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def written_out(nodes: Any, calling: tuple[tuple[str, str], ...]) -> int:
        total = 0
        for node in _with_inner(nodes):
            called = node.domain, node.op_type
            if called in calling:
                raise ModelError(f"{path}: the function {node.op_type!r} calls itself; no engine can run that.")
            if called in bodies and called not in sizes:
                sizes[called] = written_out(bodies[called], (*calling, called))
            total += sizes.get(called, 1)
            if total > MOST_CALLS:
                raise ModelError(
                    f"{path} has more than {MOST_CALLS} nodes when its functions are written out; expected some "
                    "thousands at most. Export it without functions."
                )
        return total

    written_out(model.graph.node, ())


def _with_inner(nodes: Any) -> Iterator[onnx.NodeProto]:
    """Nodes, and those of the graphs inside them."""
    for node in nodes:
        yield node
        for entry in node.attribute:
            for graph in [*([entry.g] if entry.HasField("g") else []), *entry.graphs]:
                yield from _with_inner(graph.node)


def is_unusual(model: onnx.ModelProto) -> bool:
    """Whether a network has functions of its own, or operators that image networks do without."""
    return bool(model.functions) or any(node.op_type not in HARMLESS for node in _with_inner(model.graph.node))


def look_first(model: onnx.ModelProto, path: Path) -> None:
    """Let a process of its own check an unusual network and infer its shapes, within bounds of time and memory.

    Raises:
        ModelError: it took too long, took too much memory, or says what is wrong.
    """
    if is_unusual(model):
        stat = path.stat()
        _look(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _look(path: Path, size: int, time_ns: int) -> None:
    """Once for each state of a file."""
    command = [sys.executable, "-m", "geoquant.onnx_graph.first_look_process", str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    asked = "Export the network with plain operators (opset 17 to 21), or simplify it."
    try:
        how: dict[str, Any] = {"capture_output": True, "text": True, "timeout": TIMEOUT_S, "check": False}
        done = subprocess.run(command, env=environment, **how)  # nosec B603
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{path}: its shapes were not inferred within {TIMEOUT_S} s. {asked}") from error
    if done.stdout.strip():
        raise ModelError(done.stdout.strip())
    if done.returncode:
        raise ModelError(f"{path}: inferring its shapes takes more than {MEMORY_BYTES >> 30} GiB or fails. {asked}")
