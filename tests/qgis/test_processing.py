"""What Processing gives: styled layers, models of the designer, cancelling, runs one after another, the environment."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest


@pytest.fixture
def project(qgis_app):
    from qgis.core import QgsProject

    yield QgsProject.instance()
    QgsProject.instance().clear()


def quick(landscape, **parameters):
    """A classification of a part of the scene, which takes little time."""
    return {
        "INPUT": str(landscape.scene),
        "MODEL": "demo_landcover",
        "ENGINE": "ort",
        "OUTPUT": "TEMPORARY_OUTPUT",
        **parameters,
    }


def test_results_are_loaded_with_names_and_colours(provider, landscape, project):
    import processing

    parameters = quick(landscape, POLYGONS="TEMPORARY_OUTPUT", AREAS="TEMPORARY_OUTPUT", CONFIDENCE=True)
    found = processing.runAndLoadResults("geoquant:classify", parameters)
    layers = {layer.name(): layer for layer in project.mapLayers().values()}
    title = "scene, demo_landcover"
    assert set(layers) == {title, f"{title}: polygons", f"{title}: areas", f"{title}: confidence"}
    shown = {entry.label: entry.color.name() for entry in layers[title].renderer().classes()}
    assert shown["water"] == "#2f6db5"
    assert len(shown) == 9
    categories = {
        one.label(): one.symbol().color().name() for one in layers[f"{title}: polygons"].renderer().categories()
    }
    assert categories["water"] == "#2f6db5"
    assert layers[f"{title}: areas"].featureCount() == 9
    confidence = layers[f"{title}: confidence"]
    assert confidence.renderer().type() == "singlebandpseudocolor"
    stops = confidence.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert stops[0].label == "0 %"
    assert Path(found["REPORT"]).is_file()
    entries = project.layerTreeRoot().findLayers()
    order = [entry.name() for entry in entries if entry.layer().type() == confidence.type()]
    assert order == [title, f"{title}: confidence"]
    entry = project.layerTreeRoot().findLayer(layers[title].id())
    assert entry.isExpanded()
    assert entry.itemVisibilityChecked()
    assert not project.layerTreeRoot().findLayer(confidence.id()).itemVisibilityChecked()


def test_a_drift_map_lies_hidden_below_the_class_map_and_shows_nothing_where_nothing_is_unusual(project, tmp_path):
    """Whichever of them Processing loads first."""
    from osgeo import gdal
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsRasterLayer

    from qgis_plugin.results.styling import Result, present, style_raster

    paths = [str(tmp_path / name) for name in ("map.tif", "map_drift.tif")]
    for path in paths:
        gdal.GetDriverByName("GTiff").Create(path, 8, 8, 1)
    results = [Result(paths[0], "scene, model", style_raster, "Class map")]
    results += [Result(paths[1], "scene, model: drift", style_raster, shown=False)]
    for order in (paths, paths[::-1]):
        context = QgsProcessingContext()
        context.setProject(project)
        for path in paths:
            label = "Class map" if path == paths[0] else "Drift"
            details = QgsProcessingContext.LayerDetails(label, project, label)
            context.addLayerToLoadOnCompletion(path, details)
        present(context, results)
        for path in order:
            layer = QgsRasterLayer(path, Path(path).stem)
            project.addMapLayer(layer)
            details = context.layerToLoadOnCompletionDetails(path)
            details.postProcessor().postProcessLayer(layer, context, QgsProcessingFeedback())
        entries = project.layerTreeRoot().findLayers()
        assert [entry.name() for entry in entries] == ["map", "map_drift"]
        assert [entry.itemVisibilityChecked() for entry in entries] == [True, False]
        assert context.layerToLoadOnCompletionDetails(paths[0]).name == "scene, model"
        project.clear()


def test_nothing_stays_alive_for_results_that_nobody_loads(run, landscape, tmp_path):
    from qgis_plugin.results.styling import Stylist

    run("classify", quick(landscape, OUTPUT=str(tmp_path / "map.tif")))
    assert not Stylist._alive


def test_a_step_of_a_model_made_in_the_designer(provider, landscape, tmp_path):
    import processing
    from qgis.core import (
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelOutput,
        QgsProcessingModelParameter,
        QgsProcessingParameterFile,
        QgsProcessingParameterRasterLayer,
    )

    model = QgsProcessingModelAlgorithm("map", "tests")
    for parameter in (QgsProcessingParameterRasterLayer("scene", "scene"), QgsProcessingParameterFile("net", "net")):
        model.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
    source = QgsProcessingModelChildParameterSource
    step = QgsProcessingModelChildAlgorithm("geoquant:classify")
    step.setChildId("classify")
    step.addParameterSources("INPUT", [source.fromModelParameter("scene")])
    step.addParameterSources("MODEL", [source.fromModelParameter("net")])
    for name, value in {"ENGINE": "ort", "CONFIDENCE": False, "DRIFT": False, "SKIP_BAD_BLOCKS": False}.items():
        step.addParameterSources(name, [source.fromStaticValue(value)])
    output = QgsProcessingModelOutput("map")
    output.setChildOutputName("OUTPUT")
    output.setChildId("classify")
    step.setModelOutputs({"map": output})
    model.addChildAlgorithm(step)
    assert model.validateChildAlgorithm("classify")[0]
    out = tmp_path / "map.tif"
    parameters = {"scene": str(landscape.scene), "net": str(landscape.model), "classify:map": str(out)}
    processing.run(model, parameters)
    assert out.is_file()


def test_an_int8_model_of_one_step_is_the_model_of_the_next(provider):
    quantized = provider.algorithm("quantize").outputDefinition("OUTPUT")
    model = provider.algorithm("classify").parameterDefinition("MODEL")
    assert (quantized.type(), model.type()) == ("outputFile", "file")
    assert model.checkValueIsAcceptable("demo_landcover")


def test_a_cancelled_run_is_an_exception_and_leaves_nothing(run, landscape, tmp_path):
    from qgis.core import QgsProcessingException, QgsProcessingFeedback

    feedback = QgsProcessingFeedback()
    feedback.progressChanged.connect(lambda _: feedback.cancel())
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        run("classify", quick(landscape, OUTPUT=str(tmp_path / "map.tif"), TILE=64), feedback=feedback)
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_one_sentence_in_the_words_of_the_dialog(run, landscape, tmp_path):
    with pytest.raises(Exception, match="“Bands of the scene, in the model's order” B77: no band") as failure:
        run("classify", quick(landscape, BANDS="B77"))
    assert "--" not in str(failure.value)
    assert "Traceback" not in str(failure.value)


def test_a_missing_environment_leads_to_the_setup(provider, landscape, monkeypatch, tmp_path):
    import processing

    monkeypatch.delenv("GEOQUANT_PYTHON")
    able, reason = provider.algorithm("classify").canExecute()
    assert not able
    assert "Set up environment" in reason
    assert provider.algorithm("setup").canExecute()[0]
    with pytest.raises(Exception, match=r"errors executing|Set up environment"):
        processing.run("geoquant:classify", quick(landscape))


def test_a_setup_in_the_background_that_fails_says_why(provider, monkeypatch, tmp_path):
    from qgis.core import QgsApplication

    import qgis_plugin.processing.algorithms.setup
    from qgis_plugin.gui.dialogs import set_up_in_background

    monkeypatch.setattr(qgis_plugin.processing.algorithms.setup, "profile_folder", lambda: tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    said = []
    QgsApplication.messageLog().messageReceived.connect(
        lambda text, tag, level: tag == "geoquant" and said.append(text)
    )
    set_up_in_background()
    ends = time.monotonic() + 60
    while len(said) < 2 and time.monotonic() < ends:
        QgsApplication.processEvents()
        time.sleep(0.02)
    assert "Setting up" in said[0]
    assert "wheel" in said[1] or "package" in said[1]
    assert not list(tmp_path.glob("geoquant/venv-*/*"))


def test_an_interpreter_that_is_not_there_is_named(run, landscape, monkeypatch, tmp_path):
    monkeypatch.setenv("GEOQUANT_PYTHON", str(tmp_path / "no" / "python"))
    with pytest.raises(Exception, match="can't be started"):
        run("classify", quick(landscape))


def test_the_setting_in_the_options_comes_first(qgis_app, monkeypatch):
    from qgis.core import QgsSettings

    from qgis_plugin.settings import SETTING_KEY, geoquant_python

    QgsSettings().setValue(SETTING_KEY, "/opt/geo/bin/python")
    assert geoquant_python() == Path("/opt/geo/bin/python")
    QgsSettings().remove(SETTING_KEY)
    assert geoquant_python() == Path(os.environ["GEOQUANT_PYTHON"])


def test_twenty_runs_leave_no_process_and_no_file(run, landscape, tmp_path):
    from qgis.core import QgsProcessingFeatureSourceDefinition, QgsProject, QgsVectorLayer

    layer = QgsVectorLayer("Polygon?crs=EPSG:4326", "everywhere", "memory")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    before = children(), temporary_folders()
    for _ in range(20):
        run("inspect", {"MODEL": "demo_landcover", "INPUT": str(landscape.scene)})
        area = QgsProcessingFeatureSourceDefinition(layer.id(), False)
        with pytest.raises(Exception, match="holds no polygon"):
            run("classify", quick(landscape, OUTPUT=str(tmp_path / "map.tif"), AOI=area))
    assert (children(), temporary_folders()) == before
    assert list(tmp_path.iterdir()) == []
    QgsProject.instance().clear()


def children():
    """Processes that this one has started and that are there, defunct ones included."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return sorted(" ".join(one.read_text() for one in listed).split())


def temporary_folders():
    return sorted(path.name for path in Path(tempfile.gettempdir()).glob("geoquant_*"))


@pytest.mark.parametrize(
    "name", ["-leading dash", "with 'quotes' and \"double\" ones", "große Karte, 北京", "50 % & $HOME; #1"]
)
def test_hostile_names_are_only_names(run, landscape, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    scene, model = folder / f"{name}.tif", folder / f"{name}.onnx"
    shutil.copy(landscape.scene, scene)
    shutil.copy(landscape.model, model)
    parameters = {"INPUT": str(scene), "MODEL": str(model), "ENGINE": "ort", "OUTPUT": str(folder / f"map {name}.tif")}
    found = run("classify", {**parameters, "POLYGONS": str(folder / f"{name}.gpkg")})
    assert Path(found["OUTPUT"]).is_file()
    assert Path(found["POLYGONS"]).is_file()
