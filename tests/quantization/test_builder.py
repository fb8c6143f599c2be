"""INT8 candidates: what a recipe makes does not depend on what was made before it."""

from __future__ import annotations

import onnx
import pytest
from onnx import helper

from geoquant.calibration.range_estimators import RangeRule
from geoquant.calibration.tiles import CalibrationTiles
from geoquant.onnx_graph.prepare import prepare
from geoquant.options.quantize import QuantizeOptions
from geoquant.progress import silent
from geoquant.quantization.band_folding import why_not_foldable
from geoquant.quantization.builder import CandidateBuilder, QuantizationScheme, Recipe
from geoquant.quantization.qdq import QdqSettings
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.tile_selection import choose, tile_geometry
from geoquant.strata.stratified_scene import stratify
from tests.builders.networks import u_shaped
from tests.builders.scenes import spectral_card

FEW = QuantizeOptions(tiles=6, tile=64, held_out=6)


def network(padded: bool) -> onnx.ModelProto:
    """A small U-Net; its input may be padded in front of the first convolution."""
    card = spectral_card()
    model = u_shaped(len(card.bands), len(card.classes))
    if padded:
        model.graph.initializer.append(
            helper.make_tensor("edge", onnx.TensorProto.INT64, [8], [0, 0, 1, 1, 0, 0, 1, 1])
        )
        model.graph.node.insert(0, helper.make_node("Pad", ["x", "edge"], ["wider"], name="wider", mode="reflect"))
        first = model.graph.node[1]
        first.input[0] = "wider"
        next(entry for entry in first.attribute if entry.name == "pads").ints[:] = [0] * 4
    return prepare(model)


@pytest.fixture(scope="module")
def tiles(spectral_scene):
    card = spectral_card()
    scene = fit_to_card(open_scene(spectral_scene), card)
    stratified = stratify(scene, card, None, None)
    geometry = tile_geometry([stratified], card, FEW)
    chosen = choose([stratified], geometry, FEW, silent).tiles
    yield CalibrationTiles([stratified], card, geometry, chosen.calibration)
    stratified.close()
    scene.close()


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("equalized", [False, True])
def test_a_candidate_is_the_same_whatever_was_made_before(tiles, padded, equalized):
    model = network(padded)
    assert why_not_foldable(model) is None
    wanted, made = Recipe(1.0, equalized), []
    for before in ((), (Recipe(0.0, equalized), Recipe(0.5, not equalized))):
        builder = CandidateBuilder(model, tiles, QuantizationScheme(QdqSettings(), (RangeRule(),)), silent)
        for recipe in before:
            builder.make(recipe)
        made.append(builder.make(wanted).network.SerializeToString(deterministic=True))
    assert made[0] == made[1]
