"""What an author states in a card, laid over what is known of the model and held against its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from geoquant.errors import CardError, OptionError
from geoquant.model_card.card import Band, ModelCard, Normalization, Tiling
from geoquant.model_card.completion import CardFacts
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.options.card import CardStatement

_TEXTS = ("name", "nodata", "description", "license", "trained_on", "limitations")
_LONGEST_STRIDE_PX = 1024
_NANOMETRES = range(100, 20_000)
"""Wavelengths of these micrometres are between far infrared and radar, where no imager looks."""


def with_statement(facts: CardFacts, statement: CardStatement) -> CardFacts:
    """``facts`` with what the author states in their place.

    Raises:
        OptionError: naming the option that does not fit the bands, or the normalization.
    """
    changes: dict[str, Any] = {key: getattr(statement, key) for key in _TEXTS if getattr(statement, key) is not None}
    if _of_bands(statement):
        changes["bands"] = _bands(facts.bands, statement)
    if statement.clip is not None:
        changes["normalization"] = _clipped(facts.normalization, statement.clip)
    tiling = _tiling(facts.tiling, statement)
    if tiling is not None:
        changes["tiling"] = tiling
    return replace(facts, **changes)


def check_statement(statement: CardStatement, graph: GraphFacts) -> None:
    """Refuse a statement on tiles that the graph contradicts.

    Raises:
        CardError: naming the option, what was found in the graph and what to do.
    """
    _check_stride(statement.stride, graph)
    if statement.halo is not None and graph.halo_px is None:
        raise CardError(
            f"--halo {statement.halo} can't be kept: no context is enough for this network "
            f"({graph.unbounded_by[0]}). State --overlap, by which its tiles are blended."
        )
    if statement.halo is not None and statement.halo < (graph.halo_px or 0):
        raise CardError(
            f"--halo is {statement.halo} px, but a pixel of this network depends on others {graph.reach_px} px away; "
            f"state at least {graph.halo_px} px, or leave it out."
        )
    if statement.overlap is not None and graph.is_exact:
        raise CardError(
            f"--overlap {statement.overlap} would not be used: {graph.halo_px} px of context are enough for this "
            "network, whose tiles are not blended. Leave it out."
        )
    _check_tile(statement, graph)


def check_threshold(card: ModelCard) -> None:
    """Refuse a threshold that no probability can pass, or none can fail.

    Raises:
        CardError: naming it.
    """
    if card.output == "probabilities" and card.threshold is not None and not 0 < card.threshold < 1:
        raise CardError(
            f"The card's threshold is {card.threshold:g}, but the network gives probabilities; expected a number above "
            "0 and below 1."
        )


def _check_stride(stride: int | None, graph: GraphFacts) -> None:
    if stride is None:
        return
    if stride > _LONGEST_STRIDE_PX:
        raise CardError(f"--stride is {stride} px; expected at most {_LONGEST_STRIDE_PX}.")
    if stride % graph.stride_px:
        raise CardError(
            f"--stride is {stride} px, but the graph itself steps by {graph.stride_px} px; state a multiple of "
            "that, or leave it out."
        )


def _check_tile(statement: CardStatement, graph: GraphFacts) -> None:
    tile, fixed = statement.tile, graph.fixed_shape
    if tile is None:
        return
    if fixed is not None and (tile, tile) != fixed:
        raise CardError(f"--tile is {tile} px, but the network only runs on {fixed[0]} x {fixed[1]} px. Leave it out.")
    if tile < (statement.stride or graph.stride_px):
        raise CardError(f"--tile is {tile} px; expected at least the stride, {statement.stride or graph.stride_px} px.")
    if statement.overlap is not None and 2 * statement.overlap > tile:
        raise CardError(f"--overlap is {statement.overlap} px; expected at most half of --tile {tile}.")


def _of_bands(statement: CardStatement) -> bool:
    given = (statement.common_names, statement.wavelengths, statement.scale, statement.offset)
    return any(values is not None for values in given)


def _bands(known: tuple[Band, ...] | None, statement: CardStatement) -> tuple[Band, ...]:
    if known is None:
        raise OptionError("The bands have no names yet to state more of; give --band-names first.")
    count = len(known)
    columns: dict[str, Sequence[Any]] = {}
    if statement.common_names is not None:
        names = [name.strip() or None for name in statement.common_names]
        columns["common_name"] = _per_band("--common-names", names, count)
    if statement.wavelengths is not None:
        columns["centre_wavelength_um"] = _wavelengths(_per_band("--wavelengths", statement.wavelengths, count))
    for key in ("scale", "offset"):
        values = getattr(statement, key)
        if values is not None:
            columns[key] = _per_band(f"--{key}", values * count if len(values) == 1 else values, count)
    bands = tuple(
        replace(band, **{key: values[index] for key, values in columns.items()}) for index, band in enumerate(known)
    )
    bare = next((band.name for band in bands if band.offset is not None and band.scale is None), None)
    if bare is not None:
        raise OptionError(f"--offset was stated for {bare!r}, but no --scale; they go together.")
    return bands


def _per_band(name: str, values: Sequence[Any], count: int) -> Sequence[Any]:
    if len(values) != count:
        raise OptionError(f"{name} has {len(values)} values; the model has {count} bands, so give {count}.")
    return values


def _wavelengths(values: Sequence[float]) -> Sequence[float]:
    for value in values:
        if _NANOMETRES.start <= value < _NANOMETRES.stop:
            raise OptionError(
                f"--wavelengths has {value:g}, which looks like nanometres; in micrometres it is {value / 1000:g}."
            )
    return values


def _clipped(known: Normalization | None, clip: tuple[float, float]) -> Normalization:
    if known is None:
        raise OptionError("--clip bounds normalized values, but no normalization is known; give --mean and --std too.")
    if not clip[0] < clip[1]:
        raise OptionError(f"--clip runs from {clip[0]:g} to {clip[1]:g}; expected the lower number first.")
    count = len(known.shift)
    return replace(known, low=(clip[0],) * count, high=(clip[1],) * count)


def _tiling(known: Tiling | None, statement: CardStatement) -> Tiling | None:
    """None where nothing is stated: a stride that nobody stated is not one."""
    stated = {
        "tile_px": statement.tile,
        "halo_px": statement.halo,
        "stride_px": statement.stride,
        "overlap_px": statement.overlap,
        "edge": statement.edge,
    }
    changes: dict[str, Any] = {key: value for key, value in stated.items() if value is not None}
    return replace(known or Tiling(), **changes) if changes else None
