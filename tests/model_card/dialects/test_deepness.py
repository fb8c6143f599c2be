"""Metadata of the Deepness plugin: the same numbers as the plugin computes, malformed ones refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from geoquant.errors import CardError
from geoquant.model_card.card import ModelCard, Tiling
from geoquant.model_card.dialects.deepness import from_deepness, to_deepness
from geoquant.model_card.embedding import set_metadata
from geoquant.model_card.reading import read_card
from tests.builders.cards import cards, network


@given(cards())
def test_deepness_computes_the_same_z(card: ModelCard) -> None:
    try:
        entries = to_deepness(card)
    except CardError:
        assert card.normalization.low or card.normalization.high or any(b.scale is None for b in card.bands)
        return
    mean, std = (json.loads(entries[f"standardization_{key}"]) for key in ("mean", "std"))
    for index, band in enumerate(card.bands):
        stored = 1234.0
        x = stored if card.units == "dn" else stored * band.scale + (band.offset or 0.0)
        wanted = (x - card.normalization.shift[index]) / card.normalization.scale[index]
        terms = stored / 255 / std[index], mean[index] / std[index]
        assert terms[0] - terms[1] == pytest.approx(wanted, rel=1e-6, abs=1e-9 * max(map(abs, terms)))
    back = from_deepness(entries, len(card.bands))
    assert [label.name for label in back.classes] == [label.name for label in card.classes]
    assert back.gsd_m == pytest.approx(card.gsd_m) if card.gsd_m else back.gsd_m is None


def test_a_deepness_model_reads_as_its_plugin_runs_it() -> None:
    model = network(classes=3)
    set_metadata(
        model,
        {
            "model_type": '"Segmentor"',
            "class_names": '{"0": "_background", "1": "road", "2": "building"}',
            "resolution": "60",
            "tile_size": "512",
            "tiles_overlap": "25",
            "standardization_mean": "[0.5, 0.4]",
            "standardization_std": "[0.25, 0.2]",
        },
    )
    card = read_card(model)
    assert card.units == "dn"
    assert card.gsd_m == 0.6
    assert [band.name for band in card.bands] == ["1", "2"]
    assert card.normalization.shift == pytest.approx((127.5, 102.0))
    assert card.normalization.scale == pytest.approx((63.75, 51.0))
    assert card.tiling == Tiling(tile_px=512, halo_px=1, stride_px=1, overlap_px=128)


@pytest.mark.parametrize(("outputs", "threshold"), [(1, 0.3), (3, None)])
def test_the_threshold_of_deepness_is_that_of_a_network_of_one_channel(outputs: int, threshold: float | None) -> None:
    names = {str(index): f"class {index}" for index in range(outputs)}
    metadata = {"class_names": json.dumps(names), "seg_thresh": "0.3"}
    assert from_deepness(metadata, 3, outputs).threshold == threshold


def test_older_deepness_metadata_is_a_python_literal() -> None:
    facts = from_deepness({"names": "{0: 'a', 1: 'b'}"}, 3)
    assert [label.name for label in facts.classes] == ["a", "b"]
    assert facts.normalization.scale == (255.0,) * 3
    mask = from_deepness({"class_names": '{"0": "crop"}'}, 3, outputs=1)
    assert [label.name for label in mask.classes] == ["background", "crop"]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"model_type": '"Detector"', "class_names": '{"0": "car"}'}, "Detector"),
        ({"class_names": "__import__('os').system('true')"}, "expected JSON"),
        ({"class_names": '{"0": "a", "2": "b"}'}, "indices"),
        ({"class_names": '"a"'}, "index -> name"),
        ({"class_names": '{"0": "a"}', "standardization_mean": "[0.1]", "standardization_std": "[1]"}, "expected 3"),
        ({"class_names": '{"0": "a"}', "resolution": '"fine"'}, "expected a number"),
        ({"class_names": '{"0": "a"}', "tile_size": "-5"}, "expected a number"),
        ({"class_names": "[" * 50_000}, "expected JSON"),
    ],
)
def test_malformed_deepness_metadata_is_refused(metadata: dict[str, str], words: str) -> None:
    with pytest.raises(CardError, match=words):
        from_deepness(metadata, 3)
