"""Every algorithm through ``processing.run``: what it gives is what the command line gives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

CLASSES = ["water", "forest", "cropland", "grass and shrub", "built-up", "bare ground", "snow", "cloud", "cloud shadow"]


def text_of(page):
    """A result's page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", Path(page).read_text(encoding="utf-8")).split())


def test_all_are_there_with_help_tags_and_a_page(provider):
    names = {algorithm.name() for algorithm in provider.algorithms()}
    assert names == {
        "classify",
        "classify_mosaic",
        "quantize",
        "sample",
        "strata",
        "compare",
        "inspect",
        "doctor",
        "setup",
    }
    for algorithm in provider.algorithms():
        assert len(algorithm.shortHelpString()) > 400, algorithm.id()
        assert len(algorithm.tags()) >= 5, algorithm.id()
        assert Path(algorithm.helpUrl().removeprefix("file://")).is_file(), algorithm.id()
        assert not algorithm.icon().isNull()


def test_every_parameter_is_labelled_and_helped_in_the_words_of_a_dialog(provider):
    for algorithm in provider.algorithms():
        for parameter in algorithm.parameterDefinitions():
            where = f"{algorithm.id()} {parameter.name()}"
            assert parameter.description(), where
            assert parameter.help() or parameter.isDestination(), where
            assert "--" not in parameter.help(), where


COMMAND_LINE = [
    "exit code",
    "docs/",
    "--",
    "OUT_",
    "OUT.",
    "FLOAT",
    "geoquant quantize",
    "geoquant sample",
    "extra torch",
]
COMMAND_LINE += ["MODEL ", "SCENE", "GeoJSON (.geojson)", "stdout", "JSON object"]


def test_help_speaks_of_nothing_that_only_a_command_line_has(provider):
    for algorithm in provider.algorithms():
        text = re.sub(r"<code>.*?</code>", "", algorithm.shortHelpString())
        assert [words for words in COMMAND_LINE if words in text] == [], algorithm.id()


def test_the_lowest_value_of_a_number_is_said(provider):
    assert "At least 300" in provider.algorithm("classify").parameterDefinition("MAX_MEMORY").help()
    for algorithm in provider.algorithms():
        for parameter in algorithm.parameterDefinitions():
            if hasattr(parameter, "minimum") and parameter.minimum() > 0:
                assert f"At least {parameter.minimum():g}" in parameter.help(), parameter.name()


def test_one_bar_for_the_whole_of_a_job(run, landscape, tmp_path):
    from qgis.core import QgsProcessingFeedback

    feedback, seen = QgsProcessingFeedback(), []
    feedback.progressChanged.connect(seen.append)
    parameters = {"INPUT": str(landscape.scene), "MODEL": "demo_landcover", "CONFIDENCE": True, "ENGINE": "ort"}
    run("classify", {**parameters, "OUTPUT": str(tmp_path / "map.tif")}, feedback=feedback)
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert len(set(seen)) > 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("All is well.", "All is well."),
        ("The scene does not fit. " + "Much more is to be said of that. " * 9, "The scene does not fit."),
        ("word " * 60, "word " * 11 + "word …"),
    ],
)
def test_a_message_above_the_map_is_short(qgis_app, text, shown):
    from qgis_plugin.results.reporting import in_short

    assert in_short(text) == shown


def destinations(provider):
    for algorithm in provider.algorithms():
        for parameter in algorithm.parameterDefinitions():
            if parameter.isDestination():
                yield algorithm, parameter


def test_every_destination_takes_a_file_of_its_kind_and_a_temporary_one(provider):
    """What the dialog asks before it runs anything, and ``processing.run`` does not."""
    from qgis.core import QgsProcessingContext

    context, seen = QgsProcessingContext(), set()
    for algorithm, parameter in destinations(provider):
        where = f"{algorithm.id()} {parameter.name()}"
        seen.add(parameter.defaultFileExtension())
        for value in (f"/tmp/x.{parameter.defaultFileExtension()}", parameter.generateTemporaryDestination()):
            taken, message = provider.isSupportedOutputValue(value, parameter, context)
            assert taken, f"{where}: {message}"
    assert seen == {"tif", "gpkg", "csv", "onnx", "html", "json"}


def test_the_table_of_areas_is_offered_as_csv_alone(provider):
    parameter = provider.algorithm("classify").parameterDefinition("AREAS")
    assert parameter.defaultFileExtension() == "csv"
    assert "*.csv" in parameter.createFileFilter()
    assert "gpkg" not in parameter.createFileFilter()


OTHERWISE = {"out", "model", "aoi", "bounds", "plan_only", "as_json", "overwrite", "each", "sheets", "crs", "align"}
"""Options that are parameters of another name or kind, or that Processing decides (a map for each scene: in batch).
Sheets are a folder of maps, which no output of Processing is."""


def commands(provider):
    """Each algorithm that is a command, with the options of the command that are parameters of the same name.

    What only many scenes need is not asked by the algorithm of one scene, and files of bands not by that of many.
    """
    from qgis_plugin.processing.algorithms.worker_algorithm import WorkerAlgorithm
    from qgis_plugin.processing.forms import form

    for algorithm in provider.algorithms():
        if isinstance(algorithm, WorkerAlgorithm):
            aside = OTHERWISE | ({"rule"} if algorithm.name() == "classify" else set())
            yield algorithm, [one for one in form(algorithm.command).options.values() if one.name not in aside]


def test_no_option_of_a_command_is_forgotten(provider):
    for algorithm, options in commands(provider):
        missing = [one.name for one in options if algorithm.parameterDefinition(one.parameter) is None]
        assert not missing, algorithm.id()


def test_defaults_are_those_of_the_command_line(provider):
    for algorithm, options in commands(provider):
        for option in options:
            default = algorithm.parameterDefinition(option.parameter).defaultValue()
            expected = bool(option.default) if option.kind == "flag" else option.default
            assert default == expected, f"{algorithm.id()} {option.name}"


def test_maps_tables_and_pages_of_a_classification(run, landscape, tmp_path):
    found = run(
        "classify",
        {
            "INPUT": str(landscape.scene),
            "MODEL": "demo_landcover",
            "ENGINE": "ort",
            "CONFIDENCE": True,
            "OUTPUT": str(tmp_path / "map.tif"),
            "POLYGONS": str(tmp_path / "map.gpkg"),
            "AREAS": str(tmp_path / "areas.csv"),
        },
    )
    assert found["CONFIDENCE_MAP"] == str(tmp_path / "map_confidence.tif")
    for name in ("OUTPUT", "POLYGONS", "AREAS", "CONFIDENCE_MAP", "REPORT"):
        assert Path(found[name]).is_file(), name
    assert 0.9 < found["VALID_SHARE"] <= 1
    page = text_of(found["REPORT"])
    assert all(name in page for name in CLASSES)
    assert "ha" in page or "km²" in page


def test_a_page_of_results_stays_where_it_was_wanted(run, landscape, tmp_path):
    page = tmp_path / "page.html"
    found = run("doctor", {"MODEL": "demo_landcover", "QUICK": True, "REPORT": str(page)})
    assert found["REPORT"] == str(page)
    assert "Findings" in text_of(page)


def test_a_page_that_cannot_be_written_is_refused_before_the_work(run, landscape, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match=r"file for the page of results can't be made"):
        run("doctor", {"MODEL": "demo_landcover", "QUICK": True, "REPORT": str(tmp_path / "file" / "page.html")})


def test_the_widget_of_models_is_where_processing_looks_for_it(provider):
    """By its name, so that nothing of a window is imported where there is none."""
    from importlib.util import find_spec

    from qgis_plugin.processing.algorithms.inputs import MODEL_WIDGET

    module, _, name = MODEL_WIDGET.rpartition(".")
    assert f"class {name}(" in Path(find_spec(module).origin).read_text(encoding="utf-8")


def test_no_output_is_a_page_of_qgis_itself(provider):
    """QGIS 3.22 stumbles over those in batch mode."""
    for algorithm in provider.algorithms():
        assert not algorithm.hasHtmlOutputs(), algorithm.id()


def test_names_of_int8_models_are_free_and_beside_the_float_model(provider, tmp_path):
    from qgis_plugin.models.models import int8_file, model_file

    model = tmp_path / "net.onnx"
    model.touch()
    assert int8_file(model) == tmp_path / "net.int8.onnx"
    (tmp_path / "net.int8.onnx").touch()
    assert int8_file(model) == tmp_path / "net.int8-2.onnx"
    packaged = model_file("demo_landcover")
    assert packaged.parent not in int8_file(packaged).parents
    assert int8_file(packaged).name == "demo_landcover.int8.onnx"


def test_a_real_scene_in_one_file_per_band(run, command_line, real_data, tmp_path):
    bands = [real_data / "landsat8_zion_nlcd" / f"landsat_b{number}.tif" for number in (2, 3, 4, 5)]
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    area = "315000,321000,4125000,4131000 [EPSG:32612]"
    run(
        "classify",
        {
            "INPUT": str(bands[0]),
            "BAND_LAYERS": [str(band) for band in bands[1:]],
            "MODEL": "landsat8_landcover_zion",
            "EXTENT": area,
            "ENGINE": "ort",
            "OUTPUT": str(by_qgis),
        },
    )
    options = ["--bounds", "315000", "4125000", "321000", "4131000", "--engine", "ort"]
    model = landcover_model("landsat8_landcover_zion")
    command_line("classify", ",".join(map(str, bands)), "--model", model, "-o", by_hand, *options)
    assert by_qgis.read_bytes() == by_hand.read_bytes()


def halves(landscape, folder):
    """The scene in two files that overlap."""
    from osgeo import gdal

    folder.mkdir()
    paths = [folder / "left.tif", folder / "right.tif"]
    for path, window in zip(paths, ([0, 0, 400, 640], [320, 0, 320, 640]), strict=True):
        gdal.Translate(str(path), str(landscape.scene), srcWin=window)
    return paths


def test_a_mosaic_of_layers_or_of_a_folder_is_the_command_lines(run, command_line, landscape, tmp_path):
    left, right = halves(landscape, tmp_path / "scenes")
    by_list, by_folder, by_hand = (tmp_path / f"{name}.tif" for name in ("list", "folder", "hand"))
    wanted = {"MODEL": str(landscape.model), "ENGINE": "ort"}
    found = run("classify_mosaic", {**wanted, "SCENES": [str(left), str(right)], "OUTPUT": str(by_list)})
    run("classify_mosaic", {**wanted, "FOLDER": str(left.parent), "OUTPUT": str(by_folder)})
    command_line("classify", left, right, "--model", landscape.model, "-o", by_hand, "--engine", "ort")
    assert by_list.read_bytes() == by_hand.read_bytes()
    assert by_folder.read_bytes() == by_hand.read_bytes()
    assert "2 scenes" in text_of(found["REPORT"])


def test_a_mosaic_in_another_crs_and_a_part_of_it(run, command_line, landscape, tmp_path):
    from qgis.core import QgsRasterLayer, QgsRectangle

    left, right = halves(landscape, tmp_path / "scenes")
    extent = QgsRasterLayer(str(landscape.scene)).extent()
    middle = QgsRectangle(extent)
    middle.scale(0.5)
    sides = [middle.xMinimum(), middle.xMaximum(), middle.yMinimum(), middle.yMaximum()]
    part, by_hand = tmp_path / "part.tif", tmp_path / "hand.tif"
    scenes, crs = [str(left), str(right)], QgsRasterLayer(str(left)).crs().authid()
    asked = {"SCENES": scenes, "MODEL": str(landscape.model), "EXTENT": f"{','.join(map(repr, sides))} [{crs}]"}
    run("classify_mosaic", {**asked, "ENGINE": "ort", "OUTPUT": str(part)})
    bounds = ["--bounds", middle.xMinimum(), middle.yMinimum(), middle.xMaximum(), middle.yMaximum(), "--crs", crs]
    command_line("classify", left, right, "-m", landscape.model, "-o", by_hand, "--engine", "ort", *bounds)
    assert part.read_bytes() == by_hand.read_bytes()
    other = tmp_path / "other.tif"
    run("classify_mosaic", {**asked, "CRS": "EPSG:3035", "ENGINE": "ort", "RULE": "clearest", "OUTPUT": str(other)})
    assert QgsRasterLayer(str(other)).crs().authid() == "EPSG:3035"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SCENES": ["scene"]}, "two scenes or more"),
        ({}, "two scenes or more"),
        ({"FOLDER": "folder", "EXTENT": "0,1,0,1 [EPSG:4326]"}, "needs the CRS of the map"),
    ],
)
def test_what_makes_no_mosaic_is_said_before_any_work(provider, landscape, tmp_path, given, words):
    from qgis.core import QgsProcessingContext

    places = {"scene": str(landscape.scene), "folder": str(landscape.scene.parent)}
    scenes = [places[name] for name in given.get("SCENES", [])]
    named = {**given, "SCENES": scenes, "FOLDER": places.get(given.get("FOLDER", ""), "")}
    parameters = {**named, "MODEL": str(landscape.model), "OUTPUT": str(tmp_path / "map.tif")}
    fine, message = (
        provider.algorithm("classify_mosaic").create().checkParameterValues(parameters, QgsProcessingContext())
    )
    assert not fine
    assert words in message


def landcover_model(name):
    return Path(__file__).parents[2] / "geoquant" / "models" / f"{name}.onnx"


def test_strata_are_the_command_lines_byte_for_byte(run, command_line, landscape, tmp_path):
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    found = run("strata", {"INPUT": str(landscape.scene), "MASK": str(landscape.scl), "OUTPUT": str(by_qgis)})
    command_line("strata", landscape.scene, "--mask", landscape.scl, "-o", by_hand)
    assert by_qgis.read_bytes() == by_hand.read_bytes()
    assert "scl" in found["TOLD_BY"].lower()
    assert "thick cloud" in text_of(found["REPORT"])


def test_tiles_of_a_scene(run, landscape, tmp_path):
    from qgis.core import QgsVectorLayer

    from qgis_plugin.results.styling import style_tiles

    out = tmp_path / "tiles.gpkg"
    found = run("sample", {"SCENES": [str(landscape.scene)], "TILE": 64, "TILES": 6, "HELD_OUT": 3, "OUTPUT": str(out)})
    assert 9 <= found["TILES"] < 12
    assert "Calibration" in text_of(found["REPORT"])
    page = out.with_suffix(".html")
    assert page.as_uri() in Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "judges" in text_of(page)
    layer = QgsVectorLayer(str(out), "tiles")
    assert layer.featureCount() == found["TILES"]
    style_tiles(layer)
    assert {one.value() for one in layer.renderer().categories()} == layer.uniqueValues(layer.fields().indexOf("role"))


def test_a_model_is_quantized_compared_and_warns_of_another_scene(run, landscape, tmp_path):
    from qgis.core import QgsProcessingFeedback

    from qgis_plugin.models.models import recent_models

    out, report = tmp_path / "model.int8.onnx", tmp_path / "report.html"
    common = {"MODEL": "demo_landcover", "SCENES": [str(landscape.scene)], "MASKS": [str(landscape.scl)], "TILE": 64}
    made = run("quantize", {**common, "TILES": 6, "HELD_OUT": 6, "MAX_DROP": 30, "OUTPUT": str(out)})
    assert out.is_file()
    assert recent_models()[0] == str(out)
    assert 0.2 < made["SIZE_RATIO"] < 0.4
    assert made["WORST_STRATUM"] in text_of(made["REPORT"])
    few = {"TILES": 4, "REPLICATES": 20, "OUTPUT": str(report)}
    compared = run("compare", {**common, "INT8_MODEL": str(out), "MAX_DROP": 30, **few})
    assert compared["GATE_HOLDS"]
    assert "<html" in report.read_text(encoding="utf-8")
    feedback, scene = QgsProcessingFeedback(), str(landscape.scene)
    exchanged = {"INPUT": scene, "BANDS": "4,3,2,1,5,6", "MODEL": str(out), "ENGINE": "ort"}
    found = run("classify", {**exchanged, "OUTPUT": str(tmp_path / "map.tif")}, feedback=feedback)
    assert "another order" in found["DRIFT_WARNING"]
    assert "“Bands of the scene" in found["DRIFT_WARNING"]
    assert found["DRIFT_WARNING"] in feedback.textLog()


def test_a_scene_that_fits_and_one_that_does_not(run, landscape, tmp_path):
    item = tmp_path / "item.json"
    fits = run("inspect", {"MODEL": "demo_landcover", "INPUT": str(landscape.scene), "VALUES": True, "MLM": str(item)})
    assert json.loads(item.read_text(encoding="utf-8"))["properties"]["mlm:name"] == "geoquant demo land cover"
    assert fits["FITS"]
    assert "swir16" in text_of(fits["REPORT"])
    wrong = run("inspect", {"MODEL": "demo_landcover", "INPUT": str(landscape.scl)})
    assert not wrong["FITS"]
    assert "does not fit" in wrong["VERDICT"]


def test_the_doctor_tells_what_is_wrong(run, landscape):
    found = run("doctor", {"MODEL": "demo_landcover", "INPUT": str(landscape.scl), "QUICK": True})
    assert not found["HEALTHY"]
    assert found["PROBLEMS"] >= 1
    assert "What to do" in text_of(found["REPORT"])


def test_the_setup_says_what_a_folder_of_wheels_lacks(run, tmp_path):
    with pytest.raises(Exception, match="no wheel of"):
        run("setup", {"WHEELS": str(tmp_path), "PYTHON": "/usr/bin/python3"})


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.tif.png"])
@pytest.mark.parametrize("algorithm", ["classify", "strata"])
def test_a_raster_that_is_no_geotiff_is_refused_before_any_work(provider, landscape, tmp_path, algorithm, name):
    from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    out, context = tmp_path / name, QgsProcessingContext()
    parameters = {"INPUT": str(landscape.scene), "MODEL": "demo_landcover", "OUTPUT": str(out)}
    made = provider.algorithm(algorithm).create()
    fine, message = made.checkParameterValues(parameters, context)
    assert not fine
    assert f"GeoTIFF, which {name} is not" in message
    assert ".tif, .tiff" in message
    with pytest.raises(QgsProcessingException, match="GeoTIFF"):
        made.prepareAlgorithm(parameters, context, QgsProcessingFeedback())
    for good in (str(tmp_path / "x.TIF"), str(tmp_path / "x.tiff"), "TEMPORARY_OUTPUT"):
        assert made.checkParameterValues({**parameters, "OUTPUT": good}, context)[0], good
    assert list(tmp_path.iterdir()) == []
