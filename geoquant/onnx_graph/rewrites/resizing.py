"""Resize where it is cheap: with constant scales, and on as few channels as possible; and pooling by its own name."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import helper

from geoquant.errors import ModelError
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.facts import full_trace
from geoquant.onnx_graph.nodes import attributes
from geoquant.onnx_graph.receptive_field.image import Image
from geoquant.onnx_graph.rewrites.activations import POINTWISE
from geoquant.onnx_graph.rewrites.reordering import run_before


def constant_scales(graph: Graph) -> int:
    """A Resize whose size is computed from shapes gets the scales that it comes to at every multiple of the stride.

    geoquant runs networks on multiples of their stride only. With the size computed in the graph, engines keep the
    shape arithmetic and OpenVINO leaves the Resize in float.
    """
    computed = [node for node in graph.nodes_of("Resize") if len(node.input) > 3 and node.input[3]]
    computed = [node for node in computed if graph.constant(node.input[3]) is None]
    images = _images(graph) if computed else {}
    done = 0
    for node in computed:
        scales = _scales(images.get(node.input[0]), images.get(node.output[0]))
        if scales is None or attributes(node).get("axes"):
            continue
        fixed = helper.make_node("Resize", [], list(node.output), node.name)
        fixed.attribute.extend(entry for entry in node.attribute if entry.name != "keep_aspect_ratio_policy")
        name = graph.add_initializer(scales, graph.unique_name(f"{node.output[0]}_scales"))
        fixed.input.extend([node.input[0], "", name])
        graph.replace([node], [fixed])
        done += 1
    if done:
        graph.remove_unused_nodes()  # the arithmetic on shapes that nothing reads any more
    return done


def _images(graph: Graph) -> dict[str, Image]:
    """Every activation with its stride over the input; empty where the graph can't be traced."""
    try:
        found = full_trace(graph, graph.input_name, graph.outputs[0].name)
    except ModelError:
        return {}
    return {name: item for name, item in found.tensors.items() if isinstance(item, Image)}


def _scales(before: Image | None, after: Image | None) -> Any:
    if before is None or after is None or {before.roles, after.roles} != {tuple("ncyx")}:
        return None
    ratios = [before.y.stride / after.y.stride, before.x.stride / after.x.stride]
    whole = all(ratio.numerator == 1 or ratio.denominator == 1 for ratio in ratios)
    return np.array([1, 1, *map(float, ratios)], np.float32) if whole else None


def narrow_first(graph: Graph) -> int:
    """A 1x1 convolution behind an enlarging Resize goes in front of it, where it does not widen the image.

    Interpolation weights sum to one and act on each channel alike, so that the two commute, bias included. The
    convolution then works on fewer pixels, and the Resize, which is float in INT8 networks unless it is nearest, on
    fewer channels.
    """
    done = 0
    for conv in graph.nodes_of("Conv"):
        resize = graph.producer(conv.input[0], "Resize")
        if resize is None or graph.only_consumer(resize.output[0], "Conv") is None:
            continue
        if not _commutes(graph, resize) or not _narrows(graph, conv) or _parts_from_activation(graph, resize, conv):
            continue
        run_before(graph, resize, conv, "small")
        done += 1
    return done


def _commutes(graph: Graph, resize: Any) -> bool:
    """An enlargement of rows and columns by nearest or linear interpolation, with every output inside the input."""
    facts = attributes(resize)
    scales = graph.constant(resize.input[2]) if len(resize.input) == 3 else None
    inside = facts.get("coordinate_transformation_mode", "half_pixel") != "tf_crop_and_resize"
    enlarges = (
        scales is not None and scales.size == 4 and scales[:2].tolist() == [1, 1] and bool((scales[2:] >= 1).all())
    )
    return enlarges and inside and facts.get("mode", "nearest") in ("nearest", "linear")


def _parts_from_activation(graph: Graph, resize: Any, conv: Any) -> bool:
    """An activation behind it would be left behind a Resize that it can't pass, and no longer fuse."""
    interpolates = attributes(resize).get("mode", "nearest") != "nearest"
    return interpolates and graph.only_consumer(conv.output[0], *POINTWISE) is not None


def _narrows(graph: Graph, conv: Any) -> bool:
    weight = graph.constant(conv.input[1])
    facts = attributes(conv)
    if weight is None or weight.shape[2:] != (1, 1) or weight.shape[0] > weight.shape[1] * facts.get("group", 1):
        return False
    plain = not any(facts.get("pads", ())) and all(step == 1 for step in facts.get("strides", ()))
    return plain and facts.get("auto_pad", "NOTSET") in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


def pooling_by_name(graph: Graph) -> int:
    """ReduceMean over rows and columns is GlobalAveragePool, for which engines have INT8 kernels."""
    done = 0
    for node in graph.nodes_of("ReduceMean"):
        facts = attributes(node)
        axes = facts.get("axes")
        if axes is None and len(node.input) > 1:
            stored = graph.constant(node.input[1])
            axes = None if stored is None else stored.tolist()
        if (
            axes is None
            or graph.rank(node.input[0]) != 4
            or not facts.get("keepdims", 1)
            or sorted(axes) not in ([2, 3], [-2, -1])
        ):
            continue
        graph.replace([node], [helper.make_node("GlobalAveragePool", [node.input[0]], list(node.output), node.name)])
        done += 1
    return done
