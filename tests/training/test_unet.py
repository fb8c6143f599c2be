"""The two architectures: shapes, parameters, and a receptive field that really ends where it should."""

from __future__ import annotations

import pytest

from tests.builders.optional_parts import needed

torch = needed("torch")

from geoquant.training.architectures.resnet_unet import resnet_unet  # noqa: E402
from geoquant.training.architectures.unet import unet  # noqa: E402


@pytest.fixture(autouse=True)
def the_same_weights() -> None:
    """Of the first seed by which no phase of the small U-Net is dead behind its ReLUs."""
    torch.manual_seed(1)


def reach_px(model: torch.nn.Module, side: int) -> int:
    """How far from a pixel its logits still depend on the input, by the gradient, over all phases of the stride."""
    model.eval()
    farthest, middle = 0, side // 2 // model.stride_px * model.stride_px
    image = torch.rand(1, model.bands, side, side, requires_grad=True)
    logits = model(image)
    for phase in range(model.stride_px):
        at = middle + phase
        (gradient,) = torch.autograd.grad(logits[0, :, at, at].sum(), image, retain_graph=True)
        rows = gradient[0].abs().sum((0, 2)).nonzero().flatten()
        assert rows.min() > 0, "the image is too small to see the end of the receptive field"
        assert rows.max() < side - 1, "the image is too small to see the end of the receptive field"
        farthest = max(farthest, at - int(rows.min()), int(rows.max()) - at)
    return farthest


@pytest.mark.parametrize("widths", [(8,), (8, 16), (16, 32, 64, 128)])
def test_unet_keeps_the_size_and_gives_one_channel_per_class(widths: tuple[int, ...]) -> None:
    model = unet(4, 8, widths).eval()
    assert model.stride_px == 2 ** (len(widths) - 1)
    assert model(torch.rand(2, 4, 32, 48)).shape == (2, 8, 32, 48)


def test_default_unet_is_small_enough_to_ship() -> None:
    parameters = sum(value.numel() for value in unet(6, 10).parameters())
    assert 250_000 <= parameters <= 500_000


def test_unet_sees_no_further_than_its_halo() -> None:
    assert 40 <= reach_px(unet(3, 2, (4, 4, 4, 4)), 160) <= 56


def test_resnet_unet_receptive_field_grows_with_its_stages() -> None:
    model = resnet_unet(3, 2, stages=2)
    assert model.stride_px == 8
    assert 50 <= reach_px(model, 192) <= 80


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_resnet_unet_keeps_the_size(stages: int) -> None:
    model = resnet_unet(6, 5, stages).eval()
    assert model(torch.rand(1, 6, 64, 96)).shape == (1, 5, 64, 96)


@pytest.mark.parametrize("build", [lambda: unet(0, 3), lambda: unet(3, 3, ()), lambda: resnet_unet(3, 3, 5)])
def test_impossible_networks_are_refused(build: object) -> None:
    with pytest.raises(ValueError, match="unet"):
        build()  # type: ignore[operator]
