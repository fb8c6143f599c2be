"""The card of a model: from the file itself, or from what lies beside it, with facts given as options laid over it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from geoquant.errors import CardError
from geoquant.model_card.card import ModelCard
from geoquant.model_card.completion import CardFacts, complete, facts_of, missing_facts, with_options
from geoquant.model_card.dialects.deepness import from_deepness
from geoquant.model_card.dialects.esri_emd import from_emd
from geoquant.model_card.dialects.stac_mlm import from_mlm
from geoquant.model_card.embedding import embedded_card, metadata_of
from geoquant.model_card.json_schema import VERSION_KEY, card_from_json, parse_object
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.card import CardOptions

_NO_OPTIONS = CardOptions()


def read_card(model: str | Path | Any, options: CardOptions = _NO_OPTIONS) -> ModelCard:
    """The card of a model, whole, checked against its graph and with tiling that the graph allows.

    The first of these that says anything: ``options.card``, the ONNX metadata (key ``geoquant``), the Deepness
    plugin's metadata, ``NAME.json`` or ``NAME.onnx.json`` (a geoquant card or a STAC MLM item) and ``NAME.emd``
    beside the file. The other options replace single facts of it.

    Args:
        model: path of an ONNX file, or an ``onnx.ModelProto``.
        options: facts that the model does not carry.

    Raises:
        CardError: naming each missing fact and its option, or what is malformed or contradicts the graph.
        ModelError: the model can't be read.
        OptionError: an option is malformed.
    """
    proto, path = _opened(model)
    return card_and_facts(proto, path, graph_facts(proto), options)[0]


def card_and_facts(
    proto: Any, path: Path | None, graph: GraphFacts, options: CardOptions = _NO_OPTIONS
) -> tuple[ModelCard, CardFacts]:
    """The card as ``read_card`` gives it, and what was said before the graph completed it.

    Raises:
        CardError, OptionError: as ``read_card``.
    """
    facts = with_options(known_facts(proto, path, graph, options), options)
    return complete(facts, graph, path.stem if path else proto.graph.name or "model"), facts


def card_gaps(model: str | Path | Any, options: CardOptions = _NO_OPTIONS) -> dict[str, str]:
    """What a model's card lacks: field -> one line with the option that gives it; empty when it is whole.

    Raises:
        CardError: what is there is malformed.
        ModelError: the model can't be read.
    """
    proto, path = _opened(model)
    return missing_facts(with_options(known_facts(proto, path, graph_facts(proto), options), options))


def _opened(model: str | Path | Any) -> tuple[Any, Path | None]:
    return (load_model(model), Path(model)) if isinstance(model, (str, Path)) else (model, None)


def known_facts(proto: Any, path: Path | None, graph: GraphFacts, options: CardOptions = _NO_OPTIONS) -> CardFacts:
    """What the first source that says anything says.

    Raises:
        CardError: that source is malformed.
    """
    if options.card is not None:
        return facts_in_file(Path(options.card), graph)
    card = embedded_card(proto)
    if card is not None:
        return facts_of(card, "its card")
    found = from_deepness(metadata_of(proto), graph.bands, graph.output_channels)
    if found is not None:
        return found
    for sidecar in _sidecars(path):
        if sidecar.suffix == ".emd" or _is_card(sidecar):
            return facts_in_file(sidecar, graph)
    return CardFacts(source="it carries no card and none lies beside it")


def _sidecars(path: Path | None) -> list[Path]:
    if path is None:
        return []
    candidates = [path.with_suffix(".json"), path.with_name(path.name + ".json"), path.with_suffix(".emd")]
    return [candidate for candidate in candidates if os.path.isfile(candidate)]


def _is_card(path: Path) -> bool:
    """Whether a JSON file beside a model is a card: it may as well be a training log."""
    try:
        document = parse_object(_text(path), str(path))
    except CardError:
        return False
    properties = document.get("properties")
    return VERSION_KEY in document or (isinstance(properties, dict) and "mlm:input" in properties)


def facts_in_file(path: Path, graph: GraphFacts) -> CardFacts:
    """Facts in a file: a geoquant card, a STAC MLM item or an Esri ``.emd``.

    Raises:
        CardError: it can't be read, or is none of these.
    """
    text = _text(path)
    document = parse_object(text, str(path))
    if path.suffix.lower() == ".emd":
        return from_emd(document, graph.output_channels)
    if VERSION_KEY in document:
        return facts_of(card_from_json(text), str(path))
    return from_mlm(document)


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CardError(f"Can't read the model card {path}: {error.strerror or error}.") from error
