"""A source that is not what it was is never taken for it: on disk, in archives and mosaics, behind addresses."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import RasterError
from geoquant.raster.file_identity import identity, local_file, stamp
from geoquant.raster.opening import open_scene
from geoquant.raster.web_identity import web_address, web_identity
from tests.builders.range_server import RangeHandler, serving

MakeTif = Callable[..., Path]


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 1000, (2, 96, 96)).astype(np.uint16)


def with_times_of(path: Path, change: Callable[[], object]) -> None:
    """Change a file and set its times back, as ``cp -p`` and archive tools do."""
    before = path.stat()
    change()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_a_file_replaced_under_its_size_and_time_is_another(make_tif: MakeTif) -> None:
    path, other = make_tif(picture(1), "a.tif"), make_tif(picture(2), "b.tif")
    scene = open_scene(path)
    watch, first = scene.watch(), scene.fingerprint
    watch.check()
    with_times_of(path, lambda: shutil.copyfile(other, path))
    assert scene.fingerprint != first
    assert open_scene(path).fingerprint != first
    with pytest.raises(RasterError, match=r"a\.tif changed while it was read"):
        watch.check()
    with pytest.raises(RasterError, match="changed since it was opened"):
        scene.watch()


def test_the_content_counts_where_times_say_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoquant.raster.file_identity._facts", lambda found: str(found.st_size))
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(100_000))
    first = identity(str(path))
    for place in (0, 50_000, 99_999):
        content = bytearray(100_000)
        content[max(0, place - 3000) : place + 3000] = b"\1" * len(content[max(0, place - 3000) : place + 3000])
        path.write_bytes(content)
        assert identity(str(path)) != first


@given(st.binary(max_size=20_000))
def test_an_identity_is_the_files_own(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    assert identity(str(path)) == identity(str(path)) != ""


def test_a_chunk_of_a_folder_counts(tmp_path: Path) -> None:
    store = tmp_path / "scene.zarr"
    (store / "0").mkdir(parents=True)
    (store / "0" / "0.0").write_bytes(b"old chunk")
    first = stamp(str(store)), identity(f'ZARR:"{store}":/0')
    with_times_of(store / "0" / "0.0", lambda: (store / "0" / "0.0").write_bytes(b"new chunk"))
    assert stamp(str(store)) != first[0]
    assert identity(f'ZARR:"{store}":/0') != first[1]


def test_a_file_in_an_archive_counts(make_tif: MakeTif, tmp_path: Path) -> None:
    for seed in (1, 2):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(make_tif(picture(seed)), "scene.tif")
        scene = open_scene(f"/vsizip/{tmp_path}/a.zip/scene.tif")
        watch = scene.watch()
        if seed == 1:
            first = scene.fingerprint
    assert scene.fingerprint != first
    watch.check()
    (tmp_path / "a.zip").unlink()
    with pytest.raises(RasterError, match="gone"):
        watch.check()


@pytest.mark.parametrize(
    "name", ["{0}", "/vsizip/{0}/x.tif", "/vsizip/{{{0}}}/x.tif", 'NETCDF:"{0}":v', "NETCDF:{0}:v", 'ZARR:"{0}"']
)
def test_the_file_behind_a_name_is_found(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.bin"
    file.touch()
    assert local_file(name.format(file)) == file
    assert local_file(name.format(tmp_path / "none.bin")) is None


@pytest.mark.parametrize("name", ["https://example.org/a.tif", "s3://bucket/a.tif", "<VRTDataset/>", ""])
def test_what_is_not_here_has_no_file(name: str) -> None:
    assert local_file(name) is None
    assert stamp(name) == ""


class Silent(RangeHandler):
    """Says nothing of versions."""

    tells_versions = False


@pytest.mark.parametrize("handler", [RangeHandler, Silent])
def test_another_object_behind_an_address_is_another(make_tif: MakeTif, tmp_path: Path, handler: type) -> None:
    cog = {"driver": "COG", "blocksize": 128}
    make_tif(picture(1), "a.tif", **cog)
    with serving(tmp_path, handler) as url:
        scene = open_scene(f"{url}/a.tif")
        watch, first = scene.watch(), scene.fingerprint
        watch.check()
        assert scene.fingerprint == first
        make_tif(picture(2), "a.tif", **cog)
        assert scene.fingerprint != first
        with pytest.raises(RasterError, match="changed while it was read"):
            watch.check()
        np.testing.assert_array_equal(open_scene(f"{url}/a.tif").read(scene.grid.window).values, picture(2))


def test_user_and_password_are_given_to_the_server_and_to_nobody_else(
    make_tif: MakeTif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tif(picture(1), "a.tif")
    seen = []

    class Guarded(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            seen.append(self.headers.get("Authorization"))
            return False

    with serving(tmp_path, Guarded) as url:
        address = url.replace("//", "//bob:s%40cret@") + "/a.tif"
        assert web_identity(address) == web_identity(f"{url}/a.tif") != ""
        assert seen[0] == "Basic Ym9iOnNAY3JldA=="
        assert open_scene(address).name == "a.tif"
        with pytest.raises(RasterError, match=r"\*\*\*@") as failure:
            open_scene(address.replace("a.tif", "none.tif?sig=s3cret"))
        assert "cret" not in str(failure.value)
    monkeypatch.setattr("geoquant.raster.web_identity.DELAYS_S", ())
    assert web_identity("http://bob:pw@127.0.0.1:1/a.tif") == web_identity("http://bob:pw@127.0.0.1/a.tif") == ""


def test_signed_addresses_that_are_good_for_get_alone(make_tif: MakeTif, tmp_path: Path) -> None:
    make_tif(picture(1), "a.tif", driver="COG")

    class GetOnly(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            self.path = self.path.partition("?")[0]
            if self.command == "HEAD":
                self.send_error(403)
            return self.command == "HEAD"

    with serving(tmp_path, GetOnly) as url:
        assert web_identity(f"{url}/a.tif?sig=x") != ""
        scene = open_scene(f"{url}/a.tif?sig=x")
        np.testing.assert_array_equal(scene.read(scene.grid.window).values, picture(1))


def test_object_stores_are_asked_where_gdal_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert web_address("s3://bucket/a b.tif") == "https://s3.amazonaws.com/bucket/a%20b.tif"
    assert web_address("/vsigs/bucket/a.tif") == "https://storage.googleapis.com/bucket/a.tif"
    monkeypatch.setenv("AWS_S3_ENDPOINT", "127.0.0.1:9000")
    monkeypatch.setenv("AWS_HTTPS", "NO")
    assert web_address("s3://bucket/a.tif") == "http://127.0.0.1:9000/bucket/a.tif"
    assert web_address("/data/a.tif") == web_address("az://box/a.tif") == ""
