"""Networks that see their whole tile, or whose only tile has no room for their context, are quantized as they run."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from geoquant.errors import GeoquantWarning
from geoquant.evaluation import contender
from geoquant.evaluation.evaluate import evaluate
from geoquant.grid import Window
from geoquant.model_card.card import Tiling
from geoquant.model_card.embedding import write_card
from geoquant.model_card.model import open_model
from geoquant.options.quantize import EvaluateOptions, QuantizeOptions
from geoquant.quantization.quantize import quantize
from tests.builders.networks import Network, network_of
from tests.builders.scenes import make_scene, spectral_card

OPTIONS = QuantizeOptions(tiles=10, tile=64, held_out=24, max_drop=100)
UNBOUNDED = Tiling(halo_px=None, stride_px=1, tile_px=64, overlap_px=16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blended")
    make_scene(path)
    write_card(network_of("pooled", 4, 5), replace(spectral_card(), tiling=UNBOUNDED), path / "pooled.onnx")
    wide = Network(4)
    for channels in (4, 4, 4, 4, 5):
        wide.conv(channels, 13).relu()
    write_card(wide.model(size=(60, 60)), replace(spectral_card(), tiling=Tiling()), path / "fixed.onnx")
    return path


@pytest.mark.parametrize(("name", "ran_px"), [("pooled", 64), ("fixed", 60)])
def test_judging_runs_nothing_but_tiles_of_the_blended_lattice(
    folder: Path, untimed: None, monkeypatch: pytest.MonkeyPatch, name: str, ran_px: int
) -> None:
    assert not open_model(folder / f"{name}.onnx").facts.is_exact
    ran: set[Window] = set()
    blend = contender.blended_scores

    def watched(window, lattice, scores_of):
        return blend(window, lattice, lambda read: ran.add(read) or scores_of(read))

    monkeypatch.setattr(contender, "blended_scores", watched)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoquantWarning)
        made = quantize(folder / f"{name}.onnx", [folder / "scene.tif"], folder / f"{name}.int8.onnx", OPTIONS)
        judged = {Window(t["row"], t["col"], t["height"], t["width"]) for t in made.held_out}
        assert len(ran) > len(judged) >= 10
        models = folder / f"{name}.onnx", folder / f"{name}.int8.onnx"
        found = evaluate(*models, [folder / "scene.tif"], EvaluateOptions(tiles=8, tile=64, replicates=20))
    assert {(read.height, read.width) for read in ran} == {(ran_px, ran_px)}
    step, half = (48, 8) if name == "pooled" else (44, 8)
    assert all((read.row + half) % step == (read.col + half) % step == 0 for read in ran)
    assert found.scores["ort"][0].agreement.value > 0.8
