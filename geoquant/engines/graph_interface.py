"""Graph surgery before an engine loads a network: other ways in and out, and the float twin of an INT8 file.

Every function takes an ONNX model and gives a new one (or None where the surgery does not apply); none of them
changes what is computed between the ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx

from geoquant.engines.protocol import Interface, head_of
from geoquant.errors import ModelError
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import at_shape, constant, graph_inputs, rename_uses
from geoquant.preprocessing.chain import EngineInput

PROBE_PX = 128  # side of the tile that shapes are inferred for


def interface_of(model: onnx.ModelProto, card: ModelCard) -> Interface:
    """The graph's ends, checked against the card.

    Raises:
        ModelError: more than one input or output, an input that is not (n, band, y, x), a fixed batch above 1, or
            channels that are not the card's bands and classes.
    """
    source, target = _only(graph_inputs(model), "input"), _only(model.graph.output, "output")
    dims = _dims(source)
    if len(dims) != 4 or dims[1] not in (None, len(card.bands)) or dims[0] not in (None, 1):
        raise ModelError(
            f"The network's input {source.name!r} has shape {dims}; expected (1 or dynamic, {len(card.bands)} bands as "
            "the card says, y, x). Correct the card's bands, or export the network again with a dynamic batch."
        )
    fixed = None if dims[2] is None or dims[3] is None else (dims[2], dims[3])
    channels = _channels(model, card, fixed)
    head, threshold = head_of(card, channels)
    return Interface(source.name, target.name, len(card.bands), channels, fixed, head, threshold, len(card.classes))


def _only(values: Iterable[Any], what: str) -> Any:
    found = list(values)
    if len(found) != 1:
        names = ", ".join(value.name for value in found)
        raise ModelError(f"The network has {len(found)} {what}s ({names}); geoquant runs networks with exactly one.")
    return found[0]


def _dims(value: Any) -> tuple[int | None, ...]:
    shape = value.type.tensor_type.shape.dim
    return tuple(dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in shape)


def _channels(model: onnx.ModelProto, card: ModelCard, fixed: tuple[int, int] | None) -> int:
    """Channels of the output; what inference can't tell is taken from the card and checked at every run."""
    dims = _dims(model.graph.output[0])
    if len(dims) < 2 or dims[1] is None:
        dims = _dims(at_shape(model, len(card.bands), fixed or (PROBE_PX, PROBE_PX)).graph.output[0])
    if card.output == "classes":
        return 1
    return dims[1] if len(dims) == 4 and dims[1] is not None else len(card.classes)


def take_levels(model: onnx.ModelProto) -> EngineInput | None:
    """Let the network take uint8 levels, in place: its input QuantizeLinear goes, for whoever makes levels faster.

    Returns:
        What the levels mean, or None (and nothing changed) where the input does not go through one per-tensor uint8
        quantization.
    """
    name = graph_inputs(model)[0].name
    users = [node for node in model.graph.node if name in node.input]
    facts = {_levels_of(model, node) for node in users}
    input_format = facts.pop() if len(facts) == 1 else None
    if input_format is None:
        return None
    for node in users:
        rename_uses(model, node.output[0], name)
        model.graph.node.remove(node)
    graph_inputs(model)[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    return input_format


def give_levels(model: onnx.ModelProto) -> EngineInput | None:
    """Let the network give its scores' uint8 levels, in place: its last DequantizeLinear goes.

    The highest score has the highest level, so the argmax stays the same, on a quarter of the bytes.

    Returns:
        What the levels mean, or None (and nothing changed) where the output does not come from one per-tensor uint8
        dequantization.
    """
    name = model.graph.output[0].name
    last = _maker(model, name)
    before = None if last is None or last.op_type != "DequantizeLinear" else _maker(model, last.input[0])
    levels = None if before is None else _levels_of(model, before)
    if last is None or before is None or levels is None or any(name in node.input for node in model.graph.node):
        return None
    model.graph.node.remove(last)
    model.graph.output[0].name = before.output[0]
    model.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    return levels


def _maker(model: onnx.ModelProto, name: str) -> Any:
    """The node that makes a tensor, or None."""
    return next((node for node in model.graph.node if name in node.output), None)


def _levels_of(model: onnx.ModelProto, node: Any) -> EngineInput | None:
    """Scale and zero point of a per-tensor uint8 QuantizeLinear, else None."""
    if node.op_type != "QuantizeLinear":
        return None
    scale = constant(model, node.input[1])
    zero_point = constant(model, node.input[2]) if len(node.input) > 2 else np.zeros((), np.uint8)
    if scale is None or zero_point is None or scale.size != 1 or zero_point.dtype != np.uint8:
        return None
    return EngineInput("uint8", float(scale.reshape(())), int(zero_point.reshape(())))
