"""docs/models.md says of each packaged model what its card says."""

from __future__ import annotations

from pathlib import Path

import pytest

import geoquant
from geoquant.model_card.reading import read_card

FOLDER = Path(geoquant.__file__).parent / "models"
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.onnx")), ids=lambda path: path.stem)
def test_every_model_is_described(path: Path) -> None:
    assert path.stem in TEXT


@pytest.mark.parametrize("name", ["landsat8_landcover_zion", "sentinel2_cloud"])
def test_size_classes_and_attribution_are_the_files_own(name: str) -> None:
    card = read_card(FOLDER / f"{name}.onnx")
    section = TEXT.split(f"## {name}")[1].split("\n## ")[0]
    assert all(label.name in section for label in card.classes)
    assert f"{(FOLDER / f'{name}.onnx').stat().st_size / 1e6:.2f} MB" in TEXT
    source = "Contains modified Copernicus Sentinel data" if "sentinel" in name else "public domain"
    assert source in " ".join(section.split())
    assert source in card.trained_on
