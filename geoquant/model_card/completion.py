"""A card put together from what is known: a dialect's facts, options, and the graph; what is missing is named."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from geoquant.errors import CardError, OptionError
from geoquant.grid import align_up
from geoquant.model_card.card import Band, ClassLabel, InputUnits, ModelCard, Normalization, OutputKind, Tiling
from geoquant.model_card.validation import check_card
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.onnx_graph.output_op import DECIDES
from geoquant.options.card import CardOptions

_GOLDEN_ANGLE = 0.618033988749895  # consecutive hues stay far apart for any number of classes
_REQUIRED = {
    "bands": ("which bands it takes, in order", "--band-names blue,green,..."),
    "normalization": ("how its input is normalized", "--mean and --std, one number per band"),
    "units": ("whether that acts on physical values or on stored numbers", "--units physical or --units dn"),
    "classes": ("what its output channels mean", "--class-names water,forest,..."),
}

STATE_STRIDE = (
    "State it in the card, or a multiple of it, which does no harm (with attention in windows, the patch's side times "
    "the window's): geoquant card MODEL --stride 32"
)


@dataclass(frozen=True)
class CardFacts:
    """What some source says of a model; None where it says nothing. The fields are those of ``ModelCard``.

    Attributes:
        source: Where the facts come from, in words.
        notes: Why the source could not give a fact, by field name.
    """

    source: str = "nothing"
    notes: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    bands: tuple[Band, ...] | None = None
    units: InputUnits | None = None
    normalization: Normalization | None = None
    classes: tuple[ClassLabel, ...] | None = None
    output: OutputKind | None = None
    gsd_m: float | None = None
    nodata: float | None = None
    tiling: Tiling | None = None
    description: str | None = None
    license: str | None = None
    trained_on: str | None = None
    limitations: str | None = None
    quantization: Any = None
    threshold: float | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether no fact is known."""
        return all(getattr(self, spec.name) is None for spec in fields(ModelCard))


def facts_of(card: ModelCard, source: str = "the model card") -> CardFacts:
    """A whole card as facts."""
    return CardFacts(source=source, **{spec.name: getattr(card, spec.name) for spec in fields(ModelCard)})


def missing_facts(facts: CardFacts) -> dict[str, str]:
    """What keeps ``facts`` from being a card: field name -> one line with the option that gives it."""
    absent = {}
    for name, (meaning, option) in _REQUIRED.items():
        if getattr(facts, name) is None and not (name == "classes" and facts.output == "regression"):
            note = f" ({facts.notes[name]})" if name in facts.notes else ""
            absent[name] = f"{meaning}{note}: {option}"
    return absent


def complete(facts: CardFacts, graph: GraphFacts, name: str) -> ModelCard:
    """The card that ``facts`` make, checked against the graph, with the graph's tiling.

    Args:
        facts: from one source, with options laid over them.
        graph: of the same model.
        name: what the model is called where the facts do not say.

    Raises:
        CardError: naming each missing fact and its option, or what contradicts the graph.
    """
    absent = missing_facts(facts)
    if absent:
        lines = "".join(f"\n  - {line}" for line in absent.values())
        raise CardError(f"The model {name!r} does not say ({facts.source}):{lines}\nGive them as options or by --card.")
    known = {spec.name: getattr(facts, spec.name) for spec in fields(ModelCard)}
    card = ModelCard(**{"name": name, "classes": (), **{key: item for key, item in known.items() if item is not None}})
    card = replace(card, output=facts.output or guessed_output(graph), tiling=safe_tiling(card.tiling, graph))
    check_card(card)
    check_against_graph(card, graph)
    return card


def check_against_graph(card: ModelCard, graph: GraphFacts) -> None:
    """Refuse a card that describes another network.

    Raises:
        CardError: the number of bands or classes differs from the graph's channels, a threshold comes with several
            channels, or the card normalizes what the network wants as it is stored.
    """
    if graph.bands is not None and graph.bands != len(card.bands):
        listed = ", ".join(band.name for band in card.bands)
        raise CardError(
            f"The card of {card.name!r} has {len(card.bands)} bands ({listed}), its network takes {graph.bands}; "
            "correct --band-names or the card."
        )
    if graph.takes_whole_numbers:
        _check_stored_numbers(card, graph)
    channels = graph.output_channels
    if card.threshold is not None and channels is not None and channels > 1:
        raise CardError(
            f"The card of {card.name!r} has the threshold {card.threshold:g}, but its network gives {channels} "
            "channels, of which the highest decides; leave --threshold out, or correct the card."
        )
    if channels is None or card.output in ("classes", "regression"):
        return
    if channels != len(card.classes) and (channels, len(card.classes)) != (1, 2):
        raise CardError(
            f"The card of {card.name!r} has {len(card.classes)} classes, its network gives {channels} channels; "
            "correct --class-names or the card."
        )


def _check_stored_numbers(card: ModelCard, graph: GraphFacts) -> None:
    normalization = card.normalization
    if card.units == "dn" and not any(normalization.shift) and set(normalization.scale) == {1.0}:
        return
    raise CardError(
        f"The network of {card.name!r} takes {graph.input_dtype}: stored numbers as they are, which it normalizes "
        "inside; its card normalizes them before. Give --mean 0 --std 1 --units dn, or export the network with a "
        "float32 input."
    )


def guessed_output(graph: GraphFacts) -> OutputKind:
    """What the operator that made the output's values says of them."""
    if graph.output_op in DECIDES or (graph.output_dtype[0] in "iu" and not graph.quantized):
        return "classes"
    return "probabilities" if graph.output_op in ("Softmax", "Sigmoid", "HardSigmoid") else "logits"


def safe_tiling(tiling: Tiling, graph: GraphFacts) -> Tiling:
    """The author's tiling, never with less context than the graph needs."""
    stride = math.lcm(tiling.stride_px, graph.stride_px)
    if graph.halo_px is None:
        return replace(tiling, halo_px=None, stride_px=stride)
    halo = max(graph.halo_px, tiling.halo_px or 0)
    return replace(tiling, halo_px=align_up(halo, stride), stride_px=stride)


def hidden_stride(tiling: Tiling | None, graph: GraphFacts) -> str | None:
    """Why a network can't be cut into tiles before its card says where they may begin, or None where it can.

    Args:
        tiling: as the card states it, before the graph completes it.
        graph: of the same model.
    """
    if not graph.hidden_stride_by or graph.fixed_shape or (tiling is not None and tiling.stride_px > 1):
        return None
    return (
        "the total stride, at whose multiples tiles have to begin, can't be read off the graph behind "
        f"{graph.hidden_stride_by[0]}"
    )


def check_stride(tiling: Tiling | None, graph: GraphFacts, name: str) -> None:
    """Refuse a network whose tiles might begin where it was never meant to be cut.

    Raises:
        CardError: as ``hidden_stride`` says.
    """
    reason = hidden_stride(tiling, graph)
    if reason is not None:
        raise CardError(f"{name}: {reason}. {STATE_STRIDE}.")


def card_with(base: ModelCard | CardFacts | None, options: CardOptions, graph: GraphFacts, name: str) -> ModelCard:
    """The card of a model whose facts come from ``base``, from ``options``, or from both; options win.

    Raises:
        CardError: as ``complete``.
        OptionError: an option is malformed.
    """
    facts = facts_of(base) if isinstance(base, ModelCard) else (base or CardFacts())
    return complete(with_options(facts, options), graph, name)


def with_options(facts: CardFacts, options: CardOptions) -> CardFacts:
    """``facts`` with what the options say in their place.

    Raises:
        OptionError: an option is malformed, or --mean comes without --std.
    """
    changes: dict[str, Any] = {}
    if options.band_names is not None:
        changes["bands"] = _bands(options.band_names, facts.bands)
    bands = changes.get("bands", facts.bands)
    if options.mean is not None or options.std is not None:
        changes["normalization"] = _normalization(options, len(bands) if bands else None)
    if options.class_names is not None:
        changes["classes"] = labels_from(options.class_names, facts.classes or ())
    named = {
        "units": options.units,
        "output": options.output_kind,
        "gsd_m": options.model_gsd,
        "threshold": options.threshold,
    }
    changes |= {key: value for key, value in named.items() if value is not None}
    return replace(facts, **changes)


def _bands(names: Sequence[str], known: Sequence[Band] | None) -> tuple[Band, ...]:
    """Bands of these names; what the card knows of a band of the same name stays."""
    by_name = {band.name: band for band in known or ()}
    return tuple(by_name.get(name, Band(name)) for name in names)


def _normalization(options: CardOptions, count: int | None) -> Normalization:
    if options.mean is None or options.std is None:
        raise OptionError("--mean and --std go together: the model gets (x - mean) / std.")
    count = count or max(len(options.mean), len(options.std))
    mean, std = _spread("--mean", options.mean, count), _spread("--std", options.std, count)
    if not all(map(math.isfinite, (*mean, *std))) or 0 in std:
        raise OptionError(f"--mean {options.mean} --std {options.std}: they must be finite, and --std never 0.")
    identity = set(mean) == {0.0} and set(std) == {1.0}
    return Normalization(mean, std, kind="none" if identity else "z-score")


def _spread(name: str, values: Sequence[float], count: int) -> tuple[float, ...]:
    if len(values) not in (1, count):
        raise OptionError(f"{name} has {len(values)} numbers; expected 1 or {count}, one per band.")
    return tuple(map(float, values)) * (count if len(values) == 1 else 1)


def labels_from(entries: Sequence[str], known: Sequence[ClassLabel] = ()) -> tuple[ClassLabel, ...]:
    """Classes from ``name``, ``value=name`` or ``value=name=#rrggbb``, in the order of the output channels.

    Raises:
        OptionError: an entry is none of these.
    """
    labels = []
    for index, entry in enumerate(entries):
        found = re.fullmatch(r"(?:(\d+)=)?([^=]+?)(?:=(#[0-9a-fA-F]{6}))?", entry.strip())
        if found is None:
            raise OptionError(f"--class-names has {entry!r}; expected name, value=name or value=name=#rrggbb.")
        old = known[index] if index < len(known) else None
        value = int(found[1]) if found[1] else (old.value if old else index)
        color = found[3] or (old.color if old else default_color(index))
        labels.append(ClassLabel(value, found[2], color))
    return tuple(labels)


def default_color(index: int) -> str:
    """A colour for class number ``index``, far from its neighbours' hues."""
    rgb = colorsys.hsv_to_rgb((index * _GOLDEN_ANGLE + 0.33) % 1, 0.65, 0.85 if index % 2 else 0.65)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)
