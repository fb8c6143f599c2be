"""A scene as a job is given it: where it lies, how it is read, and the mask and labels that come with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from geoquant.options.scene import MaskOptions, SceneOptions
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene, Source


@dataclass(frozen=True)
class SceneInput:
    """One scene of a job, with all that belongs to it alone.

    Attributes:
        source: Anything that ``open_scene`` takes, or an opened scene.
        options: They say how to read the scene where it does not speak for itself.
        mask: The quality mask, on any grid; None takes a product's own, or spectral tests where it has none.
        labels: A raster of true class values, on any grid, where there is one.
        mask_options: They say what the mask's numbers mean where it does not speak for itself.
    """

    source: Source
    options: SceneOptions = field(default_factory=SceneOptions)
    mask: str | Path | None = None
    labels: str | Path | None = None
    mask_options: MaskOptions = field(default_factory=MaskOptions)

    def open(self) -> Scene:
        """The scene, opened unless it is already.

        Raises:
            RasterError, BandMismatch, OptionError: see ``open_scene``.
        """
        return self.source if isinstance(self.source, Scene) else open_scene(self.source, self.options)

    @property
    def files(self) -> list[str | Path]:
        """Every file that is named here, mask and labels too: what no output may replace."""
        beside = [path for path in (self.mask, self.labels) if path is not None]
        if isinstance(self.source, Scene):
            return [*sorted(self.source.files), *beside]
        return [*([self.source] if isinstance(self.source, (str, Path)) else self.source), *beside]


def scene_input(scene: Source | SceneInput) -> SceneInput:
    """A source on its own as an input without options, mask or labels; an input as it is."""
    return scene if isinstance(scene, SceneInput) else SceneInput(scene)


def scene_inputs(scenes: Sequence[Source | SceneInput]) -> tuple[SceneInput, ...]:
    """See ``scene_input``."""
    return tuple(scene_input(scene) for scene in scenes)
