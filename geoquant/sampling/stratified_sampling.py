"""Which tiles calibrate and which judge: a quota per stratum, diversity inside it, and every band's tails.

Everything here works on decimated views, is seeded, and gives the same choice for the same seed on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.sampling.candidates import CandidateTile, main_stratum, share_text
from geoquant.sampling.tile_picking import CALIBRATION, TilePicker, Wanted, in_the_way
from geoquant.strata.conditions import Stratum

TAILS = (0.001, 0.999)
"""The quantiles that calibration must reach in every band."""

PRESENT_SHARE = 0.05
"""A tile represents a stratum from this share of its pixels on; rarer strata take the tiles that hold most of them."""


@dataclass(frozen=True)
class ChosenTile:
    """One chosen tile.

    Attributes:
        candidate: The tile that was chosen.
        stratum: The stratum it was chosen for.
        reason: Why it was chosen, for a person, in few words (every tile's is kept in the model file): its share of the
            stratum, unlike the others, or which bands' tails it holds.
    """

    candidate: CandidateTile
    stratum: Stratum
    reason: str


@dataclass(frozen=True)
class TailCoverage:
    """Where the tails of each band's histogram begin, over all valid pixels of all scenes.

    Attributes:
        names: The names of the bands, for the reasons.
        low: The 0.1 percentile, per band.
        high: The 99.9 percentile, per band.
    """

    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def reached(self, tiles: Sequence[CandidateTile]) -> NDArray[np.bool_]:
        """Which tails a set of tiles reaches (2, band): the low ones, then the high ones."""
        if not tiles:
            return np.zeros((2, len(self.names)), bool)
        low, high = np.min([tile.low for tile in tiles], axis=0), np.max([tile.high for tile in tiles], axis=0)
        return np.stack([low <= self.low, high >= self.high])

    def words(self, which: NDArray[np.bool_]) -> str:
        """Tails (2, band) as a person reads them: "lowest of B02, B03, highest of B11"."""
        parts = []
        for row, word in zip(which, ("lowest", "highest"), strict=True):
            if row.any():
                parts.append(
                    f"{word} of " + ", ".join(name for name, held in zip(self.names, row, strict=True) if held)
                )
        return ", ".join(parts)


@dataclass(frozen=True)
class TileChoice:
    """Tiles to calibrate with, and tiles to judge with; no two overlap, and a gap lies between those of either role.

    Attributes:
        calibration: The tiles to calibrate with.
        held_out: The tiles to judge with.
        folds: The fold of each judging tile where the same tiles do both, see ``sampling/folds.py``; else empty.
    """

    calibration: tuple[ChosenTile, ...]
    held_out: tuple[ChosenTile, ...]
    folds: tuple[int, ...] = ()


def choose_tiles(candidates: Sequence[CandidateTile], wanted: Wanted, tails: TailCoverage) -> TileChoice:
    """Choose tiles: strata take turns from the rarest on, k-means++ inside each, then tails that were missed.

    Scenes of which no tile is taken yet come first, so that each one calibrates, as far as there are tiles and places.

    Where there are too few candidates for both sets, each gets its proportional part. Within a stratum the chosen tiles
    go to calibration and to judging in turn, so that every stratum with two tiles or more is in both. Where a tail is
    missed because chosen tiles lie in the way of those that hold it, one of these is chosen before all others.

    Args:
        candidates: from ``describe``; they may overlap each other.
        wanted: how many of each role, the seed, and the gap between roles.
        tails: that calibration must reach, as far as any candidate does.
    """
    whole = wanted.calibration + wanted.held_out
    if len(candidates) < whole:
        calibration = max(1, round(len(candidates) * wanted.calibration / whole))
        wanted = replace(wanted, calibration=calibration, held_out=len(candidates) - calibration)
    before: list[int] = []
    choice = _cover_tails(candidates, _by_turns(candidates, wanted, before), tails, wanted.gap_px)
    while (position := _shut_out(candidates, choice, tails, before)) is not None:
        before.append(position)
        again = _cover_tails(candidates, _by_turns(candidates, wanted, before), tails, wanted.gap_px)
        if _worth(again, tails) <= _worth(choice, tails):
            break
        choice = again
    return choice


def _shut_out(
    candidates: Sequence[CandidateTile], choice: TileChoice, tails: TailCoverage, before: Sequence[int]
) -> int | None:
    """The tile with most of the tails that calibration misses, as others lie in its way; None if none is missed."""
    missed = ~tails.reached([tile.candidate for tile in choice.calibration])
    gains = np.array([(tails.reached([candidate]) & missed).sum() for candidate in candidates])
    for i in map(int, np.flatnonzero(gains)):
        if any(in_the_way(candidates[i], candidates[j], 0) for j in before):
            gains[i] = 0
    return int(gains.argmax()) if gains.any() else None


def _worth(choice: TileChoice, tails: TailCoverage) -> tuple[int, int]:
    """How many strata are judged, and how many tails calibration reaches."""
    reached = tails.reached([tile.candidate for tile in choice.calibration])
    return len({tile.stratum for tile in choice.held_out}), int(reached.sum())


def _by_turns(
    candidates: Sequence[CandidateTile], wanted: Wanted, before: Sequence[int]
) -> tuple[list[ChosenTile], list[ChosenTile]]:
    """The tiles of both roles, in the order of choice; those of ``before`` calibrate and come first."""
    members, picker = tiles_by_stratum(candidates), TilePicker(candidates, _standardized(candidates), wanted)
    chosen: tuple[list[ChosenTile], list[ChosenTile]] = ([], [])
    met: set[Stratum] = set()
    for position in before:
        tile = ChosenTile(candidates[position], main_stratum(candidates[position]), "holds tails that others lack")
        chosen[CALIBRATION].append(tile)
        picker.take(position, CALIBRATION, tile.stratum)
        met.add(tile.stratum)
    waiting = sorted(members, key=lambda s: (len(members[s]), s))
    while waiting and not picker.full:
        stratum = waiting.pop(0)
        found = picker.pick(stratum, members[stratum])
        if found is None:
            continue  # what it can't use goes to the others
        candidate = candidates[found[0]]
        share = f"{share_text(candidate.shares[stratum])} {stratum.label}"
        chosen[found[1]].append(
            ChosenTile(candidate, stratum, f"{share}, unlike the rest" if stratum in met else share)
        )
        met.add(stratum)
        waiting.append(stratum)
    return chosen


def _standardized(candidates: Sequence[CandidateTile]) -> NDArray[np.float64]:
    features = np.stack([candidate.features for candidate in candidates])
    spread = features.std(axis=0)
    return np.asarray((features - features.mean(axis=0)) / np.where(spread > 0, spread, 1))


def tiles_by_stratum(candidates: Sequence[CandidateTile]) -> dict[Stratum, list[int]]:
    """Per stratum that occurs, the positions of the tiles that represent it: at least the four that hold most of it."""
    shares = np.stack([candidate.shares for candidate in candidates])  # (tile, stratum)
    members: dict[Stratum, list[int]] = {}
    for stratum in Stratum:
        column = shares[:, stratum]
        if stratum == Stratum.NO_DATA or not column.any():
            continue
        richest = np.argsort(-column, kind="stable")[:4]
        enough = set(np.flatnonzero(column >= PRESENT_SHARE)) | {i for i in richest if column[i] > 0}
        members[stratum] = sorted(int(i) for i in enough)
    return members


def _cover_tails(
    candidates: Sequence[CandidateTile],
    chosen: tuple[list[ChosenTile], list[ChosenTile]],
    tails: TailCoverage,
    gap_px: int,
) -> TileChoice:
    """Bring tiles into calibration until it reaches every tail that any candidate reaches; sizes stay where they can.

    The tile that reaches most missing tails comes in, if it fits. Out goes the most replaceable one, to
    judging if the newcomer is from there and it fits; where each is needed for its stratum or a tail, none goes.
    A stratum that is judged stays judged.
    """
    first, second = chosen
    reaches = np.stack([tails.reached([candidate]) for candidate in candidates])  # (tile, 2, band)
    while True:
        kept = {id(choice.candidate) for choice in second if _irreplaceable(choice, (first, second), tails, gap_px)}
        missing = reaches & ~tails.reached([choice.candidate for choice in first])
        gains = missing.sum(axis=(1, 2))
        for i in map(int, np.flatnonzero(gains)):
            if id(candidates[i]) in kept or not _fits(candidates[i], first, second, gap_px):
                gains[i] = 0
        if not gains.any():
            return TileChoice(tuple(first), tuple(second))
        position = int(gains.argmax())
        candidate, words = candidates[position], tails.words(missing[position])
        moved = next((choice for choice in second if choice.candidate is candidate), None)
        alone = moved is not None and _alone(moved, second)
        outgoing = _most_replaceable(first, tails, candidate, moved.stratum if moved and alone else None)
        first = [choice for choice in first if choice is not outgoing]
        first.append(ChosenTile(candidate, main_stratum(candidate) if moved is None else moved.stratum, words))
        if moved is not None:
            second = [choice for choice in second if choice is not moved]
            if outgoing is not None and not _blocked(outgoing.candidate, first, gap_px):
                second.append(outgoing)


def _fits(tile: CandidateTile, first: Sequence[ChosenTile], second: Sequence[ChosenTile], gap_px: int) -> bool:
    """Whether a tile can calibrate beside those that were chosen; one that judges leaves its place."""
    if any(choice.candidate is tile for choice in first):
        return False
    others = [choice for choice in second if choice.candidate is not tile]
    return not (_blocked(tile, first, 0) or _blocked(tile, others, gap_px))


def _blocked(tile: CandidateTile, by: Sequence[ChosenTile], margin_px: int) -> bool:
    return any(in_the_way(tile, choice.candidate, margin_px) for choice in by)


def _irreplaceable(
    choice: ChosenTile, chosen: tuple[Sequence[ChosenTile], Sequence[ChosenTile]], tails: TailCoverage, gap_px: int
) -> bool:
    """Whether without this tile its stratum would be judged no more: no calibration tile of it could judge instead."""
    first, second = chosen
    if not _alone(choice, second):
        return False
    instead = _most_replaceable(first, tails, choice.candidate, choice.stratum)
    rest = [other for other in first if other is not instead]
    return instead is None or _blocked(instead.candidate, [*rest, choice], gap_px)


def _alone(choice: ChosenTile, among: Sequence[ChosenTile]) -> bool:
    """Whether no other tile was chosen for the same stratum."""
    return sum(other.stratum == choice.stratum for other in among) < 2


def _most_replaceable(
    first: Sequence[ChosenTile], tails: TailCoverage, newcomer: CandidateTile, stratum: Stratum | None = None
) -> ChosenTile | None:
    """The last chosen tile, of the stratum with most tiles, that nothing depends on; None where each is needed.

    Args:
        first: the calibration tiles.
        tails: that they must go on reaching.
        newcomer: the tile that comes in.
        stratum: take one of this stratum, even its only one: another of it comes in.
    """
    reaches = np.stack([tails.reached([choice.candidate]) for choice in first])  # (tile, 2, band)
    needed = (reaches & (reaches.sum(axis=0) == 1)).any(axis=(1, 2))
    scenes = [choice.candidate.scene for choice in first] + [newcomer.scene]
    sizes = [sum(other.stratum == choice.stratum for other in first) for choice in first]
    allowed = [size > 1 if stratum is None else first[i].stratum == stratum for i, size in enumerate(sizes)]
    spare = [i for i in range(len(first)) if allowed[i] and not needed[i] and scenes.count(scenes[i]) > 1]
    return first[max(spare, key=lambda i: (sizes[i], i))] if spare else None
