"""Lines that the QGIS plugin's worker gets on its stdin."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tests.fuzz import parts
from tests.fuzz.case import Case
from tests.fuzz.mutations import changed_bytes, changed_json_text, odd_value


def make(rng: random.Random, folder: Path) -> Case:
    """One request, changed, and the end of stdin or more lines behind it."""
    out = folder / "out.tif"
    request: dict[str, Any] = {
        "arguments": rng.choice(
            (
                ["inspect", str(parts.model()), "--json"],
                ["classify", str(parts.scene()), "--model", str(parts.model()), "--out", str(out), *parts.QUICK],
                rng.choice(([], ["nothing"], ["--help"], ["classify"], ["--progress", "none"], ["inspect", "\ud800"])),
            )
        )
    }
    kind = rng.choice(("structure", "structure", "bytes", "value", "valid", "valid"))
    if kind == "structure":
        line, told = changed_json_text(rng, request)
    elif kind == "bytes":
        line, told = changed_bytes(rng, json.dumps(request).encode())
    elif kind == "value":
        value = odd_value(rng)
        line, told = json.dumps(rng.choice((value, {"arguments": value}, {"arguments": [value]}))).encode(), "value"
    else:
        line, told = json.dumps(request).encode(), "valid"
    return Case([], told, (out,), requests=line.replace(b"\n", b" ") + b"\n")
