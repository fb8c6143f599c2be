"""The memory that a running tile holds, from the graph alone: no run needed, so a plan costs nothing.

Every activation lives from the node that makes it to the last node that reads it; the most bytes alive at once is a
lower bound of any engine's peak. Quantization nodes share their input's storage, one byte a value, as engines fuse
them. What an engine needs on top of it (layout copies, padding to blocks of channels, allocator rounding) is a factor
of its own, measured by ``benchmarks/engines.py``.
"""

from __future__ import annotations

import math

import onnx

from geoquant.onnx_graph.editing import Graph

PROBE_PX = 512  # large against every kernel, so that borders do not weigh
FUSED_AWAY = {"Relu", "Clip", "BatchNormalization", "HardSwish", "Identity"}


def activation_bytes_per_pixel(model: onnx.ModelProto, bands: int, fixed: tuple[int, int] | None) -> float:
    """Peak bytes of live activations per pixel of the tile, input and output included.

    Args:
        model: an ONNX network with one input (n, band, y, x).
        bands: channels of the input.
        fixed: (y, x) when the network takes only that.

    Returns:
        Bytes per pixel; tensors whose shape inference can't tell count nothing.
    """
    tile = fixed or (PROBE_PX, PROBE_PX)
    return _peak_bytes(Graph(model).at_shape(bands, tile)) / (tile[0] * tile[1])


def patches_bytes_per_pixel(model: onnx.ModelProto, bands: int, fixed: tuple[int, int] | None) -> float:
    """Bytes per pixel of the largest convolution's patches, one byte a value: onnxruntime unfolds them for INT8."""
    tile = fixed or (PROBE_PX, PROBE_PX)
    graph = Graph(model).at_shape(bands, tile)
    kernels = {node.name or node.output[0]: _kernel_values(graph, node) for node in graph.nodes_of("Conv")}
    return max(kernels.values(), default=0) / (tile[0] * tile[1])


def _kernel_values(graph: Graph, conv: onnx.NodeProto) -> int:
    """Values of all patches of an INT8 convolution that is neither pointwise nor depthwise; 0 for any other."""
    if conv.input[1] in graph.initializers:  # float weights; those of INT8 are made by a DequantizeLinear
        return 0
    weight, target = ([side or 0 for side in graph.shape(name) or ()] for name in (conv.input[1], conv.output[0]))
    if len(weight) != 4 or len(target) != 4 or weight[1] == 1 or weight[2:] == [1, 1]:
        return 0
    return math.prod(weight[1:]) * math.prod(target[2:])


def weight_bytes(model: onnx.ModelProto) -> int:
    """Bytes of all initializers."""
    return sum(math.prod(tensor.dims) * _item_bytes(tensor.data_type) for tensor in model.graph.initializer)


def _peak_bytes(graph: Graph) -> int:
    storage = _storage(graph)
    size = _sizes(graph, storage)
    last = {storage.get(name, name): step for step, node in enumerate(graph.nodes) for name in node.input}
    live = {name: size.get(name, 0) for name in (value.name for value in graph.inputs)}
    peak = sum(live.values())
    for step, node in enumerate(graph.nodes):
        for name in node.output:
            root = storage.get(name, name)
            live[root] = size.get(root, 0)
        peak = max(peak, sum(live.values()))
        for root in {storage.get(name, name) for name in node.input}:
            if last[root] == step:
                live.pop(root, None)
    return peak


def _storage(graph: Graph) -> dict[str, str]:
    """Tensor -> the tensor whose memory it shares: an operation that engines run in place makes none."""
    roots = dict.fromkeys(graph.initializers, "")
    for node in graph.nodes:
        in_place = node.op_type in FUSED_AWAY or node.op_type in ("QuantizeLinear", "DequantizeLinear")
        if in_place and node.input[0] not in ("", None):
            roots[node.output[0]] = roots.get(node.input[0], node.input[0])
        elif node.op_type == "Constant":
            roots[node.output[0]] = ""
    return roots


def _sizes(graph: Graph, storage: dict[str, str]) -> dict[str, int]:
    """Bytes of each storage: the narrowest of the types that share it."""
    sizes: dict[str, int] = {"": 0}
    for name, value in graph.values.items():
        count = math.prod(side or 0 for side in graph.shape(name) or ())
        root, size = storage.get(name, name), count * _item_bytes(value.type.tensor_type.elem_type)
        if root:
            sizes[root] = min(sizes.get(root, size), size)
    return sizes


def _item_bytes(data_type: int) -> int:
    return int(onnx.helper.tensor_dtype_to_np_dtype(data_type).itemsize)
