# SPDX-License-Identifier: GPL-2.0-or-later
"""Parameters that several algorithms have: scenes, models, masks, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsRasterLayer,
)

from ...compat import FILE, FOLDER, POLYGONS, RASTERS
from ...labels import LABELS, tr
from ...models.models import model_file, remember_model
from ...results.layers import bounds_of, scenes_of, source_of, write_polygons
from ..parameters import ALL_FILES
from .worker_algorithm import Parameters, WorkerAlgorithm

MODEL_WIDGET = f"{__package__.partition('.processing.')[0]}.gui.model_wrapper.ModelWrapper"
"""The widget by its name, so that nothing of a window is imported where there is none."""


def add_scene(algorithm: WorkerAlgorithm, optional: bool = False) -> None:
    """INPUT: the scene's layer."""
    algorithm.add(
        QgsProcessingParameterRasterLayer("INPUT", tr("Scene"), optional=optional),
        tr(
            "A raster layer: GeoTIFF, VRT, /vsicurl/ address, or any layer of a Sentinel-2 or Landsat Collection 2 "
            "product, which stands for the whole product."
        ),
    )


def add_more_bands(algorithm: WorkerAlgorithm) -> None:
    """BAND_LAYERS: the other layers of a scene that has one layer per band."""
    algorithm.add(
        QgsProcessingParameterMultipleLayers("BAND_LAYERS", tr("Further bands of the scene"), RASTERS, optional=True),
        tr("Layers of one band each that belong to the same scene, where its bands lie in several files."),
        advanced=True,
    )


def add_area(algorithm: WorkerAlgorithm) -> None:
    """EXTENT and AOI: the part of the scene that becomes a map."""
    algorithm.add(
        QgsProcessingParameterExtent("EXTENT", tr(LABELS["bounds"]), optional=True),
        tr("Only this part of the scene; in any CRS. Left empty, the whole scene."),
    )
    algorithm.add(
        QgsProcessingParameterFeatureSource("AOI", tr(LABELS["aoi"]), [POLYGONS], optional=True),
        tr("Outside of these polygons the result is no data. Any layer in any CRS, or its selected features."),
    )


def bounds_option(algorithm: WorkerAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> Any:
    """EXTENT in the scene's CRS, as the command takes it."""
    crs = input_layer(algorithm, parameters, context).crs()
    return bounds_of(algorithm.parameterAsExtentGeometry(parameters, "EXTENT", context, crs).boundingBox())


def area_file(
    algorithm: WorkerAlgorithm, parameters: Parameters, context: QgsProcessingContext, place: Any, folder: Path
) -> dict[str, str]:
    """AOI as an option: a file in ``folder`` with its polygons in ``place``, a layer's ``place_of``."""
    source = algorithm.parameterAsSource(parameters, "AOI", context)
    if source is None:
        return {}
    area = folder / "aoi.gpkg"
    write_polygons(source, place, context.transformContext(), area)
    return {"aoi": str(area)}


def scene_sources(algorithm: WorkerAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> list[str]:
    """What geoquant opens for INPUT and BAND_LAYERS, joined as one scene; empty where INPUT was left out."""
    first = input_layer(algorithm, parameters, context)
    if first is None:
        return []
    more = []
    if algorithm.parameterDefinition("BAND_LAYERS") is not None:
        more = algorithm.parameterAsLayerList(parameters, "BAND_LAYERS", context)
    files = scenes_of([first, *more])
    return files if len(files) == 1 else [",".join(map(_quoted, files))]


def _quoted(file: str) -> str:
    """A file's name as an argument that stands for one scene: a bare comma joins the files of its bands."""
    return f'"{file}"' if "," in file else file


def input_layer(algorithm: WorkerAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> QgsRasterLayer:
    """The layer INPUT."""
    return algorithm.parameterAsRasterLayer(parameters, "INPUT", context)


def add_scenes(algorithm: WorkerAlgorithm) -> None:
    """SCENES: as many layers as one likes."""
    algorithm.add(
        QgsProcessingParameterMultipleLayers("SCENES", tr("Scenes"), RASTERS),
        tr(
            "Raster layers or files, as typical of what the model will see as possible. A layer of a Sentinel-2 or "
            "Landsat product stands for the whole product."
        ),
    )


def add_mosaic(algorithm: WorkerAlgorithm) -> None:
    """SCENES and FOLDER: what is joined to one image."""
    algorithm.add(
        QgsProcessingParameterMultipleLayers("SCENES", tr("Scenes"), RASTERS, optional=True),
        tr(
            "Raster layers or files, each with its own bands, scale, offset and no-data value. A layer of a Sentinel-2 "
            "or Landsat product stands for the whole product."
        ),
    )
    algorithm.add(
        QgsProcessingParameterFile("FOLDER", tr("Folder of scenes"), FOLDER, optional=True),
        tr("All rasters and products in this folder are scenes, too; what lies in folders below is not looked at."),
    )


def mosaic_sources(algorithm: WorkerAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> list[str]:
    """What geoquant opens for SCENES and FOLDER.

    Raises:
        QgsProcessingException: that is one scene, or none.
    """
    scenes = list(map(_quoted, scenes_of(algorithm.parameterAsLayerList(parameters, "SCENES", context))))
    folder = algorithm.parameterAsString(parameters, "FOLDER", context)
    if not folder and len(scenes) < 2:
        raise QgsProcessingException(
            tr("A mosaic is made of two scenes or more; choose them or their folder, or take “Classify raster”.")
        )
    return [*scenes, *([folder] if folder else [])]


def add_rasters(algorithm: WorkerAlgorithm, name: str, label: str) -> None:
    """An optional list of rasters, one per scene."""
    algorithm.add(
        QgsProcessingParameterMultipleLayers(name.upper(), label, RASTERS, optional=True), algorithm.option_help(name)
    )


def scenes_and_masks(
    algorithm: WorkerAlgorithm, parameters: Parameters, context: QgsProcessingContext
) -> dict[str, Any]:
    """Options for SCENES, MASKS and, where the algorithm has them, LABELS.

    Raises:
        QgsProcessingException: there are masks or labels, but not one per scene.
    """
    scenes = scenes_of(algorithm.parameterAsLayerList(parameters, "SCENES", context))
    options = {"scenes": scenes}
    for name, keyword in (("MASKS", "mask"), ("LABELS", "labels")):
        if algorithm.parameterDefinition(name) is None:
            continue
        given = [source_of(layer) for layer in algorithm.parameterAsLayerList(parameters, name, context)]
        if given and len(given) != len(scenes):
            raise QgsProcessingException(
                tr("“{}” has {} rasters for {} scenes; give one per scene, in the same order, or none.").format(
                    algorithm.parameterDefinition(name).description(), len(given), len(scenes)
                )
            )
        options[keyword] = given
    return options


def add_model(algorithm: WorkerAlgorithm, name: str, label: str, help_text: str, optional: bool = False) -> None:
    """A model: a file, or the name of one that comes with geoquant."""
    models = tr("ONNX models")
    parameter = QgsProcessingParameterFile(name, label, FILE, "", None, optional, f"{models} (*.onnx);;{ALL_FILES}")
    parameter.setMetadata({"widget_wrapper": {"class": MODEL_WIDGET}})
    algorithm.add(parameter, help_text)


def model_of(algorithm: WorkerAlgorithm, parameters: Parameters, name: str, context: QgsProcessingContext) -> Path:
    """The file of a model, which is remembered for the next dialog.

    Raises:
        QgsProcessingException: it does not exist.
    """
    path = model_file(algorithm.parameterAsString(parameters, name, context))
    remember_model(path)
    return path
