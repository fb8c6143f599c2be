"""Which tiles calibrate and which judge: a quota per stratum, diversity inside it, and every band's tails.

Everything here works on decimated views, is seeded, and gives the same choice for the same seed on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoquant.sampling.candidates import CandidateTile, main_stratum, share_text
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
    """Tiles to calibrate with, and tiles to judge with; no two of them overlap, halo included."""

    calibration: tuple[ChosenTile, ...]
    held_out: tuple[ChosenTile, ...]


def choose_tiles(
    candidates: Sequence[CandidateTile], calibration: int, held_out: int, seed: int, tails: TailCoverage
) -> TileChoice:
    """Choose tiles: strata take turns from the rarest on, k-means++ inside each, then tails that were missed.

    Where there are too few candidates for both sets, each gets its proportional part. Within a stratum the chosen tiles
    go to calibration and to judging in turn, so that every stratum with two tiles or more is in both.

    Args:
        candidates: from ``describe``.
        calibration: how many tiles to calibrate with.
        held_out: how many tiles to judge with.
        seed: of k-means++.
        tails: that calibration must reach, as far as any candidate does.
    """
    wanted = calibration + held_out
    if len(candidates) < wanted:
        calibration = max(1, round(len(candidates) * calibration / wanted))
        held_out = len(candidates) - calibration
    features = _standardized(candidates)
    chosen = _by_strata(candidates, features, calibration + held_out, np.random.default_rng(seed))
    first, second = _split(candidates, chosen, calibration, held_out)
    return _cover_tails(candidates, first, second, tails)


def _standardized(candidates: Sequence[CandidateTile]) -> NDArray[np.float64]:
    features = np.stack([candidate.features for candidate in candidates])
    spread = features.std(axis=0)
    return np.asarray((features - features.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _by_strata(
    candidates: Sequence[CandidateTile], features: NDArray[np.float64], count: int, rng: np.random.Generator
) -> dict[int, tuple[Stratum, str]]:
    """Candidate position -> stratum and reason, in the order of choice."""
    members = tiles_by_stratum(candidates)
    quotas = _quotas({stratum: len(tiles) for stratum, tiles in members.items()}, count)
    chosen: dict[int, tuple[Stratum, str]] = {}
    for stratum in sorted(members, key=lambda s: (len(members[s]), s)):
        free = [i for i in members[stratum] if i not in chosen]
        for turn, i in enumerate(_spread_out(features, free, quotas[stratum], rng)):
            share = f"{share_text(candidates[i].shares[stratum])} {stratum.label}"
            chosen[i] = stratum, share if turn == 0 else f"{share}, unlike the rest"
    rest = [i for i in range(len(candidates)) if i not in chosen]
    for i in _spread_out(features, rest, count - len(chosen), rng, list(chosen)):
        chosen[i] = main_stratum(candidates[i]), "unlike all others"
    return chosen


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


def _quotas(sizes: dict[Stratum, int], count: int) -> dict[Stratum, int]:
    """Share ``count`` evenly over strata; what a small stratum can't use goes to the others."""
    quotas = dict.fromkeys(sizes, 0)
    while count > 0:
        open_strata = [s for s in sorted(sizes) if quotas[s] < sizes[s]]
        if not open_strata:
            break
        for stratum in open_strata[:count]:
            quotas[stratum] += 1
        count -= min(count, len(open_strata))
    return quotas


def _spread_out(
    features: NDArray[np.float64],
    pool: list[int],
    count: int,
    rng: np.random.Generator,
    others: Sequence[int] = (),
) -> list[int]:
    """k-means++ seeding (Arthur & Vassilvitskii 2007): each next one with probability of its squared distance.

    The distance is that to the nearest tile picked so far, ``others`` included; without any, the first is drawn evenly.
    """
    if not pool or count <= 0:
        return []
    points = features[pool]
    picked: list[int] = []
    distance = np.ones(len(pool))
    for i in others:
        distance = np.minimum(distance if i != others[0] else np.inf, _squared(points, features[i]))
    while len(picked) < min(count, len(pool)):
        distance[picked] = 0
        total = distance.sum()
        free = np.setdiff1d(np.arange(len(pool)), picked)
        following = int(rng.choice(len(pool), p=distance / total) if total > 0 else free[0])
        nearer = _squared(points, points[following])
        distance = np.minimum(distance, nearer) if picked or others else nearer
        picked.append(following)
    return [pool[i] for i in picked]


def _squared(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((points - centre) ** 2).sum(axis=1))


def _split(
    candidates: Sequence[CandidateTile], chosen: dict[int, tuple[Stratum, str]], calibration: int, held_out: int
) -> tuple[list[ChosenTile], list[ChosenTile]]:
    """Deal the chosen tiles of each stratum to calibration and judging in turn, keeping both totals."""
    first: list[ChosenTile] = []
    second: list[ChosenTile] = []
    dealt: dict[Stratum, list[int]] = {}
    for i, (stratum, reason) in chosen.items():
        turns = dealt.setdefault(stratum, [0, 0])
        behind = turns[0] * held_out <= turns[1] * calibration
        to_first = (behind or len(second) >= held_out) and len(first) < calibration
        turns[0 if to_first else 1] += 1
        (first if to_first else second).append(ChosenTile(candidates[i], stratum, reason))
    return first, second


def _cover_tails(
    candidates: Sequence[CandidateTile], first: list[ChosenTile], second: list[ChosenTile], tails: TailCoverage
) -> TileChoice:
    """Bring tiles into calibration until it reaches every tail that any candidate reaches; sizes stay where they can.

    The tile that reaches most missing tails comes in. Out goes the most replaceable one, to judging if the newcomer is
    from there; where each is needed for its stratum or a tail, none goes. A stratum that is judged stays judged.
    """
    reaches = np.stack([tails.reached([candidate]) for candidate in candidates])  # (tile, 2, band)
    while True:
        kept = {id(choice.candidate) for choice in second if _irreplaceable(choice, first, second, tails)}
        missing = reaches & ~tails.reached([choice.candidate for choice in first])
        gains = missing.sum(axis=(1, 2)) * [id(candidate) not in kept for candidate in candidates]
        if not gains.any():
            return TileChoice(tuple(first), tuple(second))
        position = int(gains.argmax())
        candidate, words = candidates[position], tails.words(missing[position])
        moved = next((choice for choice in second if choice.candidate is candidate), None)
        alone = moved is not None and _alone(moved, second)
        outgoing = _most_replaceable(first, tails, moved.stratum if moved and alone else None)
        first = [choice for choice in first if choice is not outgoing]
        if moved is not None:
            second = [choice for choice in second if choice is not moved] + ([outgoing] if outgoing else [])
        first.append(ChosenTile(candidate, main_stratum(candidate) if moved is None else moved.stratum, words))


def _irreplaceable(
    choice: ChosenTile, first: Sequence[ChosenTile], second: Sequence[ChosenTile], tails: TailCoverage
) -> bool:
    """Whether without this tile its stratum would be judged no more."""
    return _alone(choice, second) and _most_replaceable(first, tails, choice.stratum) is None


def _alone(choice: ChosenTile, among: Sequence[ChosenTile]) -> bool:
    """Whether no other tile was chosen for the same stratum."""
    return sum(other.stratum == choice.stratum for other in among) < 2


def _most_replaceable(
    first: Sequence[ChosenTile], tails: TailCoverage, stratum: Stratum | None = None
) -> ChosenTile | None:
    """The last chosen tile, of the stratum with most tiles, that no tail depends on; None where each is needed.

    Args:
        first: the calibration tiles.
        tails: that they must go on reaching.
        stratum: take one of this stratum, even its only one: another of it comes in.
    """
    reaches = np.stack([tails.reached([choice.candidate]) for choice in first])  # (tile, 2, band)
    needed = (reaches & (reaches.sum(axis=0) == 1)).any(axis=(1, 2))
    sizes = [sum(other.stratum == choice.stratum for other in first) for choice in first]
    allowed = [size > 1 if stratum is None else first[i].stratum == stratum for i, size in enumerate(sizes)]
    spare = [i for i in range(len(first)) if allowed[i] and not needed[i]]
    return first[max(spare, key=lambda i: (sizes[i], i))] if spare else None
