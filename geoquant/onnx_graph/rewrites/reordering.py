"""Two nodes in a row, the other way round."""

from __future__ import annotations

import onnx

from geoquant.onnx_graph.editing import Graph


def run_before(graph: Graph, first: onnx.NodeProto, second: onnx.NodeProto, part: str) -> None:
    """Let ``second``, the only consumer of ``first``, run before it; ``part`` names the tensor between."""
    inner = graph.unique_name(f"{second.output[0]}_{part}")
    earlier, later = onnx.NodeProto(), onnx.NodeProto()
    earlier.CopyFrom(second)
    later.CopyFrom(first)
    earlier.input[0], earlier.output[0] = first.input[0], inner
    later.input[0], later.output[0] = inner, second.output[0]
    graph.replace([first, second], [earlier, later])
