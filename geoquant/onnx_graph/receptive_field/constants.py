"""What a graph computes from constants and shapes alone: the arithmetic in front of Resize, Slice and Reshape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import ModelError

_LARGEST_VALUE = 1024
_LARGEST_FILL = 2**28
_FOLDED = (
    *("Abs", "Add", "And", "Cast", "Ceil", "Concat", "Div", "Equal", "Floor", "Gather", "Greater", "Less", "Max"),
    *("Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "ReduceProd", "Reshape", "Round", "Shape", "Size", "Slice"),
    *("Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze", "Where"),
)
_SAME_SHAPE = ("Abs", "Cast", "CastLike", "Clip", "DequantizeLinear", "Exp", "Identity", "Neg", "QuantizeLinear")


@dataclass(frozen=True)
class Constant:
    """A tensor that does not depend on the image's pixels.

    Attributes:
        shape: The tensor's shape, or None when it is not known.
        value: The tensor's value when it is small and known.
        from_shape: Whether it depends on the size of the image, as sizes that a dynamic graph computes do.
    """

    shape: tuple[int, ...] | None
    value: NDArray[Any] | None = None
    from_shape: bool = False


def constant_of(array: NDArray[Any], from_shape: bool = False) -> Constant:
    """A known value."""
    return Constant(tuple(array.shape), array if array.size <= _LARGEST_VALUE else None, from_shape)


def constant_of_tensor(tensor: Any) -> Constant:
    """A stored ``onnx.TensorProto``; a large one is known by its shape only."""
    import onnx

    shape = tuple(tensor.dims)
    if prod(shape) > _LARGEST_VALUE:
        return Constant(shape)
    try:
        return constant_of(np.asarray(onnx.numpy_helper.to_array(tensor)))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"The tensor {tensor.name!r} can't be decoded: {error}.") from error


def fold(node: Any, attributes: Mapping[str, Any], inputs: list[Constant | None]) -> Constant:
    """The constant that ``node`` makes of constant ``inputs``; what can't be told stays unknown."""
    from_shape = any(item.from_shape for item in inputs if item is not None)
    if node.op_type == "Constant":
        return _stored(attributes)
    if node.op_type == "ConstantOfShape":
        return _filled(node, attributes, inputs, from_shape)
    if node.op_type in _FOLDED and all(item is None or item.value is not None for item in inputs):
        value = _run(node, [None if item is None else item.value for item in inputs])
        if value is not None:
            return constant_of(value, from_shape)
    first = inputs[0] if inputs else None
    if node.op_type in _SAME_SHAPE and first is not None:
        value = first.value if node.op_type == "Identity" else None
        return Constant(first.shape, value, from_shape)
    return Constant(_permuted(node, attributes, first), None, from_shape)


def _stored(attributes: Mapping[str, Any]) -> Constant:
    for name in ("value_int", "value_ints", "value_float", "value_floats"):
        if name in attributes:
            return constant_of(np.asarray(attributes[name]))
    return constant_of_tensor(attributes["value"]) if "value" in attributes else Constant(None)


def _filled(node: Any, attributes: Mapping[str, Any], inputs: list[Constant | None], from_shape: bool) -> Constant:
    """ConstantOfShape: a few bytes of model that may ask for any amount of memory."""
    wanted = inputs[0].value if inputs and inputs[0] is not None else None
    if wanted is None:
        return Constant(None, None, from_shape)
    shape = tuple(int(size) for size in np.ravel(wanted))
    if prod(shape) > _LARGEST_FILL and not from_shape:
        raise ModelError(f"The node {node.name or node.output[0]!r} fills a tensor of shape {shape}; that is absurd.")
    if prod(shape) > _LARGEST_VALUE:
        return Constant(shape, None, from_shape)
    fill = constant_of_tensor(attributes["value"]).value if "value" in attributes else np.zeros(1, np.float32)
    return constant_of(np.full(shape, 0 if fill is None else fill.ravel()[0]), from_shape)


def _permuted(node: Any, attributes: Mapping[str, Any], first: Constant | None) -> tuple[int, ...] | None:
    if node.op_type != "Transpose" or first is None or first.shape is None:
        return None
    order = attributes.get("perm") or range(len(first.shape))[::-1]
    return tuple(first.shape[axis] for axis in order)


def _run(node: Any, values: list[NDArray[Any] | None]) -> NDArray[Any] | None:
    """One node of integer arithmetic by ONNX's reference implementation; None where it can't."""
    from onnx.reference import ReferenceEvaluator

    feeds = {name: value for name, value in zip(node.input, values, strict=True) if name}
    try:
        with np.errstate(all="ignore"):
            return np.asarray(ReferenceEvaluator(node).run(None, feeds)[0])
    except Exception:  # the evaluator raises anything; an unknown value is a sound answer
        return None
