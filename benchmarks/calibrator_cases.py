"""Scenes with labels and a network for each, to compare calibrators on.

The U-Nets are those that the package ships. The mobile networks learn their scene for a minute or two; they are good
for nothing but being quantized.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.bench import Bench
from benchmarks.measure import python_module, run_child, say
from benchmarks.networks import CLASSES, FIRST_SCL, NETWORKS
from benchmarks.scenes import data_folder, t29unu_folder
from benchmarks.shipped import MODELS, SourcePath, demo_scene, shipped_cases
from geoquant.model_card.card import ClassLabel, ModelCard
from geoquant.model_card.reading import read_card
from geoquant.raster.aligned import AlignedRaster, class_positions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.training.crops import CropSampler
from geoquant.training.export import export_onnx
from geoquant.training.scenes import LabelledScene, with_statistics
from geoquant.training.train import TrainOptions, train

SHIPPED = "U-Net"
ARCHITECTURES = {"MobileNet-style": "mobilenet-v3", "EfficientNet-Lite-style": "efficientnet-lite"}
STEPS, QUICK_STEPS, CROP_PX, BATCH = 200, 3, 128, 8
NICENESS = 15


@dataclass(frozen=True)
class Ground:
    """A scene, its quality mask and its true classes, with the card that networks for it get.

    Attributes:
        name: for the table.
        scene: what ``open_scene`` takes.
        mask: quality mask, None where the product brings its own or there is none.
        labels: raster of class values.
        card: bands, classes and units; ``with_statistics`` gives it a normalization.
    """

    name: str
    scene: SourcePath
    mask: Path | None
    labels: Path
    card: ModelCard


def grounds(bench: Bench) -> Iterator[Ground]:
    """The generated scene always, the real ones where they are at hand."""
    scene, mask, truth = demo_scene(bench)
    yield Ground("demo", scene, mask, truth, read_card(MODELS / "demo_landcover.onnx"))
    if bench.quick:
        return
    tile, data = t29unu_folder(), data_folder()
    if tile is None or data is None:
        say("the folder of real scenes is absent: only the generated scene is measured")
        return
    scl = next(tile.glob("*SCL_60m.jp2"))
    classes = tuple(ClassLabel(FIRST_SCL + i, name, color) for i, (name, color) in enumerate(CLASSES))
    yield Ground("t29unu", tile, scl, scl, replace(read_card(MODELS / "sentinel2_cloud.onnx"), classes=classes))
    folder = data / "landsat8_zion_nlcd"
    bands = [folder / f"landsat_b{number}.tif" for number in (2, 3, 4, 5)]
    yield Ground("zion", bands, None, folder / "nlcd.tif", read_card(MODELS / "landsat8_landcover_zion.onnx"))


def networks(bench: Bench) -> Iterator[tuple[Ground, str, Path]]:
    """Scene, name of the network for the table, and its file; what has to be trained is kept in the work folder."""
    shipped = {case.scene_name: case for case in shipped_cases(bench)}
    for ground in grounds(bench):
        own = shipped[ground.name]
        if own.labels is not None:
            yield replace(ground, labels=own.labels), SHIPPED, own.float_model
        for label, architecture in ARCHITECTURES.items():
            yield ground, label, _network(bench, ground, architecture)


def _network(bench: Bench, ground: Ground, architecture: str) -> Path:
    """A float network with its card, trained on the whole scene by a child of low priority."""
    path = bench.work / "calibrators" / f"{ground.name}_{architecture}{'_quick' if bench.quick else ''}.onnx"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        words = (str(bench.work), "quick" if bench.quick else "full", ground.name, architecture, str(path))
        usage = run_child(python_module("benchmarks.calibrator_cases", *words))
        say(f"trained {architecture} on {ground.name} in {usage.wall_s:.0f} s")
    return path


def _train(ground: Ground, architecture: str, path: Path, steps: int) -> None:
    scene = fit_to_card(open_scene(ground.scene), ground.card)
    labels = AlignedRaster(ground.labels, scene.grid)
    whole = scene.grid.window
    positions = class_positions(labels.read(whole), [label.value for label in ground.card.classes])
    labelled = LabelledScene(scene, positions)
    card = with_statistics(replace(ground.card, name=f"{ground.name} {architecture}"), scene, whole)
    card = replace(card, tiling=replace(card.tiling, halo_px=None, overlap_px=64))
    torch.manual_seed(0)
    model = NETWORKS[architecture](len(card.bands), len(card.classes))
    sampler = CropSampler([labelled.region(card, whole)], crop_px=CROP_PX, batch=BATCH)
    train(model, sampler, TrainOptions(steps=steps))
    export_onnx(model, card, path)
    labels.close()
    scene.close()


def main() -> None:
    """Train one network: what the child process does."""
    os.nice(NICENESS)
    work, quick, name, architecture, path = sys.argv[1:]
    bench = Bench(Path(work), quick == "quick")
    ground = next(ground for ground in grounds(bench) if ground.name == name)
    _train(ground, architecture, Path(path), QUICK_STEPS if bench.quick else STEPS)


if __name__ == "__main__":
    main()
