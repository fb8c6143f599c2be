"""Activations where they fuse: whole, and right behind the convolution."""

from __future__ import annotations

import math
from typing import Any

from onnx import helper

from geoquant.onnx_graph.editing import Edit, attributes, named_like

POINTWISE = ("Relu", "Clip", "LeakyRelu", "HardSwish", "HardSigmoid", "Sigmoid", "Elu", "Tanh", "PRelu")
RISING = ("Relu", "Clip")


def whole_hard_swish(edit: Edit) -> int:
    """``x * HardSigmoid(x)`` and ``x * Clip(x + 3, 0, 6) / 6`` become HardSwish (the operator's definition in ONNX)."""
    done = 0
    for product in edit.nodes("Mul"):
        for x, gate in (tuple(product.input), tuple(product.input)[::-1]):
            pieces = _hard_sigmoid(edit, x, gate) or _clipped(edit, product, x, gate)
            if pieces:
                whole = helper.make_node(
                    "HardSwish", [x], [pieces[-1].output[0]], name=named_like(product, "hardswish")
                )
                edit.replace(pieces, [whole])
                done += 1
                break
    return done


def _hard_sigmoid(edit: Edit, x: str, gate: str) -> list[Any]:
    node = edit.maker(gate, "HardSigmoid")
    if node is None or node.input[0] != x or edit.only_user(gate, "Mul") is None:
        return []
    facts = attributes(node)
    fits = math.isclose(facts.get("alpha", 0.2), 1 / 6, rel_tol=1e-5) and facts.get("beta", 0.5) == 0.5
    return [node, edit.only_user(gate, "Mul")] if fits else []


def _clipped(edit: Edit, product: Any, x: str, gate: str) -> list[Any]:
    """Add, Clip, Mul and the division by 6, which stands before or after the product."""
    early = edit.maker(gate, "Div", "Mul")
    early = early if early is not None and _divides_by_six(edit, early) else None
    clip = edit.maker(early.input[0] if early is not None else gate, "Clip")
    late = None if early is not None else edit.only_user(product.output[0], "Div", "Mul")
    division = early if early is not None else late
    if clip is None or division is None or not _divides_by_six(edit, division):
        return []
    plus = edit.maker(clip.input[0], "Add")
    if plus is None or not _is_clip(edit, clip, 0.0, 6.0) or _added(edit, plus, x) != 3.0:
        return []
    pieces = [plus, clip, early, product] if early is not None else [plus, clip, product, late]
    alone = all(edit.only_user(node.output[0], "Clip", "Mul", "Div") is not None for node in pieces[:-1])
    return pieces if alone else []


def _divides_by_six(edit: Edit, node: Any) -> bool:
    value = edit.scalar(node.input[1])
    if value is None:
        return False
    return value == 6.0 if node.op_type == "Div" else math.isclose(value, 1 / 6, rel_tol=1e-5)


def _is_clip(edit: Edit, node: Any, low: float, high: float) -> bool:
    return len(node.input) == 3 and (edit.scalar(node.input[1]), edit.scalar(node.input[2])) == (low, high)


def _added(edit: Edit, node: Any, x: str) -> float | None:
    """The number that an Add adds to ``x``."""
    others = [name for name in node.input if name != x]
    return edit.scalar(others[0]) if len(others) == 1 else None


def activation_first(edit: Edit) -> int:
    """An activation behind a node that only moves values works in front of it: on no more pixels, next to its Conv.

    Nearest Resize and DepthToSpace move every kind; MaxPool only those that never fall, for the maximum of f is f of
    the maximum.
    """
    done = 0
    for activation in edit.nodes(*POINTWISE):
        mover = edit.maker(activation.input[0], "Resize", "DepthToSpace", "MaxPool")
        if (
            mover is None
            or edit.only_user(mover.output[0], activation.op_type) is None
            or not _moves(mover, activation)
        ):
            continue
        if any(edit.constant(name) is None for name in activation.input[1:] if name):
            continue
        edit.swap(mover, activation, "activated")
        done += 1
    return done


def _moves(mover: Any, activation: Any) -> bool:
    if mover.op_type == "MaxPool":
        return bool(len(mover.output) == 1 and activation.op_type in RISING)
    if activation.op_type == "PRelu":
        return False  # its slopes may lie over pixels
    return mover.op_type == "DepthToSpace" or bool(attributes(mover).get("mode", "nearest") == "nearest")
