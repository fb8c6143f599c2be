"""Nodes of a runtime graph, described alike for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

BYTES = {"uint8": 1, "int8": 1, "bool": 1, "float16": 2, "bfloat16": 2, "int32": 4, "float32": 4, "int64": 8}
INT8 = frozenset(("uint8", "int8"))
FLOAT = frozenset(("float32", "bfloat16", "float16"))


@dataclass(frozen=True)
class Tensor:
    """An activation: its name in the runtime graph, shape and NumPy name of its type ("bfloat16" among them)."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def elements(self) -> int:
        """The number of values that it holds."""
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        """Its size in memory."""
        return self.elements * BYTES.get(self.dtype, 4)


@dataclass(frozen=True)
class RuntimeNode:
    """One primitive that the engine calls for each tile.

    Attributes:
        name: The node's name in the runtime graph.
        op: The engine's own word for the operator ("QLinearConv", "Convolution").
        layers: The names of the file's nodes that went into it, as far as the engine tells.
        inputs: The activations that it reads; weights and other constants are left out.
        outputs: The activations that it makes.
        macs: Its multiply-accumulates; 0 for everything but convolutions and matrix products.
        integer: Whether its multiply-accumulates are INT8.
        groups: The groups of a convolution, else 1.
        seconds: The fastest of some runs on one thread; None where the engine does not tell.
    """

    name: str
    op: str
    layers: tuple[str, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    macs: int = 0
    integer: bool = False
    groups: int = 1
    seconds: float | None = None

    @property
    def bytes(self) -> int:
        """The bytes of activations that it reads and writes."""
        return sum(tensor.bytes for tensor in (*self.inputs, *self.outputs))


@dataclass(frozen=True)
class RuntimeGraph:
    """What one engine runs.

    Attributes:
        engine: The engine's name and version.
        nodes: The nodes in the order of execution, without those that only prepare weights.
        outputs: The names of the tensors that leave the network.
    """

    engine: str
    nodes: tuple[RuntimeNode, ...]
    outputs: tuple[str, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one tile."""
        return sum(node.macs for node in self.nodes)

    @property
    def int8_share(self) -> float:
        """Share of the multiply-accumulates that are INT8, 0..1."""
        return sum(node.macs for node in self.nodes if node.integer) / self.macs if self.macs else 0.0

    @property
    def seconds(self) -> float:
        """The time of all nodes together, on one thread."""
        return sum(node.seconds or 0.0 for node in self.nodes)
