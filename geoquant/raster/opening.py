"""Opening a source: its files, their bands, and what is unusual about them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
from rasterio.enums import ColorInterp

from geoquant.errors import OptionError, RasterError
from geoquant.grid import apply, inverse
from geoquant.options.scene import SceneOptions
from geoquant.raster import band_names as naming
from geoquant.raster.band_description import bands_of
from geoquant.raster.band_matching import select
from geoquant.raster.file_identity import stamp, stamp_of_all
from geoquant.raster.handles import RASTERIO_ERRORS, HandleKey, borrowed, freshly_opened, is_remote
from geoquant.raster.local_sources import check_local_source
from geoquant.raster.mosaic_sources import files_behind
from geoquant.raster.overlap import check_overlap
from geoquant.raster.reading import holds
from geoquant.raster.scene import Scene, watch_bands
from geoquant.raster.selection import at_resolution, gsd_option, on_finest_grid, selectable, with_bands
from geoquant.raster.source_watch import SourceWatch
from geoquant.raster.sources import landsat, sentinel2
from geoquant.raster.types import Product, SceneBand
from geoquant.raster.undeclared_nodata import data_in_alpha, undeclared_fill
from geoquant.raster.web_identity import web_identity
from geoquant.redaction import file_name, redacted

_GCP_RESIDUAL_PX = 0.5
_NO_PRODUCT = (
    "{path} is a folder without product metadata: expected MTD_MSIL2A.xml, MTD_MSIL1C.xml or *_MTL.json, .txt or .xml "
    "in it. Give its band files as a list, or a VRT over them."
)


def open_scene(source: str | Path | Sequence[str | Path], options: SceneOptions = SceneOptions()) -> Scene:  # noqa: B008
    """Open anything rasterio opens, or a product by its folder or metadata file.

    Args:
        source: a raster (path, ``http(s)://`` or ``s3://`` address, ``/vsi...``), a Sentinel-2 ``.SAFE`` folder, its
            ``MTD_MSIL2A.xml`` or ``MTD_MSIL1C.xml``, a folder with that file beside its bands, a Landsat
            ``*_MTL.json``, ``.txt`` or ``.xml`` or its folder, any of these in a zip or tar archive or under an
            address, or a list of files whose bands follow one another.
        options: what the scene does not say itself. ``nodata``, ``scale`` and ``offset`` replace what it says;
            ``bands`` selects and orders, ``gsd`` resamples.

    Returns:
        a scene on the grid of its finest band, or of ``options.gsd``. Its ``warnings`` name what is unusual.

    Raises:
        RasterError: a file is missing or is no raster, or the files can't be laid over each other or do not meet.
        BandMismatch: ``options.bands`` names a band that is not there.
        OptionError: ``options.nodata`` is a number that no band can hold.
    """
    if not isinstance(source, (str, Path)):
        bands = _bands_of_files([_path(item) for item in source])
        check_overlap(bands)
        return _assemble(_name(source), bands, None, options)
    path = _path(source)
    for product in (sentinel2, landsat):
        found = product.find_metadata(path)
        if found is not None:
            bands, facts = product.read_product(*found, describe_file)
            return _assemble(facts.name, bands, facts.product, options)
    return _assemble(_name([path]), _bands_of_files([path]), None, options)


def describe_file(path: str) -> tuple[SceneBand, ...]:
    """The bands of one file as it describes them, alpha included, numbered from 1.

    Raises:
        RasterError: it is missing, is no raster that rasterio opens, holds complex numbers, or is a mosaic that lacks
            a source.
    """
    check_local_source(path)
    try:
        with freshly_opened(path) if is_remote(path) else borrowed(HandleKey(path, stamp(path))) as dataset:
            files = files_behind(path, dataset)
            mark = stamp_of_all(path, files) or web_identity(path)
            return tuple(replace(band, files=files) for band in bands_of(dataset, path, mark))
    except RASTERIO_ERRORS as error:
        if os.path.isdir(path):
            raise RasterError(_NO_PRODUCT.format(path=path)) from error
        raise RasterError(f"Can't open {path} as a raster: {error}") from error


def watch_beside(path: str | Path) -> SourceWatch:
    """A watch over a raster beside a scene (a mask, labels), to be made before it is opened.

    Raises:
        RasterError: as ``describe_file``.
    """
    return watch_bands(describe_file(_path(path)))


def _path(source: str | Path) -> str:
    return str(source).removeprefix("file://")


def _name(sources: Sequence[str | Path]) -> str:
    names = [file_name(source) for source in sources]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" if names else "nothing"


def _bands_of_files(paths: Sequence[str]) -> list[SceneBand]:
    """The bands of the files, one after another; a file of one band is named by its file name."""
    bands: list[SceneBand] = []
    for path in paths:
        members = describe_file(path)
        facts = naming.from_file_name(PurePath(file_name(path)).stem) if _single(members) else None
        if facts and (members[0].common_name is None or members[0].name == str(members[0].index)):
            name, common, wavelength = facts.name, facts.common_name, facts.centre_wavelength_um
            first = replace(members[0], name=name, common_name=common, centre_wavelength_um=wavelength)
            members = (first, *members[1:])
        bands += [_renumbered(band, len(bands) + 1 + i) for i, band in enumerate(members)]
    return bands


def _single(members: Sequence[SceneBand]) -> bool:
    return sum(band.index != band.alpha_index for band in members) == 1


def _renumbered(band: SceneBand, number: int) -> SceneBand:
    return replace(band, number=number, name=str(number) if band.name == str(band.index) else band.name)


def _assemble(name: str, bands: Sequence[SceneBand], product: Product | None, options: SceneOptions) -> Scene:
    """Bands into a scene: alpha set aside, options applied, the finest grid chosen, oddities named."""
    if not bands:
        raise RasterError(f"{name} has no bands.")
    data = [band for band in bands if band.index != band.alpha_index]
    alpha = next((band for band in bands if band.index == band.alpha_index), None)
    if not data:
        data, alpha = [replace(band, mask="none", alpha_index=None) for band in bands], None
    scene = on_finest_grid(Scene(name, data[0].grid, tuple(data), np.dtype(data[0].dtype), (), product, alpha))
    if options.bands is not None:
        scene = with_bands(scene, select(selectable(scene), options.bands))
    _check_nodata(scene, options)
    scene = _with_options(scene, options)
    _check_scaling(scene)
    scene = at_resolution(replace(scene, rpc=_rpc(scene)), gsd_option(options))
    return replace(scene, warnings=_oddities(scene))


def _check_scaling(scene: Scene) -> None:
    """Refuse a declared scale or offset that turns every stored number into the same one, or into none."""
    for band in scene.bands:
        scale, offset = 1.0 if band.scale is None else band.scale, 0.0 if band.offset is None else band.offset
        if not np.isfinite([scale, offset]).all() or scale == 0:
            raise RasterError(
                f"Band {band.number} ({band.name}) of {band.path} declares scale {scale:g} and offset {offset:g}, "
                f"which make no physical values: expected finite numbers and a scale other than 0. Correct the file, "
                f"or give --scale and --offset (1 and 0 leave stored numbers as they are)."
            )


def _rpc(scene: Scene) -> tuple[tuple[str, str], ...]:
    """The rational polynomials of the scene's file, where nothing else places it."""
    band = scene.bands[0]
    if scene.grid.crs is not None or scene.grid != band.grid:
        return ()
    with borrowed(HandleKey(band.path, band.stamp)) as dataset:
        return tuple(sorted(dataset.tags(ns="RPC").items())) if dataset.rpcs else ()


def _check_nodata(scene: Scene, options: SceneOptions) -> None:
    """Refuse a --nodata that no pixel can have: it would mask nothing without a word."""
    if options.nodata is None:
        return
    dtypes = sorted({band.dtype for band in scene.bands})
    if not any(holds(options.nodata, np.dtype(dtype)) for dtype in dtypes):
        raise OptionError(
            f"--nodata is {options.nodata:g}, but {scene.name} holds {' and '.join(dtypes)} numbers, which are never "
            f"that; give the stored value that means no data."
        )


def _with_options(scene: Scene, options: SceneOptions) -> Scene:
    return replace(scene, bands=tuple(_band_with_options(band, options) for band in scene.bands))


def _band_with_options(band: SceneBand, options: SceneOptions) -> SceneBand:
    """Options win over what the file or the product says."""
    scale, offset = band.scale, band.offset
    if options.scale is not None or options.offset is not None:
        scale = options.scale if options.scale is not None else (1.0 if scale is None else scale)
        offset = options.offset if options.offset is not None else (0.0 if offset is None else offset)
    nodata = band.nodata if options.nodata is None else options.nodata
    others = tuple(_band_with_options(other, options) for other in band.alternatives)
    return replace(band, scale=scale, offset=offset, nodata=nodata, alternatives=others)


def _oddities(scene: Scene) -> tuple[str, ...]:
    """What a user should know before trusting the result."""
    warnings = [_gcp_warning(path, scene) for path in sorted({band.path for band in scene.bands})]
    if scene.grid.crs is None:
        warnings.append(_unplaced(scene))
    warnings += [_palette_warning(path, scene) for path in sorted({band.path for band in scene.bands})]
    if scene.alpha is not None:
        warnings.append(data_in_alpha(scene.alpha))
    warnings += [_named_alpha(band) for band in scene.bands if band.colour == "alpha" and band.alpha_index is None]
    if scene.validity in ("every pixel is valid", "NaN and infinity"):
        warnings.append(undeclared_fill(scene))
    return tuple(redacted(warning) for warning in warnings if warning)


def _unplaced(scene: Scene) -> str:
    """Why a scene without a CRS has none, and what to do."""
    band = scene.bands[0]
    result = "the output has no CRS either, and the pixel size can't be compared with the model's"
    if scene.rpc:
        return (
            f"{scene.name} is placed by rational polynomials (RPC) only: it is read in its own pixels, {result}. The "
            f"map keeps the RPC. To place both, orthorectify the scene first: "
            f"`gdalwarp -rpc -to RPC_DEM=DEM.tif {band.path} OUT.tif`."
        )
    with borrowed(HandleKey(band.path, band.stamp)) as dataset:
        half = dataset.crs is not None
    if half:
        return (
            f"{scene.name} names a CRS but has no geotransform, so nothing says where its pixels lie: {result}. Give "
            f"it its corners with `gdal_edit.py -a_ullr WEST NORTH EAST SOUTH {band.path}`."
        )
    return (
        f"{scene.name} has no CRS: it is read as it is, the output will have none either, and its pixel size "
        f"can't be compared with the model's. Assign one with `gdal_edit.py -a_srs EPSG:... FILE`."
    )


def _named_alpha(band: SceneBand) -> str:
    if band.name == str(band.number):
        return ""
    return (
        f"Band {band.number} of {band.path} is tagged as alpha, but its name is {band.name}: it is read as data, and "
        f"masks nothing."
    )


def _palette_warning(path: str, scene: Scene) -> str:
    band = next(band for band in scene.bands if band.path == path)
    try:
        with borrowed(HandleKey(path, band.stamp)) as dataset:
            paletted = dataset.colorinterp[band.index - 1] == ColorInterp.palette
    except RASTERIO_ERRORS:
        return ""  # of a tag that GDAL left out when it opened the file, and tells of now; pixels are read all the same
    return f"{path} holds indices of a colour table (classes), not measurements." if paletted else ""


def _gcp_warning(path: str, scene: Scene) -> str:
    """How far an affine transform misses the file's ground control points, when it is placed by those alone."""
    band = next(band for band in scene.bands if band.path == path)
    with borrowed(HandleKey(path, band.stamp)) as dataset:
        points = dataset.gcps[0] if dataset.transform.is_identity else []
    if not points:
        return ""
    to_pixels = inverse(band.grid.transform)
    fitted = [(apply(to_pixels, point.x, point.y), (point.col, point.row)) for point in points]
    residual = max(float(np.hypot(col - true_col, row - true_row)) for (col, row), (true_col, true_row) in fitted)
    advice = "" if residual <= _GCP_RESIDUAL_PX else f" Warp it first: `gdalwarp -tps {path} OUT.tif`."
    found = f"{path} is placed by ground control points only; an affine fit of them is off by up to {residual:.2g} px."
    return found + advice
