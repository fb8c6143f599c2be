"""geoquant: small, fast, proved INT8 networks for multispectral rasters of any size.

Importing this package loads nothing heavy; each name below is imported when it is first used. What is not named here
is internal and may change without notice.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from geoquant._version import __version__ as __version__

# The wheels of onnxruntime send usage events to Microsoft and keep a device id under ~/.cache, since 2026 on Linux too,
# from the moment it is imported. The documented opt-out is read then: set it above every module that imports it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("ORT_TELEMETRY_DISABLED", "1")  # the name that earlier releases read

if TYPE_CHECKING:
    from geoquant.demo.demo import DemoSummary as DemoSummary
    from geoquant.demo.demo import run_demo as run_demo
    from geoquant.diagnostics.doctor import diagnose as diagnose
    from geoquant.diagnostics.finding import Diagnosis as Diagnosis
    from geoquant.diagnostics.inspect import InspectReport as InspectReport
    from geoquant.diagnostics.inspect import inspect_model as inspect_model
    from geoquant.errors import AccuracyDrop as AccuracyDrop
    from geoquant.errors import BandMismatch as BandMismatch
    from geoquant.errors import CalibrationError as CalibrationError
    from geoquant.errors import Cancelled as Cancelled
    from geoquant.errors import CardError as CardError
    from geoquant.errors import EngineError as EngineError
    from geoquant.errors import GeoquantError as GeoquantError
    from geoquant.errors import GeoquantWarning as GeoquantWarning
    from geoquant.errors import GridMismatch as GridMismatch
    from geoquant.errors import ModelError as ModelError
    from geoquant.errors import OptionError as OptionError
    from geoquant.errors import QuantizationError as QuantizationError
    from geoquant.errors import RasterError as RasterError
    from geoquant.errors import ScenesFailed as ScenesFailed
    from geoquant.evaluation.evaluate import evaluate as evaluate
    from geoquant.evaluation.result import Evaluation as Evaluation
    from geoquant.fusion_audit.audit import Audit as Audit
    from geoquant.fusion_audit.audit import audit_fusion as audit_fusion
    from geoquant.grid import Grid as Grid
    from geoquant.grid import Window as Window
    from geoquant.inference.batch import classify_each as classify_each
    from geoquant.inference.classify import ClassifySummary as ClassifySummary
    from geoquant.inference.classify import classify as classify
    from geoquant.inference.classify import plan_classification as plan_classification
    from geoquant.inference.map_folder import BatchSummary as BatchSummary
    from geoquant.inference.map_folder import MapOutcome as MapOutcome
    from geoquant.inference.plan import Plan as Plan
    from geoquant.inference.sheet_set import classify_sheets as classify_sheets
    from geoquant.inference.unfinished_jobs import UnfinishedJob as UnfinishedJob
    from geoquant.inference.unfinished_jobs import remove_job as remove_job
    from geoquant.inference.unfinished_jobs import unfinished_jobs as unfinished_jobs
    from geoquant.model_card.card import Band as Band
    from geoquant.model_card.card import ClassLabel as ClassLabel
    from geoquant.model_card.card import ModelCard as ModelCard
    from geoquant.model_card.card import Normalization as Normalization
    from geoquant.model_card.card import Tiling as Tiling
    from geoquant.model_card.embedding import write_card as write_card
    from geoquant.model_card.model import Model as Model
    from geoquant.model_card.model import open_model as open_model
    from geoquant.model_card.reading import read_card as read_card
    from geoquant.options.card import CardOptions as CardOptions
    from geoquant.options.classify import ClassifyOptions as ClassifyOptions
    from geoquant.options.demo import DemoOptions as DemoOptions
    from geoquant.options.diagnostics import DoctorOptions as DoctorOptions
    from geoquant.options.mosaic import MosaicOptions as MosaicOptions
    from geoquant.options.mosaic import SheetOptions as SheetOptions
    from geoquant.options.quantize import EvaluateOptions as EvaluateOptions
    from geoquant.options.quantize import QuantizeOptions as QuantizeOptions
    from geoquant.options.quantize import SampleOptions as SampleOptions
    from geoquant.options.scene import MaskOptions as MaskOptions
    from geoquant.options.scene import SceneOptions as SceneOptions
    from geoquant.options.scene import StrataOptions as StrataOptions
    from geoquant.progress import Progress as Progress
    from geoquant.quantization.quantize import quantize as quantize
    from geoquant.quantization.summary import QuantizeSummary as QuantizeSummary
    from geoquant.raster.data_array import to_data_array as to_data_array
    from geoquant.raster.mosaic.mosaic_input import MosaicInput as MosaicInput
    from geoquant.raster.opening import open_scene as open_scene
    from geoquant.raster.scene import Scene as Scene
    from geoquant.raster.scene_input import SceneInput as SceneInput
    from geoquant.sampling.sample import sample_tiles as sample_tiles
    from geoquant.sampling.summary import SampleSummary as SampleSummary
    from geoquant.strata.strata_map import StrataSummary as StrataSummary
    from geoquant.strata.strata_map import map_strata as map_strata

_MODULES = {
    "AccuracyDrop": "geoquant.errors",
    "Audit": "geoquant.fusion_audit.audit",
    "Band": "geoquant.model_card.card",
    "BandMismatch": "geoquant.errors",
    "BatchSummary": "geoquant.inference.map_folder",
    "CalibrationError": "geoquant.errors",
    "Cancelled": "geoquant.errors",
    "CardError": "geoquant.errors",
    "CardOptions": "geoquant.options.card",
    "ClassLabel": "geoquant.model_card.card",
    "ClassifyOptions": "geoquant.options.classify",
    "ClassifySummary": "geoquant.inference.classify",
    "DemoOptions": "geoquant.options.demo",
    "DemoSummary": "geoquant.demo.demo",
    "Diagnosis": "geoquant.diagnostics.finding",
    "DoctorOptions": "geoquant.options.diagnostics",
    "EngineError": "geoquant.errors",
    "EvaluateOptions": "geoquant.options.quantize",
    "Evaluation": "geoquant.evaluation.result",
    "GeoquantError": "geoquant.errors",
    "GeoquantWarning": "geoquant.errors",
    "Grid": "geoquant.grid",
    "GridMismatch": "geoquant.errors",
    "InspectReport": "geoquant.diagnostics.inspect",
    "MapOutcome": "geoquant.inference.map_folder",
    "MaskOptions": "geoquant.options.scene",
    "Model": "geoquant.model_card.model",
    "ModelCard": "geoquant.model_card.card",
    "ModelError": "geoquant.errors",
    "MosaicInput": "geoquant.raster.mosaic.mosaic_input",
    "MosaicOptions": "geoquant.options.mosaic",
    "SheetOptions": "geoquant.options.mosaic",
    "Normalization": "geoquant.model_card.card",
    "OptionError": "geoquant.errors",
    "Plan": "geoquant.inference.plan",
    "Progress": "geoquant.progress",
    "QuantizationError": "geoquant.errors",
    "QuantizeOptions": "geoquant.options.quantize",
    "QuantizeSummary": "geoquant.quantization.summary",
    "RasterError": "geoquant.errors",
    "SampleOptions": "geoquant.options.quantize",
    "SampleSummary": "geoquant.sampling.summary",
    "Scene": "geoquant.raster.scene",
    "SceneInput": "geoquant.raster.scene_input",
    "SceneOptions": "geoquant.options.scene",
    "StrataOptions": "geoquant.options.scene",
    "StrataSummary": "geoquant.strata.strata_map",
    "ScenesFailed": "geoquant.errors",
    "Tiling": "geoquant.model_card.card",
    "UnfinishedJob": "geoquant.inference.unfinished_jobs",
    "Window": "geoquant.grid",
    "audit_fusion": "geoquant.fusion_audit.audit",
    "classify": "geoquant.inference.classify",
    "classify_each": "geoquant.inference.batch",
    "classify_sheets": "geoquant.inference.sheet_set",
    "diagnose": "geoquant.diagnostics.doctor",
    "evaluate": "geoquant.evaluation.evaluate",
    "inspect_model": "geoquant.diagnostics.inspect",
    "map_strata": "geoquant.strata.strata_map",
    "open_model": "geoquant.model_card.model",
    "open_scene": "geoquant.raster.opening",
    "plan_classification": "geoquant.inference.classify",
    "quantize": "geoquant.quantization.quantize",
    "read_card": "geoquant.model_card.reading",
    "remove_job": "geoquant.inference.unfinished_jobs",
    "run_demo": "geoquant.demo.demo",
    "sample_tiles": "geoquant.sampling.sample",
    "to_data_array": "geoquant.raster.data_array",
    "unfinished_jobs": "geoquant.inference.unfinished_jobs",
    "write_card": "geoquant.model_card.embedding",
}
"""Public name -> the module that defines it."""

__all__ = [*_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'geoquant' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
