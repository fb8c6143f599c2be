"""Training on one labelled scene: cut it, measure its statistics, train on one part, score on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch

from geoquant.grid import Window
from geoquant.model_card.card import ModelCard, Tiling
from geoquant.progress import ProgressCallback, silent
from geoquant.training.architectures.unet import UNet, unet
from geoquant.training.crops import CropSampler, class_weights
from geoquant.training.scenes import Accuracy, LabelledScene, accuracy, halves, with_statistics
from geoquant.training.train import TrainOptions, TrainSummary, train

HALO_PX = 48  # of the default U-Net; export computes the same from the graph
GAP_PX = 2 * HALO_PX + 8  # no test pixel is within reach of a training pixel


@dataclass(frozen=True)
class TrainingRecipe:
    """Choices beyond ``TrainOptions``.

    Attributes:
        cut: "rows" trains on the upper part and scores on the lower, "columns" on the left and the right.
        train_share: The share of the rows or columns outside the gap that are trained on.
        bounds: The clip of every band in the card's units, see ``with_statistics``.
        crop_px: The side of a training crop.
        batch: The number of crops of a step.
        balance: The share of crops centred on a pixel of an evenly drawn class.
        weight_power: 0 weighs pixels alike, 1 weighs classes alike.
    """

    cut: Literal["rows", "columns"] = "rows"
    train_share: float = 0.5
    bounds: tuple[float, float] | None = None
    crop_px: int = 128
    batch: int = 8
    balance: float = 0.25
    weight_power: float = 0.25

    def parts(self, labelled: LabelledScene) -> tuple[Window, Window]:
        """The part to train on, and the one that stays unseen."""
        return halves(labelled.scene.grid.window, self.train_share, GAP_PX, self.cut)


@dataclass(frozen=True)
class TrainedModel:
    """A trained network and how good it is.

    Attributes:
        model: The network in eval mode.
        card: The card with the normalization measured on the training part.
        seen: The accuracy on the part it was trained on.
        unseen: The accuracy on the part it never saw, beyond the gap.
        summary: What training did.
    """

    model: UNet
    card: ModelCard
    seen: Accuracy
    unseen: Accuracy
    summary: TrainSummary


def fit(
    card: ModelCard,
    labelled: LabelledScene,
    recipe: TrainingRecipe,
    options: TrainOptions,
    *,
    progress: ProgressCallback = silent,
) -> TrainedModel:
    """Train a default U-Net on one part of a scene and score it on the other.

    Args:
        card: bands and classes; its normalization is measured here.
        labelled: the scene.
        recipe: how to cut and sample.
        options: how to train; its ``class_weights`` are computed here.
        progress: called after every step.
    """
    first, second = recipe.parts(labelled)
    card = with_statistics(replace(card, tiling=Tiling(tile_px=512)), labelled.scene, first, recipe.bounds)
    seen, unseen = labelled.region(card, first), labelled.region(card, second)
    torch.manual_seed(options.seed)
    model = unet(len(card.bands), len(card.classes))
    sampler = CropSampler([seen], recipe.crop_px, recipe.batch, recipe.balance)
    weights = class_weights([seen], len(card.classes), recipe.weight_power)
    summary = train(model, sampler, replace(options, class_weights=weights), progress=progress)
    scores = (accuracy(model, region, HALO_PX) for region in (seen, unseen))
    return TrainedModel(model, card, next(scores), next(scores), summary)
