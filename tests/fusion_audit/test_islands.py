"""Float islands are what float tensors connect."""

from __future__ import annotations

from geoquant.fusion_audit.islands import float_islands
from geoquant.fusion_audit.nodes import RuntimeGraph, RuntimeNode, Tensor


def tensor(name: str, dtype: str) -> Tensor:
    return Tensor(name, (2, 3), dtype)


def test_islands_are_what_float_tensors_connect() -> None:
    levels, more, last = tensor("a", "uint8"), tensor("d", "uint8"), tensor("g", "uint8")
    f1, f2, f3 = tensor("b", "float32"), tensor("c", "float32"), tensor("f", "float32")
    nodes = (
        RuntimeNode("dequantize", "DequantizeLinear", (), (levels,), (f1,)),
        RuntimeNode("swish", "HardSwish", (), (f1,), (f2,), seconds=1.0),
        RuntimeNode("quantize", "QuantizeLinear", (), (f2,), (more,), seconds=2.0),
        RuntimeNode("conv", "Conv", (), (more,), (f3,), macs=10, integer=True),
        RuntimeNode("round", "QuantizeLinear", (), (f3,), (last,)),
    )
    first, second = float_islands(RuntimeGraph("test", nodes, ("g",)))
    assert [node.name for node in first.nodes] == ["dequantize", "swish", "quantize"]
    assert (first.float_elements, first.bytes, first.seconds) == (12, 6 + 24 + 24 + 24 + 24 + 6, 3.0)
    assert not first.leaves
    assert [node.name for node in second.nodes] == ["round"]
    assert [node.name for node in second.makers] == ["conv"]
    assert second.leaves
