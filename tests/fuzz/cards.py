"""Cards in every dialect: geoquant's JSON, STAC items of the MLM extension, Esri's .emd, Deepness's metadata."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from geoquant.drift.band_profile import PROBABILITIES
from geoquant.model_card.card import Quantization
from geoquant.model_card.dialects.deepness import to_deepness
from geoquant.model_card.dialects.stac_mlm import to_mlm
from geoquant.model_card.embedding import METADATA_KEY, set_metadata
from geoquant.model_card.json_schema import card_to_json
from tests.builders.model_files import card_for
from tests.fuzz import laws, parts
from tests.fuzz.case import Case
from tests.fuzz.mutations import changed_bytes, changed_json, changed_json_text

EMD = {
    "Framework": "PyTorch",
    "ModelType": "ImageClassification",
    "ImageHeight": 32,
    "ExtractBands": [0, 1, 2],
    "Bands": ["r", "g", "nir"],
    "NormalizationStats": {
        "band_min_values": [0, 5, 100],
        "band_max_values": [1000, 900, 4100],
        "scaled_mean_values": [0.5, 0.0, 0.25],
        "scaled_std_values": [0.1, 1.0, 0.2],
    },
    "Classes": [{"Value": value, "Name": f"class {value}", "Color": [0, 128, value]} for value in range(4)],
}
QUANTIZATION = Quantization(
    parent_sha256="a" * 64,
    seed=3,
    tiles=({"row": 1, "stratum": "snow"},),
    calibrated_low=(-2.0,) * 3,
    calibrated_high=(2.0,) * 3,
    folding=(1.0,) * 3,
    agreement={"snow": 0.99},
    calibrated_quantiles=(tuple(np.linspace(50.0, 950.0, len(PROBABILITIES)).tolist()),) * 3,
    typical_spectra=((300.0, 400.0, 500.0), (700.0, 200.0, 100.0)),
)


def make(rng: random.Random, folder: Path) -> Case:
    """A plain scene, a network and a card, changed, in one of the ways in which a card is given."""
    scene = parts.copied(parts.scene(), folder)
    model, more, told = _given(rng, folder)
    out = folder / "out.tif"
    if rng.random() < 0.3:
        mlm = folder / "item.json"
        arguments = ["inspect", str(model), str(scene), "--json", "--mlm", str(mlm), *more]
        return Case(arguments, told, (mlm,), laws.companions_read(mlm))
    if rng.random() < 0.2:  # drift needs what a card says of calibration
        more = [*more, "--drift"]
    files = [folder / name for name in ("out.qml", "out.tif.aux.xml", "out.csv", "out.gpkg", "out_drift.tif")]
    given = [str(scene), "--model", str(model), "--out", str(out), *parts.QUICK, *more]
    given += ["--areas", str(files[2]), "--polygons", str(files[3])]
    law = laws.both(laws.is_class_map(out), laws.companions_read(*files), laws.areas_add_up(out, files[2]))
    return Case(["classify", *given], told, (out, *files), law)


def _given(rng: random.Random, folder: Path) -> tuple[Path, list[str], str]:
    """A model, the options that go with it, and what was changed."""
    dialect = rng.choice(("geoquant", "geoquant", "mlm", "mlm", "emd", "deepness"))
    if dialect == "deepness":
        return _deepness(rng, folder)
    document = _document(dialect)
    content, told = changed_json_text(rng, document)
    told = f"{dialect} {told}"
    suffix = ".emd" if dialect == "emd" else ".json"
    by_number = ["--bands", "1,2,3"] if dialect == "emd" else []
    way = rng.choice(("option", "beside", "inside") if dialect == "geoquant" else ("option", "beside"))
    if way == "inside":
        model = _with_metadata(folder, {METADATA_KEY: content.decode("utf-8", "replace")})
        return model, by_number, told
    model = parts.copied(parts.bare_model(), folder)
    card = model.with_suffix(suffix) if way == "beside" else folder / f"card{suffix}"
    card.write_bytes(content)
    return model, [*by_number, *(["--card", str(card)] if way == "option" else [])], told


def _document(dialect: str) -> dict[str, Any]:
    if dialect == "emd":
        return EMD
    card = card_for(3, 4, quantization=QUANTIZATION)
    return to_mlm(card) if dialect == "mlm" else json.loads(card_to_json(card))


def _deepness(rng: random.Random, folder: Path) -> tuple[Path, list[str], str]:
    entries = to_deepness(card_for(3, 4))
    key = rng.choice(sorted(entries))
    if rng.random() < 0.3:
        content, told = changed_bytes(rng, entries[key].encode())
        entries[key] = content.decode("utf-8", "replace")
    else:
        changed, told = changed_json(rng, {key: json.loads(entries[key])})
        entries = {**entries, **{str(name): json.dumps(value) for name, value in changed.items()}}
    return _with_metadata(folder, entries), ["--bands", "1,2,3"], f"deepness {key} {told}"


def _with_metadata(folder: Path, entries: dict[str, str]) -> Path:
    proto = onnx.load(parts.bare_model())
    set_metadata(proto, entries)
    onnx.save(proto, folder / "model.onnx")
    return folder / "model.onnx"
