"""``python -m geoquant.onnx_graph.first_look_process FILE``: the child of ``first_look``.

What is wrong with the file goes to stdout; nothing does where all is well.
"""

from __future__ import annotations

import sys
from pathlib import Path

import onnx

from geoquant.errors import ModelError
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.first_look import MEMORY_BYTES
from geoquant.onnx_graph.loading import checked_file
from geoquant.onnx_graph.standard_ends import standardize_ends


def main() -> None:
    """Check the file and infer its shapes."""
    _limit_memory()
    try:
        model = checked_file(Path(sys.argv[1]))
        standardize_ends(model)
        graph_facts(model)
        onnx.shape_inference.infer_shapes(model, data_prop=True)
    except ModelError as error:
        sys.stdout.write(f"{error}\n")


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    main()
