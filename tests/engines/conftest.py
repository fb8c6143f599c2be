"""The small network in INT8, made once."""

from __future__ import annotations

import pytest

from tests.builders.engine_models import quantized, small_net


@pytest.fixture(scope="session")
def int8(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return quantized(small_net(), tmp_path_factory.mktemp("quantized"))
