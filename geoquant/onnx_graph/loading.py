"""ONNX files: loaded with nothing taken on trust, and read for the facts that tiling and normalization need."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped,unused-ignore]

from geoquant.errors import ModelError
from geoquant.onnx_graph.first_look import check_functions, look_first
from geoquant.onnx_graph.standard_ends import standardize_ends
from geoquant.onnx_graph.unpadded import pad_output

_LARGEST_FILE_BYTES = 2**31 - 1  # protobuf's own limit
_LARGEST_SIDE_PX = 2**16
_CHUNK_BYTES = 2**20


def model_sha256(path: str | Path) -> str:
    """What tells a model from every other one: SHA-256 as 64 hexadecimal digits.

    Of a model in one file it is that file's. Where weights lie in files beside it, it covers these files too, by name
    and content: the same graph with other weights is another model.

    Raises:
        ModelError: the file can't be read, is not ONNX, or refers to files that are missing or outside its folder.
    """
    path = Path(path)
    own = _file_sha256(path)
    beside = external_files(path)
    if not beside:
        return own
    folder = path.parent.resolve()
    facts = [own, *(f"{file.relative_to(folder).as_posix()} {_file_sha256(file)}" for file in beside)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def external_files(path: str | Path) -> list[Path]:
    """The files beside a model that hold its weights, sorted; empty where all lie in the model's own file.

    Raises:
        ModelError: as ``load_model``.
    """
    path = Path(path)
    external = [tensor for tensor in _tensors(_parse(_content(path), path).graph) if _is_external(tensor)]
    return sorted({_check_external(tensor, path) for tensor in external})


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while block := stream.read(_CHUNK_BYTES):
                digest.update(block)
    except OSError as error:
        raise ModelError(f"Can't read the model {path}: {error}.") from error
    return digest.hexdigest()


def load_model(path: str | Path) -> Any:
    """Read an ONNX file as ``load_file`` does, with ends as all of geoquant expects them.

    Returns:
        An ``onnx.ModelProto`` that takes float32 (batch, band, row, column), and gives channels on the second axis;
        one that pads nothing gives as many rows and columns as it takes, see ``unpadded``.

    Raises:
        ModelError: as ``load_file``, or its input is of a type that no image has.
    """
    model = load_file(path)
    standardize_ends(model)
    pad_output(model)
    return model


def load_file(path: str | Path) -> Any:
    """Read an ONNX file and the external data that lies in its folder, as it is stored.

    Returns:
        An ``onnx.ModelProto`` that passed ONNX's checker, with all of its weights in memory.

    Raises:
        ModelError: the file is missing, damaged, not ONNX, refers to files outside its folder, or declares tensors
            that its bytes do not fill.
    """
    path = Path(path)
    model = _filled(path)
    look_first(model, path)
    _run_checker(model, path)
    return model


def checked_file(path: Path) -> Any:
    """As ``load_file``, in this process however unusual the network is.

    Raises:
        ModelError: as ``load_file``.
    """
    model = _filled(path)
    _run_checker(model, path)
    return model


def _filled(path: Path) -> Any:
    """The model with all of its weights, whose declared sizes are those of its bytes."""
    model = _parse(_content(path), path)
    if not model.graph.node:
        raise ModelError(f"{path} is not an ONNX model: it holds no nodes.")
    check_functions(model, path)
    tensors = list(_tensors(model.graph))
    external = [tensor for tensor in tensors if _is_external(tensor)]
    _check_total(tensors, path)
    for tensor in external:
        _check_external(tensor, path)
    if external:
        _load_external(model, path)
    for tensor in tensors:
        _check_filled(tensor, path)
    _check_inputs(model, path)
    return model


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ModelError(f"The model {path} is not a file; expected an ONNX file.")
        if size > _LARGEST_FILE_BYTES:
            raise ModelError(f"The model {path} has {size} bytes; expected less than 2 GiB.")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"Can't read the model {path}: {error.strerror or error}.") from error


def _parse(content: bytes, path: Path) -> Any:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped,unused-ignore]

    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except (DecodeError, RuntimeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not an ONNX model or is damaged: {error}.") from error
    return model


def _tensors(graph: Any) -> Iterator[Any]:
    """Every tensor that the graph or a graph inside it stores."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from _tensors(inner)


def _is_external(tensor: Any) -> bool:
    from onnx import TensorProto

    return bool(tensor.data_location == TensorProto.EXTERNAL)


def _check_external(tensor: Any, path: Path) -> Path:
    """The file of external data: a plain one inside the model's folder that holds the bytes it is said to hold."""
    facts = {entry.key: entry.value for entry in tensor.external_data}
    location = facts.get("location", "")
    where = f"The weights {tensor.name!r} of {path} lie in {location!r}"
    foreign = PureWindowsPath(location)
    if not location or PurePosixPath(location).is_absolute() or foreign.is_absolute() or foreign.drive:
        raise ModelError(f"{where}; expected a path relative to the model's folder.")
    if "\0" in location:
        raise ModelError(f"{where}; no file has the character 0 in its name.")
    if ".." in foreign.parts:
        raise ModelError(f"{where}, outside the model's folder; move the file beside the model.")
    folder = path.parent.resolve()
    target: Path = (path.parent / location).resolve()
    if not target.is_relative_to(folder):
        raise ModelError(f"{where}, a link that leaves the model's folder; put the file itself there.")
    if not target.is_file():
        raise ModelError(f"{where}, which is missing; copy it beside the model.")
    _check_range(facts, target.stat().st_size, where)
    return target


def _check_range(facts: dict[str, str], size: int, where: str) -> None:
    try:
        offset = int(facts.get("offset", 0))
        length = int(facts.get("length", size - offset))
    except ValueError as error:
        raise ModelError(f"{where} at an offset or length that is not a number.") from error
    if offset < 0 or length < 0 or offset + length > size:
        raise ModelError(f"{where} at bytes {offset} to {offset + length}; the file has {size}. It may be truncated.")


def _load_external(model: Any, path: Path) -> None:
    import onnx
    from onnx.external_data_helper import load_external_data_for_model

    try:
        load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise ModelError(f"Can't read the weights of {path}: {error}.") from error


def _declared_bytes(tensor: Any) -> int:
    """Bytes that the declared shape needs, with strings and packed 4-bit types counted as one byte each."""
    import onnx

    if any(size < 0 for size in tensor.dims):
        raise ModelError(f"The tensor {tensor.name!r} declares the shape {list(tensor.dims)}; no size is below 0.")
    try:
        width = int(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The tensor {tensor.name!r} has the unknown data type {tensor.data_type}.") from error
    return int(math.prod(tensor.dims)) * (1 if tensor.data_type == onnx.TensorProto.STRING else width)


def _check_total(tensors: list[Any], path: Path) -> None:
    total = sum(_declared_bytes(tensor) for tensor in tensors)
    if total > _LARGEST_FILE_BYTES:
        raise ModelError(f"The weights of {path} declare {total / 2**30:.1f} GiB; geoquant loads at most 2 GiB.")


def _check_filled(tensor: Any, path: Path) -> None:
    """What is stored must be as long as the shape says: a mismatch crashes some runtimes instead of failing."""
    if not tensor.raw_data:
        return
    from onnx import TensorProto

    half = {getattr(TensorProto, name) for name in ("INT4", "UINT4", "FLOAT4E2M1") if hasattr(TensorProto, name)}
    needed = (math.prod(tensor.dims) + 1) // 2 if tensor.data_type in half else _declared_bytes(tensor)
    if len(tensor.raw_data) != needed:
        raise ModelError(
            f"The weights {tensor.name!r} of {path} need {needed} bytes and have {len(tensor.raw_data)}; "
            "the file is damaged."
        )


def _check_inputs(model: Any, path: Path) -> None:
    for value in [*model.graph.input, *model.graph.output]:
        for dim in value.type.tensor_type.shape.dim:
            if dim.HasField("dim_value") and not -1 <= dim.dim_value <= _LARGEST_SIDE_PX:
                raise ModelError(
                    f"{value.name!r} of {path} has a side of {dim.dim_value}; expected at most {_LARGEST_SIDE_PX}."
                )


def _run_checker(model: Any, path: Path) -> None:
    import onnx

    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{path} is not a valid ONNX model: {first}") from error


def read_model(model: Path | bytes) -> onnx.ModelProto:
    """A model from its file (with the checks of ``load_model``) or from its bytes.

    Raises:
        ModelError: it is not an ONNX model.
    """
    if isinstance(model, Path):
        return load_model(model)
    try:
        proto = onnx.load_model_from_string(model)
    except DecodeError as error:
        raise ModelError(f"The model in memory can't be read as an ONNX model: {error}") from error
    standardize_ends(proto)
    pad_output(proto)
    return proto
