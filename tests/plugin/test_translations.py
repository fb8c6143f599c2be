"""The plugin in other languages: every text, with the same placeholders, and the ways it is found."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "release" / "make_translations.py"
PROGRAM = runpy.run_path(str(SCRIPT))
LANGUAGES = PROGRAM["LANGUAGES"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_its_placeholders_and_no_other_is(language):
    assert PROGRAM["faults"](language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_what_the_script_writes(language):
    text = PROGRAM["file_of"](language).read_text(encoding="utf-8")
    assert PROGRAM["ts"](language, PROGRAM["translations"](language)) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_that_texts_quote_are_those_of_the_dialog(language):
    """“Quantize model” in a text is what the toolbox calls it in that language."""
    translated = PROGRAM["translations"](language)
    for label in ("Quantize model", "Take the tiles of this file", "Model card in a file of its own", "Sensor scale"):
        for source, text in translated.items():
            if f"“{label}”" in source:
                assert translated[label] in text, source


def test_texts_of_every_kind_are_found():
    sources = PROGRAM["sources"]()
    kinds = ["Quantize model", "Use", "land cover", "Memory ceiling (MiB)", "{}: drift", "Drawing the tiles"]
    kinds += ["The environment is ready: {}", "A model out of the list, or any ONNX file, float or INT8."]
    assert [kind for kind in kinds if kind not in sources] == []


@pytest.mark.parametrize(
    ("source", "translation"),
    [("{} of {}", "{} von"), ("<b>x</b>", "x"), (" x", "x"), ("x ", "x")],
)
def test_what_does_not_fit_is_told(source, translation):
    assert PROGRAM["unlike"](source, translation)
    assert PROGRAM["unlike"](source, source) == []
