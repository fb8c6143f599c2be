"""The task behind "Classify What the Map Shows", without a window; with one, see test_window.py."""

from __future__ import annotations

import time

import pytest

PREVIEW = "geoquant/preview"


@pytest.fixture
def project(provider):
    from qgis.core import QgsProject

    yield QgsProject.instance()
    QgsProject.instance().clear()


@pytest.fixture
def said():
    """What geoquant writes into QGIS's log."""
    from qgis.core import QgsApplication

    texts = []
    heard = QgsApplication.messageLog().messageReceived
    connection = heard.connect(lambda text, tag, level: texts.append(text) if tag == "geoquant" else None)
    yield texts
    heard.disconnect(connection)


def started(scene, out, **options):
    """A running preview of a scene with the packaged model."""
    from qgis.core import QgsApplication

    from qgis_plugin.gui.preview import PreviewTask
    from qgis_plugin.models.models import model_file
    from qgis_plugin.settings import geoquant_python
    from qgis_plugin.worker.arguments import command_arguments

    given = {"model": model_file("demo_landcover"), "out": out, "engine": "ort", **options}
    task = PreviewTask(geoquant_python(), command_arguments("classify", [scene], **given), out, "demo_landcover")
    QgsApplication.taskManager().addTask(task)
    return task


def wait(condition, seconds=60):
    from qgis.core import QgsApplication

    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "nothing happened"
        QgsApplication.processEvents()
        time.sleep(0.01)


def test_its_result_is_a_styled_layer_in_place_of_the_last_one(project, landscape, tmp_path):
    for turn in range(2):
        started(landscape.scene, tmp_path / f"preview_{turn}.tif")
        wait(lambda turn=turn: any(f"preview_{turn}" in one.source() for one in project.mapLayers().values()))
    (layer,) = project.mapLayers().values()
    assert layer.name() == "Preview: demo_landcover"
    assert layer.customProperty(PREVIEW) == "demo_landcover"
    assert layer.renderer().type() == "paletted"


def test_the_task_manager_cancels_it(project, landscape, tmp_path):
    from qgis_plugin.gui.preview import PreviewTask

    task = started(landscape.scene, tmp_path / "preview.tif", tile=64)
    wait(lambda: task.progress() > 0)
    task.cancel()
    began = time.monotonic()
    wait(lambda: not PreviewTask._alive)
    assert time.monotonic() - began < 4  # two seconds on a quiet machine
    assert list(tmp_path.iterdir()) == []
    assert not project.mapLayers()


def test_what_goes_wrong_is_said(project, landscape, said, tmp_path):
    started(landscape.scl, tmp_path / "preview.tif")
    wait(lambda: said)
    assert "band" in said[0]
    assert "--" not in said[0]


def test_it_suggests_a_model_whose_bands_the_scene_names(provider, landscape):
    from qgis.core import QgsRasterLayer

    from qgis_plugin.models.models import suggested_model

    assert suggested_model(QgsRasterLayer(str(landscape.scene), "scene")) == "demo_landcover"
    assert suggested_model(QgsRasterLayer(str(landscape.scl), "scl")) == ""
