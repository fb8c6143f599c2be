"""The fusion audit on a terminal, for every command that shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoquant.cli.console import capitalized

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from geoquant.fusion_audit.audit import Audit, EngineAudit


SHOWN = 6  # islands per engine: the costliest; JSON has all


def draw_audit(console: Console, audit: Audit) -> None:
    """One line per engine, and its float islands with cost, cause and remedy."""
    for engine in audit.engines:
        console.print(summary_line(engine))
        if engine.islands:
            console.print(island_table(engine))


def summary_line(engine: EngineAudit) -> str:
    """One line that says how much of a network an engine runs in INT8."""
    if engine.problem:
        return f"{engine.kind}: does not run this file. {engine.problem}"
    return f"{engine.engine}: {engine.int8_share:.1%} of the multiply-accumulates in INT8"


def island_table(engine: EngineAudit) -> Table:
    """The costliest float islands of an engine."""
    from rich.table import Table

    table = Table(title=f"Float islands in {engine.engine}", title_justify="left")
    for column, side in (("layers", "left"), ("MACs", "right"), ("time", "right"), ("why, and what helps", "left")):
        table.add_column(column, justify="right" if side == "right" else "left")
    for island in engine.islands[:SHOWN]:
        time = "-" if island.time_share is None else f"{island.time_share:.1%}"
        words = f"{island.cause}. {island.remedy}" if island.remedy else island.cause
        layers = _shortened(island.layers or island.ops)
        table.add_row(layers, f"{island.macs_share:.1%}", time, capitalized(words))
    if len(engine.islands) > SHOWN:
        table.caption = f"and {len(engine.islands) - SHOWN} cheaper ones"
    return table


def _shortened(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} .. {names[-1]} ({len(names)})"
