"""Text on pictures: every letter leaves its own mark, nothing is drawn beyond the picture, lines keep their width."""

from __future__ import annotations

import string

import numpy as np
import pytest

from geoquant.reporting.pictures import canvas
from geoquant.reporting.text_drawing import STROKES, text_size, wrapped, write_text


def drawn(text: str, cap_px: float = 14) -> np.ndarray:
    picture = canvas(40, 60, "#ffffff")
    write_text(picture, 8, 8, text, cap_px)
    return picture


def test_letters_and_digits_are_all_there_and_all_different() -> None:
    letters = string.ascii_letters + string.digits + ".,:;-_+=%/()'\"!?<>|[]#"
    assert set(letters) == set(STROKES)
    marks = {letter: drawn(letter) for letter in letters if letter not in "lI|"}
    assert all((mark < 128).any() for mark in marks.values())
    assert len({mark.tobytes() for mark in marks.values()}) == len(marks)


def test_text_lies_where_it_was_put() -> None:
    ink = np.argwhere(drawn("H")[0] < 128)
    assert ink[:, 0].min() in (7, 8)
    assert ink[:, 0].max() in (21, 22)
    assert ink[:, 1].min() in (7, 8)


@pytest.mark.parametrize(("row", "col"), [(-5, 3), (35, 50), (3, -9), (200, 3), (3, 200), (-90, -90)])
def test_what_lies_outside_is_cut_off(row: int, col: int) -> None:
    picture = canvas(40, 60, "#ffffff")
    write_text(picture, row, col, "outside", 9)
    assert picture.shape == (3, 40, 60)


def test_accents_come_off_and_unknown_letters_become_a_box() -> None:
    np.testing.assert_array_equal(drawn("é"), drawn("e"))
    np.testing.assert_array_equal(drawn("漢"), drawn("字"))


def test_lines_are_wrapped_to_a_width_and_shortened_at_the_end() -> None:
    lines = wrapped("43% land bright green, unlike the rest of them all", 90, 8, 2)
    assert len(lines) == 2
    assert lines[0].startswith("43% land")
    assert lines[1].endswith("...")
    assert all(text_size(line, 8)[1] <= 90 for line in lines)
    assert wrapped("", 90, 8, 2) == []
