"""The part of a report that says how much of a network each engine really runs in INT8, and what is left in float."""

from __future__ import annotations

from geoquant.engines.registry import engine_of
from geoquant.fusion_audit.audit import Audit, Island
from geoquant.reporting import html as report
from geoquant.reporting.html import Column, Row
from geoquant.reporting.number_format import NONE, share


def audit_section(found: Audit) -> str:
    """Share of multiply-accumulates in INT8 per engine, then every float island with its cause and remedy."""
    text = (
        "Looked up in the graph that each engine runs after its own rewriting, not in the file. An island is a "
        "connected part that stays float; its share of time was measured on one thread."
    )
    shares = [
        Row(
            (
                engine_of(one.kind).name,
                NONE if one.problem else share(one.int8_share, 1),
                one.problem or one.engine,
            )
        )
        for one in found.engines
    ]
    columns = [Column("Engine", False), Column("Multiply-accumulates in INT8"), Column("Version", False)]
    parts = [report.paragraph(text), report.table(columns, shares)]
    for one in found.engines:
        if one.islands:
            name = f"What stays float in {engine_of(one.kind).name}: {len(one.islands)}"
            heads = [Column("Operators", False), Column("Work"), Column("Time"), Column("Why, and what helps", False)]
            parts.append(report.folded(name, report.table(heads, [_island(island) for island in one.islands])))
    return report.section("What really runs in INT8", *parts)


def _island(island: Island) -> Row:
    time = NONE if island.time_share is None else share(island.time_share, 1)
    why = f"{island.cause} {island.remedy}".strip()
    return Row((", ".join(island.ops), share(island.macs_share, 1), time, why))
