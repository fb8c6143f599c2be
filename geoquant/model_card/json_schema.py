"""The card as JSON: decoded by the dataclasses' own type hints, checked, and encoded again without loss."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, NoReturn, Union

from geoquant.errors import CardError
from geoquant.model_card.card import SCHEMA_VERSION, ModelCard
from geoquant.model_card.validation import check_card

VERSION_KEY = "schema_version"
_JSON_LIMIT_BYTES = 16 * 2**20
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def card_to_json(card: ModelCard) -> str:
    """The card as one JSON object with its schema version; fields that are None by default are left out.

    Raises:
        CardError: the card does not hold together.
    """
    check_card(card)
    try:
        return json.dumps({VERSION_KEY: SCHEMA_VERSION, **encode(card)}, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CardError(f"The card of {card.name!r} holds something that JSON can't: {error}.") from error


def card_from_json(text: str | bytes) -> ModelCard:
    """Decode and check what ``card_to_json`` wrote.

    Raises:
        CardError: naming the field by its path (``bands[2].scale``), what was found and what was expected.
    """
    document = parse_object(text, "the model card")
    found = document.pop(VERSION_KEY, None)
    if type(found) is not int or found < 1:
        raise CardError(f"The model card's {VERSION_KEY} is {found!r}; expected {SCHEMA_VERSION}.")
    if found > SCHEMA_VERSION:
        raise CardError(
            f"The model card has schema version {found}, this geoquant reads up to {SCHEMA_VERSION}: update geoquant."
        )
    card: ModelCard = decode(ModelCard, document, "card")
    check_card(card)
    return card


def parse_object(text: str | bytes, what: str) -> dict[str, Any]:
    """A JSON object, or a ``CardError`` that says what is wrong with ``what``."""
    if len(text) > _JSON_LIMIT_BYTES:
        raise CardError(f"The JSON of {what} has {len(text)} bytes; expected at most {_JSON_LIMIT_BYTES}.")
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CardError(f"The JSON of {what} can't be read: {error}.") from error
    if not isinstance(document, dict):
        raise CardError(f"The JSON of {what} is a {type(document).__name__}; expected an object.")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a finite number")


def encode(value: Any) -> Any:
    """Dataclasses to objects and tuples to lists, without what is None by default."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((spec, getattr(value, spec.name)) for spec in fields(value))
        return {spec.name: encode(item) for spec, item in pairs if not (item is None and spec.default is None)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value


def decode(kind: Any, value: Any, path: str) -> Any:
    """``value`` out of JSON as the annotated type ``kind``; ``path`` is named where it does not fit."""
    if is_dataclass(kind) and isinstance(kind, type):
        return _decode_dataclass(kind, value, path)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else decode(next(a for a in arguments if a is not type(None)), value, path)
    if origin is tuple:
        return _decode_tuple(arguments, value, path)
    if origin is Literal:
        return value if value in arguments else _misfit(path, value, f"one of {', '.join(map(repr, arguments))}")
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _decode_mapping(arguments, value, path)
    return _decode_scalar(kind, value, path)


def _misfit(path: str, value: Any, expected: str) -> NoReturn:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    raise CardError(f"The model card's {path} is {shown}; expected {expected}.")


def _decode_dataclass(kind: type, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        _misfit(path, value, "an object")
    hints, known = typing.get_type_hints(kind), {spec.name: spec for spec in fields(kind)}
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise CardError(f"The model card's {path} has {', '.join(unknown)}; it knows only {', '.join(known)}.")
    required = [n for n, spec in known.items() if spec.default is MISSING and spec.default_factory is MISSING]
    absent = [name for name in required if name not in value]
    if absent:
        raise CardError(f"The model card's {path} lacks {', '.join(absent)}.")
    return kind(**{name: decode(hints[name], item, f"{path}.{name}") for name, item in value.items()})


def _decode_tuple(arguments: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        _misfit(path, value, "a list")
    return tuple(decode(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))


def _decode_mapping(arguments: tuple[Any, ...], value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _misfit(path, value, "an object")
    if arguments[1] is Any:
        return dict(value)
    return {key: decode(arguments[1], item, f"{path}.{key}") for key, item in value.items()}


def _decode_scalar(kind: Any, value: Any, path: str) -> Any:
    if kind is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            _misfit(path, value, "a number that fits in a double")
    if type(value) is not kind:
        _misfit(path, value, _WORDS[kind])
    return value
