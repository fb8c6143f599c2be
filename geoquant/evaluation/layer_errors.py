"""Every layer's error in the INT8 network, over tiles of all conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoquant.evaluation.layer_probe import LayerError, LayerProbe
from geoquant.grid import ceil_div
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.preprocessing.encoder import Encoder
from geoquant.progress import Progress, ProgressCallback
from geoquant.sampling.tile_reader import ReadTile, TileReader

LAYER_TILES = 12
CROP_PX = 256
"""All activations of both networks are held at once, so tiles are cut to this side."""


def measure_layers(
    models: tuple[Path, Path], cards: tuple[ModelCard, ModelCard], tiles: TileReader, progress: ProgressCallback
) -> tuple[LayerError, ...]:
    """SQNR and clip rate of every layer with weights that both networks have.

    Args:
        models: float and INT8 file.
        cards: of both, for their ways in.
        tiles: some of them are run.
        progress: is told after each tile.

    Raises:
        QuantizationError: onnxruntime refuses one of the networks.
    """
    network = load_model(models[0])
    side = graph_facts(network).fixed_side or max(CROP_PX // tiles.geometry.stride_px, 1) * tiles.geometry.stride_px
    probe = LayerProbe(prepare(network), load_model(models[1]))
    step = ceil_div(len(tiles), LAYER_TILES)
    some = replace(tiles, choices=tiles.choices[::step])
    encoders = [tiles.encoders(card) for card in cards]
    facts = cards[1].quantization
    if facts is not None and facts.method.get("equalized"):
        few = replace(tiles, choices=some.choices[::3])
        probe.align(_batches(few, encoders, side))
    for done, batch in enumerate(_batches(some, encoders, side)):
        progress(Progress("comparing layers", done, len(some), "tiles"))
        probe.measure(*batch)
    progress(Progress("comparing layers", len(some), len(some), "tiles"))
    return probe.errors


def _batches(
    tiles: TileReader, encoders: Sequence[Sequence[Encoder]], side: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Each tile as the float and as the INT8 network takes it."""
    for tile in tiles:
        yield _batch(tile, encoders[0][tile.scene], side), _batch(tile, encoders[1][tile.scene], side)


def _batch(tile: ReadTile, encode: Encoder, side: int) -> NDArray[np.float32]:
    """The z (1, band, y, x) of the tile, of its upper left part where it is large."""
    z = np.asarray(encode(tile.pixels.values, tile.pixels.valid), np.float32)
    return np.ascontiguousarray(z[:, :side, :side])[None]
