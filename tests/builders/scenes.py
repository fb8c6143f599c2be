"""A scene whose classes a network without training knows: nearest spectrum, in fields, a lake, clouds and shadows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import rasterio
from onnx import numpy_helper
from rasterio.transform import from_origin

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.model_card.embedding import write_card
from geoquant.options.quantize import QuantizeOptions
from geoquant.quantization.quantize import quantize
from geoquant.quantization.summary import QuantizeSummary
from geoquant.raster.scene_input import SceneInput
from tests.builders.networks import nearest_spectrum

SIDE = 480
FEW = QuantizeOptions(tiles=10, tile=64, held_out=24)
BANDS = (("B02", "blue"), ("B03", "green"), ("B04", "red"), ("B8A", "nir08"))
SPECTRA = {  # reflectance per band, class value, SCL value
    "forest": ((0.03, 0.05, 0.03, 0.35), 1, 4),
    "soil": ((0.08, 0.12, 0.16, 0.25), 2, 5),
    "water": ((0.06, 0.05, 0.03, 0.01), 3, 6),
    "cloud": ((0.60, 0.61, 0.62, 0.65), 4, 9),
    "shadow": ((0.015, 0.02, 0.015, 0.05), 5, 3),
}
SHIFT, SCALE = (0.1, 0.1, 0.1, 0.2), (0.1, 0.1, 0.1, 0.12)


def surfaces(rng: np.random.Generator) -> np.ndarray:
    """(y, x) positions in SPECTRA: fields of forest and soil, a lake, two clouds with shadows."""
    kinds = np.kron(rng.integers(0, 2, (SIDE // 20, SIDE // 20)), np.ones((20, 20), int))
    kinds[60:190, 220:400] = 2
    for row, col in ((250, 80), (330, 300)):
        kinds[row + 40 : row + 130, col + 50 : col + 150] = 4
        kinds[row : row + 90, col : col + 100] = 3
    return kinds


def make_scene(folder: Path, seed: int = 0) -> Path:
    """``scene.tif`` (uint16, a wedge of 0) beside ``scl.tif`` at half the resolution and ``labels.tif``."""
    rng = np.random.default_rng(seed)
    return write_scene(folder, surfaces(rng), rng)


def write_scene(folder: Path, kinds: np.ndarray, rng: np.random.Generator) -> Path:
    """The three rasters of ``kinds (y, x)``, with noise."""
    table = list(SPECTRA.values())
    reflectance = np.array([spectrum for spectrum, _, _ in table])[kinds].transpose(2, 0, 1)
    noisy = reflectance * rng.normal(1, 0.12, (4, SIDE, SIDE))
    stored = np.clip(np.rint((noisy + 0.1) * 10000), 1, 65535).astype(np.uint16)
    stored[:, :, :30] = 0
    write(folder / "scene.tif", stored, nodata=0)
    write(folder / "labels.tif", np.array([value for _, value, _ in table], np.uint8)[kinds][None])
    write(folder / "scl.tif", np.array([scl for _, _, scl in table], np.uint8)[kinds][None, ::2, ::2], pixel=20)
    return folder / "scene.tif"


def write(path: Path, values: np.ndarray, pixel: float = 10, nodata: float | None = None) -> None:
    count, height, width = values.shape
    profile = {"driver": "GTiff", "crs": "EPSG:32632", "transform": from_origin(5e5, 5e6, pixel, pixel)}
    with rasterio.open(
        path, "w", count=count, height=height, width=width, dtype=values.dtype, nodata=nodata, **profile
    ) as sink:
        sink.write(values)
        if count == 4:
            sink.scales, sink.offsets, sink.descriptions = [1e-4] * 4, [-0.1] * 4, [name for name, _ in BANDS]


def spectral_card(name: str = "nearest") -> ModelCard:
    """The network's card."""
    classes = tuple(ClassLabel(value, label, "#336699") for label, (_, value, _) in SPECTRA.items())
    bands = tuple(Band(band, common) for band, common in BANDS)
    return ModelCard(name, bands, Normalization(SHIFT, SCALE), classes, tiling=Tiling(halo_px=1, stride_px=1))


def make_model(path: Path, name: str = "nearest") -> Path:
    """The float network with its card."""
    centres = (np.array([spectrum for spectrum, _, _ in SPECTRA.values()]) - SHIFT) / SCALE
    write_card(nearest_spectrum(centres), spectral_card(name), path)
    return path


def clip_ranges(int8: Path, out: Path) -> Path:
    """An INT8 file with a tenth of every activation's range: it clips nearly everything."""
    network = onnx.load(int8)
    scales = {node.input[1] for node in network.graph.node if node.op_type == "QuantizeLinear"}
    for tensor in network.graph.initializer:
        if tensor.name in scales:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(0.1), tensor.name))
    onnx.save(network, out)
    return out


def quantize_with_references(model: Path, scene: Path, out: Path, options: QuantizeOptions = FEW) -> QuantizeSummary:
    """Quantize on a scene with the mask and the labels that lie beside it."""
    given = SceneInput(scene, mask=scene.with_name("scl.tif"), labels=scene.with_name("labels.tif"))
    return quantize(model, [given], out, options)
