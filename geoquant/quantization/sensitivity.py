"""How much each layer costs when it alone is INT8: the order in which layers go back to float."""

from __future__ import annotations

from dataclasses import dataclass, replace

import onnx

from geoquant.metrics.confusion import Comparison
from geoquant.progress import Progress
from geoquant.quantization.builder import CandidateBuilder, Int8Candidate
from geoquant.quantization.layers import layers_of, macs_shares
from geoquant.quantization.trials import Trials

LAYER_TILES = 16
"""Tiles that each layer is measured on: there are many layers, and only their order matters."""

LEAST_SHARE = 0.02
"""Share of work that every layer in float costs beside its own: the conversions around it."""


@dataclass(frozen=True)
class LayerSensitivity:
    """What one layer alone in INT8 changes, with all others in float.

    Attributes:
        name: The name of the layer's node.
        op_type: The operator of the layer.
        macs_share: The share of all multiply-accumulates, 0..1.
        stratum: The imaging condition where it changes most.
        changed: The points of agreement with the float model lost there.
        changed_mean: The points of agreement lost, averaged over strata.
        kept_float: Whether the fallback left it in float.
    """

    name: str
    op_type: str
    macs_share: float
    stratum: str
    changed: float
    changed_mean: float
    kept_float: bool = False

    @property
    def worth(self) -> float:
        """The gain of leaving this layer in float, over the work that is then done in float."""
        return self.changed_mean / (self.macs_share + LEAST_SHARE)


def sensitivities(candidate: Int8Candidate, builder: CandidateBuilder, trials: Trials) -> tuple[LayerSensitivity, ...]:
    """Every layer alone in INT8, the most sensitive first.

    The other way round (one layer in float, all others INT8) says less: a tensor between two INT8 layers stays INT8
    when only one of them goes to float, and what one layer of many brings drowns in the changes that the others make.

    Args:
        candidate: whose recipe is used.
        builder: makes the single-layer candidates.
        trials: measures them, on calibration tiles.
    """
    layers = layers_of(builder.prepared)
    shares = macs_shares(builder.prepared, trials.input_shape)
    names = [node.name for node in layers]
    found = []
    for done, node in enumerate(layers):
        trials.progress(Progress("measuring layers", done, len(layers), "layers"))
        others = tuple(name for name in names if name != node.name)
        single = builder.make(replace(candidate.recipe, keep_float=others))
        tiles = trials.compare(single.network, single.card, LAYER_TILES)
        found.append(_sensitivity(node, shares.get(node.name, 0.0), sum(tiles[1:], tiles[0])))
    trials.progress(Progress("measuring layers", len(layers), len(layers), "layers"))
    return tuple(sorted(found, key=lambda layer: -layer.changed_mean))


def _sensitivity(node: onnx.NodeProto, share: float, comparison: Comparison) -> LayerSensitivity:
    judged = comparison.strata() or comparison.strata(1)
    changed = {stratum: 100 * (1 - scores.agreement) for stratum, scores in judged.items()}
    worst = max(changed, key=lambda stratum: (changed[stratum], -stratum))
    mean = sum(changed.values()) / len(changed)
    return LayerSensitivity(node.name, node.op_type, share, worst.label, changed[worst], mean)
