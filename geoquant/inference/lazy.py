"""Classification as a lazy array: one dask task per chunk, to slice, compose and store."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Semaphore
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geoquant.concurrency import InferencePool
from geoquant.drift.guard import drift_guard
from geoquant.engines.registry import load_engine
from geoquant.engines.selection import choose_engine
from geoquant.errors import BandMismatch, OptionError
from geoquant.grid import Grid, Window
from geoquant.inference.plan import lattice_for, read_windows
from geoquant.inference.prepare import trial_shape
from geoquant.inference.shard_pipeline import LoadedNetwork, ShardPipeline
from geoquant.model_card.card import Band, ModelCard
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.preprocessing.chain import input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.raster.array_scene import BlockScene, source_window

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr


LAZY_TILE_PX = 1024
_PER_BAND = ("scales", "offsets")
"""Attributes that list one number for each band, as rioxarray and ``to_data_array`` write them."""


class _Inline(Executor):
    """Runs work at once in the calling thread: dask's own workers are the threads here."""

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


@dataclass(frozen=True)
class _Chunk:
    """Classifies one chunk; called by dask with the pixels that the chunk needs."""

    network: LoadedNetwork
    grid: Grid
    nodata: float | None

    def __call__(self, values: NDArray[Any], source: Window, window: Window) -> NDArray[np.uint8]:
        scene = BlockScene(self.grid, source, values, self.nodata)
        arrays, _ = ShardPipeline(scene, self.network, InferencePool(_Inline(), Semaphore(1))).run(window)
        return arrays.classes


def classify_array(
    data: xr.DataArray, model: str | Path | Model, options: ClassifyOptions | None = None
) -> xr.DataArray:
    """The class map of ``data`` as a lazy array: nothing is classified before it is computed.

    Args:
        data: ``(band, y, x)`` of stored numbers, dask-backed or in memory. Bands are matched to the card by the
            ``band`` coordinate or ``long_name`` where these hold the card's names, else taken in order. Scale and
            offset come from the attributes ``scale_factor`` and ``add_offset`` (or ``scales`` and ``offsets``, one for
            each band) or from the card, no data from ``_FillValue`` (or rioxarray's nodata) or from the card.
        model: ONNX file, or an opened model.
        options: ``tile``, ``engine``, ``workers`` and ``overlap`` count; to cut, slice the array.

    Returns:
        uint8 ``(y, x)`` with the chunks of ``data``, equal to what ``classify`` writes for the same pixels.

    Raises:
        BandMismatch: when the bands are not the card's.
        OptionError: for options that only make sense for a file, or where nothing says how stored integers become the
            physical values that the card wants.
    """
    import dask
    import dask.array
    import xarray as xr

    options = options or ClassifyOptions()
    if not isinstance(data, xr.DataArray) or not data.size:
        raise OptionError(f"Can't classify {_named(data)}; expected a file, files, an opened scene or a DataArray.")
    if options.aoi or options.bounds or options.confidence:
        raise OptionError("A lazy classification takes no aoi, bounds or confidence: slice or mask the arrays instead.")
    model = model if isinstance(model, Model) else open_model(model)
    data = _in_card_order(data, model.card)
    pixels = data.data if hasattr(data.data, "dask") else dask.array.from_array(data.data)
    grid = _plain_grid(data)
    chunk = _Chunk(_network(data, pixels, model, options), grid, _nodata(data, model.card))
    finish = dask.delayed(chunk, pure=False, traverse=False)

    def piece(row: int, height: int, col: int, width: int) -> Any:
        window = Window(row, col, height, width)
        source = source_window(read_windows(window, chunk.network.lattice), grid)
        delayed = finish(pixels[(slice(None), *source.slices)], source, window)
        return dask.array.from_delayed(delayed, (height, width), np.uint8)

    cols = _spans(pixels.chunks[2])
    rows = [[piece(row, height, col, width) for col, width in cols] for row, height in _spans(pixels.chunks[1])]
    coords = {name: coord for name, coord in data.coords.items() if "band" not in coord.dims and name != "band"}
    names = {str(label.value): label.name for label in model.card.classes}
    attrs = {"classes": names, "_FillValue": model.card.output_nodata}
    return xr.DataArray(dask.array.block(rows), dims=("y", "x"), coords=coords, attrs=attrs, name="class")


def _plain_grid(data: xr.DataArray) -> Grid:
    """The array's pixels without a place: only windows of it are needed."""
    return Grid(None, (1, 0, 0, 0, -1, 0), data.sizes["x"], data.sizes["y"])


def _named(data: object) -> str:
    """A name for what was given instead of an array with pixels."""
    return f"an array of shape {data.shape}" if hasattr(data, "shape") else f"a {type(data).__name__}"


def _spans(sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """(start, length) of consecutive chunks."""
    ends = np.cumsum(sizes)
    return [(int(end - size), size) for end, size in zip(ends, sizes, strict=True)]


def _in_card_order(data: xr.DataArray, card: ModelCard) -> xr.DataArray:
    """The card's bands in the card's order."""
    if data.dims != ("band", "y", "x"):
        raise BandMismatch(f"The array has dimensions {data.dims}; a classification takes ('band', 'y', 'x').")
    names = _band_names(data)
    aliases = [(band.name, band.common_name) for band in card.bands]
    wanted = [next((names.index(name) for name in pair if name in names), None) for pair in aliases]
    if None not in wanted:
        lists = {name: data.attrs[name] for name in _PER_BAND if name in data.attrs}
        ordered = {name: [values[at] for at in wanted] for name, values in lists.items() if len(values) == len(names)}
        return data.isel(band=wanted).assign_attrs(ordered)
    if data.sizes["band"] != len(card.bands):
        found = f"{data.sizes['band']} bands ({', '.join(names)})"
        raise BandMismatch(f"The array has {found}; the model takes {', '.join(band.name for band in card.bands)}.")
    return data


def _band_names(data: xr.DataArray) -> list[str]:
    long_name = data.attrs.get("long_name")
    if isinstance(long_name, (list, tuple)) and len(long_name) == data.sizes["band"]:
        return [str(name) for name in long_name]
    return [str(value) for value in data.coords["band"].values] if "band" in data.coords else []


def _scaled_bands(data: xr.DataArray, card: ModelCard) -> list[Band]:
    """The card's bands with the array's scale and offset; by the same rules as for a file (``fit_to_card``)."""
    scales, offsets = _per_band(data, "scale_factor", "scales"), _per_band(data, "add_offset", "offsets")
    integer = np.issubdtype(data.dtype, np.integer)
    bands = []
    for band, scale, offset in zip(card.bands, scales, offsets, strict=True):
        if (1.0 if scale is None else scale, offset or 0.0) == (1.0, 0.0):  # says nothing, as in a GeoTIFF
            scale, offset = (band.scale, band.offset) if integer else (1.0, 0.0)
            if scale is None and card.units == "physical":
                raise OptionError(
                    f"The array holds {data.dtype} numbers, the model takes physical values, and nothing says how one "
                    f"becomes the other for band {band.name}: set the attributes scale_factor and add_offset."
                )
        bands.append(replace(band, scale=1.0 if scale is None else scale, offset=offset or 0.0))
    return bands


def _per_band(data: xr.DataArray, shared: str, listed: str) -> list[float | None]:
    """One attribute of every band: from the list of them, else the one that they share, else None."""
    count = data.sizes["band"]
    if shared in data.attrs or listed not in data.attrs:
        value = data.attrs.get(shared)
        return [None if value is None else float(value)] * count
    values = [float(value) for value in data.attrs[listed]]
    if len(values) != count:
        raise OptionError(f"The array's attribute {listed} has {len(values)} numbers for {count} bands; give one each.")
    return list(values)


def _nodata(data: xr.DataArray, card: ModelCard) -> float | None:
    value = data.attrs.get("_FillValue")
    with suppress(AttributeError):  # rioxarray is not imported, so it has nothing to say either
        value = data.rio.nodata if value is None else value
    return card.nodata if value is None else float(value)


def _network(data: xr.DataArray, pixels: Any, model: Model, options: ClassifyOptions) -> LoadedNetwork:
    """The network for this array, timed on its middle when ``engine`` is auto."""
    chain = input_chain(model.card, _scaled_bands(data, model.card), data.dtype)
    height, width = trial_shape(model)
    row, col = max(0, (data.sizes["y"] - height) // 2), max(0, (data.sizes["x"] - width) // 2)
    grid = _plain_grid(data)
    window = Window(row, col, height, width)

    def sample() -> NDArray[np.float32]:
        source = source_window([window], grid)
        middle = np.asarray(pixels[(slice(None), *source.slices)])
        values, valid = BlockScene(grid, source, middle, _nodata(data, model.card)).read_tolerant(window)[0]
        return np.asarray(make_encoder(chain)(values, valid)[None], np.float32)

    workers = options.workers or os.cpu_count() or 1
    choice = choose_engine(model.path, model.card, options.engine, sample, workers)
    engine = load_engine(model.path, model.card, choice.kind, workers=workers)
    lattice = lattice_for(model.card, model.facts, options, options.tile or LAZY_TILE_PX)
    encode = make_encoder(chain, engine.input_format)
    return LoadedNetwork(model.card, engine, encode, lattice, drift_guard(chain, grid.window.pixels))
