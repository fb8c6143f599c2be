"""The networks that the package ships: small, described, and fit for exact tiling and for INT8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import geoquant
from geoquant.model_card.card import ClassLabel
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.output.style import rgb
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.strata.strata_map import stratum_labels

FOLDER = Path(geoquant.__file__).parent / "models"
NAMES = sorted(path.name for path in FOLDER.glob("*.onnx"))
TRAINED_ON_SCENES = {"landsat8_landcover_zion.onnx": (4, 8), "sentinel2_cloud.onnx": (6, 4)}


def test_the_trained_models_are_there() -> None:
    assert set(TRAINED_ON_SCENES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_model_is_small_described_and_tiles_exactly(name: str) -> None:
    model, card = load_model(FOLDER / name), read_card(FOLDER / name)
    facts = graph_facts(model)
    assert (FOLDER / name).stat().st_size <= 2_000_000
    assert facts.halo_px == card.tiling.halo_px
    assert facts.stride_px == card.tiling.stride_px
    assert facts.foldable_input
    assert facts.opset == 17
    assert model.ir_version <= 9
    assert {node.op_type for node in model.graph.node} <= {"Conv", "Relu", "MaxPool", "Resize", "Concat"}
    assert all([card.license, card.trained_on, card.limitations, card.description])


@pytest.mark.parametrize("name", NAMES)
def test_every_class_stands_out_from_a_white_canvas_and_from_no_data(name: str) -> None:
    for label in read_card(FOLDER / name).classes:
        assert away_from_white(label.color) > 45, label


@pytest.mark.parametrize("label", stratum_labels(), ids=str)
def test_every_stratum_stands_out_from_a_white_canvas(label: ClassLabel) -> None:
    assert away_from_white(label.color) > 45


def away_from_white(color: str) -> float:
    """Distance in red, green and blue."""
    return float(np.linalg.norm(255.0 - np.array(rgb(color))))


@pytest.mark.parametrize(("name", "shape"), TRAINED_ON_SCENES.items())
def test_model_tells_fields_apart(name: str, shape: tuple[int, int]) -> None:
    """Not a constant: black, average and white fields do not all get one class."""
    import onnxruntime

    card = read_card(FOLDER / name)
    assert (len(card.bands), len(card.classes)) == shape
    assert card.normalization.low is not None
    assert card.normalization.high is not None
    session = onnxruntime.InferenceSession(FOLDER / name)
    found = set()
    for field in (card.normalization.low, [0.0] * shape[0], card.normalization.high):
        image = np.broadcast_to(np.array(field, np.float32)[None, :, None, None], (1, shape[0], 128, 128))
        scores = session.run(None, {"image": np.ascontiguousarray(image)})[0]
        assert scores.shape == (1, shape[1], 128, 128)
        found.add(int(scores[0, :, 64, 64].argmax()))
    assert len(found) >= 2


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("landsat8_landcover_zion.onnx", [f"landsat8_zion_nlcd/landsat_b{number}.tif" for number in (2, 3, 4, 5)]),
        ("sentinel2_cloud.onnx", "sentinel2_l2a_t29unu"),
    ],
)
def test_model_fits_the_scene_it_comes_from(name: str, source: str | list[str], real_data: Path) -> None:
    paths = real_data / source if isinstance(source, str) else [real_data / part for part in source]
    fitted = fit_to_card(open_scene(paths), read_card(FOLDER / name))
    assert [band.name for band in fitted.bands] == [band.name for band in read_card(FOLDER / name).bands]
    assert fitted.warnings == ()
