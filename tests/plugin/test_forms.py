"""Parameters and help of the dialogs are those of the command line, in the words of a dialog."""

from __future__ import annotations

from dataclasses import fields

import pytest

from geoquant.options.classify import ClassifyOptions
from geoquant.options.quantize import QuantizeOptions
from qgis_plugin.processing.forms import form, in_words

LABELS = {"card": "Model card", "max_drop": "Gate"}


@pytest.mark.parametrize(("command", "options"), [("classify", ClassifyOptions), ("quantize", QuantizeOptions)])
def test_every_option_is_there_with_its_facts(command, options):
    known = form(command).options
    for spec in fields(options):
        option = known[spec.name]
        assert option.help == spec.metadata["help"]
        assert option.minimum == spec.metadata.get("minimum")
        assert option.choices == tuple(spec.metadata.get("choices") or ())
        assert option.default == (None if spec.default is False else spec.default)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Stream SCENE through MODEL.", "Stream the scene through the model."),
        ("SCENE is whatever GDAL opens.", "The scene is whatever GDAL opens."),
        ("It ends. OUT.tif appears.", "It ends. The output appears."),
        ("The MODEL comes first; a SCENE fits.", "The model comes first; a scene fits."),
        ("Make it from the float MODEL.", "Make it from the float model."),
        ("what MODEL's card says", "what the model's card says"),
        ("more than --max-drop, from --card on", "more than “Gate”, from “Model card” on"),
        ("--debug has no label", "--debug has no label"),
        ("OUT_confidence.tif", "OUT_confidence.tif"),
    ],
)
def test_texts_in_the_words_of_a_dialog(text, words):
    assert in_words(text, LABELS) == words


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        ("classify", ("logits", "probabilities", "classes")),
        ("evaluate", ("logits", "probabilities", "classes")),
        ("quantize", ("logits", "probabilities")),
        ("inspect", ("logits", "probabilities", "classes", "regression")),
    ],
)
def test_only_outputs_that_a_job_can_use_are_offered(command, kinds):
    assert form(command).options["output_kind"].choices == kinds
