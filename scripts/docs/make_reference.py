#!/usr/bin/env python
"""Write docs/cli.md from the commands themselves; a test checks that the file is up to date.

Example: python scripts/docs/make_reference.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import click

from geoquant.cli.main import COMMANDS
from geoquant.cli.main import command as group

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
HEAD = """# Command line

Made by `python scripts/docs/make_reference.py` from the commands themselves: change the options in
`geoquant/options/fields.py` or the command, not this page.

Exit codes: 0 done, 1 error, 2 usage, 3 the INT8 model failed its accuracy gate, 130 cancelled. Messages and progress go
to stderr, results to stdout. `--progress json` writes one JSON object a line on stderr (`"event"` is `progress`,
`warning` or `error`) and the result as one JSON object on stdout.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_section(name) for name in COMMANDS)])


def _section(name: str) -> str:
    """One command: usage, text, a table of its options, an example."""
    with click.Context(group, info_name="geoquant", **group.context_settings) as parent:
        command = group.get_command(parent, name)
        if command is None:
            raise SystemExit(f"geoquant has no command {name}.")
        context = click.Context(command, info_name=name, parent=parent)
        usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
        rows = [row for parameter in command.get_params(context) if (row := _row(parameter, context))]
    parts = [f"## geoquant {name}", f"    {usage}", _paragraphs(command.help), "\n".join([*TABLE_HEAD, *rows])]
    if command.epilog:
        example = command.epilog.removeprefix("Example:").strip()
        parts.append(f"```sh\n{example}\n```")
    return "\n\n".join(parts) + "\n"


TABLE_HEAD = ("| option | meaning |", "|---|---|")


def _row(parameter: click.Parameter, context: click.Context) -> str | None:
    """A table row of one option; None for arguments, which the text explains."""
    record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(context)
    if record is None:
        return None
    option, meaning = (part.replace("|", "\\|") for part in record)
    return f"| `{option}` | {' '.join(meaning.split())} |"


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (text or "").split("\n\n"))


def main() -> None:
    """Write the page, or with ``--check`` say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the page is out of date")
    made = reference()
    if not parser.parse_args().check:
        REFERENCE.write_text(made, encoding="utf-8")
    elif not REFERENCE.exists() or REFERENCE.read_text(encoding="utf-8") != made:
        raise SystemExit(f"{REFERENCE} is out of date: run python scripts/docs/make_reference.py")


if __name__ == "__main__":
    main()
