# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments of geoquant's command line from values, so that no value is ever taken for an option."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def command_arguments(command: str, positional: Sequence[Any] = (), **options: Any) -> list[str]:
    """The arguments of one command for ``process.run_worker``.

    Args:
        command: its name, such as "classify".
        positional: paths and other arguments; they may begin with a dash, hold quotes, spaces and any letters.
        options: by their long names with underscores. None is left out, True is a flag and False no flag, a list is
            the option once per item (``scenes=[a, b]``), a tuple is one option of several values (``bounds=(w, s, e,
            n)``), everything else is its value.

    Example:
        >>> command_arguments("classify", ["-s.tif"], model="m.onnx", bounds=(0, 1, 2, 3), overwrite=True)
        ['classify', '--model=m.onnx', '--bounds', '0', '1', '2', '3', '--overwrite', '--', '-s.tif']
    """
    given = [command]
    for name, value in options.items():
        given += _option("--" + name.replace("_", "-"), value)
    return [*given, "--", *(str(each) for each in positional)]


def _option(flag: str, value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    if isinstance(value, list):
        return [part for item in value for part in _option(flag, item)]
    if isinstance(value, tuple):
        return [flag, *(str(item) for item in value)]
    return [f"{flag}={value}"]
