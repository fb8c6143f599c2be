"""One HTML file with text, pictures and tables: no script, no network, readable on a phone and on paper.

Every function returns HTML; every text that enters is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from geoquant.grid import Window


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers (set right)."""

    name: str
    number: bool = True


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells, and its tone: "" as usual, "strong" for a sum, "faint" for what counts little."""

    cells: tuple[str, ...]
    tone: str = ""


@dataclass(frozen=True)
class KeyFigure:
    """One large number, what it is, and a line that puts it in its place."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class PictureBox:
    """A rectangle drawn over a picture: where (pixels of the picture), colour, its number, and what hovering tells."""

    window: Window
    color: str
    label: str
    title: str


@dataclass(frozen=True)
class GalleryPicture:
    """A picture in the page.

    Attributes:
        picture: The PNG or JPEG bytes.
        title: The caption's first words.
        caption: The rest of the caption.
        tone: CSS classes: "light" for a pale ground, "crisp" to keep pixels square when enlarged.
    """

    picture: bytes
    title: str
    caption: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Thumbnail:
    """A small framed picture among many, with its number in the corner.

    Attributes:
        picture: The PNG or JPEG bytes.
        number: The number of what the picture shows.
        color: The colour of the frame, ``#rrggbb``, dark enough for white digits.
        title: The text shown on hovering, and in place of the picture where it can't be seen.
        caption: The first words under the picture, what follows them, and a last line in small letters.
    """

    picture: bytes
    number: int
    color: str
    title: str
    caption: tuple[str, str, str]


def data_uri(picture: bytes) -> str:
    """A PNG or JPEG file as an address that holds the picture itself."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def figure(plate: GalleryPicture) -> str:
    """A picture with its caption."""
    return (
        f'<figure class="{escape(plate.tone)}"><img src="{data_uri(plate.picture)}" alt="{escape(plate.title)}">'
        f"{_caption(plate)}</figure>"
    )


def figure_with_boxes(plate: GalleryPicture, size: tuple[int, int], boxes: Sequence[PictureBox]) -> str:
    """A picture of ``size`` (height, width) pixels with numbered rectangles over it."""
    height, width = size
    shapes = "".join(_box(box) for box in boxes)
    return (
        f'<figure class="{escape(plate.tone)}"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(plate.title)}"><image href="{data_uri(plate.picture)}" width="{width}" '
        f'height="{height}"/>{shapes}</svg>{_caption(plate)}</figure>'
    )


def _caption(plate: GalleryPicture) -> str:
    if not plate.title and not plate.caption:
        return ""
    rest = f" {escape(plate.caption)}" if plate.caption else ""
    return f"<figcaption><b>{escape(plate.title)}</b>{rest}</figcaption>"


def _box(box: PictureBox) -> str:
    place = box.window
    where = f'x="{place.col}" y="{place.row}" width="{place.width}" height="{place.height}"'
    middle = f'x="{place.col + place.width / 2:g}" y="{place.row + place.height / 2 + 8:g}"'
    return (
        f"<g><title>{escape(box.title)}</title>"
        f'<rect {where} fill="{escape(box.color)}" fill-opacity="0.12" stroke="#14161a" stroke-width="5"/>'
        f'<rect {where} fill="none" stroke="{escape(box.color)}" stroke-width="2.5"/>'
        f"<text {middle}>{escape(box.label)}</text></g>"
    )


def gallery(*figures: str) -> str:
    """Figures side by side, below each other on a phone."""
    return f'<div class="gallery">{"".join(figures)}</div>'


def figure_row(*figures: str) -> str:
    """Four or five small figures in a row, two by two on a phone."""
    return f'<div class="strip{" five" if len(figures) == 5 else ""}">{"".join(figures)}</div>'


def thumbnails(shown: Sequence[Thumbnail]) -> str:
    """Small pictures in rows, as many side by side as fit."""
    return f'<div class="thumbnails">{"".join(map(_thumbnail, shown))}</div>'


def _thumbnail(shown: Thumbnail) -> str:
    first, rest, last = map(escape, shown.caption)
    title = escape(shown.title)
    words = f"<figcaption><b>{first}</b> {rest}<small>{last}</small></figcaption>"
    return (
        f'<figure style="--frame:{escape(shown.color)}" title="{title}"><img src="{data_uri(shown.picture)}" '
        f'alt="{title}"><i>{shown.number}</i>{words}</figure>'
    )


def verdict(good: bool, heading: str, text: str) -> str:
    """A box that says whether all is well, in green or red and in words."""
    tone = "good" if good else "bad"
    return f'<div class="verdict {tone}"><b>{escape(heading)}</b><p>{escape(text)}</p></div>'


def notes(lines: Sequence[str]) -> str:
    """A list of remarks; nothing where there are none."""
    return f'<ul class="notes">{"".join(f"<li>{escape(line)}.</li>" for line in lines)}</ul>' if lines else ""


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Colour patches with names, given as (name, ``#rrggbb``)."""
    items = "".join(f'<li><i style="background:{escape(color)}"></i>{escape(name)}</li>' for name, color in entries)
    return f'<ul class="legend">{items}</ul>'


def key_figures(figures: Sequence[KeyFigure]) -> str:
    """The numbers to remember."""
    items = "".join(
        f"<div><dt>{escape(one.name)}</dt><dd>{escape(one.value)}</dd><small>{escape(one.note)}</small></div>"
        for one in figures
    )
    return f'<dl class="keys">{items}</dl>'


def table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """A table that scrolls sideways by itself where it is too wide."""
    classes = [' class="number"' if column.number else "" for column in columns]
    head = "".join(f"<th{kind}>{escape(column.name)}</th>" for column, kind in zip(columns, classes, strict=True))
    body = "".join(_row(row, classes) for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(row: Row, classes: Sequence[str]) -> str:
    cells = "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row.cells, classes, strict=True))
    return f'<tr class="{escape(row.tone)}">{cells}</tr>'


def paragraph(text: str) -> str:
    """A paragraph; text between backquotes is set as code."""
    parts = text.split("`")
    html = "".join(f"<code>{escape(part)}</code>" if i % 2 else escape(part) for i, part in enumerate(parts))
    return f"<p>{html}</p>"


def section(heading: str, *parts: str) -> str:
    """A heading and what follows it."""
    return f"<section><h2>{escape(heading)}</h2>{''.join(parts)}</section>"


def subheading(heading: str, note: str) -> str:
    """A smaller heading, and what is said beside it in quiet letters."""
    return f"<h3>{escape(heading)} <small>{escape(note)}</small></h3>"


def folded(summary: str, *parts: str) -> str:
    """A part of the page that opens by a click."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def page(title: str, lead: str, parts: Sequence[str], footer: str = "") -> str:
    """The whole document, with its style inside."""
    style = resources.files("geoquant.reporting").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>"
        f'<header><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p></header>'
        f"{''.join(parts)}<footer>{escape(footer)}</footer></main></body></html>\n"
    )
