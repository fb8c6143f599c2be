# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by a Python that may serve geoquant, never inside QGIS: says as one line of JSON what it is and what it has.

``PYTHON -I examine.py PACKAGE...`` imports every package, so that a library whose DLLs do not load is found too.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import sys

STANDARD = ("ssl", "sqlite3", "ctypes")
"""Modules of the standard library that pip and geoquant need; their DLLs are what an installation may misplace."""


def main() -> None:
    """Write the facts on stdout."""
    found, missing, broken = {}, [], {}
    for name in (*STANDARD, *sys.argv[1:]):
        if importlib.util.find_spec(name) is None:
            missing.append(name)
            continue
        try:
            importlib.import_module(name)
            if name not in STANDARD:
                found[name] = importlib.metadata.version(name)
        except Exception as error:  # a package can fail in any way while it is imported
            broken[name] = f"{type(error).__name__}: {error}"
    facts = {
        "version": list(sys.version_info[:3]),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "makes_environments": importlib.util.find_spec("venv") is not None,
        "found": found,
        "missing": missing,
        "broken": broken,
    }
    print(json.dumps(facts))  # noqa: T201 - stdout is what its caller reads


if __name__ == "__main__":
    main()
