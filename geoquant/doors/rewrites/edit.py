"""Changing an ONNX graph in place: who makes a tensor, who takes it, and what is constant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper


class Edit:
    """A graph under change; every question is answered from its present state."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.graph = model.graph
        inferred = onnx.shape_inference.infer_shapes(model).graph
        shaped = (*inferred.value_info, *inferred.input, *inferred.output)
        kinds = {value.name: value.type.tensor_type for value in shaped}
        self._ranks = {name: len(kind.shape.dim) for name, kind in kinds.items() if kind.HasField("shape")}

    def nodes(self, *kinds: str) -> Iterator[Any]:
        """The nodes of some operators, in order; the graph may change under the loop."""
        for node in [node for node in self.graph.node if node.op_type in kinds]:
            if node in self.graph.node:
                yield node

    def rank(self, name: str) -> int | None:
        """Axes of a tensor of the graph that was given, where ONNX can tell."""
        return self._ranks.get(name)

    def constant(self, name: str) -> NDArray[Any] | None:
        """The value of an initializer, or None."""
        found = next((tensor for tensor in self.graph.initializer if tensor.name == name), None)
        return None if found is None else np.asarray(numpy_helper.to_array(found))

    def scalar(self, name: str) -> float | None:
        """The value of an initializer of one element, or None."""
        value = self.constant(name)
        return float(value.reshape(())) if value is not None and value.size == 1 else None

    def maker(self, name: str, *kinds: str) -> Any:
        """The node that makes a tensor, where it is one of ``kinds``, else None."""
        return next((node for node in self.graph.node if name in node.output and node.op_type in kinds), None)

    def only_user(self, name: str, *kinds: str) -> Any:
        """The one node that takes a tensor, where it is one of ``kinds``; None for the network's output."""
        users = [node for node in self.graph.node if name in node.input]
        if len(users) != 1 or any(value.name == name for value in self.graph.output):
            return None
        return users[0] if users[0].op_type in kinds else None

    def add_constant(self, value: NDArray[Any], base: str) -> str:
        """A new initializer with a name that nothing has."""
        name = self.free_name(base)
        self.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def free_name(self, base: str) -> str:
        """A name for a new tensor."""
        taken = {tensor.name for tensor in self.graph.initializer}
        taken |= {name for node in self.graph.node for name in (*node.input, *node.output)}
        while base in taken:
            base += "_"
        return base

    def replace(self, old: Iterable[Any], new: Iterable[Any]) -> None:
        """Put ``new`` nodes where the last of the ``old`` ones is: its inputs are all made before it."""
        places = [list(self.graph.node).index(node) for node in old]
        for step, node in enumerate(new):
            self.graph.node.insert(max(places) + 1 + step, node)
        for place in sorted(places, reverse=True):
            del self.graph.node[place]

    def swap(self, first: Any, second: Any, part: str) -> None:
        """Let ``second``, the only user of ``first``, run before it; ``part`` names the tensor between."""
        inner = self.free_name(f"{second.output[0]}_{part}")
        earlier, later = helper.make_node("Identity", [], []), helper.make_node("Identity", [], [])
        earlier.CopyFrom(second)
        later.CopyFrom(first)
        earlier.input[0], earlier.output[0] = first.input[0], inner
        later.input[0], later.output[0] = inner, second.output[0]
        self.replace([first, second], [earlier, later])


def attributes(node: Any) -> dict[str, Any]:
    """A node's attributes as Python values, text decoded."""
    values = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


def named_like(node: Any, part: str) -> str:
    """A name for a new node that says which one it comes from."""
    return f"{node.name or node.output[0]}_{part}"
