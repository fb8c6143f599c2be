"""The report is one well-formed file that asks nothing of the network and trusts no text it is given."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.grid import Window
from geoquant.reporting import html as report
from geoquant.reporting.pictures import encode_jpeg, encode_png

VOID = {"meta", "img", "rect", "image", "br"}
HOSTILE = '<script>alert("x")</script> & "quotes"'


class Checker(HTMLParser):
    """Collects tags and checks that they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def check(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return checker


@pytest.fixture
def document() -> str:
    png = encode_png(np.zeros((3, 4, 6), np.uint8))
    plate = report.GalleryPicture(png, HOSTILE, HOSTILE, "crisp")
    boxes = [report.PictureBox(Window(1, 2, 3, 4), "#ff0000", "1", HOSTILE)]
    parts = [
        report.key_figures([report.KeyFigure(HOSTILE, HOSTILE, HOSTILE)]),
        report.section(
            HOSTILE,
            report.paragraph(f"{HOSTILE} `geoquant demo -o <folder>`"),
            report.gallery(report.figure(plate), report.figure_with_boxes(plate, (4, 6), boxes)),
            report.figure_row(report.figure(plate)),
            report.subheading(HOSTILE, HOSTILE),
            report.thumbnails([report.Thumbnail(png, 7, HOSTILE, HOSTILE, (HOSTILE, HOSTILE, HOSTILE))]),
            report.legend([(HOSTILE, "#00ff00")]),
            report.table([report.Column(HOSTILE, number=False)], [report.Row((HOSTILE,), "strong")]),
            report.folded(HOSTILE, report.paragraph(HOSTILE)),
        ),
    ]
    return report.page(HOSTILE, HOSTILE, parts, HOSTILE)


def test_the_document_is_well_formed_and_no_text_becomes_markup(document: str) -> None:
    tags = [tag for tag, _ in check(document).seen]
    assert "script" not in tags
    assert {"html", "table", "figure", "svg", "dl", "details", "style"} <= set(tags)


def test_the_document_needs_nothing_from_outside(document: str) -> None:
    for tag, attributes in check(document).seen:
        assert tag not in ("link", "script", "iframe")
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert not re.search(r"url\(|@import|https?://", document)


def test_pictures_travel_inside() -> None:
    black = np.zeros((3, 4, 6), np.uint8)
    assert report.data_uri(encode_png(black)).startswith("data:image/png;base64,iVBOR")
    assert report.data_uri(encode_jpeg(black)).startswith("data:image/jpeg;base64,/9j/")


def test_backquotes_become_code() -> None:
    assert report.paragraph("run `a < b` now") == "<p>run <code>a &lt; b</code> now</p>"


def test_boxes_lie_where_their_windows_are() -> None:
    plate = report.GalleryPicture(encode_png(np.zeros((3, 40, 60), np.uint8)), "tiles")
    html = report.figure_with_boxes(plate, (40, 60), [report.PictureBox(Window(10, 20, 5, 8), "#abcdef", "7", "why")])
    assert 'viewBox="0 0 60 40"' in html
    assert 'x="20" y="10" width="8" height="5"' in html
    assert "<title>why</title>" in html
    assert ">7</text>" in html


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5))
def test_any_text_survives_a_table(cells: list[tuple[str, str]]) -> None:
    columns = [report.Column("a", number=False), report.Column("b")]
    checker = check(report.table(columns, [report.Row(row) for row in cells]))
    assert sum(tag == "tr" for tag, _ in checker.seen) == len(cells) + 1


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        report.table([report.Column("a")], [report.Row(("1", "2"))])
