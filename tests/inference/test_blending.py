"""Scores of overlapping tiles, blended."""

from __future__ import annotations

import numpy as np

from geoquant.grid import Window
from geoquant.inference.blending import ScoreBuffer, hann_window


def test_score_buffer_returns_constant_scores_unchanged() -> None:
    buffer = ScoreBuffer(Window(0, 0, 8, 12))
    assert ScoreBuffer(Window(0, 0, 8, 12)).drain(2) is None
    scores = np.stack([np.full((8, 8), 3.0), np.full((8, 8), -1.0)]).astype(np.float32)
    for col in (-2, 4):
        buffer.add(scores, hann_window(8), Window(0, col, 8, 8))
    top = buffer.drain(5)
    assert np.allclose(top[0], 3.0)
    assert np.allclose(top[1], -1.0)
    assert buffer.window == Window(5, 0, 8, 12)
    assert np.allclose(buffer.drain(3)[0], 3.0)
    assert (buffer.drain(8) == 0).all()
