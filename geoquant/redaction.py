"""Addresses without what must stay secret: user names, passwords, signatures and tokens.

Messages, tags, reports and logs are kept, sent around and pasted into bug reports; an address that lets anybody in
is not to be found in them.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

HIDDEN = "***"
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.\-]*://|/vsi[a-z0-9_]+[/?])[^\s'\"<>`]+", re.IGNORECASE)
"""An address inside a text: a URL, or a name of GDAL's virtual file systems."""
_USER = re.compile(r"(://)[^/?#\s]*@")
_PARAMETERS = re.compile(r"([?;#]).+")


def redacted(text: str) -> str:
    """``text`` with ``***`` for user and password, query, fragment and path parameters of every address in it.

    Local paths and other words stay as they are: only a URL, or a name that begins with ``/vsi``, is an address.
    """
    return _ADDRESS.sub(_without_secrets, text)


def file_name(path: str | Path) -> str:
    """The name of the file that a path or an address ends with, without folders and parameters."""
    return PurePath(re.split(rf"[?;#]{re.escape(HIDDEN)}", redacted(str(path)))[0]).name


def _without_secrets(found: re.Match[str]) -> str:
    return _PARAMETERS.sub(rf"\1{HIDDEN}", _USER.sub(rf"\1{HIDDEN}@", found[0]))
