"""Drive geoai-py on a local torch model; runs in its own virtual environment and imports nothing of geoquant.

``python peer_geoai.py '{"scene": ..., "model": ..., "out": ..., "mean": [...], "std": [...], "classes": 10}'``

``geoai.inference.predict_geotiff`` is its windowed inference for any torch module; it takes the normalization and the
argmax as functions. The older ``semantic_segmentation`` accepts only segmentation-models-pytorch networks on pixels
divided by 255. The model comes as TorchScript, which needs no class definition.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import torch
from geoai.inference import predict_geotiff


def main() -> None:
    """Segment one scene and print how long it took."""
    task = json.loads(sys.argv[1])
    mean, scale = (np.asarray(task[key], np.float32)[:, None, None] for key in ("mean", "std"))
    start = time.perf_counter()
    model = torch.jit.load(task["model"]).eval()
    if task.get("channels_last"):
        model = model.to(memory_format=torch.channels_last)
    predict_geotiff(
        model,
        task["scene"],
        task["out"],
        num_classes=task["classes"],
        output_dtype="uint8",
        output_nodata=255,
        preprocess_fn=lambda tile: (tile - mean) / scale,
        postprocess_fn=lambda scores: scores.argmax(0).astype(np.uint8),
        device="cpu",
        verbose=False,
        **task.get("settings", {}),
    )
    print(json.dumps({"inner_s": time.perf_counter() - start, "version": version("geoai-py")}))


if __name__ == "__main__":
    main()
