"""onnxruntime holds its weights once."""

from __future__ import annotations

from geoquant.engines.registry import load_engine
from tests.builders.engine_models import card_for, small_net


def test_onnxruntime_does_not_keep_the_file_beside_its_weights() -> None:
    engine = load_engine(small_net(), card_for(), "ort")
    assert not [held for held in vars(engine._session).values() if isinstance(held, bytes)]  # type: ignore[attr-defined]
