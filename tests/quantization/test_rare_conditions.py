"""A scene of 98 % clear land: what is rare in it must not lose by geoquant's own steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import rasterio
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.quantize import quantize
from geoquant.raster.scene_input import SceneInput
from tests.builders.networks import Network, run
from tests.builders.scenes import FEW, SIDE, SPECTRA, spectral_card, write_scene

RARE = {
    2: ((70, 100), (300, 260), (420, 60)),
    3: ((100, 330), (230, 90), (380, 380)),
    4: ((30, 200), (180, 420), (280, 30)),
}
"""Position in SPECTRA -> where its patches of 22 x 22 pixels lie: 1.9 % of the scene."""


def kinds(rng: np.random.Generator) -> np.ndarray:
    found = np.kron(rng.integers(0, 2, (SIDE // 20, SIDE // 20)), np.ones((20, 20), int))
    for kind, corners in RARE.items():
        for row, col in corners:
            found[row : row + 22, col : col + 22] = kind
    return found


def backbone(seed: int) -> Network:
    """Expansion, depthwise convolution and projection, twice, with ReLU6: as a MobileNetV2 is made."""
    net = Network(4, seed)
    for width in (24, 32):
        six = [net.constant(np.float32(bound)) for bound in (0, 6)]
        net.conv(width, 1, bias=0.5).add("Clip", net.last, *six)
        net.conv(width, 3, groups=width, bias=0.5).add("Clip", net.last, *six).conv(16, 1)
    six = [net.constant(np.float32(bound)) for bound in (0, 6)]
    return net.conv(48, 1, bias=0.5).add("Clip", net.last, *six)


def encoded(scene: Path, shift: object, scale: object) -> np.ndarray:
    """Z of the whole scene (1, band, y, x)."""
    with rasterio.open(scene) as source:
        reflectance = source.read() * 1e-4 - 0.1
    columns = (np.reshape(np.asarray(part), (-1, 1, 1)) for part in (shift, scale))
    return ((reflectance - next(columns)) / next(columns)).astype(np.float32)[None]


def mobile(z: np.ndarray, truth: np.ndarray, seed: int) -> onnx.ModelProto:
    """The backbone with the head that separates the classes best, in the sense of least squares."""
    features = run(backbone(seed).model(), z)[0][:, :, 40:].reshape(48, -1).T.astype(np.float64)
    wanted = np.eye(len(SPECTRA))[truth[:, 40:].ravel()]
    weight = 1 / np.sqrt(np.bincount(truth[:, 40:].ravel())[truth[:, 40:].ravel()])[:, None]
    design = np.hstack([features, np.ones((len(features), 1))])
    head = np.linalg.lstsq(design * weight, wanted * weight, rcond=None)[0]
    net = backbone(seed)
    names = net.constant(head[:-1].T[:, :, None, None].astype(np.float32)), net.constant(head[-1].astype(np.float32))
    net.add("Conv", net.last, *names, kernel_shape=[1, 1])
    net.channels = len(SPECTRA)
    return net.model()


class Tiles(CalibrationDataReader):
    """The tiles that geoquant calibrated on, for onnxruntime's own calibration."""

    def __init__(self, name: str, z: np.ndarray, windows: list) -> None:
        self._parts: Iterator[np.ndarray] = (
            z[..., w["row"] : w["row"] + w["height"], w["col"] : w["col"] + w["width"]] for w in windows
        )
        self._name = name

    def get_next(self) -> dict | None:
        part = next(self._parts, None)
        return None if part is None else {self._name: np.ascontiguousarray(part)}


def classes(path: Path, z: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: z})[0][0].argmax(axis=0)


def mean_over_kinds(changed: np.ndarray, truth: np.ndarray, judged: np.ndarray) -> float:
    """Changed pixels in percent, every kind of surface counting the same."""
    return float(np.mean([100 * changed[judged & (truth == kind)].mean() for kind in range(len(SPECTRA))]))


@pytest.mark.parametrize("seed", [0, 1])
def test_rare_conditions_change_no_more_than_by_plain_min_max_on_the_same_tiles(seed, tmp_path):
    rng, card = np.random.default_rng(seed), spectral_card()
    truth = kinds(rng)
    assert (truth <= 1).mean() > 0.975
    scene = write_scene(tmp_path, truth, rng)
    z = encoded(scene, card.normalization.shift, card.normalization.scale)
    model, ours, plain = tmp_path / "float.onnx", tmp_path / "int8.onnx", tmp_path / "plain.onnx"
    write_card(mobile(z, truth, seed), replace(card, tiling=replace(card.tiling, halo_px=2)), model)
    given = SceneInput(scene, mask=scene.with_name("scl.tif"))
    summary = quantize(model, [given], ours, replace(FEW, max_drop=100.0, seed=seed, fast=True))
    prepared = tmp_path / "prepared.onnx"
    onnx.save(prepare(onnx.load(model)), prepared)
    tiles = Tiles("x", z, summary.calibration)
    quantize_static(prepared, plain, tiles, quant_format=QuantFormat.QDQ, per_channel=True)

    (tmp_path / "unseen").mkdir()
    unseen = write_scene(tmp_path / "unseen", truth, rng)  # the same patches with other noise
    z, folded = encoded(unseen, card.normalization.shift, card.normalization.scale), read_card(ours).normalization
    reference = classes(model, z)
    changed = [classes(ours, encoded(unseen, folded.shift, folded.scale)) != reference, classes(plain, z) != reference]
    judged = np.zeros((SIDE, SIDE), bool)
    judged[:, 40:] = True
    found = np.array([mean_over_kinds(each, truth, judged) for each in changed])
    blocks = np.kron(np.arange(100).reshape(10, 10), np.ones((48, 48), int))
    without = [
        np.subtract(*(mean_over_kinds(each, truth, judged & (blocks != block)) for each in changed))
        for block in range(100)
    ]
    error = np.sqrt(99 / 100 * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert found[1] > 0.05  # or there would be nothing to lose
    assert found[0] <= found[1] + error
