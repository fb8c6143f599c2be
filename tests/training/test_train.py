"""Training: it learns, it is seeded, and its sampler finds rare classes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.builders.optional_parts import needed

torch = needed("torch")

from geoquant.training.architectures.unet import unet  # noqa: E402
from geoquant.training.crops import IGNORE, Batch, CropSampler, Region, class_weights  # noqa: E402
from geoquant.training.train import TrainOptions, augment, predict, train, wedges, weighted_loss  # noqa: E402


def bright_or_dark(side: int = 96) -> Region:
    """Two bands of noise; the class is whether the first band is above 0, and a strip is unlabelled."""
    rng = np.random.default_rng(1)
    coarse = rng.normal(size=(2, side // 8, side // 8)).astype(np.float32)
    image = coarse.repeat(8, 1).repeat(8, 2)
    labels = (image[0] > 0).astype(np.uint8)
    labels[:4] = IGNORE
    return Region(image, labels)


def fit(seed: int, bf16: bool = False) -> tuple[torch.nn.Module, float]:
    torch.manual_seed(seed)
    model = unet(2, 2, (8, 16))
    sampler = CropSampler([bright_or_dark()], crop_px=32, batch=8)
    return model, train(model, sampler, TrainOptions(steps=40, learning_rate=1e-2, seed=seed, bf16=bf16)).loss


@pytest.mark.parametrize("bf16", [False, True])
def test_training_learns_a_threshold(bf16: bool) -> None:
    region = bright_or_dark()
    model, loss = fit(0, bf16)
    known = region.labels != IGNORE
    assert loss < 0.3
    assert (predict(model, region.image, 64, 16) == region.labels)[known].mean() > 0.95
    assert not model.training


def test_same_seed_same_network() -> None:
    first, second, other = fit(3)[0], fit(3)[0], fit(4)[0]
    assert torch.equal(first.head.weight, second.head.weight)
    assert not torch.equal(first.head.weight, other.head.weight)


def test_loss_that_explodes_is_an_error() -> None:
    image = np.full((2, 32, 32), np.inf, np.float32)
    sampler = CropSampler([Region(image, np.zeros((32, 32), np.uint8))], crop_px=32, batch=1)
    with pytest.raises(FloatingPointError, match="learning_rate"):
        train(unet(2, 2, (4,)), sampler, TrainOptions(steps=2))


def test_progress_counts_the_steps() -> None:
    seen = []
    sampler = CropSampler([bright_or_dark()], crop_px=32, batch=1)
    train(unet(2, 2, (4,)), sampler, TrainOptions(steps=3), progress=seen.append)
    assert [(report.done, report.total) for report in seen] == [(1, 3), (2, 3), (3, 3)]


def test_balanced_crops_find_a_rare_class() -> None:
    labels = np.zeros((400, 400), np.uint8)
    labels[7, 391] = 1  # one pixel of 160,000
    sampler = CropSampler([Region(np.zeros((1, 400, 400), np.float32), labels)], crop_px=32, batch=64, balance=1.0)
    share = (sampler(np.random.default_rng(0)).labels == 1).any(axis=(1, 2)).mean()
    assert 0.3 < share < 0.7


def test_flips_move_labels_with_their_pixels() -> None:
    labels = np.arange(1, 65).reshape(1, 8, 8)
    plain = TrainOptions(gain_sigma=0, shift_sigma=0, noise_sigma=0, wedge_share=0)
    seen = set()
    for seed in range(40):
        batch = augment(Batch(labels[:, None].astype(np.float32), labels), plain, np.random.default_rng(seed))
        np.testing.assert_array_equal(batch.images[:, 0], batch.labels)
        seen.add(batch.labels.tobytes())
    assert len(seen) == 8  # the square's whole symmetry group


def test_pixels_without_data_stay_exactly_zero_and_unlabelled() -> None:
    image = np.ones((6, 3, 32, 32), np.float32)
    image[:, :, :5] = 0
    labels = np.ones((6, 32, 32), np.int64)
    batch = augment(Batch(image, labels), TrainOptions(wedge_share=1.0), np.random.default_rng(0))
    empty = (batch.images == 0).all(axis=1)
    assert empty.mean() > 5 / 32
    assert (batch.labels[empty] == IGNORE).all()
    assert (batch.labels[~empty] == 1).all()


def test_loss_is_the_weighted_mean_and_zero_without_labels() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 3, 4, 4), torch.randint(0, 3, (2, 4, 4))
    labels[0, 0] = IGNORE
    for weights in (None, torch.tensor([1.0, 2.0, 0.5])):
        wanted = torch.nn.functional.cross_entropy(logits, labels, weights, ignore_index=IGNORE)
        torch.testing.assert_close(weighted_loss(logits, labels, weights), wanted)
        assert weighted_loss(logits, torch.full_like(labels, IGNORE), weights) == 0


def test_wedges_cut_the_given_share_of_crops_by_half_planes() -> None:
    cut = wedges((4000, 16, 16), 0.5, np.random.default_rng(0))
    assert 0.4 < cut.any(axis=(1, 2)).mean() < 0.52  # a few lie beyond the corner
    changes = (cut[:, :, 1:] != cut[:, :, :-1]).sum(axis=2)
    assert changes.max() <= 1  # a straight edge crosses a row once


def test_class_weights_are_one_on_average_and_raise_rare_classes() -> None:
    labels = np.zeros((10, 10), np.uint8)
    labels[0] = 1
    weights = class_weights([Region(np.zeros((1, 10, 10), np.float32), labels)], 3)
    assert weights[0] * 0.9 + weights[1] * 0.1 == pytest.approx(1)
    assert weights[1] == pytest.approx(3 * weights[0])
    assert weights[2] == 0


def test_unusable_regions_are_refused() -> None:
    image = np.zeros((1, 8, 8), np.float32)
    with pytest.raises(ValueError, match="labelled"):
        Region(image, np.full((8, 8), IGNORE, np.uint8))
    with pytest.raises(ValueError, match="must be"):
        Region(image, np.zeros((8, 9), np.uint8))
    with pytest.raises(ValueError, match="do not fit"):
        CropSampler([Region(image, np.zeros((8, 8), np.uint8))], crop_px=16)
