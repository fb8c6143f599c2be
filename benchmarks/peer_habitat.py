"""Drive habitat-mapper on a local ONNX file; runs in its own virtual environment and imports nothing of geoquant.

``python peer_habitat.py '{"scene": ..., "model": ..., "out": ..., "mean": [...], "std": [...], "crop_size": 1024}'``

Its registry takes only the models that it ships, but the class behind it is public: ``ModelConfig`` with a local path
as its dependency, ``ONNXModel(config).process(image, output)``. Blur and morphology are off, so that both tools do the
same work; the overlap of 50 % between crops is not an option.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

from habitat_mapper.config import ModelConfig
from habitat_mapper.model import ONNXModel


def main() -> None:
    """Segment one scene and print how long it took."""
    task = json.loads(sys.argv[1])
    config = ModelConfig(
        name="benchmark",
        revision="20250101",
        dependencies=[task["model"]],
        model_filename=Path(task["model"]).name,
        input_channels=len(task["mean"]),
        activation=None,  # the argmax of blended logits is that of their softmax, and costs less
        normalization="standard",
        mean=tuple(task["mean"]),
        std=tuple(task["std"]),
        max_pixel_value=1.0,
        nodata_value=255,
    )
    start = time.perf_counter()
    ONNXModel(config).process(
        task["scene"],
        task["out"],
        batch_size=task.get("batch_size", 1),
        crop_size=task.get("crop_size"),
        blur_kernel_size=0,
        quiet=True,
    )
    print(json.dumps({"inner_s": time.perf_counter() - start, "version": version("habitat-mapper")}))


if __name__ == "__main__":
    main()
