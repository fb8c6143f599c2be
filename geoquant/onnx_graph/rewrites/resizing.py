"""Resize where it is cheap: with constant scales, and on as few channels as possible; and pooling by its own name."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import helper

from geoquant.errors import ModelError
from geoquant.onnx_graph.editing import Edit, attributes
from geoquant.onnx_graph.facts import full_trace
from geoquant.onnx_graph.receptive_field.image import Image
from geoquant.onnx_graph.rewrites.activations import POINTWISE


def constant_scales(edit: Edit) -> int:
    """A Resize whose size is computed from shapes gets the scales that it comes to at every multiple of the stride.

    geoquant runs networks on multiples of their stride only. With the size computed in the graph, engines keep the
    shape arithmetic and OpenVINO leaves the Resize in float.
    """
    computed = [node for node in edit.nodes("Resize") if len(node.input) > 3 and node.input[3]]
    computed = [node for node in computed if edit.constant(node.input[3]) is None]
    images = _images(edit) if computed else {}
    done = 0
    for node in computed:
        scales = _scales(images.get(node.input[0]), images.get(node.output[0]))
        if scales is None or attributes(node).get("axes"):
            continue
        fixed = helper.make_node("Resize", [], list(node.output), node.name)
        fixed.attribute.extend(entry for entry in node.attribute if entry.name != "keep_aspect_ratio_policy")
        fixed.input.extend([node.input[0], "", edit.add_constant(scales, f"{node.output[0]}_scales")])
        edit.replace([node], [fixed])
        done += 1
    if done:
        _drop_unused(edit)
    return done


def _images(edit: Edit) -> dict[str, Image]:
    """Every activation with its stride over the input; empty where the graph can't be traced."""
    weights = {tensor.name for tensor in edit.graph.initializer}
    inputs = [value.name for value in edit.graph.input if value.name not in weights]
    try:
        found = full_trace(edit.model, inputs[0], edit.graph.output[0].name)
    except ModelError:
        return {}
    return {name: item for name, item in found.tensors.items() if isinstance(item, Image)}


def _scales(before: Image | None, after: Image | None) -> Any:
    if before is None or after is None or before.roles != "ncyx" or after.roles != "ncyx":
        return None
    ratios = [before.y.stride / after.y.stride, before.x.stride / after.x.stride]
    whole = all(ratio.numerator == 1 or ratio.denominator == 1 for ratio in ratios)
    return np.array([1, 1, *map(float, ratios)], np.float32) if whole else None


def _drop_unused(edit: Edit) -> None:
    """Take out shape arithmetic that nothing reads any more."""
    ends = {value.name for value in edit.graph.output}
    while True:
        used = {name for node in edit.graph.node for name in node.input} | ends
        idle = [node for node in edit.graph.node if used.isdisjoint(node.output)]
        if not idle:
            return
        for node in idle:
            edit.graph.node.remove(node)


def narrow_first(edit: Edit) -> int:
    """A 1x1 convolution behind an enlarging Resize goes in front of it, where it does not widen the image.

    Interpolation weights sum to one and act on each channel alike, so that the two commute, bias included. The
    convolution then works on fewer pixels, and the Resize, which is float in INT8 networks unless it is nearest, on
    fewer channels.
    """
    done = 0
    for conv in edit.nodes("Conv"):
        resize = edit.maker(conv.input[0], "Resize")
        if resize is None or edit.only_user(resize.output[0], "Conv") is None:
            continue
        if not _commutes(edit, resize) or not _narrows(edit, conv) or _parts_from_activation(edit, resize, conv):
            continue
        edit.swap(resize, conv, "small")
        done += 1
    return done


def _commutes(edit: Edit, resize: Any) -> bool:
    """An enlargement of rows and columns by nearest or linear interpolation, with every output inside the input."""
    facts = attributes(resize)
    scales = edit.constant(resize.input[2]) if len(resize.input) == 3 else None
    inside = facts.get("coordinate_transformation_mode", "half_pixel") != "tf_crop_and_resize"
    enlarges = (
        scales is not None and scales.size == 4 and scales[:2].tolist() == [1, 1] and bool((scales[2:] >= 1).all())
    )
    return enlarges and inside and facts.get("mode", "nearest") in ("nearest", "linear")


def _parts_from_activation(edit: Edit, resize: Any, conv: Any) -> bool:
    """An activation behind it would be left behind a Resize that it can't pass, and no longer fuse."""
    interpolates = attributes(resize).get("mode", "nearest") != "nearest"
    return interpolates and edit.only_user(conv.output[0], *POINTWISE) is not None


def _narrows(edit: Edit, conv: Any) -> bool:
    weight = edit.constant(conv.input[1])
    facts = attributes(conv)
    if weight is None or weight.shape[2:] != (1, 1) or weight.shape[0] > weight.shape[1] * facts.get("group", 1):
        return False
    plain = not any(facts.get("pads", ())) and all(step == 1 for step in facts.get("strides", ()))
    return plain and facts.get("auto_pad", "NOTSET") in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


def pooling_by_name(edit: Edit) -> int:
    """ReduceMean over rows and columns is GlobalAveragePool, for which engines have INT8 kernels."""
    done = 0
    for node in edit.nodes("ReduceMean"):
        facts = attributes(node)
        axes = facts.get("axes")
        if axes is None and len(node.input) > 1:
            stored = edit.constant(node.input[1])
            axes = None if stored is None else stored.tolist()
        if (
            axes is None
            or edit.rank(node.input[0]) != 4
            or not facts.get("keepdims", 1)
            or sorted(axes) not in ([2, 3], [-2, -1])
        ):
            continue
        edit.replace([node], [helper.make_node("GlobalAveragePool", [node.input[0]], list(node.output), node.name)])
        done += 1
    return done
