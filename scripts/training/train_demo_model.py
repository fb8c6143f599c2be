"""Train the land-cover model that the package ships for ``geoquant demo``.

    python scripts/training/train_demo_model.py            # writes geoquant/models/demo_landcover.onnx; 210 CPU seconds

It learns from landscapes with seeds 1000 and up; the demo's scene and the scenes scored at the end have other seeds.
The same machine, torch and seed give the same weights.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from geoquant.demo import landscape
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.progress import Progress
from geoquant.training.architectures.unet import unet
from geoquant.training.crops import IGNORE, CropSampler, Region, class_weights
from geoquant.training.export import export_onnx
from geoquant.training.train import TrainOptions, predict, train

SHIPPED = Path(__file__).resolve().parents[2] / "geoquant" / "models" / "demo_landcover.onnx"
WIDTHS = (16, 32, 64, 96)
TRAINING_SEEDS = range(1000, 1008)
SCORED_SEEDS = (2000, 2001)
CENTRES_UM = (0.49, 0.56, 0.665, 0.842, 1.61, 2.19)
BRIGHTEST = (0.40, 0.40, 0.42, 0.60, 0.45, 0.40)
"""Reflectance at which each band is clipped: cloud and snow need no more, and the 256 levels of INT8 go to the dark
end, where shadow, water and forest differ by little."""

SENTINEL_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")


def main() -> None:
    """Make the scenes, train, export, score."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("-o", "--output", type=Path, default=SHIPPED, help="the model file to write")
    arguments.add_argument("--steps", type=int, default=500, help="training steps")
    arguments.add_argument("--size", type=int, default=768, help="side of a training scene in pixels")
    arguments.add_argument("--threads", type=int, default=2, help="threads")
    arguments.add_argument("--seed", type=int, default=0, help="seed of weights, crops and augmentation")
    chosen = arguments.parse_args()
    scenes = [landscape.make_landscape(seed, chosen.size) for seed in TRAINING_SEEDS]
    card = make_card(scenes)
    regions = [to_region(scene, card) for scene in scenes]
    torch.manual_seed(chosen.seed)
    model = unet(len(card.bands), len(card.classes), WIDTHS)
    options = TrainOptions(
        steps=chosen.steps,
        seed=chosen.seed,
        threads=chosen.threads,
        class_weights=class_weights(regions, len(card.classes), 0.3),
        noise_sigma=0.02,
    )
    summary = train(model, CropSampler(regions, crop_px=64, batch=16, balance=0.4), options, progress=show)
    print(f"\ntrained in {summary.seconds:.0f} s, loss {summary.loss:.3f}, bf16 {summary.bf16}")
    score(model, card, chosen.size)
    export_onnx(model, card, chosen.output)
    parameters = sum(weights.numel() for weights in model.parameters())
    print(f"{chosen.output}: {parameters} parameters, {chosen.output.stat().st_size / 1e6:.2f} MB")


def make_card(scenes: list[landscape.Landscape]) -> ModelCard:
    """The card, its normalization measured on the training scenes: mean and standard deviation of reflectance."""
    sample = np.concatenate([scene.stored[:, scene.labels > 0][:, ::37] for scene in scenes], axis=1)
    brightest = np.array(BRIGHTEST)
    reflectance = np.clip(sample * landscape.SCALE + landscape.OFFSET, 0, brightest[:, None])
    shift, scale = rounded(reflectance.mean(axis=1)), rounded(reflectance.std(axis=1))
    low, high = (rounded((bound - np.array(shift)) / np.array(scale)) for bound in (0 * brightest, brightest))
    bands = tuple(
        Band(name, common, centre, landscape.SCALE, landscape.OFFSET)
        for name, common, centre in zip(SENTINEL_BANDS, landscape.BANDS, CENTRES_UM, strict=True)
    )
    return ModelCard(
        name="geoquant demo land cover",
        bands=bands,
        normalization=Normalization(shift, scale, low, high),
        classes=tuple(ClassLabel(cover.value, cover.name, cover.color) for cover in landscape.COVERS),
        gsd_m=landscape.PIXEL_M,
        nodata=landscape.NODATA,
        tiling=Tiling(tile_px=512),
        description=(
            "Nine land-cover classes for the made-up scenes of `geoquant demo`: a small U-Net (16, 32, 64, 96)."
        ),
        license="MIT",
        trained_on=f"Synthetic scenes of geoquant.demo.landscape, seeds {TRAINING_SEEDS[0]} to {TRAINING_SEEDS[-1]}",
        limitations="Learned from made-up scenes only: a demonstration, not a land-cover product for real imagery.",
    )


def rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Four decimals: what a person can read in the card."""
    return tuple(round(float(value), 4) for value in values)


def to_region(scene: landscape.Landscape, card: ModelCard) -> Region:
    """Normalized as the card says, invalid pixels 0; labels as channel indices."""
    norm = card.normalization
    shift, scale, low, high = (
        np.asarray(part, np.float32)[:, None, None] for part in (norm.shift, norm.scale, norm.low, norm.high)
    )
    reflectance = scene.stored * np.float32(landscape.SCALE) + np.float32(landscape.OFFSET)
    image = np.where(scene.labels > 0, np.clip((reflectance - shift) / scale, low, high), 0).astype(np.float32)
    channel = np.full(256, IGNORE, np.uint8)
    for number, label in enumerate(card.classes):
        channel[label.value] = number
    return Region(image, channel[scene.labels])


def score(model: torch.nn.Module, card: ModelCard, size: int) -> None:
    """Accuracy and IoU per class on scenes that training did not see."""
    count = len(card.classes)
    confusion = np.zeros((count, count), np.int64)
    for seed in SCORED_SEEDS:
        region = to_region(landscape.make_landscape(seed, size), card)
        found, valid = predict(model, region.image), region.labels != IGNORE
        pairs = region.labels[valid].astype(np.int64) * count + found[valid]
        confusion += np.bincount(pairs, minlength=count * count).reshape(count, count)
    hits = np.diag(confusion)
    iou = hits / np.maximum(confusion.sum(0) + confusion.sum(1) - hits, 1)
    for label, value in zip(card.classes, iou, strict=True):
        print(f"  {label.name:16s} IoU {value:.3f}")
    print(f"  accuracy {hits.sum() / confusion.sum():.4f}, mIoU {iou.mean():.4f} on unseen scenes {SCORED_SEEDS}")


def show(progress: Progress) -> None:
    """One line that overwrites itself."""
    sys.stderr.write(f"\r{progress.stage} {progress.done:.0f}/{progress.total:.0f} {progress.unit}")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
