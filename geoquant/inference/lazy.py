"""Classification as a lazy array: one dask task per chunk, to slice, compose and store."""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geoquant.concurrency import InferencePool
from geoquant.drift.guard import DriftGuard, drift_guard
from geoquant.engines.protocol import Kind
from geoquant.engines.registry import load_engine
from geoquant.engines.selection import choose_engine
from geoquant.errors import BandMismatch, GeoquantWarning, OptionError
from geoquant.grid import Grid, Window
from geoquant.inference.plan import read_windows
from geoquant.inference.prepare import check_output, check_stored_type, trial_shape
from geoquant.inference.shard_pipeline import LoadedNetwork, ShardPipeline
from geoquant.inference.tally import Tally
from geoquant.model_card.card import Band, ModelCard
from geoquant.model_card.lattice import lattice_for
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.preprocessing.chain import InputChain, input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.raster.array_scene import BlockScene, source_window
from geoquant.raster.data_array import STORED_DTYPE
from geoquant.tile_grid import Lattice

if TYPE_CHECKING:
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
class _ArrayNetwork:
    """The network of an array, by name: it travels to other processes, each of which loads it once.

    Attributes:
        path: The model's file, which every process has to see.
        sha256: The model's identity.
        kind: The engine that runs it.
        workers: The threads that call it at once.
        chain: The way from the array's numbers into the network, with the model's card.
        lattice: How the array is cut into tiles.
        pixels: The number of pixels of the array.
    """

    path: Path
    sha256: str
    kind: Kind
    workers: int
    chain: InputChain
    lattice: Lattice
    pixels: int

    def loaded(self) -> LoadedNetwork:
        """The network, loaded when this process asks for it first; the last two that were asked for are kept."""
        key = repr(self)
        with _loading:
            if key not in _networks:
                engine = load_engine(self.path, self.chain.card, self.kind, workers=self.workers)
                encode, guard = make_encoder(self.chain, engine.input_format), drift_guard(self.chain, self.pixels)
                _networks[key] = LoadedNetwork(self.chain.card, engine, encode, self.lattice, guard)
            _networks.move_to_end(key)
            while len(_networks) > KEPT_NETWORKS:
                _networks.popitem(last=False)
            return _networks[key]

    def brightest(self, values: NDArray[Any]) -> float:
        """What the largest stored number (band, y, x) is after its band's scale, offset aside; NaN does not count."""
        bands = zip(self.chain.bands, values, strict=True)
        return max(
            abs(chain.scale) * float(np.fmax.reduce(np.abs(band), axis=None, initial=0)) for chain, band in bands
        )


KEPT_NETWORKS = 2
TINY = 1e-3
"""Reflectance, or another value of order 1, that not even the brightest pixel of a scene scaled twice exceeds."""
_networks: OrderedDict[str, LoadedNetwork] = OrderedDict()
_loading = Lock()


class _Watch:
    """Adds up what chunks have counted in one process, and warns once of what the drift guard makes of it."""

    def __init__(self, pixels: int) -> None:
        self._enough, self._tally, self._brightest, self._lock = pixels // 2, Tally(), 0.0, Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _Watch, (2 * self._enough,)

    def add(self, guard: DriftGuard | None, tally: Tally, brightest: float) -> None:
        """Count one chunk; half of the array is enough to judge it by, and less is not.

        Args:
            guard: of the network, where it has one.
            tally: of the chunk.
            brightest: of the chunk, see ``_ArrayNetwork.brightest``; inf where the array is not scaled.
        """
        with self._lock:
            before = int(self._tally.values.sum())
            self._tally, self._brightest = self._tally + tally, float(np.fmax(self._brightest, brightest))
            crossed = before < self._enough <= int(self._tally.values.sum())
        if crossed and self._brightest < TINY:
            words = (
                "Its attributes give a scale, but its values are scaled already: xarray keeps attributes through "
                "arithmetic. Drop them with drop_attrs(), or leave the values as they are stored."
            )
        else:
            words = guard.diagnosis(self._tally.drift) if guard is not None and crossed else ""
        if words:
            warnings.warn(f"The array does not look like what the model knows. {words}", GeoquantWarning, stacklevel=2)


@dataclass(frozen=True)
class _Chunk:
    """Classifies one chunk; called by dask with the pixels that the chunk needs."""

    network: _ArrayNetwork
    grid: Grid
    nodata: float | None
    watch: _Watch

    def __call__(self, values: NDArray[Any], source: Window, window: Window) -> NDArray[np.uint8]:
        scene, network = BlockScene(self.grid, source, values, self.nodata), self.network.loaded()
        arrays, tally = ShardPipeline(scene, network, InferencePool(_Inline(), Semaphore(1))).run(window)
        scaled = any(abs(chain.scale) < TINY for chain in self.network.chain.bands)
        self.watch.add(network.guard, tally, self.network.brightest(values) if scaled else np.inf)
        return arrays.classes


def classify_array(
    data: xr.DataArray, model: str | Path | Model, options: ClassifyOptions | None = None
) -> xr.DataArray:
    """The class map of ``data`` as a lazy array: nothing is classified before it is computed.

    Args:
        data: ``(band, y, x)`` of stored numbers, dask-backed or in memory. Bands are matched to the card by the
            ``band`` coordinate or ``long_name`` where these hold the card's names, else taken in order. Scale and
            offset come from the attributes ``scale_factor`` and ``add_offset`` (or ``scales`` and ``offsets``, one for
            each band) or from the card; floats without them are physical values, unless the array says that integers
            became floats (``to_data_array``, rioxarray's ``masked``). No data is what ``_FillValue`` says (or
            rioxarray's nodata), NaN, or what the card says.
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
    network, nodata = _network(data, pixels, model, options), _nodata(data, model.card)
    chunk = _Chunk(network, grid, nodata, _Watch(grid.window.pixels))
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
    stored = _holds_stored_numbers(data)
    bands = []
    for band, scale, offset in zip(card.bands, scales, offsets, strict=True):
        if (1.0 if scale is None else scale, offset or 0.0) == (1.0, 0.0):  # says nothing, as in a GeoTIFF
            scale, offset = (band.scale, band.offset) if stored else (1.0, 0.0)
            if scale is None and card.units == "physical":
                raise OptionError(
                    f"The array holds stored numbers ({data.dtype}), the model takes physical values, and nothing says "
                    f"how one becomes the other for band {band.name}: set the attributes scale_factor and add_offset."
                )
        bands.append(replace(band, scale=1.0 if scale is None else scale, offset=offset or 0.0))
    return bands


def _holds_stored_numbers(data: xr.DataArray) -> bool:
    """Whether values without scale and offset in the attributes are a sensor's stored numbers.

    A dtype says little: to mask integers makes floats of them. ``to_data_array`` names the stored dtype in an
    attribute.
    The encoding tells what was read: with a scale in it, the reader has applied it (xarray's and rioxarray's
    ``mask_and_scale``); without one, an integer dtype there means that integers became floats for the sake of NaN.
    """
    if np.issubdtype(data.dtype, np.integer):
        return True
    if STORED_DTYPE in data.attrs:
        return np.issubdtype(np.dtype(data.attrs[STORED_DTYPE]), np.integer)
    if {"scale_factor", "add_offset", "scales", "offsets"} & set(data.encoding):
        return False
    source = data.encoding.get("rasterio_dtype", data.encoding.get("dtype"))
    return source is not None and np.issubdtype(np.dtype(source), np.integer)


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


def _network(data: xr.DataArray, pixels: Any, model: Model, options: ClassifyOptions) -> _ArrayNetwork:
    """The network for this array, timed on its middle when ``engine`` is auto."""
    check_stored_type(model, data.dtype)
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
    lattice = lattice_for(model.card, model.facts, options, options.tile or LAZY_TILE_PX)
    network = _ArrayNetwork(model.path, model.sha256, choice.kind, workers, chain, lattice, grid.window.pixels)
    check_output(network.loaded().engine, model, sample, confidence=False)
    return network
