# SPDX-License-Identifier: GPL-2.0-or-later
"""Which models there are to pick: those that come with geoquant, by name, and files."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from qgis.core import QgsProcessingException, QgsRasterLayer, QgsSettings

from ..labels import tr
from ..settings import profile_folder
from ..worker.server import library_folder
from .model_card import read_summary

WORD = re.compile(r"\w+")
RECENT_KEY, RECENT_COUNT = "geoquant/recent_models", 8


def packaged_models() -> dict[str, Path]:
    """Name -> file of the models that come with geoquant."""
    folder = library_folder() / "geoquant" / "models"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def model_file(value: str) -> Path:
    """The file of a model given by name or path.

    Raises:
        QgsProcessingException: there is none.
    """
    text = value.strip()
    if not text:
        raise QgsProcessingException(
            tr("No model was chosen; choose an ONNX file or a model that comes with geoquant.")
        )
    packaged = packaged_models()
    path = packaged.get(text, Path(text))
    if not path.is_file():
        names = ", ".join(packaged)
        raise QgsProcessingException(
            tr("The model {} does not exist; choose an ONNX file, or one that comes with geoquant: {}.").format(
                text, names
            )
        )
    return path


def suggested_model(layer: QgsRasterLayer) -> str:
    """The name of a model that comes with geoquant and whose bands the layer names; "" where there is none."""
    words = {word.lower() for band in range(layer.bandCount()) for word in WORD.findall(layer.bandName(band + 1))}
    for name, path in packaged_models().items():
        card = read_summary(path)
        if card is not None and all(words & {word.lower() for word in WORD.findall(band)} for band in card.bands):
            return name
    return ""


def int8_file(model: Path) -> Path:
    """Where the INT8 model of a float model goes: beside it as NAME.int8.onnx, under a name that is free.

    Beside one that comes with geoquant, or in a folder that can't be written, an update would delete it or it could
    not be: such models go into the QGIS profile.
    """
    folder = model.resolve().parent
    if model in packaged_models().values() or not os.access(folder, os.W_OK):
        folder = profile_folder() / "geoquant" / "models"
        folder.mkdir(parents=True, exist_ok=True)
    endings = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    files = (folder / f"{model.stem}.int8{ending}.onnx" for ending in endings)
    return next(file for file in files if not file.exists())


def recent_models() -> list[str]:
    """Files that were used before and still exist, the latest first."""
    kept = QgsSettings().value(RECENT_KEY, []) or []
    listed = [kept] if isinstance(kept, str) else list(kept)
    return [one for one in listed if Path(one).is_file()]


def remember_model(path: Path) -> None:
    """Put a model's file in front of the recent ones; those that come with geoquant are listed anyway."""
    if path in packaged_models().values():
        return
    others = [one for one in recent_models() if one != str(path)]
    QgsSettings().setValue(RECENT_KEY, [str(path), *others][:RECENT_COUNT])
