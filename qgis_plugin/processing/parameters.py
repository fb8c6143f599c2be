# SPDX-License-Identifier: GPL-2.0-or-later
"""Processing parameters made from geoquant's options, and their values read again."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..compat import ADVANCED, DOUBLE, FILE, INTEGER
from ..labels import LABELS, spoken, tr
from .forms import Form, Option
from .texts import option_text

ALL_FILES = "All files (*)"
"""In a filter, the one spelling with which QGIS takes names without a dot."""
FILES = {"card", "tiles_from"}
"""Options of text that name a file."""


def parameter_of(option: Option, advanced: bool) -> QgsProcessingParameterDefinition:
    """The Processing parameter of one option, with its help."""
    parameter = _parameter(option, tr(LABELS[option.name]))
    parameter.setHelp(help_of(option))
    if advanced:
        flagged(parameter)
    return parameter


def flagged(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The same parameter, shown among the advanced ones."""
    parameter.setFlags(parameter.flags() | ADVANCED)
    return parameter


def help_of(option: Option) -> str:
    """What an option does, in the words of a dialog; with what a value looks like."""
    text = spoken(tr(option_text(option.name, option.help)))
    if option.kind == "list" and option.metavar:
        example = option.metavar.strip('"')
        text += tr(" Separated by commas: {}").format(example)
    if option.minimum:
        text += tr(" At least {}.").format(f"{option.minimum:g}")
    return text


def _parameter(option: Option, label: str) -> QgsProcessingParameterDefinition:
    name, optional = option.parameter, option.default is None
    if option.kind == "flag":
        return QgsProcessingParameterBoolean(name, label, defaultValue=bool(option.default))
    if option.kind == "choice":
        choices = list(option.choices)
        return QgsProcessingParameterEnum(name, label, choices, False, option.default, optional, True)
    if option.kind in ("integer", "number"):
        kind = INTEGER if option.kind == "integer" else DOUBLE
        parameter = QgsProcessingParameterNumber(name, label, kind, option.default, optional)
        if option.minimum is not None:
            parameter.setMinimum(option.minimum)
        return parameter
    if option.name in FILES:
        return QgsProcessingParameterFile(name, label, FILE, "", None, True, ALL_FILES)
    return QgsProcessingParameterString(name, label, option.default, False, True)


def option_values(
    algorithm: QgsProcessingAlgorithm, form: Form, parameters: dict[str, Any], context: QgsProcessingContext
) -> dict[str, Any]:
    """What was given of the options that ``parameter_of`` made parameters of, for ``arguments.command_arguments``.

    A value that the command would take anyway is left out.
    """
    values = {}
    for option in form.options.values():
        definition = algorithm.parameterDefinition(option.parameter)
        if definition is not None and isinstance(definition, type(_parameter(option, ""))):
            value = _value(algorithm, option, parameters, context)
            if value not in (None, "", option.default):
                values[option.keyword] = value
    return values


def _value(
    algorithm: QgsProcessingAlgorithm, option: Option, parameters: dict[str, Any], context: QgsProcessingContext
) -> Any:
    """The value of one option's parameter; None where it was not given."""
    name = option.parameter
    if parameters.get(name) is None or parameters[name] == "":
        return None
    readers = {
        "flag": algorithm.parameterAsBoolean,
        "choice": algorithm.parameterAsEnumString,
        "integer": algorithm.parameterAsInt,
        "number": algorithm.parameterAsDouble,
    }
    return readers.get(option.kind, algorithm.parameterAsString)(parameters, name, context)
