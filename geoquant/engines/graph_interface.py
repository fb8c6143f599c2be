"""Graph surgery before an engine loads a network: other inputs and outputs, and the float twin of an INT8 file.

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
from geoquant.onnx_graph.editing import Graph, Shape, declared_shape
from geoquant.onnx_graph.output_op import DECIDES, output_op
from geoquant.preprocessing.chain import EngineInput

PROBE_PX = 128  # side of the tile that shapes are inferred for


def interface_of(model: onnx.ModelProto, card: ModelCard) -> Interface:
    """The graph's ends, checked against the card.

    Raises:
        ModelError: more than one input or output, an input that is not (n, band, y, x), a fixed batch above 1, or
            channels that are not the card's bands and classes.
    """
    graph = Graph(model)
    source, target = _only(graph.inputs, "input"), _only(graph.outputs, "output")
    dims = _dims(source)
    if len(dims) != 4 or dims[1] not in (None, len(card.bands)) or dims[0] not in (None, 1):
        raise ModelError(
            f"The network's input {source.name!r} has shape {dims}; expected (1 or dynamic, {len(card.bands)} bands as "
            "the card says, y, x). Correct the card's bands, or export the network again with a dynamic batch."
        )
    fixed = None if dims[2] is None or dims[3] is None else (dims[2], dims[3])
    channels = _channels(graph, card, fixed)
    head, threshold = head_of(card, channels)
    ends = source.name, target.name, len(card.bands), channels, fixed, head, threshold, len(card.classes)
    return Interface(*ends, labels=_labels(graph, card) if head == "labels" else ())


def _labels(graph: Graph, card: ModelCard) -> tuple[int, ...]:
    """The number that the graph gives for each of the card's classes.

    A graph that ends in a decision gives indices of its channels. One that goes on from there, with a table or
    arithmetic, writes codes of its own, which are the classes' values.
    """
    if output_op(graph, graph.outputs[0].name) in DECIDES:
        return tuple(range(len(card.classes)))
    return tuple(label.value for label in card.classes)


def _only(values: Iterable[Any], what: str) -> Any:
    found = list(values)
    if len(found) != 1:
        names = ", ".join(value.name for value in found)
        advice = f" Keep the one with the scores: {_KEEPING}." if what == "output" and found else ""
        raise ModelError(
            f"The network has {len(found)} {what}s ({names}); geoquant runs networks with exactly one.{advice}"
        )
    return found[0]


_KEEPING = "onnx.utils.extract_model(FILE, OUT, [INPUT], [SCORES])"


def _dims(value: Any) -> Shape:
    return declared_shape(value) or ()


def _channels(graph: Graph, card: ModelCard, fixed: tuple[int, int] | None) -> int:
    """Channels of the output; what shape inference can't tell is taken from the card and checked at every run."""
    dims = _dims(graph.outputs[0])
    if len(dims) < 2 or dims[1] is None:
        dims = _dims(graph.at_shape(len(card.bands), fixed or (PROBE_PX, PROBE_PX)).outputs[0])
    if card.output == "classes":
        return 1
    return dims[1] if len(dims) == 4 and dims[1] is not None else len(card.classes)


def take_levels(model: onnx.ModelProto) -> EngineInput | None:
    """Let the network take uint8 levels, in place: its input QuantizeLinear goes, for whoever makes levels faster.

    Returns:
        What the levels mean, or None (and nothing changed) where the input does not go through one per-tensor uint8
        quantization.
    """
    graph = Graph(model)
    (image, *_), name = graph.inputs, graph.input_name
    users = graph.consumers(name)
    facts = {_levels_of(graph, node) for node in users}
    input_format = facts.pop() if len(facts) == 1 else None
    if input_format is None:
        return None
    for node in users:
        graph.replace_uses(node.output[0], name)
        graph.remove([node])
    image.type.tensor_type.elem_type = onnx.TensorProto.UINT8
    return input_format


def give_levels(model: onnx.ModelProto) -> EngineInput | None:
    """Let the network give its scores' uint8 levels, in place: its last DequantizeLinear goes.

    The highest score has the highest level, so the argmax stays the same, on a quarter of the bytes.

    Returns:
        What the levels mean, or None (and nothing changed) where the output does not come from one per-tensor uint8
        dequantization.
    """
    graph = Graph(model)
    output = graph.outputs[0]
    last = graph.producer(output.name, "DequantizeLinear")
    before = None if last is None else graph.producer(last.input[0])
    levels = None if before is None else _levels_of(graph, before)
    if last is None or before is None or levels is None or graph.consumers(output.name):
        return None
    graph.remove([last])
    output.name = before.output[0]
    output.type.tensor_type.elem_type = onnx.TensorProto.UINT8
    return levels


def _levels_of(graph: Graph, node: onnx.NodeProto) -> EngineInput | None:
    """Scale and zero point of a per-tensor uint8 QuantizeLinear, else None."""
    if node.op_type != "QuantizeLinear":
        return None
    scale = graph.constant(node.input[1])
    zero_point = graph.constant(node.input[2]) if len(node.input) > 2 else np.zeros((), np.uint8)
    if scale is None or zero_point is None or scale.size != 1 or zero_point.dtype != np.uint8:
        return None
    return EngineInput("uint8", float(scale.reshape(())), int(zero_point.reshape(())))
