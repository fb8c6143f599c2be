"""Networks that pad nothing: their output is laid over the input again, and tiles do not show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import rasterio

from geoquant.errors import ModelError
from geoquant.inference.classify import classify
from geoquant.model_card.embedding import write_card
from geoquant.model_card.model import open_model
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.classify import ClassifyOptions
from tests.builders.maps import picture
from tests.builders.model_files import card_for
from tests.builders.networks import Network, run_image

BANDS, CLASSES = 3, 4


def save(path: Path, net: Network, size: tuple[object, object] = ("y", "x"), **facts: object) -> Path:
    write_card(net.model(size=size, scores=("n", CLASSES, None, None)), card_for(BANDS, CLASSES, **facts), path)
    return path


def plain(pad: bool) -> Network:
    return Network(BANDS, source="image").conv(8, 3, pad=pad).relu().conv(CLASSES, 5, pad=pad)


def u_net(levels: int) -> Network:
    """As first published: valid convolutions, pooling, and skips cut to the size of what they meet."""
    net, skips = Network(BANDS, source="image"), []
    for _ in range(levels):
        skips.append(net.conv(8, pad=False).relu().last)
        net.add("MaxPool", net.last, kernel_shape=[2, 2], strides=[2, 2])
    net.conv(8, pad=False).relu()
    for level, skip in enumerate(reversed(skips)):
        up = net.upsample(2).last
        cut = (2, 8)[level]  # on each side, what the levels below have lost
        ends = [net.constant(values, np.int64) for values in ([cut] * 2, [-cut] * 2, [2, 3])]
        net.add("Slice", skip, *ends)
        net.add("Concat", up, net.last, axis=1).at(net.last, 16).conv(8, pad=False).relu()
    return net.conv(CLASSES, 1)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def test_a_network_without_padding_gives_the_map_of_one_with(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    scene = make_tif(picture(150, 170))
    expected = None
    for name, pad in (("padded", True), ("unpadded", False)):
        path = save(tmp_path / f"{name}.onnx", plain(pad))
        assert graph_facts(load_model(path)).halo_px == 3
        for tile in (32, 100, 2048):
            out = tmp_path / f"{name}{tile}.tif"
            classify(scene, path, out, ClassifyOptions(tile=tile, engine="ort"))
            expected = read(out) if expected is None else expected
            assert np.array_equal(read(out), expected)
    assert len(np.unique(expected)) > 1


@pytest.mark.parametrize(("levels", "size", "lost"), [(1, ("y", "x"), 4), (2, (66, 66), 10)])
def test_a_u_net_without_padding_gives_what_it_gives_alone(
    make_tif: Callable[..., Path], tmp_path: Path, levels: int, size: tuple[object, object], lost: int
) -> None:
    """The file itself, run on pieces of the scene that begin at multiples of its stride, has the same classes."""
    path = save(tmp_path / "net.onnx", u_net(levels), size)
    facts = graph_facts(load_model(path))
    assert (facts.same_size, facts.stride_px) == (True, 2**levels)
    image = picture(100, 90)
    classify(make_tif(image), path, tmp_path / "map.tif", ClassifyOptions(tile=32, engine="ort"))
    found = read(tmp_path / "map.tif")
    z = (image.astype(np.float32) - 500) / 250
    for row, col in ((0, 0), (8, 24), (32, 4)):
        own = run_image(onnx.load(path), z[:, row : row + 66, col : col + 66]).argmax(axis=0)
        assert own.shape == (66 - 2 * lost, 66 - 2 * lost)
        assert len(np.unique(own)) > 1
        inner = (slice(start + lost, start + 66 - lost) for start in (row, col))
        assert np.array_equal(own, found[tuple(inner)])


def test_labels_are_padded_too(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    net = plain(False)
    net.add("ArgMax", net.last, axis=1, keepdims=0)
    model = net.model(scores=("n", None, None))
    model.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    write_card(model, card_for(BANDS, CLASSES, output="classes"), tmp_path / "labels.onnx")
    scene = make_tif(picture(70, 90))
    maps = [tmp_path / "labels.tif", tmp_path / "scores.tif"]
    classify(scene, tmp_path / "labels.onnx", maps[0], ClassifyOptions(tile=32, engine="ort"))
    classify(scene, save(tmp_path / "scores.onnx", plain(False)), maps[1], ClassifyOptions(engine="ort"))
    assert np.array_equal(*map(read, maps))


@pytest.mark.parametrize("size", [("y", "x"), (64, 64)])
def test_a_u_net_whose_skips_do_not_meet_is_refused_with_the_cause(tmp_path: Path, size: tuple[object, object]) -> None:
    """Made for sides of 62 + 4 n px: at multiples of its stride it joins tensors of different sizes."""
    path = save(tmp_path / "net.onnx", u_net(2), size)
    with pytest.raises(ModelError, match=r"20 rows and 20 columns less .* Concat .* joins images .* that size fixed"):
        open_model(path)


def test_a_map_of_other_rows_is_refused_with_what_to_do(tmp_path: Path) -> None:
    coarse = Network(BANDS, source="image").conv(CLASSES, stride=2)
    with pytest.raises(ModelError, match=r"0\.5 times the rows and 0\.5 times the columns .* resizing layer"):
        open_model(save(tmp_path / "coarse.onnx", coarse))
    shifted = Network(BANDS, source="image")
    ends = [shifted.constant(values, np.int64) for values in ([4, 4], [2**62] * 2, [2, 3])]
    shifted.add("Slice", shifted.last, *ends).conv(CLASSES, 1)
    with pytest.raises(ModelError, match=r"4 rows and 4 columns less .* not the same on all sides"):
        open_model(save(tmp_path / "shifted.onnx", shifted))
