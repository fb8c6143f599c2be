#!/usr/bin/env bash
# Surprise: since xarray 2025.11, arithmetic keeps attributes, and with them scale_factor and add_offset.
#
# An integer raster says in its attributes how stored numbers become reflectance, as rioxarray's open_rasterio leaves it.
# Who applies that by hand, reflectance = raster * scale_factor + add_offset, as every tutorial does, gets an array that holds
# reflectance and still says "multiply me by 1e-4". Whoever honours the attributes next (a writer to NetCDF or Zarr and its
# reader, rioxarray, a model's pre-processing) scales a second time, and nobody warns. Until 2025.10 the result had no
# attributes. What helps: drop them with .drop_attrs(), compute under xr.set_options(keep_attrs=False), or let the reader
# scale (mask_and_scale=True), which moves both to the encoding.
#
# Seen with xarray 2025.10.1 and 2026.9.0 on Python 3.11:
#   xarray 2025.10.1: values 0.2, attributes {}
#   xarray 2026.9.0: values 0.2, attributes {'scale_factor': 0.0001, 'add_offset': -0.1}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/scale.py" <<'PY'
import numpy as np
import xarray as xr

raster = xr.DataArray(np.array([3000], "uint16"), dims="x", attrs={"scale_factor": 1e-4, "add_offset": -0.1})
reflectance = raster * raster.attrs["scale_factor"] + raster.attrs["add_offset"]
print(f"xarray {xr.__version__}: values {float(reflectance[0]):.1f}, attributes {reflectance.attrs}")
PY
for version in 2025.10.1 2026.9.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "xarray==$version" "numpy<3" 2>/dev/null
  "$folder/$version/bin/python" "$folder/scale.py"
done | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN'
xarray 2025.10.1: values 0.2, attributes {}
xarray 2026.9.0: values 0.2, attributes {'scale_factor': 0.0001, 'add_offset': -0.1}
SEEN
echo "as described"
