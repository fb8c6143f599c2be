"""The card is read out of an ONNX file without onnx, and is what geoquant reads with it."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from geoquant.model_card.reading import read_card
from qgis_plugin.models.model_card import NotOnnx, read_metadata, read_summary

MODELS = sorted((Path(__file__).parents[2] / "geoquant" / "models").glob("*.onnx"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_the_summary_is_the_card(model):
    card, summary = read_card(model), read_summary(model)
    assert summary.name == card.name
    assert summary.classes == tuple((label.value, label.name, label.color) for label in card.classes)
    assert [band.partition(" (")[0] for band in summary.bands] == [band.name for band in card.bands]
    assert (summary.gsd_m, summary.nodata, summary.int8) == (card.gsd_m, card.nodata, False)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_all_metadata_are_those_of_onnx(model):
    expected = {entry.key: entry.value for entry in onnx.load(model).metadata_props}
    assert read_metadata(model) == expected


def test_a_model_without_a_card_has_none(tmp_path):
    proto = onnx.load(MODELS[0])
    del proto.metadata_props[:]
    onnx.save(proto, tmp_path / "bare.onnx")
    assert read_summary(tmp_path / "bare.onnx") is None


def test_the_keys_of_deepness_are_a_card_too(tmp_path):
    proto = onnx.load(MODELS[0])
    del proto.metadata_props[:]
    proto.metadata_props.add(key="class_names", value='{"0": "land", "1": "water"}')
    proto.metadata_props.add(key="resolution", value="1000")
    onnx.save(proto, tmp_path / "deepness.onnx")
    summary = read_summary(tmp_path / "deepness.onnx")
    assert summary.classes == ((0, "land", ""), (1, "water", ""))
    assert summary.gsd_m == 10


@pytest.mark.parametrize("content", [b"", b"II*\0 not onnx at all" * 40, b"\x3a\xff\xff\xff\xff\x7f", b"\xff" * 100])
def test_other_files_are_refused_or_empty_but_never_crash(tmp_path, content):
    path = tmp_path / "other.onnx"
    path.write_bytes(content)
    if not content:
        assert read_summary(path) is None
        return
    with pytest.raises(NotOnnx):
        read_summary(path)


def test_a_model_that_is_cut_off_is_refused(tmp_path):
    path = tmp_path / "half.onnx"
    path.write_bytes(MODELS[0].read_bytes()[:-1000])
    with pytest.raises(NotOnnx, match=r"cut off|damaged"):
        read_summary(path)


def test_a_damaged_card_is_named(tmp_path):
    proto = onnx.load(MODELS[0])
    del proto.metadata_props[:]
    proto.metadata_props.add(key="geoquant", value='{"name": ')
    onnx.save(proto, tmp_path / "bad.onnx")
    with pytest.raises(NotOnnx, match=r"card in bad\.onnx is damaged"):
        read_summary(tmp_path / "bad.onnx")
