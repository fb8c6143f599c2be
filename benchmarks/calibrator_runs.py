"""One scene, network and seed: everybody's INT8 file and how it does; what is on disk already is taken from there.

A file is kept with the key of what it was made from (the float file, the tiles and, for geoquant's own, its code), so
that a run that was cut off goes on where it stopped, and nothing stale is ever reported.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench import Bench
from benchmarks.calibrator_cases import Ground
from benchmarks.calibrator_methods import METHODS, NAMES, NNCF_NAME, OWN_NAME, Tiles, by_nncf
from benchmarks.measure import code_digest, digest, say
from geoquant.errors import AccuracyDrop
from geoquant.evaluation.comparison import compare
from geoquant.evaluation.contender import Contender
from geoquant.grid import Window
from geoquant.metrics.confusion import Comparison, together
from geoquant.model_card.card import ModelCard
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.quantize import QuantizeOptions
from geoquant.preprocessing.chain import input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.progress import silent
from geoquant.quantization.quantize import quantize
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene_input import SceneInput
from geoquant.sampling.candidates import cover
from geoquant.sampling.stratified_sampling import TileChoice
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import TileGeometry, choose, tile_geometry
from geoquant.strata.stratified_scene import StratifiedScene, stratify

TILE_PX = 128
MAX_LOST = 0.3
"""Points of mean IoU that the worst stratum may lose."""


@dataclass(frozen=True)
class Score:
    """One INT8 model.

    Attributes:
        ground: scene.
        architecture: network.
        method: who calibrated.
        seed: of the tiles.
        miou_lost: points of mean IoU against labels that the worst stratum loses.
        stratum: where.
        agreement: share of the float model's classes kept, in the stratum where it is least.
        changed: share of the float model's classes changed, averaged over strata.
        int8_share: share of the multiply-accumulates in INT8; known of geoquant's files alone.
        refused: geoquant's gate refused the file.
        seconds: that calibration and quantization took, judging by itself left out where it could be.
    """

    ground: str
    architecture: str
    method: str
    seed: int
    miou_lost: float
    stratum: str
    agreement: float
    changed: float
    int8_share: float | None
    refused: bool
    seconds: float


@dataclass(frozen=True)
class Case:
    """What is quantized, and how.

    Attributes:
        ground: scene.
        label: of the network, for the table.
        model: float file.
        folder: for all files of this scene and network.
        seed: of the tiles.
        tiles: as many to calibrate with, and as many to judge with.
    """

    ground: Ground
    label: str
    model: Path
    folder: Path
    seed: int
    tiles: int

    @property
    def options(self) -> QuantizeOptions:
        """Geoquant's defaults, but for the number and the size of tiles, and a gate at what the benchmark promises."""
        return QuantizeOptions(
            tiles=self.tiles,
            tile=TILE_PX,
            held_out=self.tiles,
            seed=self.seed,
            overwrite=True,
            max_drop=MAX_LOST,
            keep_refused=True,
        )

    def file(self, method: str) -> Path:
        """A method's INT8 file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = "".join(letter if letter.isalnum() else "_" for letter in method)
        return self.folder / f"{name}_{self.seed}.onnx"


def case_scores(bench: Bench, case: Case) -> list[Score]:
    """Make what is not there yet, and judge it."""
    with opened(case) as run:
        run.make_others(bench)
        return run.scores(own_file(case))


@contextmanager
def opened(case: Case) -> Iterator[Run]:
    """The case's scene, surveyed, with geoquant's choice of tiles."""
    card = read_card(case.model)
    scene = fit_to_card(open_scene(case.ground.scene), card)
    stratified = stratify(scene, card, case.ground.mask, case.ground.labels)
    try:
        geometry = tile_geometry([stratified], card, case.options, graph_facts(load_model(case.model)))
        tiles = choose([stratified], geometry, case.options, silent).tiles
        yield Run(case, stratified, card, geometry, tiles)
    finally:
        stratified.close()
        scene.close()


def own_file(case: Case) -> dict[str, Any]:
    """Make geoquant's file; what it says about it."""

    def make() -> dict[str, Any]:
        ground, out, started, refused = case.ground, case.file(OWN_NAME), time.perf_counter(), False
        given = SceneInput(ground.scene, mask=ground.mask, labels=ground.labels)
        try:
            quantize(case.model, [given], out, case.options)
        except AccuracyDrop as drop:
            say(f"  {drop}")
            refused = True
            out.with_suffix(".refused.onnx").replace(out)
        method = read_card(out).quantization.method
        facts = {key: method[key] for key in ("int8_macs_share", "steps", "kept_float", "ranges")}
        return {**facts, "refused": refused, "seconds": time.perf_counter() - started}

    return kept(case.file(OWN_NAME), (case.model.read_bytes(), case.options, code_digest()), make)


def kept(
    path: Path, parts: Iterable[object], make: Callable[[], dict[str, Any]], needs_file: bool = True
) -> dict[str, Any]:
    """The facts that ``make`` gave for the file when it was made from the same.

    Args:
        path: the file; its facts are kept beside it.
        parts: what it is made from.
        make: makes it, and tells facts, of which one is ``seconds``.
        needs_file: without the file itself its facts are worth nothing.
    """
    notes, key = path.with_suffix(".json"), digest(parts)
    if notes.exists() and (path.exists() or not needs_file):
        facts: dict[str, Any] = json.loads(notes.read_text())
        if facts["key"] == key:
            return facts
    facts = {**make(), "key": key}
    say(f"  {path.parent.name} {path.stem}: {facts['seconds']:.0f} s")
    notes.write_text(json.dumps(facts))
    return facts


@dataclass(frozen=True)
class Run:
    """A case with the tiles that geoquant will take: the same options choose the same tiles."""

    case: Case
    stratified: StratifiedScene
    card: ModelCard
    geometry: TileGeometry
    tiles: TileChoice

    def make_others(self, bench: Bench) -> None:
        """Everybody else's files."""
        for method in METHODS:
            self._other(method.name, method.first, method.make)
        self._other(NNCF_NAME, False, lambda model, tiles, out: by_nncf(bench, model, {out: tiles}))

    def _other(self, name: str, first: bool, make: Callable[[Path, Tiles, Path], None]) -> None:
        windows, out = self._windows(first), self.case.file(name)

        def timed() -> dict[str, Any]:
            tiles, started = self._read(windows), time.perf_counter()
            make(self.case.model, tiles, out)
            return {"seconds": time.perf_counter() - started}

        kept(out, (self.case.model.read_bytes(), windows), timed)

    def _windows(self, first: bool) -> list[Window]:
        """Tiles that hold data and touch no held-out tile: the first in reading order, or random ones."""
        side, taken = self.geometry.tile_px, self._windows_held_out()
        grid = self.stratified.scene.grid
        windows = cover(grid, side, self.geometry.stride_px, whole=True)  # of one size, so that they stack
        inside = [window for window in windows if window.intersection(grid.window) == window]
        apart = [w for w in inside if not any(w.intersection(other).pixels for other in taken)]
        order = range(len(apart)) if first else np.random.default_rng(self.case.seed).permutation(len(apart))
        valid = (apart[i] for i in order if self.stratified.scene.read(apart[i]).valid.mean() >= 0.1)
        return [window for window, _ in zip(valid, range(self.case.tiles), strict=False)]

    def _read(self, windows: Sequence[Window]) -> Tiles:
        scene = self.stratified.scene
        encode = make_encoder(input_chain(self.card, scene.bands, scene.dtype))
        pixels = [scene.read_padded(window, self.card.tiling.edge) for window in windows]
        return np.stack([np.asarray(encode(p.values, p.valid), np.float32)[None] for p in pixels])

    def scores(self, own: dict[str, Any]) -> list[Score]:
        """How every file does on the held-out tiles; ``own`` is what geoquant said about its own."""
        files = {name: self.case.file(name) for name in NAMES}
        path = self.case.file("scores").with_suffix(".json")
        key = digest([self._windows_held_out(), *(file.read_bytes() for file in files.values())])
        if path.exists() and (kept := json.loads(path.read_text()))["key"] == key:
            return [Score(**score) for score in kept["scores"]]
        contenders = [Contender(file, read_card(file), "ort", name) for name, file in files.items()]
        tiles = TileReader([self.stratified], self.card, self.geometry, self.tiles.held_out)
        found = compare(Contender(self.case.model, self.card, "ort", "float"), contenders, tiles)
        scores = [self._score(name, together(one), own) for name, one in zip(NAMES, found, strict=True)]
        path.write_text(json.dumps({"key": key, "scores": [asdict(score) for score in scores]}, indent=1))
        return scores

    def _windows_held_out(self) -> list[Window]:
        return [choice.candidate.window for choice in self.tiles.held_out]

    def _score(self, method: str, found: Comparison, own: dict[str, Any]) -> Score:
        strata = found.strata()
        lost = {stratum: scores.miou_lost for stratum, scores in strata.items() if np.isfinite(scores.miou_lost)}
        worst = max(lost, key=lambda stratum: lost[stratum])
        agreements = [scores.agreement for scores in strata.values()]
        facts = own if method == OWN_NAME else json.loads(self.case.file(method).with_suffix(".json").read_text())
        return Score(
            ground=self.case.ground.name,
            architecture=self.case.label,
            method=method,
            seed=self.case.seed,
            miou_lost=lost[worst],
            stratum=worst.label,
            agreement=min(agreements),
            changed=1 - sum(agreements) / len(agreements),
            int8_share=facts.get("int8_macs_share"),
            refused=facts.get("refused", False),
            seconds=facts["seconds"],
        )
