"""What the rest of geoquant needs to know of a graph: names, shapes, receptive field, stride, halo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, lcm, prod
from typing import Any

from geoquant.errors import CalibrationError, ModelError
from geoquant.grid import align_up
from geoquant.onnx_graph.editing import Graph, Shape, declared_shape, is_quantized
from geoquant.onnx_graph.output_op import output_op
from geoquant.onnx_graph.receptive_field.image import Image
from geoquant.onnx_graph.receptive_field.tracing import Obstacle, Trace, is_dynamic, reach, trace
from geoquant.onnx_graph.standard_ends import exported_type

_ROWS = 2**10 * 3**3 * 5 * 7  # a size that common strides divide; nothing of that size is ever allocated
_COLUMNS = _ROWS * 11  # another one, so that rows and columns can't be confused
_FOLDABLE = frozenset(("Conv", "Gemm", "MatMul"))


@dataclass(frozen=True)
class GraphFacts:
    """Facts of an ONNX graph with one image input.

    Attributes:
        input_name: The name of the image tensor.
        input_shape: The shape (n, band, y, x); None where any size goes.
        input_dtype: The NumPy name of the type that the network was exported for; it is run with float32 all the same.
        output_name: The name of the first output.
        output_shape: The shape (n, class, y, x) or, where the graph takes the argmax, (n, y, x); None where any size
            goes.
        output_dtype: The NumPy name of the output's type.
        output_op: The operator that makes the output's values ("Softmax", "ArgMax", ...), see ``output_op``.
        same_size: Whether the output has the input's rows and columns; None when that can't be told.
        receptive_field_px: The (y, x) pixels that an output pixel depends on, at its widest phase; None when unbounded.
        reach_px: The distance to the farthest pixel that an output pixel depends on, in y or x, before or after; None
            when unbounded.
        obstacles: What makes the receptive field unbounded.
        stride_px: The total stride: shifting the input by it shifts every tensor by whole positions.
        halo_px: The context, a multiple of ``stride_px``, with which an aligned tile gives what the whole image gives.
        parameters: The count of stored numbers, without scalars.
        opset: The version of the default operator set.
        quantized: Whether the graph carries integer arithmetic.
        first_ops: The operators that take the image, behind quantization.
        foldable_input: Whether only Conv, Gemm or MatMul take the image, so that factors of bands may move into
            weights.
        other_outputs: The names of further outputs, which no engine here runs.
        misfit: What keeps the output from lying over the input pixel by pixel, where that can be told.
    """

    input_name: str
    input_shape: Shape
    input_dtype: str
    output_name: str
    output_shape: Shape
    output_dtype: str
    output_op: str
    same_size: bool | None
    receptive_field_px: tuple[int, int] | None
    reach_px: int | None
    obstacles: tuple[Obstacle, ...]
    stride_px: int
    halo_px: int | None
    parameters: int
    opset: int
    quantized: bool
    first_ops: tuple[str, ...]
    foldable_input: bool
    other_outputs: tuple[str, ...] = ()
    misfit: str | None = None

    @property
    def unbounded_by(self) -> tuple[str, ...]:
        """One line per node that makes the receptive field unbounded: operator, name and reason."""
        return tuple(map(str, self.obstacles))

    @property
    def hidden_stride_by(self) -> tuple[str, ...]:
        """As ``unbounded_by``, of the nodes behind which the total stride may be more than ``stride_px``."""
        return tuple(str(obstacle) for obstacle in self.obstacles if obstacle.hides_stride)

    @property
    def bands(self) -> int | None:
        """The number of channels of the input."""
        return self.input_shape[1]

    @property
    def takes_whole_numbers(self) -> bool:
        """Whether the network was exported for stored whole numbers, and normalizes inside."""
        return self.input_dtype.startswith(("int", "uint"))

    @property
    def output_channels(self) -> int | None:
        """The number of channels of the output; None when it is not known or the graph takes the argmax itself."""
        return self.output_shape[1] if len(self.output_shape) == 4 else None

    @property
    def fixed_shape(self) -> tuple[int, int] | None:
        """The (y, x) of the only tile that the network takes, or None when any size goes."""
        height, width = self.input_shape[2:]
        return None if height is None or width is None else (height, width)

    @property
    def fixed_side(self) -> int | None:
        """The side of the square that the network takes, or None when any size goes.

        Raises:
            CalibrationError: it takes one size only, which is no square.
        """
        sides = [side for side in self.input_shape[2:] if side is not None]
        if len(set(sides)) > 1:
            height, width = sides
            raise CalibrationError(
                f"the network only runs at {height} x {width} px; calibration needs a square or free size."
            )
        return sides[0] if sides else None

    @property
    def is_exact(self) -> bool:
        """Whether tiles can hold the whole receptive field, so that the tile size does not show."""
        return self.halo_px is not None and min(self.fixed_shape or (inf,)) > 2 * self.halo_px


def graph_facts(model: Any) -> GraphFacts:
    """Read an ``onnx.ModelProto``.

    Raises:
        ModelError: the graph has not exactly one image input (n, band, y, x), or is malformed.
    """
    graph = Graph(model)
    image, output = _image_input(graph), _first_output(graph)
    found = full_trace(graph, image.name, output.name)
    last = found.tensors.get(output.name)
    bounded = isinstance(last, Image) and not found.obstacles
    y, x = (reach(found, image.name, output.name, axis) for axis in "yx") if bounded else (None, None)
    first = _first_ops(graph, image.name)
    return GraphFacts(
        input_name=image.name,
        input_shape=_shape(image),
        input_dtype=_dtype(image.name, exported_type(graph, image)),
        output_name=output.name,
        output_shape=_output_shape(output, last),
        output_dtype=_dtype(output.name, output.type.tensor_type.elem_type),
        output_op=output_op(graph, output.name),
        same_size=_same_size(last, found.tensors[image.name]),
        receptive_field_px=(y.before + y.after + 1, x.before + x.after + 1) if y and x else None,
        reach_px=max(y.before, y.after, x.before, x.after) if y and x else None,
        obstacles=tuple(found.obstacles),
        stride_px=found.stride_px,
        halo_px=_halo(last, found.stride_px) if bounded else None,
        parameters=sum(prod(tensor.dims) for tensor in graph.initializers.values() if tensor.dims),
        opset=graph.opset,
        quantized=is_quantized(model),
        first_ops=first,
        foldable_input=bool(first) and set(first) <= _FOLDABLE,
        other_outputs=tuple(value.name for value in graph.outputs[1:]),
        misfit=_misfit(last, found.tensors[image.name], found.obstacles),
    )


def full_trace(graph: Graph, image: str, output: str) -> Trace:
    """Trace at a size that the total stride divides (or at the only size that the graph takes)."""
    declared = graph.shape(image) or ()
    n, bands = declared[0] or 1, declared[1] or 1
    rows, columns = declared[2] or _ROWS, declared[3] or _COLUMNS
    found = trace(graph, image, output, (n, bands, rows, columns))
    if is_dynamic(graph, image):
        better = (declared[2] or lcm(rows, found.stride_px), declared[3] or lcm(columns, found.stride_px))
        if better != (rows, columns):
            found = trace(graph, image, output, (n, bands, *better))
    return found


def _image_input(graph: Graph) -> Any:
    inputs = graph.inputs
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "none"
        raise ModelError(
            f"The network has {len(inputs)} inputs ({names}); geoquant runs networks with one image input."
        )
    rank = len(inputs[0].type.tensor_type.shape.dim)
    if rank != 4:
        raise ModelError(
            f"The network's input {inputs[0].name!r} has {rank} axes; expected 4: (batch, band, row, column)."
        )
    return inputs[0]


def _first_output(graph: Graph) -> Any:
    if not graph.outputs:
        raise ModelError("The network has no output.")
    return graph.outputs[0]


def _shape(value: Any) -> Shape:
    return declared_shape(value) or ()


def _dtype(name: str, element_type: int) -> str:
    import onnx

    try:
        return str(onnx.helper.tensor_dtype_to_np_dtype(element_type))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{name!r} has an unknown data type.") from error


def _output_shape(output: Any, last: Any) -> Shape:
    """The declared shape, with what the trace knows of it where the graph does not say."""
    declared = _shape(output)
    if not isinstance(last, Image):
        return declared
    known = [size if role == "c" else None for role, size in zip(last.roles, last.dims, strict=True)]
    if len(declared) != len(known):
        return tuple(known)
    return tuple(a if a is not None else b for a, b in zip(declared, known, strict=True))


def _same_size(last: Any, image: Any) -> bool | None:
    if not isinstance(last, Image):
        return None
    return (last.y.size, last.x.size) == (image.y.size, image.x.size) and last.y.stride == last.x.stride == 1


def _misfit(last: Any, image: Any, obstacles: Sequence[Obstacle]) -> str | None:
    """Why an output has other rows and columns than its input, and what to do about it."""
    if not isinstance(last, Image) or not last.is_plain or _same_size(last, image):
        return None
    finer = [1 / axis.stride for axis in (last.y, last.x)]
    if finer != [1, 1]:
        rows, columns = (f"{float(factor):g}" for factor in finer)
        return (
            f"its output has {rows} times the rows and {columns} times the columns of its input; expected as many. "
            "Export it with a resizing layer at its end."
        )
    rows, columns = image.y.size - last.y.size, image.x.size - last.x.size
    cause = f"{obstacles[0]}" if obstacles else "they are not the same on all sides"
    return (
        f"its output has {rows} rows and {columns} columns less than its input, and which ones can't be told: {cause}. "
        "Export it with padding in its convolutions or, where it was made for tiles of one size, with that size fixed."
    )


def _halo(last: Any, stride: int) -> int:
    """Input pixels of the widest border, rounded up to the stride."""
    widest = 0
    for axis in (last.y, last.x):
        widest = max(widest, (max(axis.margin_low, axis.margin_high) * axis.stride).__ceil__())
    return align_up(widest, stride)


def _first_ops(graph: Graph, image: str) -> tuple[str, ...]:
    """Operators that take the image's pixels, looking through quantization."""
    passing = {image}
    found = []
    for node in graph.nodes:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear", "Identity") and node.input[0] in passing:
            passing.update(node.output)
        elif passing.intersection(node.input) and node.op_type not in ("Shape", "Size"):
            found.append(node.op_type)
    return tuple(found)
