"""Networks that rearrange pixels, as PyTorch's exporters write them: padded, unshuffled, in windows, in tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import CardError, OptionError
from geoquant.inference.classify import classify
from geoquant.model_card.card import Tiling
from geoquant.model_card.embedding import write_card
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.classify import ClassifyOptions
from tests.builders.exporting import export
from tests.builders.maps import picture
from tests.builders.model_files import card_for, int8_file, whole_image
from tests.builders.networks import run_image
from tests.builders.optional_parts import needed

torch = needed("torch")
needed("onnxscript")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

BANDS, CLASSES = 3, 4


class Padded(nn.Module):
    """Dilated, with the padding of a mode in front of it."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.wide = nn.Conv2d(BANDS, CLASSES, 3, padding=2, dilation=2, padding_mode=mode)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wide(x)


class Unshuffled(nn.Module):
    """Half the rows and columns, four times the channels, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.PixelUnshuffle(2), nn.PixelShuffle(2)
        self.mix = nn.Conv2d(4 * BANDS, 4 * CLASSES, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.up(self.mix(self.down(x)))


class Turned(nn.Module):
    """Columns where rows were, in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(BANDS, CLASSES, (5, 1), padding=(2, 0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wide(x.transpose(2, 3)).transpose(2, 3)


class Tokens(nn.Module):
    """Patches as tokens (n, pixel, c), normalized and mixed one by one, and laid out again as pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.norm, self.out = nn.Conv2d(BANDS, 8, 4, 4), nn.LayerNorm(8), nn.Linear(8, CLASSES * 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, _, height, width = x.shape
        tokens = self.out(self.norm(self.patch(x).flatten(2).transpose(1, 2)))
        cells = tokens.view(n, height // 4, width // 4, 4, 4, CLASSES)
        return cells.permute(0, 5, 1, 3, 2, 4).reshape(n, CLASSES, height, width)


class Windowed(nn.Module):
    """Patches of 4 px, attention of two heads in windows of patches, as Swin has it: padded, shifted, with a bias."""

    def __init__(self, window: int = 8, shift: int = 0, by_einsum: bool = False) -> None:
        super().__init__()
        self.window, self.shift, self.by_einsum = window, shift, by_einsum
        self.patch, self.norm = nn.Conv2d(BANDS, 8, 4, 4), nn.LayerNorm(8)
        self.qkv, self.head = nn.Linear(8, 24), nn.Conv2d(8, CLASSES, 1)
        self.bias = nn.Parameter(torch.randn(2, window**2, window**2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.patch(x).permute(0, 2, 3, 1)
        rows, columns, side = y.shape[1], y.shape[2], self.window
        z = F.pad(3 * self.norm(y), (0, 0, 0, (side - columns % side) % side, 0, (side - rows % side) % side))
        z = torch.roll(z, (-self.shift, -self.shift), (1, 2)) if self.shift else z
        z = self.attend(z)
        z = torch.roll(z, (self.shift, self.shift), (1, 2)) if self.shift else z
        y = (y + z[:, :rows, :columns]).permute(0, 3, 1, 2)
        return F.interpolate(self.head(y), scale_factor=4, mode="bilinear", align_corners=False)

    def attend(self, z: torch.Tensor) -> torch.Tensor:
        n, rows, columns, c = z.shape
        side = self.window
        windows = z.view(n, rows // side, side, columns // side, side, c).permute(0, 1, 3, 2, 4, 5)
        tokens = self.qkv(windows.reshape(-1, side**2, c)).reshape(-1, side**2, 3, 2, c // 2)
        query, key, value = tokens.permute(2, 0, 3, 1, 4).unbind(0)
        if self.by_einsum:
            likeness = torch.einsum("bhid,bhjd->bhij", query, key) + self.bias.unsqueeze(0)
            mixed = torch.einsum("bhij,bhjd->bihd", likeness.softmax(-1), value).reshape(-1, side**2, c)
        else:
            likeness = query @ key.transpose(-2, -1) * (c // 2) ** -0.5 + self.bias.unsqueeze(0)
            mixed = (likeness.softmax(-1) @ value).transpose(1, 2).reshape(-1, side**2, c)
        back = mixed.view(n, rows // side, columns // side, side, side, c).permute(0, 1, 3, 2, 4, 5)
        return back.reshape(n, rows, columns, c)


class SegFormerLike(nn.Module):
    """Attention of every patch to all others, these brought down four times by a convolution of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.norm, self.reduce = nn.Conv2d(BANDS, 8, 7, 4, 3), nn.LayerNorm(8), nn.Conv2d(8, 8, 4, 4)
        self.query, self.both, self.head = nn.Linear(8, 8), nn.Linear(8, 16), nn.Conv2d(8, CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.patch(x)
        n, c, rows, columns = y.shape
        tokens = self.norm(y.flatten(2).transpose(1, 2))
        few = self.reduce(tokens.transpose(1, 2).reshape(n, c, rows, columns)).flatten(2).transpose(1, 2)
        key, value = self.both(few).chunk(2, -1)
        likeness = self.query(tokens) @ key.transpose(1, 2) * c**-0.5
        tokens = tokens + likeness.softmax(-1) @ value
        y = tokens.transpose(1, 2).reshape(n, c, rows, columns)
        return F.interpolate(self.head(y), scale_factor=4, mode="bilinear", align_corners=False)


BOUNDED: dict[str, tuple[Callable[[], nn.Module], int, int]] = {
    "zeros": (lambda: Padded("zeros"), 1, 2),
    "reflect": (lambda: Padded("reflect"), 1, 2),
    "replicate": (lambda: Padded("replicate"), 1, 2),
    "circular": (lambda: Padded("circular"), 1, 2),
    "unshuffled": (Unshuffled, 2, 2),
    "turned": (Turned, 1, 2),
    "tokens": (Tokens, 4, 0),
    "windowed": (Windowed, 32, 32),
    "windowed by einsum": (lambda: Windowed(by_einsum=True), 32, 32),
    "shifted windows": (lambda: Windowed(7, 3), 28, 28),
}
"""Network, total stride and halo."""
EXPORTERS = pytest.mark.parametrize("dynamo", [False, True], ids=["exporter of old", "new exporter"])


def exported(path: Path, network: Callable[[], nn.Module], dynamo: bool) -> Path:
    torch.manual_seed(0)
    export(network(), path, dynamo, BANDS, side=112)
    return path


@EXPORTERS
@pytest.mark.parametrize("case", BOUNDED)
def test_networks_that_rearrange_pixels_tile_exactly(tmp_path: Path, case: str, dynamo: bool) -> None:
    network, stride, halo = BOUNDED[case]
    model = load_model(exported(tmp_path / "network.onnx", network, dynamo))
    facts = graph_facts(model)
    assert (facts.unbounded_by, facts.stride_px, facts.halo_px, facts.same_size) == ((), stride, halo, True)
    core = 2 * stride
    image = np.random.default_rng(0).normal(size=(BANDS, *(2 * halo + core + 3 * stride,) * 2))
    whole = run_image(model, image)
    for row, col in ((halo, halo), (halo + stride, halo + 3 * stride)):
        tile = run_image(model, image[:, row - halo : row + core + halo, col - halo : col + core + halo])
        inner = tile[:, halo : halo + core, halo : halo + core]
        np.testing.assert_allclose(inner, whole[:, row : row + core, col : col + core], rtol=1e-4, atol=1e-5)


@EXPORTERS
def test_attention_over_the_whole_image_keeps_its_stride(tmp_path: Path, dynamo: bool) -> None:
    """Patches of 4 px, brought down four times: off multiples of 16 px, keys and values would be of other patches."""
    facts = graph_facts(load_model(exported(tmp_path / "network.onnx", SegFormerLike, dynamo)))
    assert (facts.stride_px, facts.halo_px, facts.hidden_stride_by) == (16, None, ())
    assert all("multiplies the image with itself" in line for line in facts.unbounded_by)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


@EXPORTERS
def test_classes_of_windowed_attention_do_not_depend_on_the_tile(
    make_tif: Callable[..., Path], tmp_path: Path, dynamo: bool
) -> None:
    """The stride behind Reshape: with that of the patches alone, tiles of 96 px would begin inside a window."""
    image = picture(200, 230)
    scene, path = make_tif(image), exported(tmp_path / "network.onnx", Windowed, dynamo)
    write_card(path, card_for(BANDS, CLASSES))
    maps = []
    for tile in (32, 96, 160, 2048):
        classify(scene, path, tmp_path / f"{tile}.tif", ClassifyOptions(tile=tile, engine="ort"))
        maps.append(read(tmp_path / f"{tile}.tif"))
    assert len(np.unique(maps[0])) > 1
    assert all(np.array_equal(one, whole_image(path, image)) for one in maps)


def test_the_int8_form_of_windowed_attention_tiles_as_it_does(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    path = exported(tmp_path / "float.onnx", Windowed, dynamo=False)
    write_card(path, card_for(BANDS, CLASSES))
    int8 = int8_file(tmp_path / "int8.onnx", path, [picture(128, 128, seed=seed) for seed in range(3)])
    facts = graph_facts(load_model(int8))
    assert (facts.quantized, facts.unbounded_by, facts.stride_px, facts.halo_px) == (True, (), 32, 32)
    scene, maps = make_tif(picture(200, 230)), []
    for tile in (96, 2048):
        classify(scene, int8, tmp_path / f"{tile}.tif", ClassifyOptions(tile=tile, engine="ort"))
        maps.append(read(tmp_path / f"{tile}.tif"))
    assert len(np.unique(maps[0])) > 1
    assert np.array_equal(*maps)


class Opaque(nn.Module):
    """Windows behind an operator that geoquant does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.windows = Windowed()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cumsum(self.windows(x), 1)


def test_a_stride_that_can_not_be_told_is_asked_for_and_then_kept(
    make_tif: Callable[..., Path], tmp_path: Path
) -> None:
    path = exported(tmp_path / "network.onnx", Opaque, dynamo=False)
    scene = make_tif(picture(200, 230))
    write_card(path, card_for(BANDS, CLASSES))
    with pytest.raises(CardError, match=r"(?s)behind CumSum .* geoquant card MODEL --stride 32"):
        classify(scene, path, tmp_path / "map.tif", ClassifyOptions(tile=96))
    write_card(path, card_for(BANDS, CLASSES, tiling=Tiling(stride_px=32)))
    with pytest.raises(OptionError, match=r"multiples of 32 px need it.*--tile 128 or more"):
        classify(scene, path, tmp_path / "map.tif", ClassifyOptions(tile=96))
    result = classify(scene, path, tmp_path / "map.tif", ClassifyOptions(tile=150, engine="ort"))
    assert result.plan.depends_on_tiling
    assert result.plan.lattice.step_px % 32 == result.plan.lattice.margin_px % 32 == 0
