"""Layers that are convolutions in disguise, in the form that has INT8 kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attributes, named_like


def unfold_upsampling(graph: Graph) -> int:
    """ConvTranspose whose kernel is its stride becomes a 1x1 convolution and DepthToSpace.

    Every output pixel comes from one input pixel, so that nothing is summed twice: y[o, s i + a, s j + b] =
    sum_c x[c, i, j] w[c, o, a, b]. onnxruntime has no INT8 kernel for ConvTranspose, and scales per output channel
    become scales per channel and phase.
    """
    done = 0
    for node in graph.nodes_of("ConvTranspose"):
        weight = graph.constant(node.input[1])
        bias = graph.constant(node.input[2]) if len(node.input) > 2 and node.input[2] else None
        if weight is None or not _without_overlap(node, weight) or (bias is None and len(node.input) > 2):
            continue
        block = weight.shape[2]
        flat, inner = _phases(weight), graph.unique_name(f"{node.output[0]}_phases")
        shift = np.repeat(bias if bias is not None else np.zeros(weight.shape[1], np.float32), block**2)
        names = [
            _stored(graph, flat, f"{node.input[1]}_phases"),
            _stored(graph, shift, f"{node.output[0]}_phases_bias"),
        ]
        conv = helper.make_node(
            "Conv", [node.input[0], *names], [inner], named_like(node, "phases"), kernel_shape=[1, 1]
        )
        move = helper.make_node(
            "DepthToSpace", [inner], list(node.output), named_like(node, "pixels"), blocksize=block, mode="CRD"
        )
        graph.replace([node], [conv, move])
        done += 1
    return done


def _without_overlap(node: Any, weight: NDArray[Any]) -> bool:
    facts = attributes(node)
    block = weight.shape[2:]
    plain = not any(facts.get("pads", ())) and not any(facts.get("output_padding", ())) and "output_shape" not in facts
    square = len(block) == 2 and block[0] == block[1] > 1 and tuple(facts.get("strides", ())) == block
    single = facts.get("group", 1) == 1 and all(step == 1 for step in facts.get("dilations", ()))
    return bool(plain and square and single and facts.get("auto_pad", "NOTSET") in ("NOTSET", "VALID"))


def _phases(weight: NDArray[Any]) -> NDArray[np.float32]:
    """(in, out, s, s) -> (out s s, in, 1, 1), in the channel order of DepthToSpace's mode CRD."""
    inputs = weight.shape[0]
    return np.ascontiguousarray(weight.reshape(inputs, -1).T[:, :, None, None], np.float32)


def _stored(graph: Graph, value: NDArray[Any], base: str) -> str:
    return graph.add_initializer(value.astype(np.float32), graph.unique_name(base))


def lone_norm_to_convolution(graph: Graph) -> int:
    """A batch norm that no convolution took in becomes a 1x1 convolution per channel, which has an INT8 kernel.

    Its one weight per channel is exact in INT8 with a scale per channel.
    """
    done = 0
    for node in graph.nodes_of("BatchNormalization"):
        values = [graph.constant(name) for name in node.input[1:5]]
        if any(value is None for value in values) or graph.rank(node.input[0]) != 4 or _trains(node):
            continue
        gain, shift, mean, variance = (np.asarray(value, np.float64) for value in values)
        factor = gain / np.sqrt(variance + attributes(node).get("epsilon", 1e-5))
        names = [
            _stored(graph, factor[:, None, None, None], f"{node.output[0]}_factor"),
            _stored(graph, shift - mean * factor, f"{node.output[0]}_shift"),
        ]
        conv = helper.make_node(
            "Conv",
            [node.input[0], *names],
            list(node.output),
            named_like(node, "convolution"),
            kernel_shape=[1, 1],
            group=len(factor),
        )
        graph.replace([node], [conv])
        done += 1
    return done


def _trains(node: Any) -> bool:
    return len(node.output) > 1 or bool(attributes(node).get("training_mode", 0))


def padding_into_convolution(graph: Graph) -> int:
    """Zero padding of rows and columns in front of a convolution becomes the convolution's own."""
    done = 0
    for pad in graph.nodes_of("Pad"):
        conv = graph.only_consumer(pad.output[0], "Conv")
        sides = _zero_sides(graph, pad)
        if conv is None or sides is None or conv.input[0] != pad.output[0]:
            continue
        facts = attributes(conv)
        if facts.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
            continue
        wider = helper.make_node("Conv", [pad.input[0], *conv.input[1:]], list(conv.output), conv.name)
        own = facts.get("pads") or [0] * len(sides)
        facts = {name: value for name, value in facts.items() if name not in ("pads", "auto_pad")}
        facts["pads"] = [a + b for a, b in zip(own, sides, strict=True)]
        wider.attribute.extend(helper.make_attribute(name, value) for name, value in facts.items())
        graph.replace([pad, conv], [wider])
        done += 1
    return done


def _zero_sides(graph: Graph, pad: Any) -> list[int] | None:
    """(top, left, bottom, right) of a Pad by zeros that leaves batch and channels alone, else None."""
    amounts = graph.constant(pad.input[1])
    value = graph.constant(pad.input[2]) if len(pad.input) > 2 and pad.input[2] else np.zeros(())
    constant = attributes(pad).get("mode", "constant") == "constant" and value is not None and not value.any()
    if not constant or amounts is None or amounts.size != 8 or len(pad.input) > 3:
        return None
    sides = [int(amount) for amount in amounts]
    return None if min(sides) < 0 or any(sides[i] for i in (0, 1, 4, 5)) else [*sides[2:4], *sides[6:8]]
