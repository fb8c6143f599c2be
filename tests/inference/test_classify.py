"""Laws of the stream: the class map does not depend on tiles, shards, threads or scheduler, only on scene and model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import Cancelled, GeoquantError, OptionError, RasterError
from geoquant.inference import plan as planning
from geoquant.inference import thread_layout as teams
from geoquant.inference.classify import classify
from geoquant.inference.prepare import prepare
from geoquant.inference.thread_layout import ThreadLayout
from geoquant.options.classify import ClassifyOptions
from geoquant.progress import Progress
from geoquant.raster.scene_input import SceneInput
from tests.builders.maps import picture
from tests.builders.model_files import int8_file, margins, network_file, whole_image, whole_scores


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Networks without context, with a little, and with a stride."""
    folder = tmp_path_factory.mktemp("networks")
    return {kind: network_file(folder / f"{kind}.onnx", kind) for kind in ("identity", "conv", "unet")}


@given(
    st.integers(1, 150),
    st.integers(1, 150),
    st.sampled_from([32, 48, 64, 100, 200]),
    st.integers(1, 3),
    st.sampled_from(["identity", "conv", "unet"]),
    st.sampled_from(["ort", "openvino"]),
)
def test_any_tiling_gives_the_whole_image_in_one_pass(
    tmp_path_factory: pytest.TempPathFactory,
    networks: dict[str, Path],
    small_shards: None,
    height: int,
    width: int,
    tile: int,
    workers: int,
    kind: str,
    engine: str,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    image = picture(height, width, seed=height * 151 + width)
    scene = folder / "scene.tif"
    with rasterio.open(
        scene,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=3,
        dtype="uint16",
        crs="EPSG:32632",
        transform=rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000),
    ) as target:
        target.write(image)
    model = networks[kind]
    classify(scene, model, folder / "tiled.tif", ClassifyOptions(tile=tile, workers=workers, engine=engine))
    classify(scene, model, folder / "whole.tif", ClassifyOptions(tile=2048, workers=1, engine=engine))
    tiled, scores = read(folder / "tiled.tif"), whole_scores(model, image)
    assert np.array_equal(tiled, read(folder / "whole.tif"))
    # another engine adds in another order: it may decide otherwise where two classes tie to float rounding
    assert np.array_equal(tiled[margins(scores) > 1e-4], scores.argmax(axis=0)[margins(scores) > 1e-4])


@pytest.mark.parametrize("engine", ["ort", "openvino"])
@pytest.mark.parametrize("precision", ["float", "int8"])
def test_tile_size_and_threads_do_not_show(
    make_tif: Callable[..., Path], tmp_path: Path, precision: str, engine: str
) -> None:
    """The sizes that the project promises: 256, 512, 2048, and the whole image at once, on one thread or many."""
    image = picture(540, 600)
    scene, model = make_tif(image), network_file(tmp_path / "float.onnx", "unet")
    if precision == "int8":
        model = int8_file(tmp_path / "int8.onnx", model, [picture(64, 64, seed=seed) for seed in range(4)])
    maps = []
    for tile, workers in ((256, 1), (256, 4), (512, 2), (2048, 1)):
        options = ClassifyOptions(tile=tile, workers=workers, engine=engine, overwrite=True)
        classify(scene, model, tmp_path / "out.tif", options)
        maps.append(read(tmp_path / "out.tif"))
    assert all(np.array_equal(maps[0], other) for other in maps[1:])
    if engine == "ort":
        assert np.array_equal(maps[0], whole_image(model, image))
    assert len(np.unique(maps[0])) > 1


@pytest.mark.parametrize("engine", ["ort", "openvino"])
@pytest.mark.parametrize("precision", ["float", "int8"])
def test_threads_inside_a_tile_do_not_show(
    make_tif: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, engine: str
) -> None:
    scene, model = make_tif(picture(300, 400)), network_file(tmp_path / "float.onnx", "unet")
    if precision == "int8":
        model = int8_file(tmp_path / "int8.onnx", model, [picture(64, 64, seed=seed) for seed in range(4)])
    maps = []
    for waiting_share, expected in ((10.0, ThreadLayout(4, 1)), (-0.2, ThreadLayout(1, 4))):
        monkeypatch.setattr(teams, "WAITING_SHARE", waiting_share)
        options = ClassifyOptions(workers=4, engine=engine, overwrite=True)
        assert prepare(SceneInput(scene), model, options).thread_layout == expected
        classify(scene, model, tmp_path / "out.tif", options)
        maps.append(read(tmp_path / "out.tif"))
    assert np.array_equal(*maps)
    assert len(np.unique(maps[0])) > 1


@pytest.mark.parametrize("size", [32, 48])
def test_fixed_tile_size_gives_the_whole_image_too(make_tif: Callable[..., Path], tmp_path: Path, size: int) -> None:
    image = picture(75, 130)
    free, fixed = network_file(tmp_path / "free.onnx", "unet"), network_file(tmp_path / "fixed.onnx", "unet", size=size)
    classify(make_tif(image), fixed, tmp_path / "out.tif", ClassifyOptions(engine="ort"))
    assert np.array_equal(read(tmp_path / "out.tif"), whole_image(free, image))


def test_blended_result_does_not_depend_on_shards_or_threads(
    make_tif: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, model = make_tif(picture(200, 170)), network_file(tmp_path / "pooled.onnx", "pooled")
    maps = []
    for shard, workers in ((512, 1), (96, 3), (64, 2)):
        monkeypatch.setattr(planning, "BLENDED_SHARD_PX", shard)
        options = ClassifyOptions(tile=64, workers=workers, engine="ort", overwrite=True)
        summary = classify(scene, model, tmp_path / "out.tif", options)
        assert summary.plan.depends_on_tiling
        maps.append(read(tmp_path / "out.tif"))
    assert np.array_equal(maps[0], maps[1])
    assert np.array_equal(maps[0], maps[2])
    assert len(np.unique(maps[0])) > 1


def test_nodata_leaves_as_nodata_and_enters_as_zero(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    image = picture(80, 90) + 1
    image[:, 20:50, 30:60] = 0
    scene = make_tif(image, nodata=0)
    model = network_file(tmp_path / "conv.onnx", "conv")
    summary = classify(scene, model, tmp_path / "out.tif", ClassifyOptions(engine="ort"))
    filled = np.where(image == 0, 500, image)  # z = 0
    expected = np.where((image == 0).any(axis=0), 255, whole_image(model, filled))
    assert np.array_equal(read(tmp_path / "out.tif"), expected)
    assert summary.valid_pixels == 80 * 90 - 30 * 30
    assert sum(summary.pixels_by_class.values()) == summary.valid_pixels
    on_the_ground = 100 / 0.9996**2  # the scene lies in the middle of a UTM zone
    assert sum(summary.area_m2_by_class.values()) == pytest.approx(summary.valid_pixels * on_the_ground, rel=1e-6)


def test_bounds_and_polygons_cut_the_result_not_its_context(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    image = picture(100, 120)
    scene, model = make_tif(image), network_file(tmp_path / "unet.onnx", "unet")
    whole = whole_image(model, image)
    west, north = 500_000 + 10 * 31, 5_000_000 - 10 * 17
    options = ClassifyOptions(engine="ort", bounds=(west, north - 10 * 40, west + 10 * 55, north))
    classify(scene, model, tmp_path / "cut.tif", options)
    assert np.array_equal(read(tmp_path / "cut.tif"), whole[17:57, 31:86])
    with rasterio.open(tmp_path / "cut.tif") as cut:
        assert (cut.transform.c, cut.transform.f) == (west, north)


def test_unchanged_inputs_resume_and_changed_ones_do_not(
    make_tif: Callable[..., Path], tmp_path: Path, small_shards: None
) -> None:
    """A run that dies after some shards leaves them; the next run keeps them and ends as an undisturbed one."""
    image = picture(300, 300)
    scene, model = make_tif(image), network_file(tmp_path / "unet.onnx", "unet")
    options = ClassifyOptions(engine="ort", tile=64, workers=1)

    def die(report: Progress) -> None:
        if report.stage == "classifying" and report.done > 150 * 300:
            raise MemoryError("as if the process had been killed")

    with pytest.raises(MemoryError):
        classify(scene, model, tmp_path / "out.tif", options, progress=die)
    (folder,) = tmp_path.glob(".out.tif.shards")
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("*.tif")}
    assert finished
    assert not (tmp_path / "out.tif").exists()
    kept: list[dict[Path, int]] = []

    def look(report: Progress) -> None:
        if report.stage == "classifying":
            kept.append({path: path.stat().st_mtime_ns for path in finished})

    summary = classify(scene, model, tmp_path / "out.tif", options, progress=look)
    assert np.array_equal(read(tmp_path / "out.tif"), whole_image(model, image))
    assert kept[-1] == finished
    assert sum(summary.pixels_by_class.values()) == 300 * 300
    assert not list(tmp_path.glob(".out.tif.*"))


def test_cancel_leaves_nothing(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    scene, model = make_tif(picture(200, 200)), network_file(tmp_path / "unet.onnx", "unet")
    before = set(tmp_path.iterdir())

    def cancel(report: Progress) -> None:
        if report.stage == "classifying":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        classify(scene, model, tmp_path / "out.tif", ClassifyOptions(engine="ort", tile=32), progress=cancel)
    assert set(tmp_path.iterdir()) == before


def test_progress_ends_at_the_total(make_tif: Callable[..., Path], tmp_path: Path, small_shards: None) -> None:
    reports: list[Progress] = []
    scene, model = make_tif(picture(130, 140)), network_file(tmp_path / "conv.onnx", "conv")
    classify(scene, model, tmp_path / "out.tif", ClassifyOptions(engine="ort", tile=40), progress=reports.append)
    done = [report.done for report in reports if report.stage == "classifying"]
    assert done == sorted(done)
    assert done[-1] == 130 * 140


def test_damaged_tile_is_named_and_can_be_skipped(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    image = picture(256, 256)
    scene = make_tif(image, tiled=True, blockxsize=64, blockysize=64, compress="deflate")
    with rasterio.open(scene) as source:
        offset = int(source.get_tag_item("BLOCK_OFFSET_1_1", "TIFF", bidx=1))
    with open(scene, "r+b") as stream:
        stream.seek(offset)
        stream.write(b"\xff" * 40)
    model = network_file(tmp_path / "identity.onnx", "identity")
    before = set(tmp_path.iterdir())
    with pytest.raises(RasterError, match="skip-bad-blocks"):
        classify(scene, model, tmp_path / "out.tif", ClassifyOptions(engine="ort"))
    left = set(tmp_path.iterdir()) - before
    assert all(path.suffix == ".shards" and any(path.glob("*.tif")) for path in left)  # finished shards only
    options = ClassifyOptions(engine="ort", skip_bad_blocks=True)
    summary = classify(scene, model, tmp_path / "out.tif", options)
    classes = read(tmp_path / "out.tif")
    assert summary.bad_blocks >= 1
    assert (classes[64:128, 64:128] == 255).all()
    assert np.array_equal(classes[:64], whole_image(model, image)[:64])


def test_confidence_is_the_softmax_of_the_winner(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    image = picture(60, 70)
    model = network_file(tmp_path / "identity.onnx", "identity", classes=3)
    summary = classify(make_tif(image), model, tmp_path / "out.tif", ClassifyOptions(engine="ort", confidence=True))
    scores = np.exp((image - 500.0) / 250)
    expected = np.rint(100 * scores.max(axis=0) / scores.sum(axis=0))
    assert summary.confidence is not None
    assert np.abs(read(summary.confidence) - expected).max() <= 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (ClassifyOptions(bounds=(0, 0, 1, 1)), OptionError),
        (ClassifyOptions(overlap=600, tile=512), OptionError),
    ],
)
def test_bad_options_are_refused(
    make_tif: Callable[..., Path], tmp_path: Path, options: ClassifyOptions, error: type[GeoquantError]
) -> None:
    scene, model = make_tif(picture(40, 40)), network_file(tmp_path / "pooled.onnx", "pooled")
    with pytest.raises(error):
        classify(scene, model, tmp_path / "out.tif", options)
    assert not (tmp_path / "out.tif").exists()
