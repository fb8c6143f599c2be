"""Quantize an ONNX file with NNCF; runs in its own virtual environment and imports nothing of geoquant.

``python peer_nncf.py '{"model": ..., "jobs": [{"tiles": "z.npy", "out": ...}, ...]}'``; tiles are float32
(tile, 1, band, y, x), as the network takes them. All settings are NNCF's defaults, with as many samples as there are.
"""

import json
import logging
import sys
import time
from importlib.metadata import version

import nncf
import numpy as np
import onnx


def main() -> None:
    """Quantize the model once per job and print how long each took."""
    task = json.loads(sys.argv[1])
    logging.getLogger("nncf").setLevel(logging.ERROR)
    seconds = []
    for job in task["jobs"]:
        model = onnx.load(task["model"])
        name = model.graph.input[0].name
        tiles = np.load(job["tiles"])
        start = time.perf_counter()
        dataset = nncf.Dataset([{name: tile} for tile in tiles])
        onnx.save(nncf.quantize(model, dataset, subset_size=len(tiles)), job["out"])
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "version": version("nncf")}))


if __name__ == "__main__":
    main()
