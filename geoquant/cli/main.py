"""The ``geoquant`` command: a group that imports a command's module only when that command runs."""

from __future__ import annotations

from importlib import import_module

import click

from geoquant._version import __version__
from geoquant.cli import console as screen
from geoquant.invocation import given_as

COMMANDS = {
    "classify": "Stream a scene through a model into a classified Cloud Optimized GeoTIFF.",
    "sample": "Choose the tiles that calibrate and judge a model, to look at and to edit.",
    "quantize": "Make an INT8 model from a float model and prove it on scenes.",
    "strata": "Map a scene's imaging conditions, as calibration sees them.",
    "evaluate": "Judge an INT8 model against its float model, with a report and a gate.",
    "inspect": "Show a model's card and graph, and whether a scene fits it.",
    "card": "Write a float model's card: bands, normalization, classes, tiles.",
    "doctor": "Find what is wrong with a model, or with a scene for it, and what to do.",
    "jobs": "List the classifications that were cut off, how to go on with them, and remove them.",
    "demo": "Make a scene, quantize the packaged model, classify with both, write a report.",
}
"""Name and one line per command, written out here so that ``geoquant --help`` imports none of them."""


class LazyGroup(click.Group):
    """A click group whose commands live in ``geoquant.cli.<name>.command``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the words of the command, for the job that it starts."""
        ctx.with_resource(given_as(["geoquant", *args]))
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All command names, in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"geoquant.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from ``COMMANDS``."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; failures become messages and exit codes."""
        return screen.run(lambda: super(LazyGroup, self).invoke(ctx))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: geoquant demo -o demo",
)
@click.version_option(__version__, prog_name="geoquant")
def command() -> None:
    """Make multispectral CNNs small and fast, prove it, and run them over scenes of any size."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    screen.end_with(command)
