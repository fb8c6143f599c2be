"""Text on pictures, drawn with strokes of our own: no font file, no drawing library, smooth at any size.

A letter is a few strokes on a grid whose baseline is y = 2, with small letters up to y = 7 and capitals up to y = 9. A
stroke is its points, two digits each (x, y). ``~`` in front makes it an open curve and ``o`` a closed one: the points
then are the control polygon of a quadratic B-spline, found by cutting corners (Chaikin 1974, Computer Graphics and
Image Processing 3, 346-349). A stroke of one point is a dot.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geoquant.reporting.pictures import Picture

STROKES = {
    "a": "o02424707 4742", "b": "0902 o02424707", "c": "~464707024243", "d": "4942 o02424707",
    "e": "0545 ~454707024243", "f": "~12171939 0737", "g": "o02424707 ~4742400001", "h": "0902 ~0507474442",
    "i": "0207 09", "j": "~17121000 19", "k": "0902 4704 1542", "l": "0902", "m": "0702 ~0507373432 ~3537676462",
    "n": "0702 ~0507474442", "o": "o02424707", "p": "0700 o02424707", "q": "4740 o02424707", "r": "0702 ~050737",
    "s": "~4647070544420203", "t": "~19131232 0737", "u": "~0704024244 4742", "v": "072247", "w": "0712365267",
    "x": "0742 4702", "y": "0722 4710", "z": "07470242",
    "A": "022942 1535", "B": "0902 ~092949462606 ~062646422202", "C": "~585909025253", "D": "0902 ~092959522202",
    "E": "49090242 0636", "F": "490902 0636", "G": "~585909025255 5535", "H": "0902 4942 0646", "I": "0902",
    "J": "~3934320203", "K": "0902 4905 1642", "L": "090242", "M": "0209356962", "N": "02094249", "O": "o02525909",
    "P": "0902 ~092949452505", "Q": "o02525909 3452", "R": "0902 ~092949452505 2542", "S": "~4849090645420203",
    "T": "0949 2922", "U": "~090402424449", "V": "092249", "W": "0912385269", "X": "0942 4902", "Y": "092549 2522",
    "Z": "09490242",
    "0": "o02424909", "1": "182922", "2": "~0809494602 0242", "3": "~0809494616 ~1646420203", "4": "32390444",
    "5": "490906 ~0647420203", "6": "~39090604 o02424606", "7": "094912", "8": "o06464909 o02424606",
    "9": "o05454909 ~47454212",
    ".": "02", ",": "1201", ":": "02 06", ";": "06 1201", "-": "0535", "_": "0141", "+": "0545 2327", "=": "0444 0646",
    "%": "o07272909 o32525434 5902", "/": "0139", "(": "~19070411", ")": "~09171401", "'": "0907", '"': "0907 1917",
    "!": "0904 02", "?": "~080949462524 22", "<": "480542", ">": "084502", "|": "0900", "[": "19090010",
    "]": "09191000", "#": "1219 3239 0444 0747",
}  # fmt: skip
MISSING = "02094942 4202"
TABULAR = "0123456789"
SPACE, GAP, STROKE = 2.6, 1.9, 0.95
"""Widths in grid units: of a blank, between letters, of a stroke."""

TOP, BOTTOM = 10.0, -1.0


def text_size(text: str, cap_px: float) -> tuple[int, int]:
    """Height and width in pixels of a line whose capitals are ``cap_px`` high."""
    mask = _line(_plain(text), cap_px)
    return mask.shape[0], mask.shape[1]


def write_text(  # noqa: PLR0913  where, what, how
    picture: Picture, row: float, col: float, text: str, cap_px: float = 8, color: tuple[int, int, int] = (0, 0, 0)
) -> None:
    """Draw a line of text in place, its capitals' upper left corner at (row, col); what lies outside is cut off."""
    mask = _line(_plain(text), cap_px)
    unit = cap_px / 7
    top, left = round(row - (TOP - 9) * unit), round(col - unit)
    rows, cols = slice(max(top, 0), top + mask.shape[0]), slice(max(left, 0), left + mask.shape[1])
    part = picture[:, rows, cols]
    if not part.size:
        return
    cover = mask[rows.start - top :, cols.start - left :][: part.shape[1], : part.shape[2]]
    ink = np.array(color, np.float32)[:, None, None]
    part[...] = np.rint(part + (ink - part) * cover).astype(np.uint8)


def wrapped(text: str, width_px: int, cap_px: float, lines: int) -> list[str]:
    """Words on lines of at most ``width_px``; what does not fit on the last line ends in dots."""
    found: list[str] = []
    for word in text.split():
        longer = f"{found[-1]} {word}" if found else word
        if found and text_size(longer, cap_px)[1] <= width_px:
            found[-1] = longer
        else:
            found.append(word)
    if len(found) > lines:
        found = [*found[: lines - 1], found[lines - 1] + "..."]
    return [_shortened(line, width_px, cap_px) for line in found]


def _shortened(line: str, width_px: int, cap_px: float) -> str:
    if text_size(line, cap_px)[1] <= width_px:
        return line
    while len(line) > 4 and text_size(line + "...", cap_px)[1] > width_px:
        line = line[:-1]
    return line + "..."


def _plain(text: str) -> str:
    """Accents taken off: the strokes are those of plain Latin."""
    split = unicodedata.normalize("NFKD", text.replace("–", "-").replace("−", "-"))
    return "".join(letter for letter in split if not unicodedata.combining(letter))


@lru_cache(maxsize=1024)
def _line(text: str, cap_px: float) -> NDArray[np.float32]:
    """Coverage (y, x), 0..1, of a whole line."""
    unit = cap_px / 7
    places, at = [], 1.0
    for letter in text:
        places.append(at)
        at += _advance(letter)
    height, width = int(np.ceil((TOP - BOTTOM) * unit)), int(np.ceil((at + 1) * unit))
    cover = np.zeros((height, width), np.float32)
    for letter, x in zip(text, places, strict=True):
        left = int(x * unit)
        mask = _glyph(letter, unit, round((x * unit - left) * 4) / 4)[:, : width - left]
        part = cover[:, left : left + mask.shape[1]]
        np.maximum(part, mask, out=part)
    return cover


def _advance(letter: str) -> float:
    if letter == " ":
        return SPACE
    if letter in TABULAR:
        return 4 + GAP
    return max(float(points[:, 0].max()) for points in _strokes(letter)) + GAP


@lru_cache(maxsize=4096)
def _glyph(letter: str, unit: float, shift_px: float) -> NDArray[np.float32]:
    """Coverage (y, x) of one letter, ``shift_px`` right of the array's left edge: near a stroke is covered."""
    height, width = int(np.ceil((TOP - BOTTOM) * unit)), int(np.ceil(8 * unit + shift_px)) + 1
    y, x = np.mgrid[:height, :width].astype(np.float32)
    nearest = np.full((height, width), np.inf, np.float32)
    if letter != " ":
        for points in _strokes(letter):
            pixels = np.stack([points[:, 0] * unit + shift_px - 0.5, (TOP - points[:, 1]) * unit - 0.5], axis=1)
            for start, end in pairwise(pixels):
                nearest = np.minimum(nearest, _distance(x, y, start, end))
    return np.asarray(np.clip(0.5 + STROKE * max(unit, 1.0) / 2 - nearest, 0, 1), np.float32)


def _distance(
    x: NDArray[np.float32], y: NDArray[np.float32], start: NDArray[np.float32], end: NDArray[np.float32]
) -> NDArray[np.float32]:
    """From every pixel to a segment."""
    along = end - start
    length = float(along @ along)
    t = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length, 0, 1) if length else 0
    return np.asarray(np.hypot(x - start[0] - t * along[0], y - start[1] - t * along[1]), np.float32)


@lru_cache(maxsize=256)
def _strokes(letter: str) -> list[NDArray[np.float32]]:
    """Points (point, 2) of each stroke, curves already rounded."""
    strokes = []
    for text in STROKES.get(letter, MISSING).split():
        digits = text.lstrip("~o")
        points = np.array([[int(digits[i]), int(digits[i + 1])] for i in range(0, len(digits), 2)], np.float32)
        if text[0] in "~o":
            points = _rounded(points, closed=text[0] == "o")
        strokes.append(points if len(points) > 1 else np.repeat(points, 2, axis=0))
    return strokes


def _rounded(points: NDArray[np.float32], closed: bool) -> NDArray[np.float32]:
    """Chaikin's corner cutting, three times; an open curve keeps its ends."""
    for _ in range(3):
        following = np.roll(points, -1, axis=0) if closed else points[1:]
        points_before = points if closed else points[:-1]
        cut = np.stack([0.75 * points_before + 0.25 * following, 0.25 * points_before + 0.75 * following], axis=1)
        cut = cut.reshape(-1, 2)
        points = cut if closed else np.concatenate([points[:1], cut, points[-1:]])
    return np.concatenate([points, points[:1]]) if closed else points
