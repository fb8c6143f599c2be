"""An engine measured in a process of its own that fails is named."""

from __future__ import annotations

import pytest

from geoquant.engines.isolated_run import measure_isolated
from geoquant.errors import EngineError
from tests.builders.engine_models import card_for


def test_a_child_that_fails_is_named(tmp_path):
    with pytest.raises(EngineError, match="process of its own"):
        measure_isolated(tmp_path / "none.onnx", card_for(), "ort", (64, 64), 1)
