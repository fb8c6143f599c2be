"""Addresses that open a door are in no message, whoever wrote it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import GeoquantError, GeoquantWarning, RasterError
from geoquant.redaction import file_name, redacted

SECRETS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6)
SHAPES = (
    "https://{user}:{word}@example.org/a/scene.tif",
    "https://example.org/scene.tif?sig={word}&other=1,2",
    "https://example.org/scene.tif?list=1,2&sig={word}",
    "https://example.org/scene.tif;token={word}",
    "https://example.org/scene.tif#{word}",
    "/vsicurl/https://{user}:{word}@example.org/scene.tif",
    "/vsicurl?header.Authorization={word}&url=https%3A%2F%2Fexample.org%2Fscene.tif",
    "/vsizip/{{/vsicurl/https://example.org/a.zip?sig={word}}}/scene.tif",
    "S3://bucket/scene.tif?key={word}",
)


@pytest.mark.parametrize("shape", SHAPES)
@given(user=SECRETS, word=SECRETS)
def test_no_secret_of_an_address_is_left(shape: str, user: str, word: str) -> None:
    address = shape.format(user="U" + user + "U", word="W" + word + "W")
    text = redacted(f"Can't open {address} as a raster: '{address}' does not answer.")
    assert "W" + word + "W" not in text
    assert "U" + user + "U" not in text
    assert text.startswith("Can't open ")
    assert text.endswith("does not answer.")
    assert redacted(text) == text


@pytest.mark.parametrize("text", ["/data/what?.tif", "C:\\data\\a;b#c.tif", "s3://bucket/key.tif", "50 % of a: b@c"])
def test_what_holds_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_every_error_and_warning_is_redacted() -> None:
    for kind in (GeoquantError, RasterError, GeoquantWarning):
        failure = kind("https://bob:secret@example.org/a.tif?sig=secret is missing")
        assert str(failure) == "https://***@example.org/a.tif?*** is missing"
        assert str(pickle.loads(pickle.dumps(failure))) == str(failure)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("https://bob:pw@example.org/a/scene.tif?sig=1", "scene.tif"),
        ("https://example.org/scene.tif;token=1", "scene.tif"),
        ("/data/what?.tif", "what?.tif"),
    ],
)
def test_a_file_is_named_without_folders_and_parameters(path: str, name: str) -> None:
    assert file_name(path) == name
