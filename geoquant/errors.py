"""Every error geoquant raises on purpose, and the exit code each one ends a command with.

A message says what was found, what was expected and what to do about it. Foreign exceptions (rasterio, onnx,
onnxruntime, openvino) are mapped to these once, where they come in, with ``raise ... from``.
"""

from __future__ import annotations

from geoquant.redaction import redacted


class GeoquantError(Exception):
    """Root of every error that geoquant raises on purpose; its message holds no secrets of an address."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(redacted(message))


class OptionError(GeoquantError):
    """An option or argument is unknown, out of range or contradicts another."""

    exit_code = 2


class RasterError(GeoquantError):
    """A raster can't be opened, read or written."""


class SourceUnavailable(RasterError):
    """A remote source's server does not answer, or the network is down: trying later may help."""


class DamagedRaster(RasterError):
    """Pixels of a raster can't be decoded, where the file itself opens."""


class ScenesFailed(RasterError):
    """Some of many scenes could not be classified; the others were."""


class GridMismatch(RasterError):
    """Two rasters that must share a grid (CRS, transform, size) do not."""


class BandMismatch(RasterError):
    """The scene's bands are not the ones that the model was trained on."""


class ModelError(GeoquantError):
    """A model file is damaged, hostile, or not a network that geoquant can run."""


class CardError(ModelError):
    """A model card is missing, malformed, or contradicts the graph it describes."""


class EngineError(ModelError):
    """An inference engine is unavailable or failed while it ran a model."""


class QuantizationError(GeoquantError):
    """A model can't be quantized."""


class CalibrationError(QuantizationError):
    """The calibration scenes hold too little valid data to observe ranges."""


class AccuracyDrop(QuantizationError):
    """The INT8 model differs from the float model by more than the gate allows."""

    exit_code = 3


class Cancelled(GeoquantError):
    """The user cancelled; a progress callback may raise it to stop a job."""

    exit_code = 130


class GeoquantWarning(UserWarning):
    """Something is unusual, the job goes on, and the result may not be what the user expects."""

    def __init__(self, message: str = "") -> None:
        super().__init__(redacted(message))
