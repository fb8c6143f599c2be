"""Changes to bytes and to JSON, drawn from a random generator; each says what it did."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

NUMBERS = (0, -1, 1, 2, 255, 256, 65535, 2**31 - 1, 2**31, 2**63, -(2**63), 0.5, -0.0, 1e-300, 1e308, 1e9)
TEXTS = (
    "",
    " ",
    "a",
    "\x00",
    "\x01\ufffe",
    "../x",
    "=1+1",
    "<b>&amp;",
    "9" * 400,
    "é漢\U0001f30d",
    "nan",
    "EPSG:326b1",
)
ODD: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"a": None}, [None], float("nan"), float("inf"))


def changed_bytes(rng: random.Random, content: bytes) -> tuple[bytes, str]:
    """Bytes after one to four damages."""
    told = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        kind = rng.choice((_flip, _zeros, _cut, _insert, _again, _noise))
        content = kind(rng, content)
        told.append(kind.__name__.strip("_"))
    return content, "bytes: " + ", ".join(told)


def _place(rng: random.Random, content: bytes) -> int:
    """Half of the places lie in the first 512 bytes, where formats keep what matters."""
    return rng.randrange(max(1, min(len(content), 512) if rng.random() < 0.5 else len(content)))


def _flip(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :] if content else b""


def _zeros(rng: random.Random, content: bytes) -> bytes:
    at, count = _place(rng, content), rng.choice((1, 4, 16, 256))
    return content[:at] + bytes(len(content[at : at + count])) + content[at + count :]


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: _place(rng, content)]


def _insert(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + rng.randbytes(rng.choice((1, 2, 8))) + content[at:]


def _again(rng: random.Random, content: bytes) -> bytes:
    at, count = _place(rng, content), rng.choice((1, 8, 64))
    return content[: at + count] + content[at:]


def _noise(rng: random.Random, content: bytes) -> bytes:
    at, count = _place(rng, content), rng.choice((1, 4, 16))
    return content[:at] + rng.randbytes(len(content[at : at + count])) + content[at + count :]


def changed_json(rng: random.Random, document: Any) -> tuple[Any, str]:
    """A copy of a document after one to three changes to places in it."""
    document, told = copy.deepcopy(document), []
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(document))
        if not places:
            break
        holder, key = rng.choice(places)
        told.append(_change(rng, holder, key))
    return document, "json: " + "; ".join(told)


def _places(value: Any) -> Any:
    """Every (container, key or index) below a value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _change(rng: random.Random, holder: Any, key: Any) -> str:
    kind = rng.choice(("value", "value", "value", "number", "text", "delete", "again", "rename", "nest"))
    if kind == "delete":
        del holder[key]
    elif kind == "again" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind == "rename" and isinstance(holder, dict):
        holder[rng.choice(TEXTS)] = holder.pop(key)
    elif kind == "nest":
        holder[key] = [holder[key]] if rng.random() < 0.5 else {"a": holder[key]}
    else:
        holder[key] = odd_value(rng, kind)
        return f"{key!s:.40} = {holder[key]!r:.40}"
    return f"{kind} {key!s:.40}"


def odd_value(rng: random.Random, kind: str = "value") -> Any:
    """A value that a format may not expect."""
    if kind == "number":
        return rng.choice(NUMBERS)
    if kind == "text":
        return rng.choice(TEXTS)
    return copy.deepcopy(rng.choice((rng.choice(ODD), rng.choice(NUMBERS), rng.choice(TEXTS))))


def changed_json_text(rng: random.Random, document: Any) -> tuple[bytes, str]:
    """A document as a file holds it: its structure changed, or, a fifth of the time, its bytes; or deep."""
    if rng.random() < 0.2:
        return changed_bytes(rng, json.dumps(document).encode())
    if rng.random() < 0.03:
        return b"[" * 20_000 + b"]" * 20_000, "json: deep"
    document, told = changed_json(rng, document)
    return json.dumps(document).encode(), told
