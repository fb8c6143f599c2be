"""The result of a choice of tiles, as files and the page show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geoquant.options.quantize import SampleOptions
from geoquant.sampling.coverage import BandCoverage, check_coverage
from geoquant.sampling.stratified_sampling import ChosenTile, TileChoice
from geoquant.sampling.tile_selection import TileGeometry, TileSelection
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene


@dataclass(frozen=True)
class StratumTiles:
    """How many tiles there are for one imaging condition.

    Attributes:
        stratum: The imaging condition.
        available: The number of candidates that can stand for it; one tile can stand for several conditions.
        calibration: The number of tiles chosen to calibrate with.
        held_out: The number of tiles chosen to judge with.
    """

    stratum: str
    available: int
    calibration: int
    held_out: int


@dataclass(frozen=True)
class SampleSummary:
    """What was chosen.

    Attributes:
        out: The file with the tiles, GeoPackage or GeoJSON.
        report: The HTML page of all tiles by stratum, and of what they cover.
        model: The file that they were chosen for; None without one.
        scenes: The names of the scenes.
        seed: The seed of the choice.
        tile_px: The side of a tile.
        candidates: The number of tiles there were to choose from.
        strata: The tiles per imaging condition that occurs.
        coverage: Whether calibration reaches the tails, per band.
        tiles: Each tile as in the file.
        notes: What a person should read.
        seconds: The wall time.
    """

    out: str
    report: str
    model: str | None
    scenes: tuple[str, ...]
    seed: int
    tile_px: int
    candidates: int
    strata: tuple[StratumTiles, ...]
    coverage: tuple[BandCoverage, ...]
    tiles: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class NumberedTile:
    """A chosen tile as files and the page name it.

    Attributes:
        number: The tile's number from 1, in the order of the file.
        role: Either "calibration" or "held out".
        choice: The chosen tile.
    """

    number: int
    role: str
    choice: ChosenTile


def numbered(tiles: TileChoice) -> list[NumberedTile]:
    """All tiles in the order of the file: by stratum, calibration first."""
    both = [("calibration", choice) for choice in tiles.calibration]
    both += [("held out", choice) for choice in tiles.held_out]
    order = sorted(both, key=lambda entry: (entry[1].stratum, entry[0]))
    return [NumberedTile(number, role, choice) for number, (role, choice) in enumerate(order, 1)]


@dataclass(frozen=True)
class SampleFiles:
    """What a choice was made for, and where it goes.

    Attributes:
        model: The model's file, or None.
        out: The file for the tiles.
        report: The file for the page.
    """

    model: Path | None
    out: Path
    report: Path


def summarize(
    files: SampleFiles,
    scenes: Sequence[StratifiedScene],
    geometry: TileGeometry,
    options: SampleOptions,
    chosen: TileSelection,
) -> SampleSummary:
    """The summary of a choice, which has taken no time yet.

    Args:
        files: what it was made for, and where it goes.
        scenes: that tiles were chosen from.
        geometry: of the tiles.
        options: the number and size of tiles, and the seed.
        chosen: the tiles.
    """
    strata, coverage = _strata_rows(chosen), check_coverage(chosen)
    return SampleSummary(
        out=str(files.out),
        report=str(files.report),
        model=None if files.model is None else str(files.model),
        scenes=tuple(stratified.scene.name for stratified in scenes),
        seed=options.seed,
        tile_px=geometry.tile_px,
        candidates=chosen.candidates,
        strata=strata,
        coverage=coverage,
        tiles=tuple({"number": tile.number, **tile_attributes(tile, scenes)} for tile in numbered(chosen.tiles)),
        notes=(*_notes_on_counts(geometry, options, chosen.tiles), *_notes_on_gaps(strata, coverage)),
        seconds=0.0,
    )


def tile_attributes(tile: NumberedTile, scenes: Sequence[StratifiedScene]) -> dict[str, Any]:
    """A tile's attributes, as the file and the summary hold them."""
    choice, window = tile.choice, tile.choice.candidate.window
    shares = choice.candidate.shares
    return {
        "scene": scenes[choice.candidate.scene].scene.name,
        "stratum": choice.stratum.label,
        "role": tile.role,
        "reason": choice.reason,
        "row": window.row,
        "col": window.col,
        "height": window.height,
        "width": window.width,
        "nodata_share": round(float(shares[Stratum.NO_DATA]), 4),
        **{f"share_{s.name.lower()}": round(float(shares[s]), 4) for s in Stratum if s != Stratum.NO_DATA},
    }


def _strata_rows(chosen: TileSelection) -> tuple[StratumTiles, ...]:
    first = [choice.stratum for choice in chosen.tiles.calibration]
    second = [choice.stratum for choice in chosen.tiles.held_out]
    return tuple(
        StratumTiles(stratum.label, chosen.available.get(stratum, 0), first.count(stratum), second.count(stratum))
        for stratum in sorted({*chosen.available, *first, *second})
    )


def _notes_on_counts(geometry: TileGeometry, options: SampleOptions, tiles: TileChoice) -> list[str]:
    """Notes on tiles that are not as large or as many as the options say."""
    notes = []
    if geometry.tile_px != options.tile:
        notes.append(
            f"tiles are {geometry.tile_px} px instead of {options.tile}: the scenes are too small for "
            f"{options.tiles} + {options.held_out} larger ones, or the model's stride or blending asks for it"
        )
    found = len(tiles.calibration), len(tiles.held_out)
    if sum(found) < options.tiles + options.held_out:
        notes.append(f"the scenes only gave {found[0]} calibration and {found[1]} held-out tiles")
    elif found[0] > options.tiles:
        notes.append(f"{found[0] - options.tiles} calibration tiles were added to reach the bands' tails")
    return notes


def _notes_on_gaps(strata: Sequence[StratumTiles], coverage: Sequence[BandCoverage]) -> list[str]:
    """Notes on conditions that are not judged, and on bands that are not covered."""
    notes = []
    unjudged = [row.stratum for row in strata if not row.held_out]
    if unjudged:
        notes.append("no held-out tile was chosen for " + ", ".join(unjudged))
    missed = [band.band for band in coverage if not (band.low_covered and band.high_covered)]
    if missed:
        notes.append(f"no tile that could be taken reaches a tail of {', '.join(missed)}; see the histograms")
    return notes
