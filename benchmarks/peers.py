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
from benchmarks.networks import CLASSES
from benchmarks.report import Result, Verdict
from benchmarks.scenes import OFFSET, SCALE
from geoquant.jobs.model import open_model

NETWORK = "unet-resnet18"
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
    """Every way on a small scene in turns, then once on a larger one."""
    small, large = (1024, 2048) if bench.quick else (2048, 4096)
    runs: dict[int, dict[str, list[Usage]]] = {}
    tools = ways(bench)
    for side, repeats in ((small, min(bench.repeats, 2)), (large, 1)):
        say(f"peers at {side} x {side}")
        scene = bench.scene(side)
        runs[side] = interleaved({way.label: case(bench, way, scene, side) for way in tools}, repeats)
    reference = bench.out(_name(tools[-2], small))
    rows = [
        [
            way.label,
            *(f"{median(runs[side][way.label], 'wall_s'):.1f} s" for side in (small, large)),
            *(f"{median(runs[side][way.label], 'peak_rss_mb'):.0f} MB" for side in (small, large)),
            f"{_agreement(reference, bench.out(_name(way, small))):.2%}",
        ]
        for way in tools
    ]
    columns = ("tool", f"{small}²", f"{large}²", f"peak RSS {small}²", f"peak RSS {large}²", *COLUMNS)
    return Result("peers", columns, rows, _verdicts(tools, runs), (*NOTES, _versions(runs[small])))


COLUMNS = ("same class as geoquant float",)
NOTES = (
    "Whole processes, imports included; the smaller scene in interleaved turns (medians), the larger once. The peers "
    "get GDAL_CACHEMAX=256, or GDAL's own cache would count as their growth.",
    "habitat-mapper runs the same float ONNX file through `ONNXModel.process` with blur off; its overlap of 50 % is "
    "not an option. Its crop of 1024 is the default and was the fastest (512: 1.8 times the CPU seconds).",
    "geoai-py runs the same network as TorchScript through `predict_geotiff`, its windowed inference for any torch "
    "module. It keeps sums of all class scores for the whole scene in float64: at 10,980 x 10,980 and 10 classes that "
    "is more than this machine has.",
    "The class maps differ a little because the peers blend overlapping tiles that are narrower than the network's "
    "receptive field, or pad with zeros; geoquant's are those of one pass over the scene.",
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


def _verdicts(tools: list[Way], runs: dict[int, dict[str, list[Usage]]]) -> list[Verdict]:
    own = tools[-1].label
    verdicts = []
    for name in (HABITAT.name, GEOAI.name):
        theirs = [way.label for way in tools if way.tool == name]
        times = {
            side: min(median(usages[label], "wall_s") for label in theirs) / median(usages[own], "wall_s")
            for side, usages in runs.items()
        }
        slowest = min(times.values())
        words = ", ".join(f"{ratio:.1f} times at {side}²" for side, ratio in times.items())
        verdicts.append(Verdict(f"faster than {name} end to end", words, slowest > 1))
    return verdicts
