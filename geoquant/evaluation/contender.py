"""A model file in an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import load_engine
from geoquant.model_card.card import ModelCard
from geoquant.system import cores


@dataclass(frozen=True)
class Contender:
    """A model file in an engine.

    Attributes:
        model: ONNX file.
        card: its own card (an INT8 model's normalization is folded).
        kind: engine, as ``load_engine`` names it.
        label: for people.
    """

    model: Path
    card: ModelCard
    kind: Kind
    label: str

    def load(self, threads: int = 0) -> Engine:
        """The engine, with ``threads`` threads, or one per core."""
        return load_engine(self.model, self.card, self.kind, threads or cores(), workers=1)
