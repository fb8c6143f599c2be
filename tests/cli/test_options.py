"""Options dataclasses as command-line options."""

from __future__ import annotations

from dataclasses import dataclass, fields

import click
import pytest
from click.testing import CliRunner

from geoquant.cli.options import build, dataclass_options
from geoquant.errors import OptionError
from geoquant.options.classify import ClassifyOptions
from geoquant.options.fields import option
from geoquant.options.quantize import QuantizeOptions
from geoquant.options.scene import SceneOptions


def parse(classes, arguments):
    """The dataclasses that a command with these options builds from the arguments."""
    built = []

    @click.command
    @dataclass_options(*classes)
    def command(**params):
        built.extend(build(one, params) for one in classes)

    outcome = CliRunner().invoke(command, arguments, catch_exceptions=True)
    if outcome.exception and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return built, outcome


@pytest.mark.parametrize("one", [ClassifyOptions, SceneOptions, QuantizeOptions])
def test_no_arguments_give_the_dataclass_defaults(one):
    built, _ = parse([one], [])
    assert built == [one()]


@pytest.mark.parametrize("one", [ClassifyOptions, SceneOptions, QuantizeOptions])
def test_every_field_is_an_option_with_its_help(one):
    _, outcome = parse([one], ["--help"])
    words = " ".join(outcome.output.split())
    for spec in fields(one):
        assert "--" + spec.name.replace("_", "-") in words
        assert spec.metadata["help"].split()[0] in words


def test_types_flags_lists_and_fixed_length_tuples():
    text = "--bands B02,B03 --nodata 0 --offset -0.1 --bounds -5 40 5 50.5 --tile 512 --confidence"
    (scene, classify), _ = parse([SceneOptions, ClassifyOptions], text.split())
    assert scene == SceneOptions(bands=("B02", "B03"), nodata=0.0, offset=-0.1)
    assert classify == ClassifyOptions(bounds=(-5.0, 40.0, 5.0, 50.5), tile=512, confidence=True)


def test_a_value_below_the_minimum_is_an_option_error():
    with pytest.raises(OptionError, match="--tile is 3"):
        parse([ClassifyOptions], ["--tile", "3"])


def test_a_choice_outside_the_set_is_a_usage_error():
    _, outcome = parse([ClassifyOptions], ["--engine", "abacus"])
    assert outcome.exit_code == 2
    assert "abacus" in outcome.output


@dataclass(frozen=True)
class Facts:
    mean: tuple[float, ...] | None = option(None, "Mean per band.", flag="-m")


def test_comma_list_of_numbers_and_second_spelling():
    (facts,), _ = parse([Facts], ["-m", "1, 2.5,-3"])
    assert facts.mean == (1.0, 2.5, -3.0)
    _, outcome = parse([Facts], ["--mean", "1,x"])
    assert outcome.exit_code == 2
