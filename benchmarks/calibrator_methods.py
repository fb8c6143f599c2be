"""The ways to calibrate that are compared: each takes a float file and tiles of a scene and gives an INT8 file.

Everybody's files are run by the same code, so each gets the float model's card (geoquant's own has its own).

onnxruntime's calibrators keep every activation of all tiles in memory. They get the tiles in parts
(``CalibStridedMinMax``, which in spite of its name makes any of them collect part after part), so that a part fits;
minima, maxima and histograms of parts are merged by onnxruntime itself. (``CalibMaxIntermediateOutputs`` is for min-max
alone and fails where the tiles are a multiple of it.)
"""

from __future__ import annotations

import io
import json
import logging
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, quantize_static

from benchmarks.bench import Bench
from benchmarks.peers import FOLDER, Peer, interpreter
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model

CHUNK = 8
"""Tiles whose activations onnxruntime's calibrators hold at once."""
NNCF = Peer("nncf", "peer_nncf.py", (("nncf", "onnx", "onnxruntime"),))
Tiles = NDArray[np.float32]
"""(tile, 1, band, y, x), as the network takes them."""


class TileReader(CalibrationDataReader):  # type: ignore[misc]
    """Tiles for onnxruntime, all of them or a range."""

    def __init__(self, tiles: Tiles, name: str) -> None:
        self._tiles, self._name = tiles, name
        self.set_range(0, len(tiles))

    def __len__(self) -> int:
        return len(self._tiles)

    def set_range(self, start_index: int, end_index: int) -> None:
        """Give only these tiles."""
        self._left = iter(self._tiles[start_index:end_index])

    def get_next(self) -> dict[str, Tiles] | None:
        """The next tile, None after the last."""
        tile = next(self._left, None)
        return None if tile is None else {self._name: tile}


def by_onnxruntime(model: Path, tiles: Tiles, out: Path, method: CalibrationMethod) -> None:
    """``quantize_static`` with its defaults but for the range method."""
    kept = tiles[: max(1, len(tiles) // CHUNK) * CHUNK]  # parts must be equal
    extra = {"CalibStridedMinMax": min(CHUNK, len(kept))}
    reader = TileReader(kept, load_model(model).graph.input[0].name)
    with _quiet():
        quantize_static(str(model), str(out), reader, calibrate_method=method, extra_options=extra)
    _give_card(model, out)


def by_nncf(bench: Bench, model: Path, tiles: Mapping[Path, Tiles]) -> None:
    """``nncf.quantize`` with its defaults, one file per set of tiles; one process, because it starts slowly.

    Args:
        bench: whose work folder holds its environment.
        model: float file.
        tiles: output -> its tiles.
    """
    python = interpreter(NNCF, bench.work / "peers")
    jobs = []
    for out, some in tiles.items():
        np.save(out.with_suffix(".npy"), some)
        jobs.append({"tiles": str(out.with_suffix(".npy")), "out": str(out)})
    task = json.dumps({"model": str(model), "jobs": jobs})
    done = subprocess.run([str(python), str(FOLDER / NNCF.script), task], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"NNCF failed on {model}:\n{done.stderr[-3000:]}")
    for out in tiles:
        out.with_suffix(".npy").unlink()
        _give_card(model, out)


def _give_card(model: Path, out: Path) -> None:
    """Put the float model's card into another tool's file."""
    network = load_model(out)
    del network.metadata_props[:]
    write_card(network, replace(read_card(model), quantization=None), out)


@contextmanager
def _quiet():  # type: ignore[no-untyped-def]
    """Keep onnxruntime's quantizer from logging every tensor through the root logger, and from printing."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.getLogger().setLevel(level)


@dataclass(frozen=True)
class Method:
    """A way to calibrate that runs in this process.

    Attributes:
        name: for the table.
        first: it takes the first tiles of the scene, else random ones.
        make: (float file, tiles, output).
    """

    name: str
    first: bool
    make: Callable[[Path, Tiles, Path], None]


def _onnxruntime(method: CalibrationMethod) -> Callable[[Path, Tiles, Path], None]:
    return lambda model, tiles, out: by_onnxruntime(model, tiles, out, method)


METHODS: Sequence[Method] = (
    Method("onnxruntime, first tiles", True, _onnxruntime(CalibrationMethod.MinMax)),
    Method("onnxruntime, random tiles", False, _onnxruntime(CalibrationMethod.MinMax)),
    Method("onnxruntime, entropy", False, _onnxruntime(CalibrationMethod.Entropy)),
    Method("onnxruntime, percentile", False, _onnxruntime(CalibrationMethod.Percentile)),
)
NNCF_NAME, OWN_NAME = "NNCF", "geoquant"
NAMES = (*(method.name for method in METHODS), NNCF_NAME, OWN_NAME)
