"""The one view of an ONNX graph: producers, consumers and constants, and edits that keep these indexes right.

Its words are those of the ONNX IR library: a tensor has a producer and consumers, constants are initializers, uses of
a tensor are replaced, nodes are inserted after others.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from geoquant.errors import ModelError
from geoquant.onnx_graph.nodes import constant_value, reads, rename_reads

QUANTIZED_OPS = ("QLinear", "Integer", "QuantizeLinear", "DequantizeLinear")

LARGE_TENSOR = 256  # values; shape arithmetic never needs as many

Shape = tuple[int | None, ...]
"""Sizes of a tensor's axes; None where any size goes."""


class Graph:
    """A graph with its indexes, over an ``onnx.ModelProto`` that every edit changes at once.

    Every question is a look-up. Nodes, their inputs and outputs, and initializers are changed through this class only:
    what is written into the protobuf past it is not seen. Attributes and names of nodes are not indexed and may be set
    directly. Nodes are told apart by identity; those that are inserted are copied, as protobuf does. A node that holds
    graphs of its own (If, Loop) consumes what they read from outside.

    Attributes:
        model: The network; always up to date.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self._index()

    @classmethod
    def copied(cls, model: onnx.ModelProto) -> Graph:
        """A view of a copy, to be changed while ``model`` stays as it is."""
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        return cls(copy)

    def _index(self) -> None:
        graph = self.model.graph
        self._nodes: list[onnx.NodeProto] = list(graph.node)
        self._keys = {id(node): float(i) for i, node in enumerate(self._nodes)}  # ascending in the order of the nodes
        self._initializers = {tensor.name: tensor for tensor in graph.initializer}
        self._producers: dict[str, onnx.NodeProto] = {}
        self._consumers: dict[str, dict[int, onnx.NodeProto]] = {}
        for node in self._nodes:
            self._enter(node)

    def _enter(self, node: onnx.NodeProto) -> None:
        self._producers.update((name, node) for name in node.output if name)
        for name in reads(node):
            self._consumers.setdefault(name, {})[id(node)] = node

    def _leave(self, node: onnx.NodeProto) -> None:
        for name in node.output:
            if self._producers.get(name) is node:
                del self._producers[name]
        for name in reads(node):
            self._consumers[name].pop(id(node), None)
            if not self._consumers[name]:
                del self._consumers[name]

    @contextmanager
    def _changing(self, node: onnx.NodeProto) -> Iterator[None]:
        self._leave(node)
        yield
        self._enter(node)

    # nodes

    @property
    def nodes(self) -> tuple[onnx.NodeProto, ...]:
        """All nodes in order, as they are now: the graph may change under a loop over them."""
        return tuple(self._nodes)

    def nodes_of(self, *op_types: str) -> Iterator[onnx.NodeProto]:
        """The nodes of some operators, in order; those that a loop's body removes are left out."""
        return (node for node in self.nodes if node.op_type in op_types and node in self)

    def __contains__(self, node: onnx.NodeProto) -> bool:
        return id(node) in self._keys

    def nodes_towards(self, *names: str) -> list[onnx.NodeProto]:
        """The nodes that these tensors need, in order."""
        needed, chosen = set(names), []
        for node in reversed(self._nodes):
            if needed.intersection(node.output):
                needed.update(reads(node))
                chosen.append(node)
        return chosen[::-1]

    # tensors

    def producer(self, name: str, *op_types: str) -> onnx.NodeProto | None:
        """The node that makes a tensor, where it is one of ``op_types``, if any are given."""
        node = self._producers.get(name)
        return node if node is not None and (not op_types or node.op_type in op_types) else None

    def consumers(self, name: str) -> list[onnx.NodeProto]:
        """The nodes that consume a tensor, each once, in order."""
        return sorted(self._consumers.get(name, {}).values(), key=lambda node: self._keys[id(node)])

    def only_consumer(self, name: str, *op_types: str) -> onnx.NodeProto | None:
        """The one node that takes a tensor, where it is one of ``op_types``; None for an output of the network."""
        consumers = self._consumers.get(name, {})
        node = next(iter(consumers.values())) if len(consumers) == 1 and not self.is_output(name) else None
        return node if node is not None and (not op_types or node.op_type in op_types) else None

    @property
    def inputs(self) -> list[onnx.ValueInfoProto]:
        """The network's inputs, without initializers (IR below 4 lists both)."""
        return [value for value in self.model.graph.input if value.name not in self._initializers]

    @property
    def input_name(self) -> str:
        """The name of the first input that is no initializer."""
        return str(next(value.name for value in self.inputs))

    @property
    def outputs(self) -> list[onnx.ValueInfoProto]:
        """The network's outputs."""
        return list(self.model.graph.output)

    def is_output(self, name: str) -> bool:
        """Whether a tensor is one of the network's outputs."""
        return any(value.name == name for value in self.model.graph.output)

    @property
    def initializers(self) -> Mapping[str, onnx.TensorProto]:
        """Name -> stored tensor."""
        return MappingProxyType(self._initializers)

    def constant(self, name: str) -> NDArray[Any] | None:
        """The value of an initializer or of a Constant node, or None."""
        if name in self._initializers:
            return np.asarray(numpy_helper.to_array(self._initializers[name]))
        node = self.producer(name, "Constant")
        return None if node is None else constant_value(node)

    def is_constant(self, name: str) -> bool:
        """Whether a tensor is an initializer or the result of a Constant node."""
        return name in self._initializers or self.producer(name, "Constant") is not None

    def scalar(self, name: str) -> float | None:
        """The value of a constant of one element, or None."""
        value = self.constant(name)
        return float(value.reshape(())) if value is not None and value.size == 1 else None

    # shapes and types

    @cached_property
    def values(self) -> Mapping[str, onnx.ValueInfoProto]:
        """Tensor -> the type and shape that the file declares; from before the first edit, once it was read."""
        graph = self.model.graph
        return {value.name: value for value in (*graph.value_info, *graph.input, *graph.output)}

    def shape(self, name: str) -> Shape | None:
        """The declared shape of a tensor, None where there is none."""
        return declared_shape(self.values[name]) if name in self.values else None

    def element_type(self, name: str) -> int | None:
        """The declared element type of a tensor (``onnx.TensorProto.FLOAT`` ...), None where there is none."""
        return self.values[name].type.tensor_type.elem_type if name in self.values else None

    def rank(self, name: str) -> int | None:
        """Axes of a tensor, where ONNX's shape inference can tell; it runs once, at the first question."""
        return self._ranks.get(name)

    @cached_property
    def _ranks(self) -> dict[str, int]:
        inferred = onnx.shape_inference.infer_shapes(self.model).graph
        shaped = (*inferred.value_info, *inferred.input, *inferred.output)
        return {value.name: len(shape) for value in shaped if (shape := declared_shape(value)) is not None}

    def at_shape(self, bands: int, tile: tuple[int, int]) -> Graph:
        """The graph without its weights, every shape inferred for one tile of ``tile`` = (y, x) pixels."""
        static = Graph(_skeleton(self.model))
        for dim, size in zip(static.inputs[0].type.tensor_type.shape.dim, (1, bands, *tile), strict=True):
            dim.Clear()
            dim.dim_value = size
        for value in static.outputs:
            value.type.tensor_type.ClearField("shape")
        return Graph(onnx.shape_inference.infer_shapes(static.model, data_prop=True))

    @property
    def opset(self) -> int:
        """Version of the default operator set; 0 where the file names none."""
        return opset_of(self.model)

    # edits

    def insert_after(self, node: onnx.NodeProto, new: Iterable[onnx.NodeProto]) -> list[onnx.NodeProto]:
        """Put nodes right behind another; gives them as they are in the graph."""
        return self._insert(self._position(node) + 1, list(new))

    def prepend(self, *new: onnx.NodeProto) -> list[onnx.NodeProto]:
        """Put nodes in front of all others; gives them as they are in the graph."""
        return self._insert(0, new)

    def append(self, *new: onnx.NodeProto) -> list[onnx.NodeProto]:
        """Put nodes at the end; gives them as they are in the graph."""
        return self._insert(len(self._nodes), new)

    def remove(self, nodes: Iterable[onnx.NodeProto]) -> None:
        """Take nodes out; what consumes their results keeps the names."""
        for node in list(nodes):
            position = self._position(node)
            self._leave(node)
            del self.model.graph.node[position], self._nodes[position], self._keys[id(node)]

    def replace(self, old: Sequence[onnx.NodeProto], new: Iterable[onnx.NodeProto]) -> None:
        """Put ``new`` nodes where the last of the ``old`` ones is: its inputs are all made before it."""
        self.insert_after(max(old, key=lambda node: self._keys[id(node)]), new)
        self.remove(old)

    def sort(self) -> None:
        """Put every node behind those that make its inputs; nodes that stand right keep their order.

        Raises:
            ModelError: the graph has a cycle.
        """
        order = _sorted_positions(self)
        rank = {id(self._nodes[position]): place for place, position in enumerate(order)}
        if len(rank) < len(self._nodes):
            stuck = next(node for node in self._nodes if id(node) not in rank)
            raise ModelError(f"the graph has a cycle through {stuck.op_type} {stuck.name}.")
        self.model.graph.node.sort(key=lambda node: rank[id(node)])
        self._index()

    def set_inputs(self, node: onnx.NodeProto, names: Iterable[str]) -> None:
        """Let a node consume these tensors."""
        with self._changing(node):
            node.input[:] = list(names)

    def set_outputs(self, node: onnx.NodeProto, names: Iterable[str]) -> None:
        """Let a node's results have these names; who consumes them under the old ones keeps those."""
        with self._changing(node):
            node.output[:] = list(names)

    def replace_uses(self, old: str, new: str) -> None:
        """Let every node that takes ``old`` take ``new``; an output of the network keeps its name."""
        for node in self.consumers(old):
            with self._changing(node):
                rename_reads(node, {old: new})

    def rename(self, names: Mapping[str, str]) -> None:
        """Give tensors (old name -> new) other names, wherever these stand."""
        graph = self.model.graph
        for node in self._nodes:
            rename_reads(node, names)
            node.output[:] = [names.get(name, name) for name in node.output]
        for value in (*graph.initializer, *graph.input, *graph.output, *graph.value_info):
            value.name = names.get(value.name, value.name)
        self._index()

    def unique_name(self, base: str) -> str:
        """A name for a new tensor: ``base``, with as many underscores as it takes to be the only one."""
        inputs = {value.name for value in self.model.graph.input}
        while any(base in names for names in (self._initializers, self._producers, self._consumers, inputs)):
            base += "_"
        return base

    def add_initializer(self, value: NDArray[Any], name: str) -> str:
        """Store a constant under a name that no initializer has; gives the name."""
        self.model.graph.initializer.append(numpy_helper.from_array(value, name))
        self._initializers[name] = self.model.graph.initializer[-1]
        return name

    def set_initializer(self, name: str, value: NDArray[Any]) -> None:
        """Store another value in an initializer, for all that take it."""
        self._initializers[name].CopyFrom(numpy_helper.from_array(value, name))

    def remove_initializers(self, names: Collection[str]) -> None:
        """Take stored constants out, also of the inputs that old files list them under; consumers keep the names."""
        gone = self._initializers.keys() & set(names)
        for stored in (self.model.graph.initializer, self.model.graph.input):
            for position in reversed(range(len(stored))):
                if stored[position].name in gone:
                    del stored[position]
        self._initializers = {name: tensor for name, tensor in self._initializers.items() if name not in gone}

    def remove_unused_initializers(self) -> None:
        """Take out the constants that no node takes and that are no output of the network."""
        ends = {value.name for value in self.model.graph.output}
        self.remove_initializers({name for name in self._initializers if name not in self._consumers} - ends)

    def remove_unused_nodes(self) -> None:
        """Take out the nodes, in a graph in order, that nothing needs which leaves the network."""
        needed = {id(node) for node in self.nodes_towards(*(value.name for value in self.model.graph.output))}
        self.remove(node for node in self._nodes if id(node) not in needed)

    def _insert(self, start: int, new: Sequence[onnx.NodeProto]) -> list[onnx.NodeProto]:
        stored = self.model.graph.node
        for step, node in enumerate(new):
            stored.insert(start + step, node)
        made = [stored[start + step] for step in range(len(new))]
        self._nodes[start:start] = made
        self._number(start, start + len(made))
        for node in made:
            self._enter(node)
        return made

    def _number(self, start: int, stop: int) -> None:
        """Give new nodes keys between their neighbours', or all nodes new ones where no more fit between."""
        low = self._keys[id(self._nodes[start - 1])] if start else None
        high = self._keys[id(self._nodes[stop])] if stop < len(self._nodes) else None
        low = low if low is not None else (high or 0.0) - (stop - start) - 1
        high = high if high is not None else low + (stop - start) + 1
        step = (high - low) / (stop - start + 1)
        keys = [low, *(low + step * (i + 1) for i in range(stop - start)), high]
        if any(second <= first for first, second in pairwise(keys)):
            keys, start, stop = [0.0, *map(float, range(len(self._nodes)))], 0, len(self._nodes)
        self._keys.update((id(node), key) for node, key in zip(self._nodes[start:stop], keys[1:], strict=False))

    def _position(self, node: onnx.NodeProto) -> int:
        return bisect_left(self._nodes, self._keys[id(node)], key=lambda other: self._keys[id(other)])


def _sorted_positions(graph: Graph) -> list[int]:
    """Positions of the nodes in the order of ``Graph.sort``; those of a cycle are missing.

    A node takes the first of several turns through the graph in which all that it needs came before it.
    """
    nodes = graph.nodes
    positions = {id(node): position for position, node in enumerate(nodes)}
    waits = [len({name for name in reads(node) if graph.producer(name) is not None}) for node in nodes]
    ready, order, turns = [(0, i) for i, count in enumerate(waits) if not count], [], [0] * len(nodes)
    while ready:
        turn, position = heappop(ready)
        order.append(position)
        for behind in (positions[id(node)] for name in nodes[position].output for node in graph.consumers(name)):
            turns[behind] = max(turns[behind], turn + (behind < position))
            waits[behind] -= 1
            if not waits[behind]:
                heappush(ready, (turns[behind], behind))
    return order


def _skeleton(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which large initializers keep their type and dimensions only: shapes do not depend on them."""
    bare = onnx.ModelProto(ir_version=model.ir_version)
    bare.opset_import.extend(model.opset_import)
    bare.functions.extend(model.functions)
    bare.graph.name = model.graph.name
    bare.graph.node.extend(model.graph.node)
    bare.graph.input.extend(model.graph.input)
    bare.graph.output.extend(model.graph.output)
    for tensor in model.graph.initializer:
        large = math.prod(tensor.dims) > LARGE_TENSOR
        kept = onnx.TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type) if large else tensor
        bare.graph.initializer.append(kept)
    return bare


def declared_shape(value: onnx.ValueInfoProto) -> Shape | None:
    """Sizes of the axes of an input, output or tensor between; None where the file does not say that it has axes."""
    kind = value.type.tensor_type
    known = (dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in kind.shape.dim)
    return tuple(known) if kind.HasField("shape") else None


def is_quantized(model: onnx.ModelProto) -> bool:
    """Whether any node computes with integer levels or converts to them."""
    return any(any(mark in node.op_type for mark in QUANTIZED_OPS) for node in model.graph.node)


def opset_of(model: onnx.ModelProto) -> int:
    """Version of the default operator set; 0 where the file names none."""
    return next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
