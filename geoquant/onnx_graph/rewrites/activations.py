"""Activations where they fuse: whole, and right behind the convolution."""

from __future__ import annotations

import math
from typing import Any

from onnx import helper

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attributes, named_like
from geoquant.onnx_graph.rewrites.reordering import run_before

POINTWISE = ("Relu", "Clip", "LeakyRelu", "HardSwish", "HardSigmoid", "Sigmoid", "Elu", "Tanh", "PRelu")
RISING = ("Relu", "Clip")


def whole_hard_swish(graph: Graph) -> int:
    """``x * HardSigmoid(x)`` and ``x * Clip(x + 3, 0, 6) / 6`` become HardSwish (the operator's definition in ONNX)."""
    done = 0
    for product in graph.nodes_of("Mul"):
        for x, gate in (tuple(product.input), tuple(product.input)[::-1]):
            pieces = _hard_sigmoid(graph, x, gate) or _clipped(graph, product, x, gate)
            if pieces:
                whole = helper.make_node(
                    "HardSwish", [x], [pieces[-1].output[0]], name=named_like(product, "hardswish")
                )
                graph.replace(pieces, [whole])
                done += 1
                break
    return done


def _hard_sigmoid(graph: Graph, x: str, gate: str) -> list[Any]:
    node = graph.producer(gate, "HardSigmoid")
    if node is None or node.input[0] != x or graph.only_consumer(gate, "Mul") is None:
        return []
    facts = attributes(node)
    fits = math.isclose(facts.get("alpha", 0.2), 1 / 6, rel_tol=1e-5) and facts.get("beta", 0.5) == 0.5
    return [node, graph.only_consumer(gate, "Mul")] if fits else []


def _clipped(graph: Graph, product: Any, x: str, gate: str) -> list[Any]:
    """Add, Clip, Mul and the division by 6, which stands before or after the product."""
    early = graph.producer(gate, "Div", "Mul")
    early = early if early is not None and _divides_by_six(graph, early) else None
    clip = graph.producer(early.input[0] if early is not None else gate, "Clip")
    late = None if early is not None else graph.only_consumer(product.output[0], "Div", "Mul")
    division = early if early is not None else late
    if clip is None or division is None or not _divides_by_six(graph, division):
        return []
    plus = graph.producer(clip.input[0], "Add")
    if plus is None or not _is_clip(graph, clip, 0.0, 6.0) or _added(graph, plus, x) != 3.0:
        return []
    pieces = [plus, clip, early, product] if early is not None else [plus, clip, product, late]
    alone = all(graph.only_consumer(node.output[0], "Clip", "Mul", "Div") is not None for node in pieces[:-1])
    return pieces if alone else []


def _divides_by_six(graph: Graph, node: Any) -> bool:
    value = graph.scalar(node.input[1])
    if value is None:
        return False
    return value == 6.0 if node.op_type == "Div" else math.isclose(value, 1 / 6, rel_tol=1e-5)


def _is_clip(graph: Graph, node: Any, low: float, high: float) -> bool:
    return len(node.input) == 3 and (graph.scalar(node.input[1]), graph.scalar(node.input[2])) == (low, high)


def _added(graph: Graph, node: Any, x: str) -> float | None:
    """The number that an Add adds to ``x``."""
    others = [name for name in node.input if name != x]
    return graph.scalar(others[0]) if len(others) == 1 else None


def activation_first(graph: Graph) -> int:
    """An activation behind a node that only moves values works in front of it: on no more pixels, next to its Conv.

    Nearest Resize and DepthToSpace move every kind; MaxPool only those that never fall, for the maximum of f is f of
    the maximum.
    """
    done = 0
    for activation in graph.nodes_of(*POINTWISE):
        mover = graph.producer(activation.input[0], "Resize", "DepthToSpace", "MaxPool")
        if (
            mover is None
            or graph.only_consumer(mover.output[0], activation.op_type) is None
            or not _moves(mover, activation)
        ):
            continue
        if any(graph.constant(name) is None for name in activation.input[1:] if name):
            continue
        run_before(graph, mover, activation, "activated")
        done += 1
    return done


def _moves(mover: Any, activation: Any) -> bool:
    if mover.op_type == "MaxPool":
        return bool(len(mover.output) == 1 and activation.op_type in RISING)
    if activation.op_type == "PRelu":
        return False  # its slopes may lie over pixels
    return mover.op_type == "DepthToSpace" or bool(attributes(mover).get("mode", "nearest") == "nearest")
