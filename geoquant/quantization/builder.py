"""Build INT8 candidates by recipe: observe the float network, fold, equalize, round, and place the QDQ pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.calibration.observe import Observation, folded_input_range, observe
from geoquant.calibration.range_estimators import Range, RangeRule
from geoquant.calibration.tiles import CalibrationTiles
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import Graph
from geoquant.progress import ProgressCallback
from geoquant.quantization.band_folding import (
    band_factors,
    first_convolutions,
    fold_band_ranges,
)
from geoquant.quantization.bias_correction import Shift, with_shifted_biases
from geoquant.quantization.channel_groups import channel_groups
from geoquant.quantization.equalization import ChannelPeaks, equalized, input_factors
from geoquant.quantization.gptq import InputMoments, rounded_convolution
from geoquant.quantization.input_moments import input_moments
from geoquant.quantization.int8_card import folded_card
from geoquant.quantization.qdq import QdqSettings, RoundWeights, write_qdq


@dataclass(frozen=True)
class Recipe:
    """What is done to a network before and while it is quantized.

    Attributes:
        strength: The strength of the folding of band ranges, 0 = none.
        equalized: Whether channels are evened out between convolutions.
        shifts: What is taken from the bias of a node, by node name; nodes that stay float are left alone.
        keep_float: The names of nodes that stay float.
        ranges: The position, among the rules of ``QuantizationScheme``, of the rule that ranges are chosen by.
        rounded: Whether weights are rounded by what their inputs have in common, not each to its nearest level.
    """

    strength: float = 0.0
    equalized: bool = False
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    keep_float: tuple[str, ...] = ()
    ranges: int = 0
    rounded: bool = True


@dataclass(frozen=True)
class Int8Candidate:
    """An INT8 network made by a recipe.

    Attributes:
        recipe: How the candidate was made.
        network: The INT8 network.
        reference: The float network that it was made from; both take the same input.
        factors: The factors s_b, one per band.
        card: The card with the folded normalization.
    """

    recipe: Recipe
    network: onnx.ModelProto
    reference: onnx.ModelProto
    factors: NDArray[np.float64]
    card: ModelCard


@dataclass(frozen=True)
class ObservedNetwork:
    """A float network and what was observed inside it.

    Attributes:
        network: The float network, prepared and perhaps equalized.
        observation: The ranges of its tensors.
        moments: The moments of the inputs of its convolutions.
        levels: The levels of its weights, as far as they were rounded already: (node, strength of folding that reaches
            it).
    """

    network: onnx.ModelProto
    observation: Observation
    moments: Mapping[str, InputMoments]
    levels: dict[tuple[str, float], NDArray[np.int8]] = field(default_factory=dict)

    def rounding(self, strength: float, factors: NDArray[np.float64]) -> RoundWeights:
        """Weight levels by the moments, where bands are divided by ``factors`` in front of the first convolutions."""
        first = {node.name for node in first_convolutions(Graph(self.network))[0]}

        def levels(
            name: str, weights: NDArray[np.float64], scales: NDArray[np.float64], limit: int
        ) -> NDArray[np.int8] | None:
            key = name, strength if name in first else 0.0
            if key not in self.levels and name in self.moments:
                seen = self.moments[name].divided(factors) if name in first else self.moments[name]
                self.levels[key] = rounded_convolution(weights, scales, seen, limit)
            return self.levels.get(key)

        return levels


@dataclass(frozen=True)
class QuantizationScheme:
    """The integer types and the rules for ranges.

    Attributes:
        settings: The integer types and where they apply.
        rules: The rules by which ranges may be chosen; each from the second on has to measure better.
    """

    settings: QdqSettings
    rules: tuple[RangeRule, ...]


class CandidateBuilder:
    """Makes INT8 candidates by recipe; observes again what a recipe needs observed again, once."""

    def __init__(
        self,
        prepared: onnx.ModelProto,
        calibration: CalibrationTiles,
        rounding: QuantizationScheme,
        progress: ProgressCallback,
    ) -> None:
        """Nothing is observed before a recipe asks for it.

        Args:
            prepared: float network.
            calibration: where to observe it, with its card.
            rounding: to which levels.
            progress: is told after each tile.
        """
        self.prepared, self.card, self.progress = prepared, calibration.card, progress
        self._calibration, self._settings, self.rules = calibration, rounding.settings, rounding.rules
        self.groups = channel_groups(prepared)
        self._evened: ObservedNetwork | None = None
        self._input_ranges: dict[tuple[float, bool, int], Range] = {}

    @cached_property
    def plain(self) -> ObservedNetwork:
        """The network as it is and its ranges.

        Raises:
            CalibrationError: as ``observe``.
        """
        return ObservedNetwork(self.prepared, self._seen(self.prepared), self._moments)

    def make(self, recipe: Recipe) -> Int8Candidate:
        """Make the candidate of a recipe.

        Raises:
            CalibrationError: as ``observe``.
        """
        observed = self.evened() if recipe.equalized else self.plain
        factors = band_factors(observed.observation.band_low, observed.observation.band_high, recipe.strength)
        reference = fold_band_ranges(observed.network, factors) if recipe.strength else observed.network
        shifts = {name: shift for name, shift in recipe.shifts.items() if name not in recipe.keep_float}
        shifted = with_shifted_biases(reference, shifts) if shifts else reference
        ranges = dict(observed.observation.ranges[self.rules[recipe.ranges]])
        ranges[Graph(reference).input_name] = self._input_range(recipe, observed, factors)
        settings = replace(self._settings, keep_float=recipe.keep_float)
        rounding = observed.rounding(recipe.strength, factors) if recipe.rounded else None
        network = write_qdq(shifted, ranges, settings, rounding)
        return Int8Candidate(recipe, network, reference, factors, folded_card(self.card, factors))

    def _input_range(self, recipe: Recipe, observed: ObservedNetwork, factors: NDArray[np.float64]) -> Range:
        """The range of the input, chosen once per folding: searching the bins of all bands takes as long as a trial."""
        key = recipe.strength, recipe.equalized, recipe.ranges
        if key not in self._input_ranges:
            self._input_ranges[key] = folded_input_range(observed.observation, factors, self.rules[recipe.ranges])
        return self._input_ranges[key]

    def evened(self) -> ObservedNetwork:
        """The equalized network and its ranges; the moments are the plain one's, divided as its channels are.

        Raises:
            CalibrationError: as ``observe``.
        """
        if self._evened is None:
            channels = ChannelPeaks(self.prepared, self.groups)
            for batch, _ in self._calibration.batches(self.progress, "observing channels"):
                channels.update(batch)
            network = equalized(self.prepared, self.groups, channels.peaks)
            divided, moments = input_factors(self.prepared, self.groups, channels.peaks), dict(self._moments)
            moments.update((name, moments[name].divided(by)) for name, by in divided.items() if name in moments)
            self._evened = ObservedNetwork(network, self._seen(network), moments)
        return self._evened

    def _seen(self, network: onnx.ModelProto) -> Observation:
        return observe(network, self._calibration, self.progress, self.rules)

    @cached_property
    def _moments(self) -> Mapping[str, InputMoments]:
        """What the plain network's convolutions take in, by name."""
        batches = self._calibration.batches(self.progress, "watching weights")
        by_stratum = self._calibration.stratum_weights
        pairs = ((batch, place.weights(by_stratum)) for batch, place in batches)
        return input_moments(self.prepared, pairs, self._calibration.geometry.stride_px)
