"""What every engine promises: the same classes whatever runs them, threads, shapes, heads, and what they refuse."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from geoquant.engines.registry import all_kinds, kinds_of, load_engine
from geoquant.errors import EngineError, ModelError
from tests.builders.engine_models import BANDS, CLASSES, card_for, fed, small_net, tiles
from tests.builders.networks import Network

FILE_KINDS = kinds_of("file")


@pytest.fixture(scope="module")
def reference() -> NDArray[np.uint8]:
    return load_engine(small_net(), card_for(), "ort").classes(tiles())


@pytest.mark.parametrize("kind", all_kinds())
def test_float_file_in_every_engine(kind: str, reference: NDArray[np.uint8]) -> None:
    engine = load_engine(small_net(), card_for(), kind)
    classes = engine.classes(tiles())
    assert classes.dtype == np.uint8
    assert len(np.unique(reference)) > 2
    assert (classes == reference).mean() > (0.97 if kind == "openvino-bf16" else 0.9999)
    assert engine.input_format.dtype == "float32"
    assert engine.fixed_shape is None
    assert engine.class_count == CLASSES


@pytest.mark.parametrize("kind", all_kinds())
def test_int8_file_in_every_engine(kind: str, int8: bytes, reference: NDArray[np.uint8]) -> None:
    engine = load_engine(int8, card_for(), kind)
    batch = fed(engine, tiles())
    assert (engine.classes(batch) == reference).mean() > 0.93
    assert (engine.input_format.dtype == "uint8") == (kind in FILE_KINDS)
    assert ("INT8" in engine.name) == (kind in FILE_KINDS)


@pytest.mark.parametrize("kind", all_kinds())
@pytest.mark.parametrize("file", ["float", "int8"])
def test_classes_are_the_argmax_of_the_scores_ties_included(kind: str, file: str, int8: bytes) -> None:
    """INT8 scores are coarse: the lowest class must win the many ties."""
    engine = load_engine(small_net() if file == "float" else int8, card_for(), kind)
    batch = fed(engine, tiles(2, 128, seed=3))
    scores = engine.scores(batch)
    assert scores.dtype == np.float32
    assert scores.shape == (2, CLASSES, 128, 128)
    np.testing.assert_array_equal(engine.classes(batch), scores.argmax(axis=1))


@pytest.mark.parametrize("kind", ["ort", "openvino"])
@pytest.mark.parametrize("file", ["float", "int8"])
def test_threads_at_once_give_what_one_gives(kind: str, file: str, int8: bytes) -> None:
    engine = load_engine(small_net() if file == "float" else int8, card_for(), kind, threads=1, workers=3)
    batches = [fed(engine, tiles(1, side, seed)) for seed in range(12) for side in (32, 64)]
    expected = [engine.classes(batch) for batch in batches]
    with ThreadPoolExecutor(3) as pool:
        for result, right in zip(pool.map(engine.classes, batches * 3), expected * 3, strict=True):
            np.testing.assert_array_equal(result, right)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_many_tile_shapes_one_after_another(kind: str) -> None:
    engine = load_engine(small_net(), card_for(), kind)
    z = tiles(1, 96)
    whole = engine.scores(z)
    for height in range(32, 96, 8):
        np.testing.assert_allclose(
            engine.scores(z[:, :, :height])[:, :, : height - 8], whole[:, :, : height - 8], 1e-3, 1e-4
        )


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_fixed_spatial_shape_is_known_and_kept(kind: str) -> None:
    engine = load_engine(small_net(spatial=(64, 48), batch=1), card_for(), kind)
    assert engine.fixed_shape == (64, 48)
    assert engine.classes(tiles(2)[:, :, :, :48]).shape == (2, 64, 48)
    with pytest.raises(EngineError, match="only on tiles of 64 x 48"):
        engine.classes(tiles())


@pytest.mark.parametrize("kind", FILE_KINDS)
@pytest.mark.parametrize(("output", "last", "threshold"), [("logits", None, 0.0), ("probabilities", "Sigmoid", 0.5)])
def test_one_channel_is_thresholded(kind: str, output: str, last: str | None, threshold: float) -> None:
    engine = load_engine(small_net(1, last=last), card_for(2, output=output), kind)
    scores = engine.scores(tiles())
    assert scores.shape == (2, 1, 64, 64)
    np.testing.assert_array_equal(engine.classes(tiles()), scores[:, 0] > threshold)
    assert 0 < engine.classes(tiles()).mean() < 1


@pytest.mark.parametrize("kind", FILE_KINDS)
@pytest.mark.parametrize("keepdims", [0, 1])
def test_a_network_that_gives_labels(kind: str, keepdims: int) -> None:
    proto = onnx.load_model_from_string(small_net(last="Identity"))
    proto.graph.node[-1].CopyFrom(
        helper.make_node("ArgMax", [proto.graph.node[-1].input[0]], ["scores"], axis=1, keepdims=keepdims)
    )
    dims = ["n", 1, "h", "w"] if keepdims else ["n", "h", "w"]
    proto.graph.output[0].CopyFrom(helper.make_tensor_value_info("scores", onnx.TensorProto.INT64, dims))
    engine = load_engine(proto.SerializeToString(), card_for(output="classes"), kind)
    expected = load_engine(small_net(), card_for(), kind).classes(tiles())
    np.testing.assert_array_equal(engine.classes(tiles()), expected)


def coded(codes: list[int] | None) -> bytes:
    """The small network with its argmax inside, and then a table of codes."""
    proto = onnx.load_model_from_string(small_net(last="Identity"))
    proto.graph.node[-1].CopyFrom(
        helper.make_node("ArgMax", [proto.graph.node[-1].input[0]], ["index"], axis=1, keepdims=0)
    )
    proto.graph.initializer.append(numpy_helper.from_array(np.array(codes, np.int64), "codes"))
    proto.graph.node.append(helper.make_node("Gather", ["codes", "index"], ["scores"]))
    proto.graph.output[0].CopyFrom(helper.make_tensor_value_info("scores", onnx.TensorProto.INT64, ["n", "h", "w"]))
    return bytes(proto.SerializeToString())


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_codes_that_a_network_writes_are_the_values_of_the_classes(kind: str) -> None:
    card = card_for(output="classes")
    numbered = replace(card, classes=tuple(replace(one, value=10 * one.value + 10) for one in card.classes))
    expected = load_engine(small_net(), card_for(), kind).classes(tiles())
    engine = load_engine(coded([10, 20, 30, 40, 50]), numbered, kind)
    np.testing.assert_array_equal(engine.classes(tiles()), expected)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_a_label_that_the_card_lacks_is_named_with_the_way_out(kind: str) -> None:
    engine = load_engine(coded([10, 20, 30, 40, 50]), card_for(output="classes"), kind)
    with pytest.raises(ModelError, match=r"gives the label 10, .*has the labels 0, 1, 2, 3, 4.*--class-names VALUE"):
        engine.classes(tiles())


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_softmax_stays_in_the_scores(kind: str) -> None:
    scores = load_engine(small_net(last="Softmax"), card_for(output="probabilities"), kind).scores(tiles())
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("kind", all_kinds())
@pytest.mark.parametrize(
    ("card", "message"),
    [
        (card_for(4), "gives 5 scores a pixel, its card names 4 classes"),
        (card_for(bands=4), "4 bands as the card says"),
    ],
    ids=["classes", "bands"],
)
def test_card_and_graph_must_agree(kind: str, card, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load_engine(small_net(), card, kind)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_an_output_at_lower_resolution_is_refused(kind: str) -> None:
    net = Network(BANDS, source="image")
    net.add("Conv", "image", net.constant(np.ones((CLASSES, BANDS, 2, 2))), strides=[2, 2])
    model = net.model(scores=("n", CLASSES, "i", "j"))
    engine = load_engine(model.SerializeToString(), card_for(), kind)
    with pytest.raises(ModelError, match=r"gave \(1, 5, 32, 32\).*means \(1, 5, 64, 64\)"):
        engine.classes(tiles())


def test_what_can_not_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no engine 'tpu'"):
        load_engine(small_net(), card_for(), "tpu")
    with pytest.raises(ModelError, match="can't be read"):
        load_engine(b"not a model", card_for(), "ort")
    with pytest.raises(EngineError, match="takes \\(n, 3 bands, y, x\\) of float32"):
        load_engine(small_net(), card_for(), "ort").classes(tiles().astype(np.float64))
    regression = load_engine(small_net(), card_for(output="regression"), "ort")
    with pytest.raises(EngineError, match="no classes"):
        regression.classes(tiles())
    net = Network(BANDS, source="image")
    model = net.ending_in(net.node("NoSuchOp", "image"), given=("n", CLASSES, "y", "x"))
    for kind in FILE_KINDS:
        with pytest.raises(EngineError, match=r"can't (load|read|compile) this network"):
            load_engine(model.SerializeToString(), card_for(), kind).classes(tiles())


SOCKETLESS = """
import socket, sys, urllib.request
def refuse(*args, **kwargs):
    print("NETWORK", args[:2]); raise OSError("the network is off")
class Closed(socket.socket):
    def __init__(self, *args, **kwargs): refuse(*args)
socket.socket = Closed
socket.create_connection = socket.getaddrinfo = refuse
urllib.request.urlopen = refuse
sys.path.insert(0, {checkout!r})
from tests.builders.engine_models import card_for, small_net, tiles
from geoquant.engines.registry import kinds_of, load_engine
for kind in kinds_of("file"):
    print(load_engine(small_net(), card_for(), kind).classes(tiles()).shape)
loaded = [name for name in sys.modules if name.startswith("openvino_telemetry")]
print("TELEMETRY" if loaded else "quiet", loaded)
"""


def test_nothing_phones_home(tmp_path: Path) -> None:
    """OpenVINO's telemetry sends at import, onnxruntime's natively, keeping an id under ~/.cache: look for both."""
    code = SOCKETLESS.format(checkout=str(Path(__file__).parents[2]))
    environment = {"HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "quiet" in done.stdout
    assert "NETWORK" not in done.stdout
    assert not list(tmp_path.iterdir()), "something was written into the home folder"


@pytest.mark.parametrize("kind", ["ort", "openvino"])
def test_a_loaded_network_says_what_its_weights_hold(kind: str) -> None:
    engine = load_engine(small_net(), card_for(), kind)
    weights = sum(4 * math.prod(tensor.dims) for tensor in onnx.load_from_string(small_net()).graph.initializer)
    assert engine.loaded_bytes == weights
