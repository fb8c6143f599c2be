"""From a labelled scene to a network: what is read, what is cut, and what is scored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.optional_parts import needed

torch = needed("torch")

from geoquant.grid import Window  # noqa: E402
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization  # noqa: E402
from geoquant.raster.opening import open_scene  # noqa: E402
from geoquant.training.architectures.unet import unet  # noqa: E402
from geoquant.training.crops import IGNORE  # noqa: E402
from geoquant.training.recipe import GAP_PX, HALO_PX, TrainingRecipe, fit  # noqa: E402
from geoquant.training.scenes import LabelledScene, accuracy, halves, normalized, with_statistics  # noqa: E402
from geoquant.training.train import TrainOptions  # noqa: E402

CARD = ModelCard(
    "two fields",
    (Band("red", "red"), Band("nir", "nir")),
    Normalization((0.0, 0.0), (1.0, 1.0)),
    (ClassLabel(1, "bare", "#aa8855"), ClassLabel(2, "green", "#00aa00")),
    units="dn",
)


@pytest.fixture
def labelled(make_tif: Callable[..., Path]) -> LabelledScene:
    """Blocks of bare and green fields; the lower right corner is no data."""
    rng = np.random.default_rng(0)
    green = rng.integers(0, 2, (30, 20)).repeat(16, 0).repeat(16, 1).astype(bool)  # (480, 320)
    values = np.stack([np.where(green, 900, 2500), np.where(green, 5000, 2700)])
    values = (values + rng.normal(0, 100, values.shape)).astype(np.uint16)
    values[:, 400:, 280:] = 0
    path = make_tif(values, nodata=0, descriptions=["red", "nir"])
    return LabelledScene(open_scene(path), green.astype(np.uint8))


def test_training_sees_what_inference_sees(labelled: LabelledScene) -> None:
    card = with_statistics(CARD, labelled.scene, labelled.scene.grid.window)
    image, valid = normalized(labelled.scene, card, labelled.scene.grid.window)
    assert image.dtype == np.float32
    assert not image[:, ~valid].any()
    np.testing.assert_allclose(image[:, valid].mean(1), 0, atol=1e-2)
    np.testing.assert_allclose(image[:, valid].std(1), 1, atol=1e-2)


def test_statistics_come_from_the_window_alone_and_clip_its_outliers(make_tif: Callable[..., Path]) -> None:
    values = np.random.default_rng(0).normal(1000, 10, (2, 200, 50)).astype(np.uint16)
    values[:, 5, 5] = 60000  # a glint
    values[:, 100:] = 9000  # the test part
    scene = open_scene(make_tif(values, descriptions=["red", "nir"]))
    card = with_statistics(CARD, scene, Window(0, 0, 100, 50))
    assert all(990 < shift < 1020 for shift in card.normalization.shift)
    assert card.normalization.high is not None
    assert all(1000 + high * scale < 2000 for high, scale in zip(card.normalization.high, card.normalization.scale))  # noqa: B905


def test_no_data_has_no_label(labelled: LabelledScene) -> None:
    region = labelled.region(CARD, labelled.scene.grid.window)
    assert (region.labels[400:, 280:] == IGNORE).all()
    assert (region.labels[:400] != IGNORE).all()


def test_fit_learns_and_scores_the_part_it_never_saw(labelled: LabelledScene) -> None:
    seen = []
    recipe = TrainingRecipe(cut="rows", crop_px=64, batch=4)
    fitted = fit(CARD, labelled, recipe, TrainOptions(steps=30, learning_rate=1e-2), progress=seen.append)
    assert len(seen) == 30
    assert fitted.unseen.overall > 0.8
    assert fitted.unseen.pixels == 188 * 320 - 80 * 40
    assert "green" in fitted.unseen.table(fitted.card)


def test_accuracy_of_a_network_that_knows_one_class_only(labelled: LabelledScene) -> None:
    model = unet(2, 2, (4,)).eval()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.copy_(torch.tensor([0.0, 1.0]))
    region = labelled.region(CARD, labelled.scene.grid.window)
    share = float((region.labels == 1).sum() / (region.labels != IGNORE).sum())
    score = accuracy(model, region, halo_px=8)
    assert score.overall == pytest.approx(share)
    assert score.iou == pytest.approx((0.0, share))
    assert score.recall == pytest.approx((0.0, 1.0))


@given(
    height=st.integers(1, 500),
    width=st.integers(1, 500),
    gap=st.integers(0, 120),
    share=st.floats(0, 1),
    cut=st.sampled_from(["rows", "columns"]),
)
def test_halves_never_touch(height: int, width: int, gap: int, share: float, cut: str) -> None:
    whole = Window(7, 11, height, width)
    try:
        first, second = halves(whole, share, gap, cut)  # type: ignore[arg-type]
    except ValueError:
        first_px = round(((height if cut == "rows" else width) - gap) * share)
        assert first_px < 1 or (height if cut == "rows" else width) - gap - first_px < 1
        return
    assert first.intersection(whole) == first
    assert second.intersection(whole) == second
    between = second.row - first.row_end if cut == "rows" else second.col - first.col_end
    assert between == gap


def test_the_gap_is_wider_than_the_receptive_field() -> None:
    from geoquant.onnx_graph.facts import graph_facts
    from geoquant.training.export import _to_onnx, tidy

    model = unet(2, 2)
    facts = graph_facts(tidy(_to_onnx(model.eval(), torch.rand(1, 2, 64, 64), 17)))
    assert facts.halo_px == HALO_PX
    assert facts.receptive_field_px is not None
    assert max(facts.receptive_field_px) <= GAP_PX
