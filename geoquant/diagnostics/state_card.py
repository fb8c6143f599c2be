"""The job: write what an author states of a float model into its file, as its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geoquant.errors import CardError, OptionError
from geoquant.model_card.card import ModelCard
from geoquant.model_card.completion import CardFacts, check_stride, complete, with_options
from geoquant.model_card.embedding import write_card
from geoquant.model_card.json_schema import card_to_json
from geoquant.model_card.reading import known_facts
from geoquant.model_card.statement import check_statement, check_threshold, with_statement
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.card import CardOptions, CardStatement
from geoquant.output.destination import check_destination, part_file
from geoquant.raster.band_names import COMMON_NAMES

NO_FACTS, NO_STATEMENT = CardOptions(), CardStatement()


def state_card(
    model: str | Path,
    options: CardOptions = NO_FACTS,
    statement: CardStatement = NO_STATEMENT,
    out: str | Path | None = None,
    overwrite: bool = False,
) -> ModelCard:
    """Write the card that a model's own facts make with those that are stated; what is stated wins.

    Args:
        model: a float ONNX file, with a card or without.
        options: facts that a run needs, or a card in a file of its own.
        statement: further facts.
        out: the model with its card, or the card alone where the name ends in ``.json``; None for the model itself.
        overwrite: replace ``out`` where it exists, or write into the model itself where there is no ``out``.

    Returns:
        The card as written.

    Raises:
        CardError: what is missing, absurd, or contradicted by the graph; or the model is an INT8 one, whose card is
            its record.
        OptionError: an option is malformed, or the output exists.
        ModelError: the model can't be read or written; nothing is left under the final name then.
    """
    path, target = Path(model), Path(model if out is None else out)
    _check_target(path, target, options, overwrite)
    proto = load_model(path)
    graph = graph_facts(proto)
    facts = known_facts(proto, path, graph, options)
    card = _stated(facts, path.stem, (options, statement), graph)
    if target.suffix.lower() == ".json":
        document: dict[str, Any] = json.loads(card_to_json(card))
        with part_file(target) as part:
            part.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        write_card(path, card, target)
    return card


def _check_target(path: Path, target: Path, options: CardOptions, overwrite: bool) -> None:
    if not path.is_file():
        raise OptionError(f"There is no model {path}.")
    given = [] if options.card is None else [options.card]
    if target != path:
        check_destination(target, overwrite, [path, *given])
    elif not overwrite:
        raise OptionError(
            f"Nothing says where the card goes: give -o NEW.onnx for a copy with it, or --overwrite to write it into "
            f"{path} itself."
        )
    else:
        check_destination(target, overwrite, given)


def _stated(facts: CardFacts, name: str, said: tuple[CardOptions, CardStatement], graph: GraphFacts) -> ModelCard:
    """The card, checked."""
    options, statement = said
    if facts.quantization is not None:
        raise CardError(
            f"{name} is an INT8 model, whose card is the record of its quantization. Write the card into the float "
            "model, and quantize that again."
        )
    _check_common_names(statement)
    facts = with_statement(with_options(facts, options), statement)
    check_statement(statement, graph)
    check_stride(facts.tiling, graph, name)
    card = complete(facts, graph, name)
    check_threshold(card)
    return card


def _check_common_names(statement: CardStatement) -> None:
    unknown = [name for name in statement.common_names or () if name.strip() and name.strip() not in COMMON_NAMES]
    if unknown:
        raise OptionError(
            f"--common-names has {', '.join(unknown)}, which STAC does not know; expected some of "
            f"{', '.join(sorted(COMMON_NAMES))}. A band's own name goes into --band-names."
        )
