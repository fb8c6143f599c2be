"""How much of a signal quantization keeps: signal-to-quantization-noise ratio, and the share of values it clips."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class ChannelGains:
    """By how much each channel of a tensor was scaled on purpose, by least squares over any number of batches.

    Cross-layer equalization divides channels by factors that the next layer takes back; their errors must be measured
    at one scale.
    """

    def __init__(self) -> None:
        self._both: NDArray[np.float64] | float = 0.0
        self._own: NDArray[np.float64] | float = 0.0

    def update(self, reference: NDArray[np.float32], candidate: NDArray[np.float32]) -> None:
        """Take one batch (n, channel, ...) of both networks."""
        first, second = (np.moveaxis(each, 1, 0).reshape(each.shape[1], -1) for each in (reference, candidate))
        self._both = self._both + np.einsum("ci,ci->c", first, second, dtype=np.float64)
        self._own = self._own + np.einsum("ci,ci->c", second, second, dtype=np.float64)

    def gains(self) -> NDArray[np.float64]:
        """Reference over candidate per channel (channel,); 1 for a channel that was silent or turned round."""
        both, own = np.asarray(self._both), np.asarray(self._own)
        gains = np.divide(both, own, out=np.ones_like(own), where=own > 0)
        return np.where(gains > 0, gains, 1.0)


class ErrorSums:
    """Sums over any number of batches of one tensor in two networks, from which its SQNR and clip rate follow."""

    def __init__(self, low: float = -np.inf, high: float = np.inf) -> None:
        """Start with empty sums.

        Args:
            low: lowest value that the INT8 tensor can hold.
            high: highest value.
        """
        self._low, self._high = low, high
        self._signal = self._noise = 0.0
        self._clipped = self._values = 0

    def update(self, reference: NDArray[np.float32], candidate: NDArray[np.float32]) -> None:
        """Take one batch: the tensor in the float network and in the INT8 network, of one shape."""
        signal = np.asarray(reference, np.float64).ravel()
        noise = signal - candidate.ravel()
        self._signal += float(signal @ signal)
        self._noise += float(noise @ noise)
        self._clipped += int(np.count_nonzero((reference < self._low) | (reference > self._high)))
        self._values += reference.size

    @property
    def sqnr_db(self) -> float:
        """10 log10(sum x^2 / sum (x - x_int8)^2), infinite without any noise, NaN without signal (Lin et al. 2016).

        Lin, Talathi & Annapureddy 2016, Fixed point quantization of deep convolutional networks, ICML, section 3.
        """
        if self._signal == 0:
            return float("nan")
        return float("inf") if self._noise == 0 else float(10 * np.log10(self._signal / self._noise))

    @property
    def clip_rate(self) -> float:
        """Share of the float network's values that lie outside the INT8 tensor's range, 0..1."""
        return self._clipped / self._values if self._values else float("nan")
