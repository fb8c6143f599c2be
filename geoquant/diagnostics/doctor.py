"""``geoquant doctor``: the symptoms that users meet, each found and explained with its remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.diagnostics.checks import (
    engines as doctor_engines,
)
from geoquant.diagnostics.checks import (
    file as doctor_file,
)
from geoquant.diagnostics.checks import (
    levels as doctor_levels,
)
from geoquant.diagnostics.checks import (
    scene as doctor_scene,
)
from geoquant.diagnostics.checks import (
    tiles as doctor_tiles,
)
from geoquant.diagnostics.finding import Diagnosis, Finding, ok, problem, problem_of, warning
from geoquant.errors import GeoquantError, ModelError
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.model_card.completion import complete, missing_facts, with_options
from geoquant.model_card.reading import known_facts
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.card import CardOptions
from geoquant.options.diagnostics import DoctorOptions
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_input


def diagnose(
    model: str | Path,
    scene: Source | SceneInput | None = None,
    options: DoctorOptions = DoctorOptions(),  # noqa: B008  frozen
    *,
    card_options: CardOptions = CardOptions(),  # noqa: B008  frozen
    progress: ProgressCallback = silent,
) -> Diagnosis:
    """Look for what usually goes wrong with a float or INT8 model, and with a scene for it.

    Everything that is found is a finding, not an error: a file that can't be read is one too.

    Args:
        model: ONNX file.
        scene: anything that ``open_scene`` takes, or a ``SceneInput``; without one, what depends on pixels is not
            looked at.
        options: see ``DoctorOptions``.
        card_options: facts that the model does not carry.
        progress: is told what is looked at; may raise ``Cancelled``.

    Raises:
        ModelError: there is no such file.
        OptionError: an option is malformed.
    """
    path = Path(model)
    if not os.path.exists(path):
        raise ModelError(f"There is no model {path}.")
    stages = ("reading the file", "looking at levels", "looking at engines", "looking at the scene")

    def say(stage: int) -> None:
        progress(Progress(stages[stage], stage, len(stages), "checks"))

    say(0)
    header = doctor_file.header(path)
    try:
        subject = _subject(path, card_options)
    except ModelError as error:
        known = [one for one in header if one.status == "problem"]
        return Diagnosis(str(path), tuple(known or [problem_of("file", error)]))
    findings = [
        *header,
        *subject.remarks,
        subject.tiles,
        *doctor_file.findings(subject.path, subject.proto, subject.card),
    ]
    say(1)
    findings += doctor_levels.findings(subject.proto)
    if subject.tiles.status != "problem":  # else what runs on tiles would only say so again
        say(2)
        findings += doctor_engines.findings(subject.path, subject.proto, subject.card, options)
        if scene is not None:
            say(3)
            findings += _scene(subject, scene_input(scene))
    progress(Progress("done", len(stages), len(stages), "checks"))
    return Diagnosis(str(path), tuple(findings))


@dataclass(frozen=True)
class _Subject:
    """A model that could be read.

    Attributes:
        path: The model's file.
        proto: The graph, with weights.
        card: The model's card, or a stand-in made from the graph.
        remarks: Findings about the card.
        tiles: The finding about tiles.
    """

    path: Path
    proto: Any
    card: ModelCard
    remarks: tuple[Finding, ...]
    tiles: Finding

    @property
    def has_card(self) -> bool:
        """Whether the card is the model's own."""
        return all(remark.status == "ok" for remark in self.remarks)


def _subject(path: Path, options: CardOptions) -> _Subject:
    proto = load_model(path)
    graph = graph_facts(proto)
    facts = with_options(known_facts(proto, path, graph, options), options)
    missing, tiles = missing_facts(facts), doctor_tiles.finding(facts.tiling, graph)
    if not missing:
        card = complete(facts, graph, path.stem)
        return _Subject(path, proto, card, (ok("card", f"{card.name}, {len(card.bands)} bands"),), tiles)
    remark = warning(
        "card", "facts are missing: " + "; ".join(missing.values()), "give them as options once, or --card"
    )
    return _Subject(path, proto, _stand_in(path, graph), (remark,), tiles)


def _stand_in(path: Path, graph: GraphFacts) -> ModelCard:
    """Enough of a card to load a network into an engine."""
    bands, classes = graph.bands or 1, graph.output_channels or 2
    return ModelCard(
        name=path.stem,
        bands=tuple(Band(f"band {number}") for number in range(1, bands + 1)),
        normalization=Normalization((0.0,) * bands, (1.0,) * bands, kind="none"),
        classes=tuple(ClassLabel(value, f"class {value}", "#808080") for value in range(max(classes, 2))),
        output="classes" if graph.output_op == "ArgMax" else "logits",
        tiling=Tiling(stride_px=graph.stride_px),
    )


def _scene(subject: _Subject, given: SceneInput) -> Iterator[Finding]:
    if not subject.has_card:
        yield problem("scene", "without a card it can't be said what the model wants of a scene", "complete the card")
        return
    try:
        yield from doctor_scene.findings(given, subject.proto, subject.card)
    except GeoquantError as error:
        yield problem_of("scene", error)
