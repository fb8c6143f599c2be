"""Side by side with habitat-mapper and geoai-py: same scene, same network, one interleaved run.

Promise: faster than each end to end. (Their memory: ``peers_memory``.)

Each peer lives in a virtual environment of its own that this benchmark makes with pip. Neither is taken with all of its
requirements, and no figure depends on what is left out:

- habitat-mapper requires onnxruntime-gpu with CUDA and cuDNN (3.3 GB). It is installed without dependencies, then what
  it imports, with the plain ``onnxruntime``: the same CPU kernels, and less memory than the GPU build takes.
- geoai-py requires torch without a bound and torchgeo, which pulls a torchvision that does not load beside a CPU build
  of torch. It is installed without dependencies, after ``torch==2.13.0`` and what ``geoai.inference`` imports.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from benchmarks.bench import Bench, classify_command
from benchmarks.measure import Usage, interleaved, median, run_child, say
from benchmarks.networks import CLASSES, CUT_UNET
from benchmarks.report import Result, Verdict
from benchmarks.scenes import OFFSET, SCALE
from geoquant.model_card.model import open_model

NETWORK = CUT_UNET
FOLDER = Path(__file__).parent
PEER_ENV = {"GDAL_CACHEMAX": "256"}
"""Megabytes. GDAL's default, 5 % of the machine's memory, would count as growth of the peers."""


@dataclass(frozen=True)
class Peer:
    """How to install a peer.

    Attributes:
        name: on PyPI.
        script: that drives it.
        steps: arguments of ``pip install``, in order.
    """

    name: str
    script: str
    steps: tuple[tuple[str, ...], ...]


HABITAT = Peer(
    "habitat-mapper",
    "peer_habitat.py",
    (
        ("onnxruntime", "numpy", "rasterio", "rioxarray", "xarray", "opencv-python-headless", "pydantic"),
        ("loguru", "platformdirs", "requests", "rich", "defusedxml", "deprecation", "cyclopts", "humanize"),
        ("--no-deps", "habitat-mapper"),
    ),
)
GEOAI = Peer(
    "geoai-py",
    "peer_geoai.py",
    (
        ("torch==2.13.0",),
        ("geopandas", "leafmap", "matplotlib", "numpy", "pandas", "rasterio", "requests", "rioxarray", "shapely"),
        ("tqdm", "xarray"),
        ("--no-deps", "geoai-py"),
    ),
)


def interpreter(peer: Peer, folder: Path) -> Path:
    """The Python of a peer's environment, made now if it is not there.

    Raises:
        subprocess.CalledProcessError: pip failed.
    """
    home = folder / peer.name
    python, done = home / "bin" / "python", home / "installed"
    if not done.exists():
        say(f"installing {peer.name} into {home}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        for step in peer.steps:
            subprocess.run([str(python), "-m", "pip", "install", "-qq", *step], check=True, stdout=sys.stderr)
        done.touch()
    return python


@dataclass(frozen=True)
class Way:
    """One way to run one tool.

    Attributes:
        label: for the table.
        tool: whose it is.
        command: ``(scene, out)`` -> arguments of the process.
        env: variables for it.
    """

    label: str
    tool: str
    command: Callable[[Path, str], list[str]]
    env: dict[str, str] = field(default_factory=dict)


def ways(bench: Bench, name: str = NETWORK) -> list[Way]:
    """Both peers with their defaults and with the best settings found, geoquant with float and with INT8."""
    network, int8 = bench.network(name), bench.int8(name)
    habitat, geoai = (interpreter(peer, bench.work / "peers") for peer in (HABITAT, GEOAI))
    shared = _stored_normalization(network)

    def peer(peer: Peer, python: Path, model: Path, **settings: Any) -> Callable[[Path, str], list[str]]:
        def command(scene: Path, out: str) -> list[str]:
            task = {**shared, "scene": str(scene), "model": str(model), "out": out, **settings}
            return [str(python), str(FOLDER / peer.script), json.dumps(task)]

        return command

    def own(model: Path, *words: str) -> Callable[[Path, str], list[str]]:
        return lambda scene, out: classify_command(scene, model, out, *words)

    torchscript = network.with_suffix(".pt")
    best = {"tile_size": 1024, "overlap": 128, "batch_size": 1}
    return [
        Way("habitat-mapper, defaults", HABITAT.name, peer(HABITAT, habitat, network), PEER_ENV),
        Way("geoai-py, defaults", GEOAI.name, peer(GEOAI, geoai, torchscript), PEER_ENV),
        Way(
            "geoai-py, 1024 tiles, channels last",
            GEOAI.name,
            peer(GEOAI, geoai, torchscript, settings=best, channels_last=True),
            PEER_ENV,
        ),
        Way("geoquant, float, onnxruntime", "float", own(network, "--engine", "ort")),
        Way("geoquant, INT8", "geoquant", own(int8)),
    ]


def _stored_normalization(network: Path) -> dict[str, Any]:
    """Mean and deviation of the card in stored numbers, which is what the peers normalize."""
    normalization = open_model(network).card.normalization
    return {
        "mean": [(shift - OFFSET) / SCALE for shift in normalization.shift],
        "std": [scale / SCALE for scale in normalization.scale],
        "classes": len(CLASSES),
    }


def measure(bench: Bench) -> Result:
    """Every way on one scene, in turns."""
    side, tools = bench.side(3072), ways(bench)
    scene = bench.scene(side)
    say(f"peers at {side} x {side}")
    runs = interleaved({way.label: case(bench, way, scene, side) for way in tools}, bench.repeats)
    reference = bench.out(_name(tools[-2], side))
    own = median(runs[tools[-1].label], "wall_s")
    rows = [
        [
            way.label,
            *(f"{median(runs[way.label], 'wall_s'):.1f} s", f"{median(runs[way.label], 'cpu_s'):.1f}"),
            f"{median(runs[way.label], 'wall_s') / own:.1f}",
            f"{median(runs[way.label], 'peak_rss_mb'):.0f} MB",
            f"{_agreement(reference, bench.out(_name(way, side))):.2%}",
        ]
        for way in tools
    ]
    first = runs[tools[-1].label][0].wall_s
    notes = (
        f"Network: {NETWORK}. Scene: {side}² px, six uint16 bands, deflate, 10 classes.",
        f"geoquant's first INT8 run took {first:.1f} s: it measured the engines for this network, and remembers.",
        *NOTES,
        _versions(runs),
    )
    return Result("peers", COLUMNS, rows, _verdicts(tools, runs), notes)


COLUMNS = ("tool", "wall", "CPU s", "times geoquant INT8", "peak RSS", "same class as geoquant float")
NOTES = (
    "Whole processes, imports included, medians of interleaved runs.",
    "habitat-mapper runs the same float ONNX file through `ONNXModel.process` with blur off; its overlap of 50 % is "
    "not an option. Its crop of 1024 is the default and was the fastest (512: 1.8 times the CPU seconds).",
    "geoai-py runs the same network as TorchScript through `predict_geotiff`, its windowed inference for any torch "
    "module; its own ONNX path takes three bands only.",
    "The peers get GDAL_CACHEMAX=256, or GDAL's own cache would count as their memory.",
    "Their class maps differ a little: they blend the scores of overlapping tiles, geoquant's classes are those of one "
    "pass over the scene.",
)


def _name(way: Way, side: int) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in f"peer {way.label} {side}")


def case(bench: Bench, way: Way, scene: Path, side: int) -> Callable[[], Usage]:
    """The process that runs one tool on one scene, to be measured."""
    command = way.command(scene, bench.out(_name(way, side)))
    return lambda: run_child(command, env=way.env)


def _agreement(reference: str, candidate: str) -> float:
    with rasterio.open(reference) as one, rasterio.open(candidate) as other:
        return float(np.mean(one.read(1) == other.read(1)))


def _versions(runs: dict[str, list[Usage]]) -> str:
    found = {way.split(",")[0]: usages[0].facts.get("version") for way, usages in runs.items()}
    return "Versions: " + ", ".join(f"{name} {version}" for name, version in found.items() if version) + "."


def _verdicts(tools: list[Way], runs: dict[str, list[Usage]]) -> list[Verdict]:
    own, verdicts = median(runs[tools[-1].label], "wall_s"), []
    for name in (HABITAT.name, GEOAI.name):
        best = min(median(runs[way.label], "wall_s") for way in tools if way.tool == name)
        verdicts.append(Verdict(f"faster than {name} end to end", f"{best / own:.1f} times", best > own))
    return verdicts
