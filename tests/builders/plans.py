"""A job's memory and a network's facts, for tests of plans."""

from __future__ import annotations

from geoquant.inference.memory_model import MIB, MemoryDemand
from geoquant.onnx_graph.facts import GraphFacts

DEMAND = MemoryDemand(
    base_bytes=300 * MIB,
    engine_bytes_per_px=110,
    tile_bytes_per_px=8,
    stored_bytes_per_px=13,
    buffer_bytes_per_px=8.5,
    map_layers=1,
    piece_px=(512, 1024),
    block_width_px=512,
    cache_bytes=lambda rows, columns: 12 * (rows + 512) * (columns + 512),
    workers=2,
)


def facts_of(halo_px: int | None) -> GraphFacts:
    """Of a U-Net with that context; None for one that sees its whole tile."""
    return GraphFacts(
        input_name="x",
        input_shape=(None, 6, None, None),
        input_dtype="float32",
        output_name="y",
        output_shape=(None, 10, None, None),
        output_dtype="float32",
        output_op="Conv",
        same_size=True,
        receptive_field_px=None if halo_px is None else (2 * halo_px, 2 * halo_px),
        reach_px=halo_px,
        obstacles=(),
        stride_px=32,
        halo_px=halo_px,
        parameters=1,
        opset=17,
        quantized=True,
        first_ops=("Conv",),
        foldable_input=True,
    )
