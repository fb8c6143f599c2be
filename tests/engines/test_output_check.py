"""A guess of what scores are is followed back through the graph, and held against real scores where it decides."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import rasterio
from click.testing import CliRunner

from geoquant.cli.main import command
from geoquant.engines.output_check import seen_kind
from geoquant.errors import CardError, GeoquantWarning, ModelError
from geoquant.inference.classify import classify
from geoquant.model_card.model import open_model
from geoquant.options.card import CardOptions
from geoquant.options.classify import ClassifyOptions
from tests.builders.networks import Network, run_image

FACTS = {"band_names": ("1", "2", "3"), "mean": (2000.0,), "std": (1000.0,), "units": "dn"}
NAMES = {1: ("no", "yes"), 4: ("a", "b", "c", "d")}


def to_last(net: Network, kind: str, **how: int) -> Network:
    """An activation between two transposes, as tf2onnx and old versions of torch write it."""
    net.add("Transpose", net.last, perm=[0, 2, 3, 1]).add(kind, net.last, **how)
    return net.add("Transpose", net.last, perm=[0, 3, 1, 2])


def logistic(net: Network) -> Network:
    """1 / (1 + exp(-x)) in basic operators, which no guess from the last one sees through."""
    one = net.constant(np.float32(1))
    net.add("Neg", net.last).add("Exp", net.last).add("Add", net.last, one)
    return net.add("Div", one, net.last)


def start(classes: int) -> Network:
    return Network(3, 3).conv(8, bias=0.1).relu().conv(classes, size=1, bias=0.5)


def case(folder: Path, net: Network, kind: str | None = None) -> tuple[Path, Path, np.ndarray, object]:
    """Model file, scene file, what the network gives for the whole scene, and the opened model."""
    proto = net.model(opset=13)
    onnx.save(proto, folder / "net.onnx")
    ramp = np.indices((96, 96)).sum(axis=0)
    values = np.stack([2000 + 900 * np.sin(ramp / 17.0 + band) for band in range(3)]).round().astype(np.uint16)
    profile = {"driver": "GTiff", "height": 96, "width": 96, "count": 3, "dtype": "uint16", "crs": "EPSG:32633"}
    place = rasterio.transform.from_origin(500000, 5000000, 10, 10)
    with rasterio.open(folder / "scene.tif", "w", transform=place, **profile) as target:
        target.write(values)
    z = np.pad((values.astype(np.float32) - 2000) / 1000, ((0, 0), (4, 4), (4, 4)), mode="reflect")
    options = CardOptions(class_names=NAMES[net.channels], output_kind=kind, **FACTS)
    model = open_model(folder / "net.onnx", options=options)
    return folder / "net.onnx", folder / "scene.tif", run_image(proto, z)[:, 4:-4, 4:-4], model


def mapped(folder: Path, scene: Path, model: object, **options: bool) -> list[np.ndarray]:
    out = folder / "out.tif"
    summary = classify(str(scene), model, out, ClassifyOptions(engine="ort", **options))  # type: ignore[arg-type]
    maps = [out, *([summary.confidence] if summary.confidence else [])]
    return [rasterio.open(path).read(1) for path in maps]


@pytest.fixture(autouse=True)
def nothing_said_before(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOQUANT_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_a_sigmoid_behind_a_transpose_is_thresholded_at_one_half(tmp_path: Path) -> None:
    _, scene, scores, model = case(tmp_path, to_last(start(1), "Sigmoid"))
    with pytest.warns(GeoquantWarning, match="does not say what the network's output holds: probabilities"):
        (classes,) = mapped(tmp_path, scene, model)
    assert 0 < classes.mean() < 1
    assert np.array_equal(classes, scores[0] > 0.5)


def test_a_softmax_behind_a_transpose_is_not_taken_twice(tmp_path: Path) -> None:
    _, scene, scores, model = case(tmp_path, to_last(start(4), "Softmax", axis=3))
    with pytest.warns(GeoquantWarning, match="look like it"):
        classes, percent = mapped(tmp_path, scene, model, confidence=True)
    assert np.array_equal(classes, scores.argmax(axis=0))
    assert np.abs(percent - 100 * scores.max(axis=0)).max() <= 0.51


def test_a_guess_that_real_scores_contradict_is_an_error_with_the_option(tmp_path: Path) -> None:
    _, scene, _, model = case(tmp_path, logistic(start(1)))
    with pytest.raises(ModelError, match=r"gives logits, but on 1 tile .* as probabilities do.*--output-kind"):
        mapped(tmp_path, scene, model)
    assert not (tmp_path / "out.tif").exists()


def test_a_card_that_real_scores_contradict_is_followed_and_said(tmp_path: Path) -> None:
    _, scene, scores, model = case(tmp_path, logistic(start(1)), kind="logits")
    with pytest.warns(GeoquantWarning, match="card says that the network gives logits, but"):
        (classes,) = mapped(tmp_path, scene, model)
    assert classes.all()
    assert (scores > 0).all()


def test_nothing_is_said_where_the_guess_decides_nothing(tmp_path: Path) -> None:
    _, scene, scores, model = case(tmp_path, to_last(start(4), "Softmax", axis=3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (classes,) = mapped(tmp_path, scene, model)
    assert np.array_equal(classes, scores.argmax(axis=0))


def test_logits_and_probabilities_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(1, 3, 8, 8)).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert seen_kind([logits]) == "logits"
    assert seen_kind([shares]) == "probabilities"
    assert seen_kind([shares, logits]) == "logits"
    assert seen_kind([shares[:, :1] * 0]) == "probabilities"


def test_a_guess_that_fits_is_said_once_for_each_model(tmp_path: Path) -> None:
    for number, seed in enumerate((0.5, 0.5, 0.4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        net = to_last(Network(3, 3).conv(8, bias=0.1).relu().conv(1, size=1, bias=seed), "Sigmoid")
        _, scene, _, model = case(folder, net)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            mapped(folder, scene, model)
        guesses = [str(one.message) for one in said if "--output-kind probabilities" in str(one.message)]
        assert len(guesses) == (number != 1), guesses
        assert all('"output": "probabilities" in its card' in guess for guess in guesses)


@pytest.mark.parametrize("threshold", [0.2, 0.45])
def test_a_threshold_that_is_given_decides(tmp_path: Path, threshold: float) -> None:
    path, scene, scores, _ = case(tmp_path, to_last(start(1), "Sigmoid"), "probabilities")
    threshold = float(np.quantile(scores, threshold))
    words = ["classify", scene, "-m", path, "-o", tmp_path / "out.tif", "--engine", "ort", "--threshold", threshold]
    words += ["--band-names", "1,2,3", "--mean", 2000, "--std", 1000, "--units", "dn", "--class-names", "no,yes"]
    done = CliRunner().invoke(command, [*map(str, words), "--output-kind", "probabilities"])
    assert done.exit_code == 0, done.output
    assert np.array_equal(rasterio.open(tmp_path / "out.tif").read(1), scores[0] > np.float32(threshold))


def test_a_threshold_for_several_channels_is_refused(tmp_path: Path) -> None:
    path, _, _, _ = case(tmp_path, start(4))
    facts = CardOptions(class_names=NAMES[4], threshold=0.3, **FACTS)  # type: ignore[arg-type]
    with pytest.raises(CardError, match=r"threshold 0\.3, but its network gives 4 channels.*--threshold"):
        open_model(path, options=facts)
