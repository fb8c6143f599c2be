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
from geoquant.onnx_graph.receptive_field.image import (
    LARGEST_STRIDE,
    BorderPiece,
    Edge,
    Image,
    ImageAxis,
    Known,
    Placeless,
    TracedLayer,
    Unbounded,
)
from geoquant.onnx_graph.receptive_field.rules import rule_of


@dataclass(frozen=True)
class Obstacle:
    """A node that keeps the receptive field from being finite.

    Attributes:
        node: The node's name, or its first output's where it has none.
        op_type: The operator of the node.
        reason: The reason in words.
        certain: False where geoquant merely does not know the operator.
        hides_stride: Whether what lies behind it may step over the image in a way that can't be told.
    """

    node: str
    op_type: str
    reason: str
    certain: bool
    hides_stride: bool = False

    def __str__(self) -> str:
        return f"{self.op_type} {self.node!r}: {self.reason}"


@dataclass
class Trace:
    """The result of a walk, for one concrete input size.

    Attributes:
        tensors: What is known by tensor name; what lies behind an unbounded node may be missing.
        edges: The input tensors of each output tensor and how it reads them, in the order of the walk.
        obstacles: The nodes that make the receptive field unbounded.
    """

    tensors: dict[str, Known] = field(default_factory=dict)
    edges: dict[str, list[tuple[str, Edge]]] = field(default_factory=dict)
    obstacles: list[Obstacle] = field(default_factory=list)

    @property
    def stride_px(self) -> int:
        """The shift of the input that shifts every tensor by whole positions."""
        total = 1
        for item in self.tensors.values():
            if isinstance(item, Image):
                total = lcm(total, item.y.stride.numerator, item.x.stride.numerator)
        if total > LARGEST_STRIDE:
            raise ModelError(f"The network's total stride is {total} pixels; expected at most {LARGEST_STRIDE}.")
        return total


def trace(graph: Graph, image: str, output: str, dims: tuple[int, int, int, int]) -> Trace:
    """Follow the input ``image`` of shape ``dims`` (n, band, y, x) to the tensor ``output``.

    Raises:
        ModelError: the graph is cyclic, or asks for absurd sizes.
    """
    traced = Trace()
    traced.tensors[image] = Image(tuple("ncyx"), dims, ImageAxis(dims[2]), ImageAxis(dims[3]))
    traced.tensors.update((name, constant_of_tensor(tensor)) for name, tensor in graph.initializers.items())
    opsets = {entry.domain: entry.version for entry in graph.model.opset_import}
    dynamic = is_dynamic(graph, image)
    for node in graph.nodes_towards(output):
        inputs = tuple(traced.tensors.get(name) for name in node.input)
        layer = TracedLayer(node, attributes(node), inputs, opsets.get(node.domain, 0) or opsets.get("", 0), dynamic)
        _walk(layer, traced)
    _check_output(graph, traced, output)
    return traced


def _check_output(graph: Graph, traced: Trace, output: str) -> None:
    """An output that is a piece of the image, or has no rows and columns of its own, is no map of it."""
    found, node = traced.tensors.get(output), graph.producer(output)
    if isinstance(found, BorderPiece):
        traced.obstacles.append(Obstacle(found.node, "Slice", found.reason, True))
    elif isinstance(found, Image) and not found.is_plain and node is not None:
        reason = f"its result has axes ({', '.join(found.roles)}), no rows and columns"
        traced.obstacles.append(Obstacle(node.name or output, node.op_type, reason, True))


def is_dynamic(graph: Graph, image: str) -> bool:
    """Whether the graph declares rows or columns of any size."""
    return None in (graph.shape(image) or ())[2:]


def _walk(layer: TracedLayer, traced: Trace) -> None:
    """One node: constants fold, images go through the operator's rule, what is lost stays lost."""
    node = layer.node
    pieces = [item for item in layer.inputs if isinstance(item, BorderPiece)]
    if pieces and node.op_type != "Concat":
        _give_up(layer, traced, [Obstacle(each.node, "Slice", each.reason, True) for each in pieces])
    elif not layer.images and not pieces:
        _without_image(layer, traced)
    elif node.op_type in ("Shape", "Size"):
        traced.tensors[node.output[0]] = _shape_of(layer)
    else:
        _apply_rule(layer, traced)


def _without_image(layer: TracedLayer, traced: Trace) -> None:
    """A node that takes nothing of the image, or nothing that moves with it."""
    node = layer.node
    given = [item for item, name in zip(layer.inputs, node.input, strict=True) if name]
    if any(item is None for item in given):
        return
    if any(isinstance(item, Placeless) for item in given):
        traced.tensors.update((name, Placeless()) for name in node.output)
        return
    constants = [item if isinstance(item, Constant) else None for item in layer.inputs]
    traced.tensors.update((name, Constant(None)) for name in node.output[1:])
    traced.tensors[node.output[0]] = fold(node, layer.attributes, constants)


def _give_up(layer: TracedLayer, traced: Trace, obstacles: list[Obstacle]) -> None:
    """What comes out is tied to the image's border or sums all of it up."""
    traced.obstacles.extend(each for each in obstacles if each not in traced.obstacles)
    traced.tensors.update((name, Placeless()) for name in layer.node.output)


def _apply_rule(layer: TracedLayer, traced: Trace) -> None:
    node = layer.node
    name = node.name or node.output[0]
    try:
        results = rule_of(node.op_type)(layer)
    except Unbounded as stop:
        hidden = stop.image is None and not stop.placeless
        obstacle = Obstacle(name, node.op_type, stop.reason, stop.certain, hidden)
        if stop.placeless:
            _give_up(layer, traced, [obstacle])
            return
        traced.obstacles.append(obstacle)
        if stop.image is not None:
            traced.tensors[node.output[0]] = stop.image
        return
    except (KeyError, IndexError, ValueError, TypeError, ZeroDivisionError) as error:
        raise ModelError(f"The node {name!r} ({node.op_type}) is malformed: {error}.") from error
    for output, result in zip(node.output, results, strict=False):
        traced.tensors[output] = result.image
        traced.edges[output] = [(node.input[edge.source], edge) for edge in result.edges]


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
    before = after = 0
    for position in _phases(traced, source, last, axis):
        first, final = _read_back(traced, image, output, axis, position)
        pixel = position * ratio
        # an output pixel of a coarser grid covers several input pixels: count from its first and its last
        before = max(before, -(first - pixel).__floor__())
        after = max(after, (final - pixel - max(ratio, Fraction(1)) + 1).__ceil__())
    return Reach(before, after)


def _phases(traced: Trace, source: Image, last: Image, axis: str) -> range:
    """Positions of the output about the middle of the image, one for each phase of the total stride."""
    count = int(traced.stride_px / getattr(last, axis).stride)
    first: int = getattr(source, axis).size // 2 // traced.stride_px * count
    return range(first, first + count)


def reading_centre(traced: Trace, image: str, output: str, axis: str) -> Fraction:
    """How far behind its own position the middle of what an output pixel reads lies, in the mean of all phases.

    Args:
        traced: a trace without obstacles, whose output has as many input pixels per position as the input.
        image: the input's name.
        output: the output's name.
        axis: "y" or "x".
    """
    source, last = traced.tensors[image], traced.tensors[output]
    if not isinstance(last, Image) or not isinstance(source, Image):
        raise ModelError(f"The output {output!r} does not depend on the image.")
    phases = _phases(traced, source, last, axis)
    ends = [_read_back(traced, image, output, axis, position) for position in phases]
    total = sum(first + final - 2 * position for position, (first, final) in zip(phases, ends, strict=True))
    return Fraction(total, 2 * len(phases))


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
