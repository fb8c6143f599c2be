# SPDX-License-Identifier: GPL-2.0-or-later
"""Why making an environment failed, as a sentence, from what venv and pip wrote."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

NETWORK = re.compile(
    r"NewConnectionError|Failed to establish a new connection|ConnectTimeout|ReadTimeout|Read timed out|"
    r"NameResolutionError|Temporary failure in name resolution|getaddrinfo failed|Connection aborted|"
    r"ConnectionResetError|IncompleteRead|ProtocolError|RemoteDisconnected|Network is unreachable|"
    r"Name or service not known|Connection refused|timed out"
)
PROXY = re.compile(r"ProxyError|Failed to connect to proxy|Tunnel connection failed|407 Proxy Authentication")
NO_SSL = re.compile(r"SSL module is not available|ssl module in Python is not available")
CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError")
DISK = re.compile(r"No space left on device|\[Errno 28\]|\[WinError 112\]|Disk quota exceeded|\[Errno 122\]")
LONG_PATH = re.compile(r"Windows Long Path support|\[WinError 206\]|File name too long|\[Errno 36\]")
DENIED = re.compile(r"Permission denied|\[Errno 13\]|\[WinError 5\]")
NO_VENV = re.compile(r"ensurepip is not available|No module named '?(venv|ensurepip)|returned non-zero exit status")
NO_PIP = re.compile(r"ensurepip")
NO_WHEEL = re.compile(r"No matching distribution found for ([A-Za-z0-9_.=\-]+)")


def is_network(log: str, proxy: str | None = None) -> bool:
    """Whether trying again may help."""
    return bool(NETWORK.search(log)) and not any(one.search(log) for one in (_of_proxy(proxy), NO_SSL, CERTIFICATE))


def lacks_pip(log: str) -> bool:
    """Whether an environment could not be made for want of the pip that a Python brings along."""
    return bool(NO_PIP.search(log))


def _of_proxy(proxy: str | None) -> re.Pattern[str]:
    """What tells of a proxy's failure; pip since 26 names only the address to which there was no connection."""
    try:
        address = urlsplit(proxy or "")
        host, port = address.hostname, address.port or 80
    except ValueError:  # no address at all: pip says so in its own words
        return PROXY
    return re.compile(rf"{PROXY.pattern}|host='{re.escape(host)}', port={port}\)") if host else PROXY


def sentence_of_pip(log: str, wheels: Path | None, proxy: str | None = None) -> str:
    """One sentence for a person. The order matters: after a failed connection pip also says that nothing matches."""
    for pattern, sentence in (
        (DISK, "The disk is full: free some space, then set the environment up again."),
        (
            _of_proxy(proxy),
            "The proxy refused the connection to the package index: check its address, user and password.",
        ),
        (NO_SSL, "This Python can't open secure connections: choose another, for example one from python.org."),
        (
            CERTIFICATE,
            "The package index could not be trusted (a certificate failed), which a proxy that reads traffic causes: "
            "ask for its certificate and set PIP_CERT, or install from a folder of wheels.",
        ),
        (
            NETWORK,
            "The package index could not be reached: check the network, give a proxy, or install from a folder of "
            "wheels.",
        ),
        (
            LONG_PATH,
            "A path became too long for this system: on Windows enable long paths, see pip.pypa.io/warnings/"
            "enable-long-paths, or use a QGIS profile in a shorter folder.",
        ),
        (DENIED, "A file or folder could not be written: permission was denied, see the log."),
    ):
        if pattern.search(log):
            return sentence
    return _other(log, wheels)


def _other(log: str, wheels: Path | None) -> str:
    missing = NO_WHEEL.search(log)
    if missing and wheels is not None:
        return f"{wheels} has no wheel of {missing.group(1)} for this Python and system: add it, see the log."
    if missing:
        return (
            f"There is no wheel of {missing.group(1)} for this Python and system: choose another Python, see the log."
        )
    if NO_VENV.search(log):
        return (
            "This Python can't make environments: choose another in “Set up environment” (“Python to make it from”). "
            "On Debian and Ubuntu, sudo apt install python3-venv mends it."
        )
    last = log.splitlines()[-1:] or ["nothing was written"]
    return f"The environment could not be made: {last[0]}."
