"""Model cards for tests: one of two bands, any card at all, and what other tools' models say."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Quantization, Tiling
from tests.builders.networks import Network

CARD = ModelCard(
    name="two bands",
    bands=(Band("B02", "blue", 0.4927, 1e-4, -0.1), Band("B08", "nir")),
    normalization=Normalization((0.1, 0.2), (0.05, 0.3)),
    classes=(ClassLabel(0, "water", "#0000ff"), ClassLabel(7, "open land", "#00ff00")),
    gsd_m=10.0,
)


finite = st.floats(-1e6, 1e6, allow_nan=False)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=12).filter(
    str.strip
)


@st.composite
def cards(draw: st.DrawFn) -> ModelCard:
    count = draw(st.integers(1, 5))
    row = st.lists(finite, min_size=count, max_size=count).map(tuple)
    positive = st.lists(st.floats(1e-6, 1e6), min_size=count, max_size=count).map(tuple)
    optional = st.one_of(st.none(), st.floats(1e-6, 1e3))
    band = st.builds(Band, names, st.sampled_from([None, "red", "nir"]), optional, optional, st.none() | finite)
    values = draw(st.lists(st.integers(0, 254), min_size=2, max_size=6, unique=True))
    called = draw(st.lists(names, min_size=len(values), max_size=len(values), unique=True))
    low = draw(st.none() | row)
    high = draw(st.none() | (row if low is None else st.just(tuple(v + 1 for v in low))))
    quantization = Quantization(
        "a" * 64, 3, ({"row": 1, "stratum": "snow"},), (-1.0,) * count, (2.0,) * count, draw(positive), {"snow": 0.99}
    )
    return ModelCard(
        name=draw(names),
        bands=tuple(draw(st.lists(band, min_size=count, max_size=count, unique_by=lambda b: b.name))),
        normalization=Normalization(
            draw(row), draw(positive), low, high, draw(st.sampled_from(["z-score", "min-max"]))
        ),
        classes=tuple(
            ClassLabel(value, name, f"#{draw(st.integers(0, 2**24 - 1)):06x}")
            for value, name in zip(values, called, strict=True)
        ),
        units=draw(st.sampled_from(["physical", "dn"])),
        output=draw(st.sampled_from(["logits", "probabilities", "classes"])),
        gsd_m=draw(optional),
        nodata=draw(st.none() | finite),
        tiling=Tiling(512, draw(st.none() | st.integers(0, 64)), 4, draw(st.sampled_from(["reflect", "zero"])), 32),
        description=draw(st.text(max_size=20)),
        quantization=draw(st.sampled_from([None, quantization])),
        threshold=draw(st.none() | finite),
    )


EMD = {
    "Framework": "PyTorch",
    "ModelType": "ImageClassification",
    "ImageHeight": 224,
    "ExtractBands": [0, 2],
    "Bands": ["r", "g", "nir"],
    "NormalizationStats": {
        "band_min_values": [0, 5, 100],
        "band_max_values": [1000, 5, 4100],
        "scaled_mean_values": [0.5, 0.0, 0.25],
        "scaled_std_values": [0.1, 1.0, 0.2],
    },
    "Classes": [{"Value": 3, "Name": "tree", "Color": [0, 128, 255]}],
}


def network(bands: int = 2, classes: int = 2) -> Any:
    b = Network(bands, named=True)
    return b.ending_in(b.node("Conv", "x", b.weights(classes, bands, 3, 3), pads=[1, 1, 1, 1]))


SIX = (("B02", "blue"), ("B03", "green"), ("B04", "red"), ("B8A", "nir08"), ("B11", "swir16"), ("B12", "swir22"))


def card(bands=SIX, units="physical", tiling=None) -> ModelCard:
    """A card of two classes and these bands that changes no value."""
    count, tiling = len(bands), tiling or Tiling(halo_px=8, stride_px=4)
    classes = (ClassLabel(0, "a", "#000000"), ClassLabel(1, "b", "#ffffff"))
    named = tuple(Band(name, common) for name, common in bands)
    return ModelCard("any", named, Normalization((0.0,) * count, (1.0,) * count), classes, units, tiling=tiling)
