"""Model files with cards, and what they give for a whole image by onnxruntime alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.qdq import QdqSettings, write_qdq
from tests.builders.networks import network_of
from tests.builders.quantizing import observed

BAND_NAMES = ("blue", "green", "red", "nir", "swir16", "swir22")
COLORS = ("#1f78b4", "#33a02c", "#ffd92f", "#e31a1c", "#a65628", "#999999", "#ffffff", "#6a3d9a")


def card_for(bands: int, classes: int, **facts: object) -> ModelCard:
    """A card for stored numbers of about 0..1000, in ``dn``."""
    card = ModelCard(
        name="test network",
        bands=tuple(Band(name, name) for name in BAND_NAMES[:bands]),
        normalization=Normalization((500.0,) * bands, (250.0,) * bands),
        classes=tuple(ClassLabel(index, f"class {index}", COLORS[index]) for index in range(classes)),
        units="dn",
        tiling=Tiling(halo_px=None),
    )
    return replace(card, **facts)  # type: ignore[arg-type]


def network_file(
    path: Path,
    kind: str = "conv",
    bands: int = 3,
    classes: int = 4,
    seed: int = 0,
    size: int | None = None,
    **facts: object,
) -> Path:
    """Write a network with its card; ``size`` fixes its tile, ``facts`` go into the card."""
    write_card(network_of(kind, bands, classes, seed, size), card_for(bands, classes, **facts), path)
    return path


def whole_image(path: Path, image: np.ndarray) -> np.ndarray:
    """Class values ``(y, x)`` of ``image (band, y, x)`` by onnxruntime in one pass over the reflected image."""
    return whole_scores(path, image).argmax(axis=0).astype(np.uint8)


def margins(scores: np.ndarray) -> np.ndarray:
    """How far the best of ``scores (class, y, x)`` is above the second, ``(y, x)``."""
    second, best = np.sort(scores, axis=0)[-2:]
    return best - second


def whole_scores(path: Path, image: np.ndarray, pad: int = 64) -> np.ndarray:
    """Scores ``(class, y, x)`` of ``image (band, y, x)`` by onnxruntime in one pass over the reflected image."""
    import onnxruntime

    z = normalized(image)
    height, width = image.shape[1:]
    extra = [(0, 0), (pad, pad + -height % pad), (pad, pad + -width % pad)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"image": np.pad(z, extra, mode="reflect")[None]})
    return scores[0, :, pad : pad + height, pad : pad + width]


def int8_file(path: Path, source: Path, images: list[np.ndarray]) -> Path:
    """The network of ``source`` in INT8, its ranges observed on ``images (band, y, x)`` of stored numbers."""
    network = prepare(load_model(source))
    ranges = observed(network, [normalized(image)[None] for image in images])
    write_card(write_qdq(network, ranges, QdqSettings()), read_card(source), path)
    return path


def normalized(image: np.ndarray) -> np.ndarray:
    """What ``card_for``'s normalization makes of stored numbers, float32."""
    return ((image.astype(np.float64) - 500) / 250).astype(np.float32)
