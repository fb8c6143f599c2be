#!/usr/bin/env bash
# rasterio 1.4.4 (GDAL 3.10): windows of a virtual raster (VRT) that lie over one source that is there and one that is missing
# fail at the first read only; every later read of the same open dataset succeeds, with zeros for the missing one.
# Expected, by its documentation: an error whenever pixels can't be read (https://rasterio.readthedocs.io/en/stable/topics/errors.html).
# Why it matters here: geoquant/raster/mosaic_sources.py opens every source of a mosaic itself before anything is read,
# and geoquant/raster/handles.py closes a dataset that failed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "rasterio==1.4.4" "numpy<3" 2> /dev/null
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import os
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

place = {"crs": "EPSG:32632", "transform": from_origin(500_000, 5_000_000, 10, 10)}
for name in ("left.tif", "right.tif"):
    with rasterio.open(name, "w", driver="GTiff", width=64, height=64, count=1, dtype="uint8", **place) as target:
        target.write(np.full((1, 64, 64), 7, np.uint8))
sources = "".join(
    f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>1</SourceBand>'
    f'<SourceProperties RasterXSize="64" RasterYSize="64" DataType="Byte" BlockXSize="64" BlockYSize="64"/>'
    f'<SrcRect xOff="0" yOff="0" xSize="64" ySize="64"/><DstRect xOff="{x}" yOff="0" xSize="64" ySize="64"/></SimpleSource>'
    for name, x in (("left.tif", 0), ("right.tif", 64))
)
with open("both.vrt", "w") as file:
    file.write(
        '<VRTDataset rasterXSize="128" rasterYSize="64"><SRS>EPSG:32632</SRS>'
        "<GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>"
        f'<VRTRasterBand dataType="Byte" band="1">{sources}</VRTRasterBand></VRTDataset>'
    )
os.remove("right.tif")

print(f"rasterio {rasterio.__version__}, GDAL {rasterio.__gdal_version__}")
seen = []
with rasterio.open("both.vrt") as dataset:
    for row in (0, 16, 32):
        try:
            values = dataset.read(1, window=Window(48, row, 32, 16))
            seen.append(f"no error, values {sorted(set(values.ravel().tolist()))}")
        except rasterio.errors.RasterioError as error:
            seen.append("an error")
            print(f"rows from {row}: {error.__cause__ or error}")
            continue
        print(f"rows from {row}: {seen[-1]}")
sys.exit(seen != ["an error", "no error, values [0, 7]", "no error, values [0, 7]"])
PYTHON
echo "as described"
