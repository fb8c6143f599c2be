"""Values into arguments, and back through the real command line's parser."""

from __future__ import annotations

import doctest

import click
import pytest

from geoquant.cli.main import command
from qgis_plugin.worker import arguments
from qgis_plugin.worker.arguments import command_arguments

HOSTILE = ["-o", "--", "--model", "", " ", "a b", "'", '"', "é地", "-", "\\", "a=b"]


def parsed(given):
    """What click makes of the arguments of one command."""
    name, *rest = given
    chosen = command.get_command(click.Context(command), name)
    return chosen.make_context(name, rest).params


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_arrives_as_it_is(text):
    params = parsed(command_arguments("classify", [text], model=text, out=text, aoi=text))
    assert params["scene"] == (text,)
    assert [params[name] for name in ("model", "out", "aoi")] == [text] * 3


def test_kinds_of_values():
    params = parsed(
        command_arguments(
            "quantize",
            ["float.onnx"],
            scenes=["a.tif", "-b.tif"],
            out="int8.onnx",
            tiles=8,
            sensitivity=True,
            overwrite=False,
            tiles_from=None,
        )
    )
    assert params["scenes"] == ("a.tif", "-b.tif")
    assert params["tiles"] == 8
    assert params["sensitivity"] is True
    assert params["overwrite"] is False
    assert params["tiles_from"] is None


def test_several_values_of_one_option_may_be_negative():
    assert parsed(command_arguments("classify", ["s"], model="m", bounds=(-1.5, -2, 3, 4)))["bounds"] == (
        -1.5,
        -2,
        3,
        4,
    )


def test_the_example_of_the_docstring():
    assert doctest.testmod(arguments).failed == 0
