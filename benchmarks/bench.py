"""What all benchmarks share: scenes, networks and their INT8 versions, made once and kept in the work folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import python_module, run_child, say
from benchmarks.networks import make_network
from benchmarks.scenes import mirrored_scene

QUANTIZE_SIDE = 1830
CALIBRATION_TILES = 32


@dataclass(frozen=True)
class Bench:
    """Where the benchmarks work, and how much.

    Attributes:
        work: folder of scenes, networks and results.
        quick: small scenes and one repeat: shows that everything runs, and proves nothing.
    """

    work: Path
    quick: bool = False

    @property
    def repeats(self) -> int:
        """Runs of each case."""
        return 1 if self.quick else 3

    def side(self, full: int) -> int:
        """The scene's side, or a small one in a quick run."""
        return min(full, 2048) if self.quick else full

    def scene(self, side: int, whole: bool = False) -> Path:
        """A mirrored scene; see ``scenes.mirrored_scene``."""
        return mirrored_scene(self.work / f"{'whole' if whole else 'valid'}_{side}.tif", side, whole)

    def network(self, name: str) -> Path:
        """The float network."""
        return make_network(name, self.work, steps=30 if self.quick else 250)

    def int8(self, name: str) -> Path:
        """The same network, quantized by geoquant on a scene with nodata."""
        path = self.work / f"{name}.int8.onnx"
        if not path.exists():
            scene, network = self.scene(QUANTIZE_SIDE, whole=True), self.network(name)
            say(f"quantizing {name}")
            run_child(python_module("geoquant", *self._quantize_words(network, scene, path)))
        return path

    def _quantize_words(self, network: Path, scene: Path, out: Path) -> list[str]:
        """``--max-drop 100``: a benchmark reports a bad network, it does not refuse it."""
        return [
            *("quantize", str(network), "--scenes", str(scene), "-o", str(out)),
            *("--tiles", str(CALIBRATION_TILES), "--held-out", "16", "--max-drop", "100", "--progress", "none"),
        ]

    def out(self, name: str) -> str:
        """Where a class map goes."""
        folder = self.work / "out"
        folder.mkdir(exist_ok=True)
        return str(folder / f"{name}.tif")


def classify_command(scene: Path, model: Path, out: str, *words: str) -> list[str]:
    """``geoquant classify`` as users run it."""
    fixed = ("--overwrite", "--progress", "none")
    return python_module("geoquant", "classify", str(scene), "--model", str(model), "-o", out, *fixed, *words)
