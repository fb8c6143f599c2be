"""The doctor's check of tiles: whether a scene can be cut for the network, and whether the cuts will show."""

from __future__ import annotations

from geoquant.diagnostics.finding import Finding, ok, problem
from geoquant.model_card.card import Tiling
from geoquant.model_card.completion import STATE_STRIDE, hidden_stride
from geoquant.onnx_graph.facts import GraphFacts


def finding(tiling: Tiling | None, graph: GraphFacts) -> Finding:
    """The one finding about tiles.

    Args:
        tiling: as the card states it, or None.
        graph: what the model's graph says.
    """
    if graph.misfit is not None:
        return problem("tiles", "its output can't be laid over a scene", graph.misfit)
    reason = hidden_stride(tiling, graph)
    if reason is not None:
        return problem("tiles", reason, STATE_STRIDE[0].lower() + STATE_STRIDE[1:])
    if graph.is_exact:
        return ok("tiles", f"stride {graph.stride_px} px, context {graph.halo_px} px: the tile size does not show")
    if graph.obstacles:
        return ok("tiles", f"blended, as the network sees the whole tile ({graph.unbounded_by[0]})")
    return ok("tiles", f"blended, as its tiles of {graph.fixed_side} px have no room for {graph.halo_px} px of context")
