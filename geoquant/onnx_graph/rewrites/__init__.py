"""Exact remedies for float islands: the same float network, in the form that engines run in INT8.

Each of them is checked by a law in the tests: float network before and after agree to float rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import onnx

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.rewrites.activations import activation_first, whole_hard_swish
from geoquant.onnx_graph.rewrites.convolutions import (
    lone_norm_to_convolution,
    padding_into_convolution,
    unfold_upsampling,
)
from geoquant.onnx_graph.rewrites.resizing import constant_scales, narrow_first, pooling_by_name

__all__ = ["REWRITES", "rewrite", "rewrites_of"]

_KEY = "geoquant_rewrites"

REWRITES: tuple[tuple[str, Callable[[Graph], int]], ...] = (
    ("a HardSwish that was exported in pieces made whole", whole_hard_swish),
    ("a Resize to a computed size given its constant scales", constant_scales),
    ("a mean over rows and columns made a GlobalAveragePool", pooling_by_name),
    ("zero padding moved into its convolution", padding_into_convolution),
    ("a transposed convolution without overlap made a convolution and DepthToSpace", unfold_upsampling),
    ("a batch norm of its own made a convolution per channel", lone_norm_to_convolution),
    ("a 1x1 convolution moved in front of the Resize that feeds it, where there are fewer pixels", narrow_first),
    ("an activation moved in front of a Resize, DepthToSpace or MaxPool, next to its convolution", activation_first),
)


def rewrite(graph: Graph) -> tuple[str, ...]:
    """Apply every remedy, in place, to a float network of opset 17 or later with constants as initializers.

    What was done is kept in the model's metadata, for ``rewrites_of``.

    Returns:
        What was done, one line each: how often, and what.
    """
    counts = [(text, _to_the_end(graph, apply)) for text, apply in REWRITES]
    done = tuple(f"{count} x {text}" for text, count in counts if count)
    if done:
        graph.model.metadata_props.add(key=_KEY, value="\n".join(done))
    return done


def rewrites_of(model: onnx.ModelProto) -> tuple[str, ...]:
    """What ``rewrite`` did to a network."""
    return tuple(line for entry in model.metadata_props if entry.key == _KEY for line in entry.value.split("\n"))


def _to_the_end(graph: Graph, apply: Callable[[Graph], int]) -> int:
    """Apply a remedy until it finds nothing more: a node may move past several others."""
    total = 0
    while done := apply(graph):
        total += done
    return total
