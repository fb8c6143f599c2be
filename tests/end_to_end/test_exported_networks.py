"""Receptive field, stride and halo of networks as PyTorch's exporters write them, checked by running tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.builders.optional_parts import needed

torch = needed("torch")
needed("onnxscript")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from geoquant.onnx_graph.facts import graph_facts  # noqa: E402
from geoquant.onnx_graph.loading import load_model  # noqa: E402
from tests.builders.exporting import export  # noqa: E402
from tests.builders.networks import run_image  # noqa: E402


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())


class UNet(nn.Module):
    """Two levels; ``up`` is "transposed" or a mode of ``F.interpolate``, by scale or by the size of the skip."""

    def __init__(self, up: str, by_size: bool) -> None:
        super().__init__()
        self.up, self.by_size = up, by_size
        self.down1, self.down2, self.down3 = block(2, 4), block(4, 8), block(8, 8)
        self.up2, self.up1 = nn.ConvTranspose2d(8, 8, 2, 2), nn.ConvTranspose2d(8, 4, 4, 2, 1)
        self.thin = nn.Conv2d(8, 4, 1)
        self.join2, self.join1, self.head = block(16, 8), block(8, 4), nn.Conv2d(4, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = self.down1(x)
        two = self.down2(F.max_pool2d(one, 2))
        three = self.down3(F.max_pool2d(two, 2))
        two = self.join2(torch.cat([two, self.enlarge(three, two, self.up2, nn.Identity())], 1))
        one = self.join1(torch.cat([one, self.enlarge(two, one, self.up1, self.thin)], 1))
        return self.head(one)

    def enlarge(self, x: torch.Tensor, like: torch.Tensor, up: nn.Module, thin: nn.Module) -> torch.Tensor:
        if self.up == "transposed":
            return up(x)
        corners = None if self.up == "nearest" else False
        if self.by_size:
            return F.interpolate(thin(x), size=like.shape[-2:], mode=self.up, align_corners=corners)
        return F.interpolate(thin(x), scale_factor=2, mode=self.up, align_corners=corners)


@pytest.mark.parametrize(
    ("up", "by_size", "dynamo"),
    [
        ("transposed", False, False),
        ("nearest", False, False),
        ("nearest", True, False),
        ("bilinear", False, False),
        ("bilinear", True, False),
        ("nearest", True, True),
        ("bilinear", False, True),
    ],
)
def test_exported_u_nets_tile_exactly(tmp_path: Path, up: str, by_size: bool, dynamo: bool) -> None:
    torch.manual_seed(0)
    path = tmp_path / "unet.onnx"
    export(UNet(up, by_size).eval(), path, dynamo)
    model = load_model(path)
    facts = graph_facts(model)
    assert facts.unbounded_by == ()
    assert facts.stride_px == 4
    assert facts.same_size
    assert facts.output_channels == 3
    assert facts.foldable_input
    image = np.random.default_rng(0).normal(size=(2, 96, 96))
    whole, halo = run_image(model, image), facts.halo_px
    for row, col in ((halo, halo), (halo + 4, halo + 12)):
        tile = run_image(model, image[:, row - halo : row + 8 + halo, col - halo : col + 8 + halo])
        inner = tile[:, halo : halo + 8, halo : halo + 8]
        np.testing.assert_allclose(inner, whole[:, row : row + 8, col : col + 8], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.GroupNorm(2, 4), "Reshape|InstanceNormalization"),
        (nn.InstanceNorm2d(4), "InstanceNormalization"),
        (nn.AdaptiveAvgPool2d(1), "GlobalAveragePool|ReduceMean"),
        (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), "align_corners"),
    ],
    ids=["group norm", "instance norm", "global pooling", "aligned corners"],
)
def test_exported_layers_that_see_everything_are_found(tmp_path: Path, layer: nn.Module, words: str) -> None:
    path = tmp_path / "network.onnx"
    export(nn.Sequential(block(2, 4), layer).eval(), path, dynamo=False)
    facts = graph_facts(load_model(path))
    assert facts.halo_px is None
    assert any(word in facts.unbounded_by[0] for word in words.split("|"))
