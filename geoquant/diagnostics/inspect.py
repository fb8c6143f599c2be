"""Inspection of a model, and of a scene for it: everything that can be known before anything runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geoquant.diagnostics.scene_fit import SceneFit, fit_scene
from geoquant.errors import CardError
from geoquant.fusion_audit.audit import Audit, audit_fusion
from geoquant.model_card.card import ModelCard
from geoquant.model_card.completion import STATE_STRIDE, CardFacts, complete, hidden_stride, missing_facts, with_options
from geoquant.model_card.dialects.stac_mlm import to_mlm
from geoquant.model_card.reading import known_facts
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256
from geoquant.options.card import CardOptions
from geoquant.output.destination import check_destination, part_file
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_input

_NO_OPTIONS = CardOptions()


@dataclass(frozen=True)
class InspectReport:
    """A model, and a scene for it.

    Attributes:
        model: The path of the model.
        size_bytes: The size of its file.
        sha256: The SHA-256 of its file.
        graph: What its graph says.
        facts: What its card says, whole or not.
        card: The whole card; None when facts are missing.
        missing: What the card lacks: field -> one line with the option that gives it.
        warnings: What is unusual about the model.
        scene: How the scene fits; None when none was given, or when the card is not whole.
        audit: What each engine runs in INT8; None when the audit was not requested, or when the card is not whole.
    """

    model: Path
    size_bytes: int
    sha256: str
    graph: GraphFacts
    facts: CardFacts
    card: ModelCard | None
    missing: Mapping[str, str]
    warnings: tuple[str, ...]
    scene: SceneFit | None = None
    audit: Audit | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        document = asdict(self)
        document["model"] = str(self.model)
        document["graph"]["unbounded_by"] = list(self.graph.unbounded_by)
        if self.scene is not None:
            document["scene"]["fits"] = self.scene.fits
        document["card_source"] = self.facts.source
        del document["facts"]
        return document


def inspect_model(
    model: str | Path,
    scene: Source | SceneInput | None = None,
    card_options: CardOptions = _NO_OPTIONS,
    *,
    values: bool = False,
    engines: bool = False,
) -> InspectReport:
    """Read a model's graph and card and, given a scene, lay its bands beside what the card wants.

    A card with gaps, and a scene that does not fit, are findings of the report and not errors.

    Args:
        model: path of an ONNX file.
        scene: anything that ``open_scene`` takes, or a ``SceneInput``.
        card_options: facts that the model does not carry.
        values: also read the scene at about 256 x 256 pixels and say with which values each band enters the network.
        engines: also load the model into each engine and say how much of it runs in INT8.

    Raises:
        ModelError: the model is damaged or hostile.
        CardError: the card is malformed or contradicts the graph.
        RasterError: the scene can't be opened.
        OptionError: an option is malformed.
    """
    path = Path(model)
    proto = load_model(path)
    graph = graph_facts(proto)
    facts = with_options(known_facts(proto, path, graph, card_options), card_options)
    missing = missing_facts(facts)
    card = None if missing else complete(facts, graph, path.stem)
    return InspectReport(
        model=path,
        size_bytes=path.stat().st_size,
        sha256=model_sha256(path),
        graph=graph,
        facts=facts,
        card=card,
        missing=missing,
        warnings=_warnings(graph, facts),
        scene=fit_scene(scene_input(scene), card, values) if scene is not None and card is not None else None,
        audit=audit_fusion(path, card) if engines and card is not None else None,
    )


def _warnings(graph: GraphFacts, facts: CardFacts) -> tuple[str, ...]:
    found = []
    if graph.obstacles:
        found.append(
            "Its receptive field is unbounded, so tiles are blended and the classes depend on how the scene is cut."
        )
    stride = hidden_stride(facts.tiling, graph)
    if stride is not None:
        found.append(f"{stride[0].upper()}{stride[1:]}. {STATE_STRIDE}.")
    if graph.misfit is not None:
        found.append(f"It can't be laid over a scene: {graph.misfit}")
    if facts.output is None and facts.classes is not None:
        found.append("The card does not say what the output holds; that is taken from the operators that make it.")
    if graph.quantized and facts.quantization is None:
        found.append("It is quantized, and its card does not say how: what INT8 costs is not known.")
    return tuple(found)


def check_mlm(out: str | Path, inputs: Sequence[str | Path], overwrite: bool = False) -> None:
    """Refuse, before any work, a name that ``write_mlm`` must not write; ``inputs`` are model, scene and card.

    Raises:
        OptionError, RasterError: naming it.
    """
    check_destination(Path(out), overwrite, inputs)


def write_mlm(report: InspectReport, out: str | Path, full_paths: bool = False) -> None:
    """Write the model's card as a STAC item of the MLM extension.

    It refers to the model by its path from the item; by its name alone where that path leads through the folders above
    the user's own, and so would tell whose machine it is.

    Args:
        report: of the model.
        out: the item.
        full_paths: refer to a model by its path wherever it lies.

    Raises:
        CardError: the card is not whole; naming what it lacks.
    """
    target = Path(out)
    if report.card is None:
        lacking = " ".join(report.missing.values())
        raise CardError(f"The card of {report.model} is not whole, so there is no STAC item of it: {lacking}")
    model, folder = report.model.resolve(), target.resolve().parent
    href = model.name if not full_paths and _leads_past_home(model, folder) else _relative(model, folder)
    item = to_mlm(report.card, report.graph, href)
    with part_file(target) as part:
        part.write_text(json.dumps(item, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _leads_past_home(path: Path, folder: Path) -> bool:
    """Whether what a file and a folder have in common lies above the user's own folder."""
    common = Path(os.path.commonpath([path, folder])) if path.anchor == folder.anchor else Path(path.anchor)
    return common in Path.home().resolve().parents


def _relative(path: Path, folder: Path) -> str:
    """The path as a STAC link: with forward slashes; absolute on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_uri()
