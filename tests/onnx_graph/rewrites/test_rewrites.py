"""Rewrites together: what was done is said, and a second time changes nothing."""

from __future__ import annotations

import onnx

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.prepare import prepare
from geoquant.onnx_graph.rewrites import rewrite
from tests.builders.networks import Network, clipped_swish
from tests.builders.rewriting import rewritten


def test_what_was_done_is_said() -> None:
    model = prepare(Network().conv(8).relu().conv(3).model())
    assert rewrite(Graph(model)) == ()
    net = Network().conv(8).relu()
    net.add("ReduceMean", net.last, axes=[2, 3], keepdims=1)
    (line,) = rewrite(Graph(net.conv(3, size=1).model()))
    assert line == "1 x a mean over rows and columns made a GlobalAveragePool"


def test_the_rewritten_network_can_be_rewritten_again_without_a_change() -> None:
    net: Network = clipped_swish(Network().conv(8), True, False)
    once = rewritten(net.conv(3).model())
    again = onnx.ModelProto()
    again.CopyFrom(once)
    assert rewrite(Graph(again)) == ()
    assert again == once
