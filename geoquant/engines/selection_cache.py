"""What was found out about models: one small JSON file per engine choice or guess, in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.loading import model_sha256

VERSION = 3  # of the record; a change of what is measured makes old answers worthless


def cache_folder() -> Path:
    """``GEOQUANT_CACHE``, else ``XDG_CACHE_HOME/geoquant``, else the platform's own place."""
    if given := os.environ.get("GEOQUANT_CACHE"):
        return Path(given)
    if place := os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA"):
        return Path(place) / "geoquant"
    return Path.home() / ".cache" / "geoquant"


def cache_key(model: Path | bytes, card: ModelCard, facts: Any) -> str:
    """A hash of everything that the answer depends on, weights in files of their own too.

    ``facts`` is JSON: machine, versions, workers, preference.
    """
    identity = hashlib.sha256(model).hexdigest() if isinstance(model, bytes) else model_sha256(model)
    about = [VERSION, card.output, len(card.classes), len(card.bands), card.tiling.stride_px, facts]
    return hashlib.sha256(json.dumps([identity, *about], sort_keys=True).encode()).hexdigest()


def load_choice(key: str) -> dict[str, Any] | None:
    """The record of ``key``, or None where there is none that can be read."""
    try:
        record = json.loads(_path(key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def store_choice(key: str, record: dict[str, Any]) -> bool:
    """Remember ``record``; False where the folder can't be written, which costs only a measurement next time."""
    try:
        _path(key).parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=_path(key).parent, delete=False, encoding="utf-8") as file:
            json.dump(record, file, indent=1)
        os.replace(file.name, _path(key))
    except OSError:
        return False
    return True


def _path(key: str) -> Path:
    return cache_folder() / "engines" / f"{key[:32]}.json"
