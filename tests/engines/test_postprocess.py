"""The way out: blocked argmax equals NumPy's, ties included."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.engines import postprocess as module
from geoquant.engines.postprocess import above, argmax, channels_of, confidence_percent
from geoquant.errors import ModelError
from tests.builders.engine_models import card_for


@settings(max_examples=150, deadline=None)
@given(
    classes=st.integers(1, 255),
    dtype=st.sampled_from(["uint8", "float32", "float16", "int8", "int32"]),
    distinct=st.sampled_from([1, 2, 3, 100]),
    block=st.sampled_from([1, 5, 65_536]),
    seed=st.integers(0, 2**20),
)
def test_blocks_equal_numpy_with_ties(classes: int, dtype: str, distinct: int, block: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, distinct, (classes, 3, 4)).astype(dtype)
    kept, module.BLOCK_PX = module.BLOCK_PX, block
    try:
        np.testing.assert_array_equal(argmax(scores), scores.argmax(axis=0))
    finally:
        module.BLOCK_PX = kept


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_extremes_batches_and_all_256_classes(dtype: str) -> None:
    scores = np.zeros((2, 256, 2, 2), dtype)
    scores[0, 255, 0, 0], scores[1, 0] = 255, 255
    result = argmax(scores)
    assert result.dtype == np.uint8
    assert result.shape == (2, 2, 2)
    np.testing.assert_array_equal(result, scores.argmax(axis=1))
    assert argmax(scores[:0]).shape == (0, 2, 2)


def test_infinite_scores_win_and_lose() -> None:
    scores = np.array([-np.inf, 1.0, np.inf, np.inf], np.float32).reshape(4, 1, 1)
    assert argmax(scores) == 2
    assert argmax(np.full((3, 1, 1), -np.inf, np.float32)) == 0


def test_more_classes_than_a_byte_are_refused() -> None:
    with pytest.raises(ModelError, match="257 classes"):
        argmax(np.zeros((257, 1, 1), np.float32))


def test_one_channel_is_thresholded() -> None:
    scores = np.array([0.4, 0.5, 0.6], np.float32).reshape(1, 1, 1, 3)
    np.testing.assert_array_equal(above(scores, 0.5), [[[0, 0, 1]]])


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "int32"])
def test_labels_become_positions_whatever_their_order(dtype: str) -> None:
    given = np.array([[20, 5], [7, 20]], dtype)
    assert channels_of(given, (20, 7, 5)).tolist() == [[0, 2], [1, 0]]


@pytest.mark.parametrize("strange", [255.0, -1.0, 6.5, np.nan])
def test_a_label_that_no_class_has_is_never_taken_for_another(strange: float) -> None:
    with pytest.raises(ModelError, match="which its card does not know"):
        channels_of(np.array([[5, strange]], np.float32), (5, 6, 7))


def test_the_confidence_of_a_threshold_is_that_of_the_class_it_decides_for() -> None:
    card = replace(card_for(2), output="probabilities", threshold=0.3)
    scores = np.array([0.2, 0.4, 0.9], np.float32).reshape(1, 1, 3)
    assert above(scores[None], card.decision_threshold).ravel().tolist() == [0, 1, 1]
    assert confidence_percent(scores, card).ravel().tolist() == [80, 40, 90]
