"""The card inside an ONNX file: ``metadata_props``, key ``geoquant``."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from geoquant.errors import CardError, ModelError
from geoquant.model_card.card import ModelCard
from geoquant.model_card.dialects.deepness import DEEPNESS_KEYS, to_deepness
from geoquant.model_card.json_schema import card_from_json, card_to_json
from geoquant.onnx_graph.loading import load_file
from geoquant.unfinished import link_target

METADATA_KEY = "geoquant"


def metadata_of(model: Any) -> dict[str, str]:
    """All metadata of an ``onnx.ModelProto``."""
    return {entry.key: entry.value for entry in model.metadata_props}


def embedded_card(model: Any) -> ModelCard | None:
    """The card that ``write_card`` put into an ``onnx.ModelProto``, or None when there is none.

    Raises:
        CardError: there is one and it is malformed.
    """
    text = metadata_of(model).get(METADATA_KEY)
    return None if text is None else card_from_json(text)


def set_metadata(model: Any, entries: Mapping[str, str]) -> None:
    """Put ``entries`` into an ``onnx.ModelProto``, replacing what has the same keys."""
    _drop_metadata(model, entries)
    for key, value in entries.items():
        model.metadata_props.add(key=key, value=value)


def write_card(model: Any, card: ModelCard, out: str | Path | None = None) -> Any:
    """Embed ``card`` in a model, and with it the keys by which the QGIS plugin Deepness runs it, where it can.

    Args:
        model: an ``onnx.ModelProto``, changed in place, or the path of an ONNX file.
        card: what to embed; a card that is there is replaced in both dialects, other metadata stays.
        out: where to write the model; None leaves a proto in memory and rewrites a file in place.

    Returns:
        The ``onnx.ModelProto`` with its card.

    Raises:
        CardError: the card does not hold together.
        ModelError: the model can't be read or written; nothing is left under the final name then.
    """
    entries = {METADATA_KEY: card_to_json(card), **_deepness_entries(card)}
    is_path = isinstance(model, (str, Path))
    proto = load_file(model) if is_path else model
    _drop_metadata(proto, DEEPNESS_KEYS)
    set_metadata(proto, entries)
    target = out if out is not None else (model if is_path else None)
    if target is not None:
        save_model(proto, Path(target))
    return proto


def _deepness_entries(card: ModelCard) -> dict[str, str]:
    """The same facts for the Deepness plugin, where it can run the model exactly."""
    try:
        return to_deepness(card)
    except CardError:
        return {}


def _drop_metadata(model: Any, keys: Collection[str]) -> None:
    """Remove entries: those of another dialect would contradict a new card, whose normalization may be folded."""
    kept = [(entry.key, entry.value) for entry in model.metadata_props if entry.key not in keys]
    del model.metadata_props[:]
    for key, value in kept:
        model.metadata_props.add(key=key, value=value)


def save_model(model: Any, path: Path) -> None:
    """Write an ``onnx.ModelProto`` as one file, under a temporary name first, renamed when it is complete.

    Raises:
        ModelError: the folder is missing, the disk is full, or the model is too large for one file (2 GiB).
    """
    from google.protobuf.message import EncodeError  # type: ignore[import-untyped,unused-ignore]

    path = link_target(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(temporary, "xb") as stream:
            stream.write(model.SerializeToString())
        os.replace(temporary, path)
    except (OSError, ValueError, EncodeError) as error:
        temporary.unlink(missing_ok=True)
        raise ModelError(f"Can't write the model {path}: {error}.") from error
