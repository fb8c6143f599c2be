"""A walk through an ONNX graph that follows the image: forwards for sizes and borders, back for what is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np

from geoquant.errors import ModelError
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attributes
from geoquant.onnx_graph.receptive_field.constants import Constant, constant_of, constant_of_tensor, fold
from geoquant.onnx_graph.receptive_field.image import Edge, Image, ImageAxis, TracedLayer, Unbounded
from geoquant.onnx_graph.receptive_field.rules import rule_of

_LARGEST_STRIDE = 2**10


@dataclass(frozen=True)
class Obstacle:
    """A node that keeps the receptive field from being finite.

    Attributes:
        node: The node's name, or its first output's where it has none.
        op_type: The operator of the node.
        reason: The reason in words.
        certain: False where geoquant merely does not know the operator.
    """

    node: str
    op_type: str
    reason: str
    certain: bool

    def __str__(self) -> str:
        return f"{self.op_type} {self.node!r}: {self.reason}"


@dataclass
class Trace:
    """The result of a walk, for one concrete input size.

    Attributes:
        tensors: The image or constant by tensor name; what lies behind an unbounded node is missing.
        edges: The input tensors of each output tensor and how it reads them, in the order of the walk.
        obstacles: The nodes that make the receptive field unbounded.
    """

    tensors: dict[str, Image | Constant] = field(default_factory=dict)
    edges: dict[str, list[tuple[str, Edge]]] = field(default_factory=dict)
    obstacles: list[Obstacle] = field(default_factory=list)

    @property
    def stride_px(self) -> int:
        """The shift of the input that shifts every tensor by whole positions."""
        total = 1
        for item in self.tensors.values():
            if isinstance(item, Image):
                total = lcm(total, item.y.stride.numerator, item.x.stride.numerator)
        if total > _LARGEST_STRIDE:
            raise ModelError(f"The network's total stride is {total} pixels; expected at most {_LARGEST_STRIDE}.")
        return total


def trace(graph: Graph, image: str, output: str, dims: tuple[int, int, int, int]) -> Trace:
    """Follow the input ``image`` of shape ``dims`` (n, band, y, x) to the tensor ``output``.

    Raises:
        ModelError: the graph is cyclic, or asks for absurd sizes.
    """
    traced = Trace()
    traced.tensors[image] = Image("ncyx", dims, ImageAxis(dims[2]), ImageAxis(dims[3]))
    traced.tensors.update((name, constant_of_tensor(tensor)) for name, tensor in graph.initializers.items())
    opsets = {entry.domain: entry.version for entry in graph.model.opset_import}
    dynamic = is_dynamic(graph, image)
    for node in graph.nodes_towards(output):
        inputs = tuple(traced.tensors.get(name) for name in node.input)
        layer = TracedLayer(node, attributes(node), inputs, opsets.get(node.domain, 0) or opsets.get("", 0), dynamic)
        _walk(layer, traced)
    return traced


def is_dynamic(graph: Graph, image: str) -> bool:
    """Whether the graph declares rows or columns of any size."""
    return None in (graph.shape(image) or ())[2:]


def _walk(layer: TracedLayer, traced: Trace) -> None:
    """One node: constants fold, images go through the operator's rule, what is lost stays lost."""
    node = layer.node
    if not layer.images:
        if all(isinstance(item, Constant) or not name for item, name in zip(layer.inputs, node.input, strict=True)):
            constants = [item for item in layer.inputs if not isinstance(item, Image)]
            traced.tensors.update((name, Constant(None)) for name in node.output[1:])
            traced.tensors[node.output[0]] = fold(node, layer.attributes, constants)
        return
    if node.op_type in ("Shape", "Size"):
        traced.tensors[node.output[0]] = _shape_of(layer)
        return
    try:
        results = rule_of(node.op_type)(layer)
    except Unbounded as stop:
        name = node.name or node.output[0]
        traced.obstacles.append(Obstacle(name, node.op_type, stop.reason, stop.certain))
        if stop.image is not None:
            traced.tensors[node.output[0]] = stop.image
        return
    except (KeyError, IndexError, ValueError, TypeError, ZeroDivisionError) as error:
        raise ModelError(f"The node {node.name or node.output[0]!r} ({node.op_type}) is malformed: {error}.") from error
    for name, result in zip(node.output, results, strict=False):
        traced.tensors[name] = result.image
        traced.edges[name] = [(node.input[edge.source], edge) for edge in result.edges]


def _shape_of(layer: TracedLayer) -> Constant:
    image = layer.images[0][1]
    if layer.node.op_type == "Size":
        return constant_of(np.asarray(int(np.prod(image.dims, dtype=object))), from_shape=True)
    start, end = layer.attributes.get("start", 0), layer.attributes.get("end")
    return constant_of(np.asarray(image.dims[slice(start, end)], np.int64), from_shape=True)


@dataclass(frozen=True)
class Reach:
    """The input pixels that an output pixel depends on, over all phases of the total stride."""

    before: int
    after: int


def reach(traced: Trace, image: str, output: str, axis: str) -> Reach:
    """Follow every phase of the output back to the input.

    Args:
        traced: a trace without obstacles between ``image`` and ``output``.
        image: the input's name.
        output: the output's name.
        axis: "y" or "x".
    """
    last = traced.tensors[output]
    source = traced.tensors[image]
    if not isinstance(last, Image) or not isinstance(source, Image):
        raise ModelError(f"The output {output!r} does not depend on the image.")
    ratio: Fraction = getattr(last, axis).stride
    phases = int(traced.stride_px / ratio)
    centre = getattr(source, axis).size // 2 // traced.stride_px * phases
    before = after = 0
    for position in range(centre, centre + phases):
        first, final = _read_back(traced, image, output, axis, position)
        pixel = position * ratio
        # an output pixel of a coarser grid covers several input pixels: count from its first and its last
        before = max(before, -(first - pixel).__floor__())
        after = max(after, (final - pixel - max(ratio, Fraction(1)) + 1).__ceil__())
    return Reach(before, after)


def _read_back(traced: Trace, image: str, output: str, axis: str, position: int) -> tuple[int, int]:
    """First and last input pixel behind one output position."""
    wanted = {output: (position, position)}
    for name in reversed(traced.edges):
        if name not in wanted:
            continue
        low, high = wanted[name]
        for source, edge in traced.edges[name]:
            step = getattr(edge, axis)
            first, last = (low, high) if step is None else (step.read(low)[0], step.read(high)[1])
            old = wanted.get(source, (first, last))
            wanted[source] = min(old[0], first), max(old[1], last)
    return wanted[image]
