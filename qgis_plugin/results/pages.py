# SPDX-License-Identifier: GPL-2.0-or-later
"""Results as small HTML pages for Processing's results viewer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..labels import tr

NUMBER = re.compile(r"-?[\d.,]+( \S{1,3})?")
"""A number, perhaps with a unit: it stands right in a table."""

STYLE = """body{font-family:sans-serif;font-size:13px;margin:14px;color:#222}
h1{font-size:17px} h2{font-size:14px;margin:18px 0 4px} p{max-width:46em}
table{border-collapse:collapse} td.n{text-align:right}
.swatch{display:inline-block;width:12px;height:12px;border:1px solid #999}
td,th{padding:3px 10px 3px 0;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}
.ok{color:#197a2e} .warning{color:#9a6700} .problem{color:#b3261e;font-weight:bold}"""


def write_page(path: Path, title: str, parts: Iterable[str]) -> None:
    """Write a page out of HTML fragments."""
    body = "\n".join(part for part in parts if part)
    head = f"<head><meta charset='utf-8'><title>{escape(title)}</title><style>{STYLE}</style></head>"
    text = f"<!DOCTYPE html><html>{head}<body><h1>{escape(title)}</h1>\n{body}</body></html>\n"
    path.write_text(text, encoding="utf-8")


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with a heading; cells are escaped, numbers stand right; empty where there are no rows."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    return _table(title, f"<tr>{head}</tr>", ["".join(map(_cell, row)) for row in rows])


def facts(title: str, found: Mapping[str, Any]) -> str:
    """Two columns of names and facts, without those that are empty."""
    kept = {name: fact for name, fact in found.items() if fact not in (None, "", [], ())}
    return _table(title, "", [f"<td>{escape(name)}</td><td>{_text(fact)}</td>" for name, fact in kept.items()])


def _table(title: str, head: str, rows: list[str]) -> str:
    lines = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table>{head}{lines}</table>" if rows else ""


def notes(title: str, texts: Sequence[str]) -> str:
    """A list of sentences."""
    if not texts:
        return ""
    return f"<h2>{escape(title)}</h2><ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def link(text: str, path: str) -> str:
    """A file to open."""
    return f"<p><a href='{escape(Path(path).as_uri(), quote=True)}'>{escape(text)}</a></p>"


class Html(str):
    """Text that is HTML already."""


def swatch(color: str) -> Html:
    """A coloured square."""
    return Html(f"<span class='swatch' style='background:{escape(color, quote=True)}'></span>")


def status(word: str) -> Html:
    """ok, warning or problem, in its colour."""
    return Html(f"<span class='{escape(word, quote=True)}'>{escape(word)}</span>")


def percent(share: Any, digits: int = 1) -> str:
    """0.123 as "12.3 %"; "-" for what is not known."""
    return "-" if share is None or share != share else f"{100 * share:.{digits}f} %"


def area(square_metres: float) -> str:
    """An area in m², hectares from 1 ha, or km² from 100 km²."""
    if square_metres >= 1e8:
        return f"{square_metres / 1e6:,.0f} km²"
    return f"{square_metres / 1e4:,.1f} ha" if square_metres >= 1e4 else f"{square_metres:,.0f} m²"


def class_rows(
    pixels: Mapping[str, int], areas: Mapping[str, float], valid: int, colors: Mapping[str, str]
) -> list[Sequence[Any]]:
    """Rows of a table of classes: colour, name, share of the valid pixels, pixels, area."""
    return [
        (swatch(colors.get(name, "#888888")), name, percent(count / max(1, valid)), f"{count:,}", _area_of(areas, name))
        for name, count in pixels.items()
    ]


def class_header() -> Sequence[str]:
    """The header of ``class_rows``."""
    return "", tr("Class"), tr("Share"), tr("Pixels"), tr("Area")


def _area_of(areas: Mapping[str, float], name: str) -> str:
    return area(areas[name]) if name in areas else "-"


def _cell(cell: Any) -> str:
    text = _text(cell)
    return f"<td class='n'>{text}</td>" if NUMBER.fullmatch(text) else f"<td>{text}</td>"


def _text(cell: Any) -> str:
    if isinstance(cell, Html):
        return cell
    return escape(f"{cell:,}" if isinstance(cell, int) else f"{cell:g}" if isinstance(cell, float) else str(cell))
