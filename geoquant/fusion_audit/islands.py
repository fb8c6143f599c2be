"""Float islands: what runs in float between the integer parts of a graph."""

from __future__ import annotations

from dataclasses import dataclass

from geoquant.fusion_audit.nodes import FLOAT, RuntimeGraph, RuntimeNode


@dataclass(frozen=True)
class FloatIsland:
    """A maximal set of nodes that float tensors connect.

    Attributes:
        nodes: The nodes in the order of execution: float arithmetic, and the conversions at its borders.
        makers: INT8 convolutions and matrix products whose result goes into the island without being quantized.
        leaves: Whether the network's output is in it.
    """

    nodes: tuple[RuntimeNode, ...]
    makers: tuple[RuntimeNode, ...]
    leaves: bool

    @property
    def macs(self) -> int:
        """Multiply-accumulates in float."""
        return sum(node.macs for node in self.nodes)

    @property
    def float_elements(self) -> int:
        """Float values that its nodes and makers write."""
        made = {t.name: t.elements for node in (*self.nodes, *self.makers) for t in node.outputs if t.dtype in FLOAT}
        return sum(made.values())

    @property
    def bytes(self) -> int:
        """Activations that its nodes read and write."""
        return sum(node.bytes for node in self.nodes)

    @property
    def seconds(self) -> float | None:
        """The time of its nodes together on one thread; None where the engine does not tell."""
        times = [node.seconds for node in self.nodes if node.seconds is not None]
        return sum(times) if times else None


def float_islands(graph: RuntimeGraph) -> tuple[FloatIsland, ...]:
    """The maximal connected sets of float tensors with the nodes that read and write them, in order of execution.

    An INT8 convolution that reads levels and writes float is no part of an island but its maker; a node that reads
    and writes levels only is in none, whatever it computes inside.
    """
    groups = _Groups()
    touching = [(node, _float_names(node)) for node in graph.nodes]
    for node, names in touching:
        if names and not node.integer:
            groups.join(names)
    found: dict[str, list[RuntimeNode]] = {}
    for node, names in touching:
        if names and not node.integer:
            found.setdefault(groups.root(names[0]), []).append(node)
    return tuple(_island(graph, root, nodes, groups) for root, nodes in found.items())


def _island(graph: RuntimeGraph, root: str, nodes: list[RuntimeNode], groups: _Groups) -> FloatIsland:
    makers = [
        node for node in graph.nodes if node.integer and any(groups.root(name) == root for name in _float_names(node))
    ]
    leaves = any(groups.root(name) == root for name in graph.outputs)
    made = {tensor.name for node in nodes for tensor in node.outputs}
    return FloatIsland(tuple(nodes), tuple(makers), leaves or not made.isdisjoint(graph.outputs))


def _float_names(node: RuntimeNode) -> list[str]:
    return [tensor.name for tensor in (*node.inputs, *node.outputs) if tensor.dtype in FLOAT]


class _Groups:
    """Names that belong together (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        while (above := self._parent.get(name, name)) != name:
            name = above
        return name

    def join(self, names: list[str]) -> None:
        for name in names[1:]:
            self._parent[self.root(name)] = self.root(names[0])
