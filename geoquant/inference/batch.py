"""Many scenes, each to a map of its own: what fails is named at the end, what is finished is not done again."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geoquant._version import __version__
from geoquant.errors import OptionError
from geoquant.inference.classify import ClassifySummary, classify
from geoquant.inference.map_folder import BatchSummary, MapFolder, MapTask
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.mosaic.listing import Listed, listed, title
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from geoquant.raster.scene_input import SceneInput

RECORD = ".geoquant-scenes.json"


def classify_each(
    given: MosaicInput,
    model: str | Path | Model,
    folder: str | Path,
    options: ClassifyOptions = ClassifyOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> BatchSummary:
    """Classify every scene on its own, into a folder with a map of its name for each and a table of all.

    A scene that fails does not stop the others. The same call again keeps the maps of scenes, model and options that
    have not changed, and does the rest.

    Args:
        given: the scenes; what they say of a mosaic (rule, CRS, grid) counts for nothing.
        model: ONNX file, or an opened model.
        folder: of the maps; it is made where it is missing.
        options: as of ``classify``; ``polygons`` and ``areas`` are paths with ``{name}`` in them.
        progress: is told what is done; may raise ``Cancelled``.

    Raises:
        OptionError: no scene is given, two have the same name, or a path lacks ``{name}``.
        ModelError: the model can't be used.
        Cancelled: maps that are finished stay.
    """
    started, maps = time.perf_counter(), MapFolder(Path(folder), RECORD, options, "scene")
    scenes = _named(listed(given.sources))
    maps.check("--each")
    batch = _Batch(given, model if isinstance(model, Model) else open_model(model), options)
    outcomes = maps.make_all([batch.task(name, one) for name, one in scenes.items()], progress)
    return BatchSummary(maps.folder, maps.table, outcomes, time.perf_counter() - started)


def _named(scenes: Sequence[Listed]) -> dict[str, Listed]:
    """The scenes by the names of their maps.

    Raises:
        OptionError: two would have the same.
    """
    names = [Path(title([one])).stem for one in scenes]
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise OptionError(
            f"Several scenes are called {', '.join(twice[:5])}, and each map is named by its scene: rename them, or "
            f"classify them into folders of their own."
        )
    return dict(zip(names, scenes, strict=True))


@dataclass(frozen=True)
class _Batch:
    """One model over many scenes."""

    given: MosaicInput
    model: Model
    options: ClassifyOptions

    def task(self, name: str, one: Listed) -> MapTask:
        """The map of a scene."""
        source = one.source if isinstance(one.source, str) else list(one.source)
        scene = SceneInput(source, self.given.scene_options)

        def make(out: Path, options: ClassifyOptions, progress: ProgressCallback) -> ClassifySummary:
            return classify(scene, self.model, out, options, progress=progress)

        return MapTask(name, lambda: self._digest(scene), make)

    def _digest(self, given: SceneInput) -> str:
        """A hash of all that the map is made of."""
        with fit_to_card(given.open(), self.model.card, self.given.scene_options) as scene:
            options = replace(self.options, overwrite=False)
            facts = (__version__, scene.fingerprint, self.model.sha256, self.model.card, options)
            return hashlib.sha256(repr(facts).encode()).hexdigest()
