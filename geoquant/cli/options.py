"""Command-line options made from the options dataclasses, so that help, names and defaults have one source."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import click

from geoquant.errors import OptionError

Options = TypeVar("Options")
Command = TypeVar("Command", bound=Callable[..., Any])


class CommaList(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.3 on only
    """Values separated by commas, as a tuple: ``B02,B03`` or ``0.1,0.2``."""

    def __init__(self, item: type) -> None:
        self.item = item
        self.name = f"{item.__name__},..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """The tuple of items; a value that is a tuple already stays as it is."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(self.item(part.strip()) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of {self.item.__name__} separated by commas.", param, ctx)


def dataclass_options(*classes: type) -> Callable[[Command], Command]:
    """Decorate a click command with one option per field of the dataclasses, in their order.

    A field ``skip_bad_blocks: bool`` becomes the flag ``--skip-bad-blocks``; ``X | None`` becomes an option of type
    X without a default; a tuple of fixed length takes that many values, a tuple of any length takes a comma list.
    Metadata: ``help``, ``choices``, ``metavar``, ``flag`` (a second spelling).
    """

    def decorate(command: Command) -> Command:
        for owner in reversed(classes):
            hints = get_type_hints(owner)
            for spec in reversed(fields(owner)):
                command = _click_option(spec, hints[spec.name])(command)
        return command

    return decorate


def build(options_class: type[Options], params: Mapping[str, Any]) -> Options:
    """The dataclass made of its own fields in ``params``, the values click parsed.

    Raises:
        OptionError: where the dataclass refuses a value.
    """
    names = [spec.name for spec in fields(options_class)]  # type: ignore[arg-type]
    return options_class(**{name: params[name] for name in names if name in params})


def read_option(text: str, spec: Field[Any], hint: Any) -> Any:
    """``text`` as the value of one field, read exactly as the command line reads it.

    Raises:
        OptionError: naming the option and what it takes.
    """
    kind, _ = _click_type(spec, hint)
    try:
        return kind.convert(text, None, None)
    except click.BadParameter as error:
        raise OptionError(f"{_spelling(spec)}: {error.format_message()}") from error


def _click_option(spec: Field[Any], hint: Any) -> Callable[[Command], Command]:
    default = None if spec.default is MISSING else spec.default
    names = [_spelling(spec), spec.name]
    if spec.metadata.get("flag"):
        names.insert(1, spec.metadata["flag"])
    text = spec.metadata.get("help", "")
    if hint is bool:
        return click.option(*names, is_flag=True, default=default, help=text)
    kind, count = _click_type(spec, hint)
    return click.option(
        *names,
        type=kind,
        nargs=count,
        default=default,
        show_default=default is not None,
        metavar=spec.metadata.get("metavar"),
        help=text,
    )


def _spelling(spec: Field[Any]) -> str:
    return "--" + spec.name.replace("_", "-")


def _click_type(spec: Field[Any], hint: Any) -> tuple[Any, int]:
    """The click type of a field and how many values it takes."""
    choices = spec.metadata.get("choices")
    if choices:
        return click.Choice([str(choice) for choice in choices]), 1
    plain = _without_none(hint)
    if get_origin(plain) is tuple:
        items = get_args(plain)
        if len(items) == 2 and items[1] is Ellipsis:
            return CommaList(items[0]), 1
        return click.types.convert_type(items[0]), len(items)
    return click.types.convert_type(plain), 1


def _without_none(hint: Any) -> Any:
    """``X`` of ``X | None``; any other hint as it is."""
    if get_origin(hint) in (Union, types.UnionType):
        kept = [item for item in get_args(hint) if item is not type(None)]
        if len(kept) == 1:
            return kept[0]
    return hint
