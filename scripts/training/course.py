"""What the training scripts share: their command line, and printing."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from geoquant.model_card.card import ModelCard
from geoquant.progress import Progress
from geoquant.raster.aligned import AlignedRaster, class_positions
from geoquant.training.export import export_onnx
from geoquant.training.recipe import TrainingRecipe, fit
from geoquant.training.scenes import Accuracy, LabelledScene, score
from geoquant.training.train import TrainOptions


@dataclass(frozen=True)
class Course:
    """How a script trains: cut and sampling, and augmentation (its steps, seed and threads come from the command)."""

    recipe: TrainingRecipe
    training: TrainOptions


def arguments(description: str | None, default_out: str) -> argparse.Namespace:
    """Parse the command line of a training script."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled scene")
    parser.add_argument("--out", type=Path, default=Path(default_out), help="ONNX file to write (%(default)s)")
    parser.add_argument("--steps", type=int, default=800, help="training steps (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same network (%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (%(default)s)")
    parser.add_argument("--score", type=Path, help="do not train: score this class map on the unseen part")
    return parser.parse_args()


def run(card: ModelCard, labelled: LabelledScene, course: Course, options: argparse.Namespace) -> None:
    """Train, or score a map that ``geoquant classify`` wrote."""
    if options.score:
        print(f"unseen part: {score_map(card, labelled, course, options.score).table(card)}")
    else:
        train_and_export(card, labelled, course, options)


def score_map(card: ModelCard, labelled: LabelledScene, course: Course, path: Path) -> Accuracy:
    """Accuracy of a class map on the part of the scene that training never saw."""
    unseen = course.recipe.parts(labelled)[1]
    raster = AlignedRaster(path, labelled.scene.grid)
    found = class_positions(raster.read(unseen), [label.value for label in card.classes])
    raster.close()
    return score(found, labelled.labels[unseen.slices], len(card.classes))


def train_and_export(card: ModelCard, labelled: LabelledScene, course: Course, options: argparse.Namespace) -> None:
    """Train, say how good it is, and write the ONNX file with its card."""
    training = replace(course.training, steps=options.steps, seed=options.seed, threads=options.threads)
    fitted = fit(card, labelled, course.recipe, training, progress=_show)
    print(f"{fitted.summary.seconds:.0f} s, loss {fitted.summary.loss:.3f}, bf16 {fitted.summary.bf16}")
    print(f"seen part: {fitted.seen.table(card)}")
    print(f"unseen part: {fitted.unseen.table(card)}")
    written = export_onnx(fitted.model, fitted.card, options.out)
    size_mb = options.out.stat().st_size / 1e6
    print(f"{options.out}: {size_mb:.2f} MB, halo {written.tiling.halo_px} px, stride {written.tiling.stride_px} px")


def _show(report: Progress) -> None:
    if report.done % 50 == 0 or report.done == report.total:
        print(f"{report.done:.0f}/{report.total:.0f} {report.stage}", flush=True)
