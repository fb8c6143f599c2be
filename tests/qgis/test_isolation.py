"""What must not happen to QGIS's own process."""

from __future__ import annotations

import sys
from pathlib import Path

FOREIGN = {"geoquant", "rasterio", "onnxruntime", "openvino", "onnx", "dask", "xarray", "torch"}


def test_a_classification_loads_no_library_of_geoquant_into_qgis(run, landscape, tmp_path):
    found = run(
        "classify", {"INPUT": str(landscape.scene), "MODEL": str(landscape.model), "OUTPUT": str(tmp_path / "a.tif")}
    )
    assert Path(found["OUTPUT"]).is_file()
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & FOREIGN


def test_a_classification_is_the_command_lines_byte_for_byte(run, command_line, landscape, tmp_path):
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    run(
        "classify",
        {"INPUT": str(landscape.scene), "MODEL": str(landscape.model), "OUTPUT": str(by_qgis), "ENGINE": "ort"},
    )
    command_line("classify", landscape.scene, "--model", landscape.model, "-o", by_hand, "--engine", "ort")
    assert by_qgis.read_bytes() == by_hand.read_bytes()
