"""What arguments stand for: folders, patterns, lists and indexes, each scene once, in an order to rely on."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.raster.mosaic.listing import Listed, files_of, is_collection, listed, title
from tests.builders.mosaics import write_index, write_part
from tests.builders.rasters import picture

EVERYWHERE = Window(0, 0, 70, 90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two scenes, a hidden file, notes, and a folder that holds another scene."""
    for name in ("b.tif", "a.TIF", ".hidden.tif"):
        write_part(tmp_path / name, picture(), EVERYWHERE)
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "deeper").mkdir()
    write_part(tmp_path / "deeper" / "c.tif", picture(), EVERYWHERE)
    return tmp_path


def test_a_folder_gives_its_rasters_by_name(folder):
    assert [Path(one.source).name for one in listed([str(folder)])] == ["a.TIF", "b.tif"]
    assert is_collection(str(folder))


def test_a_folder_gives_products_and_is_one_itself_where_it_has_their_metadata(tmp_path):
    product = tmp_path / "LC08_L2SP_1"
    product.mkdir()
    (product / "LC08_L2SP_1_MTL.json").write_text("{}")
    assert listed([str(tmp_path)]) == (Listed(str(product)),)
    assert not is_collection(str(product))


def test_a_pattern_gives_what_it_matches(folder):
    assert [Path(one.source).name for one in listed([f"{folder}/*.tif"])] == ["b.tif"]
    assert [Path(one.source).name for one in listed([f"{folder}/**/*.tif"])] == ["b.tif", "c.tif"]
    with pytest.raises(OptionError, match="No file matches"):
        listed([f"{folder}/*.jp2"])


def test_a_list_counts_names_from_its_own_folder(folder):
    index = folder / "scenes.txt"
    index.write_text("\n# the good ones\nb.tif\n\ndeeper/c.tif\nhttps://host/d.tif?x=1,2\n/vsis3/bucket/e.tif\n")
    assert [one.source for one in listed([str(index)])] == [
        str(folder / "b.tif"),
        str(folder / "deeper" / "c.tif"),
        "https://host/d.tif?x=1,2",
        "/vsis3/bucket/e.tif",
    ]


def test_an_index_gives_paths_and_times(folder):
    index = folder / "scenes.csv"
    index.write_text('name,Location,datetime\n1,b.tif,2022-10-05T10:30:00Z\n2,"r.tif,g.tif",\n')
    assert listed([str(index)]) == (
        Listed(str(folder / "b.tif"), "2022-10-05T10:30:00+00:00"),
        Listed((str(folder / "r.tif"), str(folder / "g.tif"))),
    )


def test_a_tile_index_in_a_geopackage_gives_its_locations(folder):
    index = write_index(folder / "index.gpkg", ["b.tif", "deeper/c.tif"])
    assert [one.source for one in listed([str(index)])] == [str(folder / "b.tif"), str(folder / "deeper" / "c.tif")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "name,size\nx,1\n", "expected one of location, path"),
        ("a.csv", "path,date\nx.tif,soon\n", "'soon' as date, which is no time"),
        ("a.csv", "path\n", "names no scene"),
        ("a.txt", "# nothing\n", "names no scene"),
        ("a.gpkg", "no database", "not a readable GeoPackage"),
    ],
)
def test_a_list_of_nothing_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(OptionError, match=message):
        listed([str(tmp_path / name)])


def test_a_list_that_is_no_text_is_refused(tmp_path):
    for name in ("a.txt", "a.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00x\n")
        with pytest.raises(OptionError, match="UTF-8"):
            listed([str(tmp_path / name)])


def test_an_empty_folder_says_what_was_expected(tmp_path):
    (tmp_path / "x.png").touch()
    with pytest.raises(OptionError, match=r"no scene among its 1 entries: expected rasters \(\.tif"):
        listed([str(tmp_path)])


def test_a_scene_that_is_named_twice_counts_once(folder):
    found = listed([str(folder / "b.tif"), str(folder)])
    assert [Path(one.source).name for one in found] == ["b.tif", "a.TIF"]


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("a.tif", ("a.tif",)),
        ("a.tif,b.tif", ("a.tif", "b.tif")),
        ('"x, y.tif", b.tif', ("x, y.tif", "b.tif")),
        ("https://host/a.tif?b=1,2", ("https://host/a.tif?b=1,2",)),
    ],
)
def test_commas_join_the_bands_of_one_scene(text, files):
    assert files_of(text) == files
    source = files[0] if len(files) == 1 else files
    assert listed([text]) == (Listed(source),)
    assert not is_collection(text)


def test_a_file_with_a_comma_in_its_name_is_a_file(folder):
    path = folder / "x,y.tif"
    path.touch()
    assert files_of(str(path)) == (str(path),)


def test_a_mosaic_is_called_by_its_first_scene():
    assert title([Listed("/a/b.tif")]) == "b.tif"
    assert title([Listed(("/a/b.tif", "c.tif")), Listed("d.tif")]) == "b.tif and 1 more scenes"
