#!/usr/bin/env python
"""Write qgis_plugin/processing/forms.json: the QGIS plugin's parameters and help, from the commands of docs/cli.md.

QGIS's own Python can't import geoquant, so the plugin reads this file; a test checks that it is up to date.

Example: python scripts/docs/make_forms.py
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import click

from geoquant.cli.main import COMMANDS
from geoquant.cli.main import command as group
from geoquant.cli.options import CommaList

FORMS = Path(__file__).resolve().parents[2] / "qgis_plugin" / "processing" / "forms.json"
SHARED = ("progress", "debug", "help")
"""Options of every command that say how a terminal is spoken to."""
KINDS = {"integer": "integer", "float": "number", "text": "text", "choice": "choice", "file": "text", "path": "text"}
"""What click calls a type -> what a dialog asks for."""


def forms() -> str:
    """The whole file."""
    return json.dumps({name: _form(name) for name in COMMANDS}, indent=1, ensure_ascii=False) + "\n"


def _form(name: str) -> dict[str, Any]:
    """One command: its text in paragraphs, and its options in order."""
    with click.Context(group, info_name="geoquant") as parent:
        command = group.get_command(parent, name)
    if command is None:
        raise SystemExit(f"geoquant has no command {name}.")
    options = [one for one in command.params if isinstance(one, click.Option) and one.name not in SHARED]
    paragraphs = [" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")]
    minima = _minima(name)
    return {"help": paragraphs, "options": [_option(one, minima.get(str(one.name))) for one in options]}


def _option(option: click.Option, minimum: float | None) -> dict[str, Any]:
    """What a dialog has to know of an option; what is usual is left out, see ``qgis_plugin/processing/forms.py``."""
    default = None if option.multiple or option.required else option.default
    facts = {
        "name": option.name,
        "flag": max(option.opts, key=len),
        "kind": _kind(option),
        "many": option.multiple,
        "default": default if isinstance(default, (bool, int, float, str)) else None,
        "minimum": minimum,
        "choices": list(option.type.choices) if isinstance(option.type, click.Choice) else [],
        "metavar": option.metavar,
        "help": option.help,
    }
    return {name: fact for name, fact in facts.items() if fact is not None and fact is not False and fact != []}


def _kind(option: click.Option) -> str:
    if option.is_flag:
        return "flag"
    if isinstance(option.type, CommaList):
        return "list"
    return KINDS[option.type.name]


def _minima(name: str) -> dict[str, float]:
    """Lowest values by option, out of the options dataclasses that the command's module names."""
    owners = [one for one in vars(import_module(f"geoquant.cli.{name}")).values() if is_dataclass(one)]
    specs = [spec for owner in owners for spec in fields(owner)]
    return {spec.name: spec.metadata["minimum"] for spec in specs if "minimum" in spec.metadata}


def main() -> None:
    """Write the file, or with ``--check`` say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the file is out of date")
    made = forms()
    if not parser.parse_args().check:
        FORMS.write_text(made, encoding="utf-8")
    elif not FORMS.exists() or FORMS.read_text(encoding="utf-8") != made:
        raise SystemExit(f"{FORMS} is out of date: run python scripts/docs/make_forms.py")


if __name__ == "__main__":
    main()
