"""One QGIS without a window that classifies in the background, as users have it, and looks at itself meanwhile.

Run by ``benchmarks.plugin`` with QGIS's own Python, which has none of geoquant's libraries: a task as JSON in the first
argument (scene, model, out, preview_out, preview_px), facts as JSON on the last line.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.append(os.path.join(os.environ.get("QGIS_PREFIX_PATH", "/usr"), "share/qgis/python/plugins"))

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QEventLoop, QTimer
from qgis.testing import start_app

TICK_S = 0.01
WARM_UP_S = 3.0


class Watch:
    """The longest pause of the event loop, and the most resident memory, of this process."""

    def __init__(self) -> None:
        self.longest_gap_s, self.most_bytes = 0.0, resident_bytes()
        self.before_bytes, self._last = self.most_bytes, time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(int(TICK_S * 1000))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, float]:
        """What was seen."""
        self._timer.stop()
        self._done.set()
        self._thread.join()
        growth_mb = (self.most_bytes - self.before_bytes) / 1e6
        return {"growth_mb": growth_mb, "longest_gap_s": self.longest_gap_s}

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_gap_s, self._last = max(self.longest_gap_s, now - self._last - TICK_S), now

    def _look(self) -> None:
        while not self._done.wait(TICK_S):
            self.most_bytes = max(self.most_bytes, resident_bytes())


def resident_bytes() -> int:
    """Resident memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def run_in_background(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run an algorithm as the toolbox does, with the event loop running; its outputs."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(name)
    context, feedback, loop = QgsProcessingContext(), QgsProcessingFeedback(), QEventLoop()
    context.setProject(QgsProject.instance())
    ended: list[tuple[bool, dict[str, Any]]] = []

    def end(done: bool, outputs: dict[str, Any]) -> None:
        ended.append((done, outputs))
        loop.quit()

    task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, feedback)
    task.executed.connect(end)
    QgsApplication.taskManager().addTask(task)
    loop.exec()
    if not ended[0][0]:
        sys.exit(f"{name} failed: {feedback.textLog()}")
    return ended[0][1]


def shown(parameters: dict[str, Any]) -> float:
    """Seconds from starting a classification to its layer, styled and loaded."""
    started = time.perf_counter()
    outputs = run_in_background("geoquant:classify", parameters)
    layer = QgsRasterLayer(outputs["OUTPUT"], "classes")
    if not layer.isValid():
        sys.exit(f"{outputs['OUTPUT']} is no layer")
    QgsProject.instance().addMapLayer(layer)
    return time.perf_counter() - started


def wait(seconds: float) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def main() -> None:
    """Load a scene, classify it in the background, then a part of it twice."""
    task = json.loads(sys.argv[1])
    start_app()
    from processing.core.Processing import Processing

    from qgis_plugin.provider import GeoquantProvider

    Processing.initialize()
    provider = GeoquantProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    scene = QgsRasterLayer(task["scene"], "scene")
    QgsProject.instance().addMapLayer(scene)
    wait(WARM_UP_S)
    common = {"INPUT": scene.id(), "MODEL": task["model"], "ENGINE": task["engine"]}
    watch = Watch()
    facts = {"whole_s": shown({**common, "OUTPUT": task["out"]}), **watch.stop()}
    center, half = scene.extent().center(), task["preview_px"] / 2 * scene.rasterUnitsPerPixelX()
    sides = center.x() - half, center.x() + half, center.y() - half, center.y() + half
    extent = ",".join(map(str, sides)) + f" [{scene.crs().authid()}]"
    for name in ("first_preview_s", "preview_s"):
        facts[name] = shown({**common, "EXTENT": extent, "ENGINE": "auto", "OUTPUT": task["preview_out"]})
    print(json.dumps(facts), flush=True)
    os._exit(0)  # QGIS without a window may crash while Python takes it down, and everything is measured


if __name__ == "__main__":
    main()
