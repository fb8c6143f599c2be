"""From labelled scenes to training regions, by the same reading and normalization that inference uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from geoquant.grid import Window
from geoquant.metrics.confusion import agreement_of, confusion, iou_of, mean_iou
from geoquant.model_card.card import ModelCard, Normalization
from geoquant.preprocessing.chain import input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.scene import Scene
from geoquant.training.crops import IGNORE, Region
from geoquant.training.train import predict


def normalized(scene: Scene, card: ModelCard, window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A window as the network sees it.

    Returns:
        ``(band, y, x)`` float32, normalized as ``card`` says, 0 where invalid; and ``(y, x)`` validity.

    Raises:
        BandMismatch: the scene lacks one of the card's bands.
        RasterError: the window can't be read.
    """
    fitted = fit_to_card(scene, card)
    pixels = fitted.read(window)
    encode = make_encoder(input_chain(card, fitted.bands, fitted.dtype))
    return encode(pixels.values, pixels.valid), pixels.valid


@dataclass(frozen=True)
class LabelledScene:
    """A scene with the class of each pixel.

    Attributes:
        scene: The scene to read.
        labels: The classes ``(y, x)``, uint8, on the scene's grid: channel index of the class, or ``IGNORE``.
    """

    scene: Scene
    labels: NDArray[np.uint8]

    def region(self, card: ModelCard, window: Window) -> Region:
        """A window, normalized as ``card`` says, with its labels; invalid pixels lose theirs."""
        image, valid = normalized(self.scene, card, window)
        return Region(image, np.where(valid, self.labels[window.slices], np.uint8(IGNORE)))


def with_statistics(
    card: ModelCard, scene: Scene, window: Window, bounds: tuple[float, float] | None = None
) -> ModelCard:
    """The card with clips, and with mean and standard deviation of the window's valid pixels within them.

    A clip keeps a glint or a thick cloud from stretching the range that INT8 divides into 256 levels.

    Args:
        card: whose normalization is replaced.
        scene: to measure.
        window: the training part, and nothing of the test part.
        bounds: lowest and highest value of every band, in the card's units; None clips each band a tenth of its
            range beyond all but the lowest and highest 0.1 % of its pixels.
    """
    count = len(card.bands)
    plain = replace(card, normalization=Normalization((0.0,) * count, (1.0,) * count))
    values, valid = normalized(scene, plain, window)
    pixels = values[:, valid].astype(np.float64)  # (band, pixel), in the card's units
    tails = np.percentile(pixels, [0.1, 99.9], axis=1)  # (2, band)
    margin = 0.1 * (tails[1] - tails[0])
    lowest, highest = (tails[0] - margin, tails[1] + margin) if bounds is None else np.array(bounds)[:, None]
    pixels = np.clip(pixels.T, lowest, highest)  # (pixel, band)
    shift, scale = _rounded(pixels.mean(0)), _rounded(pixels.std(0))
    low, high = ((end - np.array(shift)) / np.array(scale) for end in (lowest, highest))
    return replace(card, normalization=Normalization(shift, scale, _rounded(low), _rounded(high)))


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Four significant digits: enough, and readable in the card."""
    return tuple(float(f"{value:.4g}") for value in values)


@dataclass(frozen=True)
class Accuracy:
    """Agreement of a network with labels.

    Attributes:
        pixels: The number of labelled pixels compared.
        overall: The share of them with the right class.
        mean_iou: The mean intersection over union of the classes with at least 100 labelled pixels.
        iou: The IoU of each class, NaN where neither map has it.
        recall: The recall of each class, NaN where no label has it.
    """

    pixels: int
    overall: float
    mean_iou: float
    iou: tuple[float, ...]
    recall: tuple[float, ...]

    def table(self, card: ModelCard) -> str:
        """The figures as a few lines for a person."""
        lines = [f"overall accuracy {self.overall:.4f}, mean IoU {self.mean_iou:.4f}, {self.pixels} pixels"]
        scores = zip(card.classes, self.iou, self.recall, strict=True)
        return "\n".join(
            [*lines, *(f"  {label.name:12} IoU {iou:.3f}  recall {recall:.3f}" for label, iou, recall in scores)]
        )


def accuracy(model: nn.Module, region: Region, halo_px: int) -> Accuracy:
    """Score a network on a region that it has not seen.

    Args:
        model: in eval mode.
        region: image and labels.
        halo_px: at least the radius of the network's receptive field.
    """
    with torch.inference_mode():
        classes = model(torch.zeros(1, len(region.image), halo_px or 32, halo_px or 32)).shape[1]
    return score(predict(model, region.image, halo_px=halo_px), region.labels, classes)


def score(found: NDArray[np.uint8], labels: NDArray[np.uint8], classes: int) -> Accuracy:
    """Compare a class map with labels.

    Args:
        found: ``(y, x)`` channel index, or ``IGNORE`` where there is no class.
        labels: ``(y, x)`` channel index, or ``IGNORE``.
        classes: how many there are.
    """
    counts = confusion(labels, found, np.ones(found.shape, np.uint8), classes)[1]
    labelled = counts.sum(1)
    recall = np.divide(np.diag(counts), labelled, out=np.full(classes, np.nan), where=labelled > 0)
    overall = agreement_of(counts)
    return Accuracy(int(counts.sum()), overall, mean_iou(counts), tuple(iou_of(counts)), tuple(recall))


def halves(window: Window, share: float, gap_px: int, cut: Literal["rows", "columns"]) -> tuple[Window, Window]:
    """Cut a window in two with a gap, so that no pixel is seen from both parts.

    Args:
        window: what to cut.
        share: of what the gap leaves that goes into the upper or left part, 0..1.
        gap_px: between the parts: at least the receptive field.
        cut: "rows" gives an upper and a lower part, "columns" a left and a right one.

    Raises:
        ValueError: one of the parts would be empty.
    """
    length = window.height if cut == "rows" else window.width
    first = round((length - gap_px) * share)
    second = length - gap_px - first
    if min(first, second) < 1:
        raise ValueError(f"{length} {cut} can't be cut at {share} with a gap of {gap_px} px.")
    if cut == "rows":
        upper = Window(window.row, window.col, first, window.width)
        return upper, Window(window.row_end - second, window.col, second, window.width)
    left = Window(window.row, window.col, window.height, first)
    return left, Window(window.row, window.col_end - second, window.height, second)
