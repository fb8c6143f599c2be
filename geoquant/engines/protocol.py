"""The protocol of every engine: the rest of geoquant knows engines only through this module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.errors import EngineError, ModelError
from geoquant.model_card.card import ModelCard
from geoquant.preprocessing.chain import EngineInput

Kind: TypeAlias = str
"""An engine and what of a file it runs, as caches and results name it: the engine's id for the file as it is, or
the id and a variant ("openvino-float"). ``registry.all_kinds`` gives every one."""

Head = Literal["argmax", "threshold", "labels", "values"]


class Engine(Protocol):
    """A loaded network, and what every engine promises.

    - **Threads.** Any number of Python threads may call ``classes`` and ``scores`` at once, and each gets what it would
      get alone. A call releases the GIL while it computes, and uses as many threads as the engine was loaded for.
    - **Types.** A batch has the dtype of ``input_format``: float32 z values, or uint8 levels where the network begins
      with their quantization. Classes are uint8 and scores float32, whatever the network gives.
    - **Shapes.** A batch is (n, band, y, x) with the card's bands, any n and, unless ``fixed_shape`` says otherwise,
      any y and x that are multiples of the card's stride. Height and width come back as they went in. Tiles of a batch
      do not see each other. The first tile of a shape may take longer, and memory that is kept.
    - **Results.** ``classes`` follows from ``scores``: the highest one, among equals the lowest class; of a single
      channel, 1 above the threshold. The arrays that come back are the caller's, and the batch is left as it was.

    Attributes:
        name: What runs, for people ("OpenVINO 2026.4 INT8").
        kind: The kind that ``load_engine`` was called with.
        input_format: What ``classes`` and ``scores`` take.
        class_count: The number of the card's classes.
        fixed_shape: The (y, x) of the only tile that the network was exported for, or None.
        bytes_per_pixel: The memory that one running tile holds, in bytes per pixel of it, estimated from the graph;
            ``EngineChoice`` has it measured.
        bytes_per_shape: The bytes that the first tile of a shape adds whatever its size, estimated alike.
        loaded_bytes: The bytes that the network holds as soon as it is loaded: its weights.
        settling_tiles: How many tiles of one size have to run, one after the other, until the engine holds what it
            needs for one at a time.
        growth: How much more than in proportion to a small tile a large one may take, as a factor.
    """

    name: str
    kind: Kind
    input_format: EngineInput
    class_count: int
    fixed_shape: tuple[int, int] | None
    bytes_per_pixel: float
    bytes_per_shape: int
    loaded_bytes: int
    growth: float
    settling_tiles: int

    def classes(self, batch: NDArray[Any]) -> NDArray[np.uint8]:
        """Channel index of every pixel; (n, band, y, x) in ``input_format.dtype`` -> (n, y, x).

        Raises:
            EngineError: the engine failed, or the batch is not what it takes.
            ModelError: the network's output is not what its card says.
        """

    def scores(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """The network's output untouched; (n, band, y, x) in ``input_format.dtype`` -> (n, channel, y, x).

        Raises:
            EngineError: as ``classes``.
            ModelError: as ``classes``.
        """


@dataclass(frozen=True)
class EngineSettings:
    """How an engine is to run a network.

    Attributes:
        kind: The kind that ``load_engine`` was called with, which the engine repeats.
        bfloat16: Float arithmetic may be done in bfloat16.
        threads: The number of threads inside one call.
        workers: The number of Python threads that will call at the same time.
    """

    kind: Kind
    bfloat16: bool = False
    threads: int = 1
    workers: int = 1


class EngineMaker(Protocol):
    """Makes an engine: a class whose constructor takes these three arguments."""

    def __call__(self, model: onnx.ModelProto, card: ModelCard, settings: EngineSettings) -> Engine:
        """Load a network; ``model`` may be changed and emptied.

        Raises:
            EngineError: the engine is not installed or can't run the network.
            ModelError: the network contradicts its card.
        """


@dataclass(frozen=True)
class Interface:
    """The graph's input and output, checked against the card.

    Attributes:
        input_name: The name of the tensor that takes the tile.
        output_name: The name of the tensor that holds scores or labels.
        bands: The number of input channels.
        channels: The number of output channels; 1 for labels.
        fixed_shape: The (y, x) of the only tile that the graph takes, or None.
        head: How scores become classes.
        threshold: The score above which a one-channel network says class 1.
        class_count: The number of the card's classes.
        labels: The number that a network with the head "labels" gives for each class, in the card's order.
    """

    input_name: str
    output_name: str
    bands: int
    channels: int
    fixed_shape: tuple[int, int] | None
    head: Head
    threshold: float
    class_count: int
    labels: tuple[int, ...] = ()

    def check_batch(self, batch: NDArray[Any], input_format: EngineInput) -> None:
        """Refuse a batch of another rank, band count, dtype or tile size than the network takes.

        Raises:
            EngineError: naming what was given and what is taken.
        """
        found = f"a batch of shape {batch.shape} and type {batch.dtype}"
        if batch.ndim != 4 or batch.shape[1] != self.bands or batch.dtype != input_format.dtype:
            raise EngineError(
                f"The engine got {found}; it takes (n, {self.bands} bands, y, x) of {input_format.dtype}."
            )
        if self.fixed_shape is not None and batch.shape[2:] != self.fixed_shape:
            height, width = self.fixed_shape
            raise EngineError(f"The engine got {found}; this network runs only on tiles of {height} x {width} pixels.")

    def check_output(self, output: NDArray[Any], tile: NDArray[Any]) -> None:
        """Refuse an output that has not one value per class (or one label) for every pixel of ``tile``.

        Raises:
            ModelError: naming both shapes.
        """
        expected = (1, self.channels, *tile.shape[2:])
        plain = (1, *tile.shape[2:]) if self.head == "labels" else expected
        if output.shape not in (expected, plain):
            raise ModelError(
                f"For a tile of shape {tile.shape} the network gave {output.shape}; its card with {self.class_count} "
                f"classes means {expected}. Correct the card's classes, or export the network at full resolution."
            )


def head_of(card: ModelCard, channels: int) -> tuple[Head, float]:
    """How ``channels`` scores a pixel become one of the card's classes, and the threshold where there is only one.

    Raises:
        ModelError: the card names another number of classes.
    """
    if card.output == "classes":
        return "labels", 0.0
    if card.output == "regression":
        return "values", 0.0
    if channels == 1 and len(card.classes) == 2:
        return "threshold", card.decision_threshold
    if channels != len(card.classes):
        raise ModelError(
            f"The network gives {channels} scores a pixel, its card names {len(card.classes)} classes "
            f"({', '.join(label.name for label in card.classes)}): correct the card's classes."
        )
    return "argmax", 0.0
