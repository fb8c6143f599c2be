"""What tests of jobs share: shards so small that a scene of a test has many, and a network that looks around."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoquant.inference import plan, tile_layout
from tests.builders.model_files import network_file


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_layout, "SHARD_PX", 96)
    monkeypatch.setattr(tile_layout, "PANEL_PX", 96)
    monkeypatch.setattr(tile_layout, "NARROWEST_PANEL_PX", 1)
    monkeypatch.setattr(plan, "BLENDED_SHARD_PX", 96)


@pytest.fixture(scope="module")
def unet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with context and a stride."""
    return network_file(tmp_path_factory.mktemp("network") / "unet.onnx", "unet")
