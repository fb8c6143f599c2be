"""The tile lattice of a model: where its tiles lie, by its graph, its card and the options."""

from __future__ import annotations

import math

from geoquant.errors import OptionError
from geoquant.grid import align_up
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.options.classify import ClassifyOptions
from geoquant.tile_grid import Lattice

BLENDED_TILE_PX = 512
"""Side of the tiles that are blended, where neither options nor card say."""


def lattice_for(card: ModelCard, facts: GraphFacts, options: ClassifyOptions, tile_px: int) -> Lattice:
    """The lattice that a network needs: halo and stride by its graph, overlap by the option or the card.

    A network that takes one shape only, and whose halo fills that shape, is blended like an unbounded one. Classes
    can't be blended: a network that outputs them keeps the middle of each overlapping tile.

    Raises:
        OptionError: when the overlap is more than half a tile.
    """
    stride, fixed = math.lcm(facts.stride_px, card.tiling.stride_px), facts.fixed_shape
    if facts.is_exact:
        halo = align_up(max(facts.halo_px or 0, card.tiling.halo_px or 0), stride)
        return Lattice(tile_px, halo, stride, fixed_px=fixed)
    side = min(fixed) if fixed else align_up(options.tile or card.tiling.tile_px or BLENDED_TILE_PX, stride)
    coarse = fixed is not None and 4 * stride > side  # such a network looks at each tile as a whole anyway
    overlap = align_up(options.overlap or card.tiling.overlap_px or side // 4, 2 if coarse else 2 * stride)
    if overlap > side // 2:
        larger = "" if fixed else f" Give --tile {2 * overlap} or more."
        raise OptionError(
            f"--overlap is {overlap} px{_because(options, stride)}; it must be at most half of the tile's side, "
            f"{side // 2} px.{larger}"
        )
    if card.output == "classes":
        return Lattice(side - overlap, overlap // 2, stride, fixed_px=fixed)
    return Lattice(side, 0, stride, overlap_px=overlap, fixed_px=fixed)


def _because(options: ClassifyOptions, stride: int) -> str:
    return "" if options.overlap else f", as tiles that begin at multiples of {stride} px need it"
