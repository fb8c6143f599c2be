"""Round weights so that a layer's result changes least, not each weight: what one rounds up others round down.

Neighbouring pixels and bands are much alike, so errors of weights add up in the one direction in which all inputs move
together. With the second moments of the inputs known, that direction is known, and rounding one weight after the other,
each time correcting those that are still free, keeps it clean: Frantar et al. 2022 (GPTQ, arXiv:2210.17323, algorithm
1), after the optimal brain surgeon (Hassibi & Stork 1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAMPING = 0.01
"""Damping: share of the mean of the moments' diagonal that is added to it, so that inputs that hardly moved in
calibration do not decide (as in GPTQ)."""
PANEL = 64
"""Inputs whose errors are taken from all later weights at once: the same sums, in one product of matrices."""


@dataclass(frozen=True)
class InputMoments:
    """Second moments of a convolution's inputs, E[x xᵀ] up to a factor.

    An input is what one weight of an output meets: channel, then row, then column of the kernel.

    Attributes:
        kernel_px: The number of weights per channel.
        blocks: Moments (group, input, input), one array for each run of channels; what lies in different blocks is
            taken to be unrelated.
    """

    kernel_px: int
    blocks: tuple[Floats, ...]

    def divided(self, factors: Floats) -> InputMoments:
        """The moments of the same inputs with each channel divided by its factor above 0 (channel,)."""
        groups = len(self.blocks[0])
        by_group, first, found = factors.reshape(groups, -1), 0, []
        for block in self.blocks:
            count = block.shape[1] // self.kernel_px
            each = np.repeat(by_group[:, first : first + count], self.kernel_px, axis=1)  # (group, input)
            found.append(block / (each[:, :, None] * each[:, None, :]))
            first += count
        return InputMoments(self.kernel_px, tuple(found))


def rounded_convolution(weights: Floats, scales: Floats, moments: InputMoments, limit: int) -> NDArray[np.int8]:
    """Levels of a convolution's weights, see ``rounded_levels``.

    Args:
        weights: (output, input channel of its group, y, x).
        scales: value of one level (output,).
        moments: of its inputs.
        limit: levels reach from ``-limit`` to ``limit``.

    Returns:
        As ``weights``.
    """
    groups = len(moments.blocks[0])
    flat, steps = weights.reshape(groups, len(weights) // groups, -1), scales.reshape(groups, -1)
    levels, first = np.empty(flat.shape, np.int8), 0
    for block in moments.blocks:
        inputs = slice(first, first + block.shape[1])
        for group in range(groups):
            levels[group, :, inputs] = rounded_levels(flat[group, :, inputs], steps[group], block[group], limit)
        first = inputs.stop
    return levels.reshape(weights.shape)


def rounded_levels(weights: Floats, scales: Floats, moments: Floats, limit: int) -> NDArray[np.int8]:
    """Levels q that keep q * scale near the weights as far as the inputs can tell.

    Args:
        weights: (output, input).
        scales: value of one level (output,).
        moments: E[x xᵀ] of the inputs, (input, input), up to a factor.
        limit: levels reach from ``-limit`` to ``limit``.

    Returns:
        (output, input).
    """
    order = np.argsort(-np.diag(moments), kind="stable")  # the inputs that matter most come first, while all is free
    spread = _spread(moments[np.ix_(order, order)])
    free, levels = weights[:, order].copy(), np.empty(weights.shape, np.int8)
    for start in range(0, len(order), PANEL):
        stop = min(start + PANEL, len(order))
        errors = np.empty((len(weights), stop - start))
        for i in range(start, stop):
            level = np.clip(np.rint(free[:, i] / scales), -limit, limit)
            levels[:, order[i]] = level
            error = errors[:, i - start] = (free[:, i] - level * scales) / spread[i, i]
            free[:, i + 1 : stop] -= error[:, None] * spread[i, i + 1 : stop]
        free[:, stop:] -= errors @ spread[start:stop, stop:]
    return levels


def _spread(moments: Floats) -> Floats:
    """The upper triangular U with Uᵀ U = inverse of the damped moments: row i says how an error at i is evened out."""
    mean = float(np.trace(moments)) / len(moments)
    damped = moments + np.eye(len(moments)) * (DAMPING * mean if mean > 0 else 1.0)
    upper: Floats = np.linalg.cholesky(np.linalg.inv(damped)).T
    return upper
