"""Networks that pad nothing, and so give fewer rows and columns than they take: laid over their input again.

Zeros stand around the output then. They count as border, as everything does that padding made, so that tiles get as
much more context and no zero is ever kept.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import onnx
from onnx import helper

from geoquant.errors import ModelError
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.facts import full_trace
from geoquant.onnx_graph.nodes import named_like
from geoquant.onnx_graph.receptive_field.image import Image
from geoquant.onnx_graph.receptive_field.tracing import Trace, reading_centre

_Sides = tuple[int, int]


def pad_output(model: onnx.ModelProto) -> None:
    """Put a Pad behind a network whose output is the middle of its input, in place; nothing for any other one."""
    graph = Graph(model)
    if len(graph.inputs) != 1 or not graph.outputs or len(graph.shape(graph.inputs[0].name) or ()) != 4:
        return
    try:
        found = full_trace(graph, graph.inputs[0].name, graph.outputs[0].name)
    except ModelError:  # said by whoever asks for its facts
        return
    sides = _missing_sides(found, graph.inputs[0].name, graph.outputs[0].name)
    if sides is not None and any(map(any, sides)):
        _append_pad(graph, graph.outputs[0], sides)


def _missing_sides(found: Trace, image: str, output: str) -> tuple[_Sides, _Sides] | None:
    """Rows above and below, and columns left and right, that the output lacks; None where it is not in the middle."""
    source, last = found.tensors[image], found.tensors.get(output)
    if found.obstacles or not isinstance(source, Image) or not isinstance(last, Image) or last.roles[-2:] != ("y", "x"):
        return None
    sides = []
    for axis in "yx":
        lacking = getattr(source, axis).size - getattr(last, axis).size
        if lacking < 0 or getattr(last, axis).stride != 1:
            return None
        if abs(reading_centre(found, image, output, axis) - Fraction(lacking, 2)) > Fraction(1, 2):
            return None
        sides.append((lacking // 2, lacking - lacking // 2))
    return sides[0], sides[1]


def _append_pad(graph: Graph, output: Any, sides: tuple[_Sides, _Sides]) -> None:
    name, node = graph.unique_name(f"{output.name}_unpadded"), graph.producer(output.name)
    if node is None:
        return
    graph.set_outputs(node, [name if made == output.name else made for made in node.output])
    graph.replace_uses(output.name, name)
    (top, bottom), (left, right) = sides
    rank = len(output.type.tensor_type.shape.dim)
    pads = [*[0] * (rank - 2), top, left, *[0] * (rank - 2), bottom, right]
    label = named_like(node, "padded")
    if graph.opset < 11:
        graph.append(helper.make_node("Pad", [name], [output.name], name=label, pads=pads))
    else:
        amounts = graph.add_initializer(np.array(pads, np.int64), graph.unique_name(f"{name}_pads"))
        graph.append(helper.make_node("Pad", [name, amounts], [output.name], name=label))
    for dim in list(output.type.tensor_type.shape.dim)[-2:]:
        dim.Clear()
