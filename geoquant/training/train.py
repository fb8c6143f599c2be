"""Training on a CPU: seeded, short, and with an eye on INT8.

AdamW with decoupled weight decay (Loshchilov & Hutter 2019) under a one-cycle learning rate (Smith & Topin 2018),
class-weighted cross entropy that skips unlabelled pixels, flips and quarter turns, and a little radiometric jitter, so
that the network does not depend on the last grey level, which is what INT8 takes away.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.training.crops import IGNORE, Batch, Sampler


@dataclass(frozen=True)
class TrainOptions:
    """How to train.

    Attributes:
        steps: The number of batches.
        learning_rate: The peak of the learning rate's cycle.
        weight_decay: The weight decay of AdamW.
        class_weights: The weights of the cross entropy, one per class; None weighs every pixel alike.
        gain_sigma: The spread of the random factor on each band's normalized values.
        shift_sigma: The spread of the random shift of each band, in normalized units.
        noise_sigma: The spread of the noise on each value, in normalized units.
        wedge_share: The share of the crops that lose a random side to no data, as at the edge of a swath.
        seed: The seed of the batches' order, the augmentation and the sampler. Initialize the network's weights under
            the same seed.
        threads: The number of intra-op threads; on a busy machine one is faster than two, and its sums always add up
            alike.
        bf16: Whether to compute in bfloat16; None does so where the CPU has the instructions for it.
    """

    steps: int = 600
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    class_weights: tuple[float, ...] | None = None
    gain_sigma: float = 0.03
    shift_sigma: float = 0.03
    noise_sigma: float = 0.01
    wedge_share: float = 0.25
    seed: int = 0
    threads: int = 1
    bf16: bool | None = None


@dataclass(frozen=True)
class TrainSummary:
    """What training did.

    Attributes:
        steps: The number of batches trained on.
        seconds: The wall time.
        loss: The mean loss of the last tenth of the steps.
        bf16: Whether it computed in bfloat16.
    """

    steps: int
    seconds: float
    loss: float
    bf16: bool


def train(
    model: nn.Module, sampler: Sampler, options: TrainOptions = TrainOptions(), *, progress: ProgressCallback = silent
) -> TrainSummary:
    """Train ``model`` in place, and leave it in eval mode.

    Args:
        model: ``(n, band, y, x)`` float32 -> logits ``(n, class, y, x)``.
        sampler: draws the batches.
        options: see ``TrainOptions``.
        progress: called after every step.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported() if options.bf16 is None else options.bf16
    model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), options.learning_rate, weight_decay=options.weight_decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, total_steps=options.steps)
    weights = None if options.class_weights is None else torch.tensor(options.class_weights)
    start, losses = time.perf_counter(), []
    for step in range(options.steps):
        batch = augment(sampler(rng), options, rng)
        losses.append(_step(model, batch, weights, bf16))
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        cycle.step()
        optimizer.zero_grad(set_to_none=True)
        progress(Progress(f"training, loss {losses[-1]:.3f}", step + 1, options.steps, "steps"))
    model.to(memory_format=torch.contiguous_format).eval()
    tail = losses[-max(1, options.steps // 10) :]
    return TrainSummary(options.steps, time.perf_counter() - start, float(np.mean(tail)), bf16)


def _step(model: nn.Module, batch: Batch, weights: torch.Tensor | None, bf16: bool) -> float:
    """Forward and backward on one batch; the loss."""
    images = torch.from_numpy(batch.images).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        logits = model(images)
    loss = weighted_loss(logits.float(), torch.from_numpy(batch.labels), weights)
    loss.backward()
    value = float(loss.detach())
    if not np.isfinite(value):
        raise FloatingPointError(f"the training loss became {value}: lower TrainOptions.learning_rate.")
    return value


def weighted_loss(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None) -> torch.Tensor:
    """Mean cross entropy of the labelled pixels; 0, not NaN, for a batch without any.

    Args:
        logits: ``(n, class, y, x)`` float32.
        labels: ``(n, y, x)`` int64, channel index or ``IGNORE``.
        weights: of each class, ``(class,)``, or None.
    """
    total = F.cross_entropy(logits, labels, weights, ignore_index=IGNORE, reduction="sum")
    known = labels[labels != IGNORE]
    weight = torch.tensor(float(len(known))) if weights is None else weights[known].sum()
    return total / weight.clamp(min=1e-6)


def augment(batch: Batch, options: TrainOptions, rng: np.random.Generator) -> Batch:
    """One random flip and quarter turn of the whole batch, radiometric jitter of each image and band, and wedges.

    Pixels without data stay exactly 0 in every band, as they are in inference.
    """
    turns, mirror = int(rng.integers(4)), bool(rng.integers(2))
    images, labels = (np.rot90(part, turns, (-2, -1)) for part in batch)
    if mirror:
        images, labels = images[..., ::-1], labels[..., ::-1]
    per_band = (*images.shape[:2], 1, 1)
    gain = rng.normal(1.0, options.gain_sigma, per_band).astype(np.float32)
    shift = rng.normal(0.0, options.shift_sigma, per_band).astype(np.float32)
    noise = rng.standard_normal(images.shape, np.float32) * np.float32(options.noise_sigma)
    empty = (images == 0).all(axis=1) | wedges(labels.shape, options.wedge_share, rng)  # (n, y, x)
    jittered = np.where(empty[:, None], np.float32(0), images * gain + shift + noise)
    return Batch(jittered, np.where(empty, IGNORE, labels))


def wedges(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Random half planes ``(n, y, x)`` that cut between nothing and all of a crop, in ``share`` of the crops."""
    count, height, width = shape
    angle = rng.uniform(0, 2 * np.pi, (count, 1, 1))
    rows = np.linspace(-1, 1, height)[None, :, None]
    cols = np.linspace(-1, 1, width)[None, None, :]
    beyond = np.cos(angle) * rows + np.sin(angle) * cols > rng.uniform(-0.7, 1, (count, 1, 1))
    return np.asarray(beyond & (rng.random((count, 1, 1)) < share))


def predict(model: nn.Module, image: NDArray[np.float32], tile_px: int = 512, halo_px: int = 64) -> NDArray[np.uint8]:
    """The class of each pixel by the float network, for scoring without an exported file.

    Args:
        model: in eval mode; its ``stride_px`` divides ``tile_px`` and ``halo_px``.
        image: ``(band, y, x)`` normalized float32; reflected beyond its edges.
        tile_px: side of the written core of a tile.
        halo_px: context around it; at least the receptive field's radius.

    Returns:
        ``(y, x)`` channel index.
    """
    _, height, width = image.shape
    after = [(-size) % tile_px + halo_px for size in (height, width)]
    padded = np.pad(image, ((0, 0), (halo_px, after[0]), (halo_px, after[1])), mode="reflect")
    classes = np.empty((height, width), np.uint8)
    core = slice(halo_px, halo_px + tile_px)
    with torch.inference_mode():
        for row in range(0, height, tile_px):
            for col in range(0, width, tile_px):
                side = tile_px + 2 * halo_px
                tile = torch.from_numpy(np.ascontiguousarray(padded[:, row : row + side, col : col + side]))
                found = model(tile[None])[0].argmax(0).numpy()[core, core]
                into = classes[row : row + tile_px, col : col + tile_px]
                into[...] = found[: into.shape[0], : into.shape[1]]
    return classes
