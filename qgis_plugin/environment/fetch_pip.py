# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by the Python that an environment is made from, where it brings no pip: gets pip's wheel from a package index.

``PYTHON -I fetch_pip.py VERSION FOLDER`` writes the wheel into the folder and its path on stdout. Debian and Ubuntu
leave ``ensurepip`` out of a Python until an administrator installs python3-venv; pip's own wheel needs no such rights.
Index, proxy and certificates are those that pip itself would take from the variables PIP_INDEX_URL, PIP_PROXY and
PIP_CERT. What comes is checked against the digest that the index gives.
"""

from __future__ import annotations

import hashlib
import html.parser
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

INDEX = "https://pypi.org/simple"
LIMIT_S = 60.0
LARGEST_BYTES = 20_000_000


class Links(html.parser.HTMLParser):
    """Addresses on a page of a simple index (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep where a link leads."""
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def main() -> None:
    """Fetch the wheel; what goes wrong is the last line of stderr."""
    version, folder = sys.argv[1], Path(sys.argv[2])
    try:
        path = fetch(version, folder)
    except urllib.error.URLError as error:
        kind = "ProxyError: " if os.environ.get("PIP_PROXY") and not isinstance(error, urllib.error.HTTPError) else ""
        sys.exit(f"{kind}{error}")
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print(path)  # noqa: T201 - stdout is what its caller reads


def fetch(version: str, folder: Path) -> Path:
    """The wheel of pip in ``folder``.

    Raises:
        ValueError: the index has no such wheel, or what it sent is not what it had said.
        OSError: the index can't be reached, or the folder can't be written.
    """
    opener = _opener()
    page = os.environ.get("PIP_INDEX_URL", "").strip().rstrip("/") or INDEX
    page = f"{page}/pip/"
    links = Links()
    links.feed(_read(opener, page).decode("utf-8", "replace"))
    name = f"pip-{version}-py3-none-any.whl"
    found = [urllib.parse.urlsplit(urllib.parse.urljoin(page, link)) for link in links.found]
    whole = next((address for address in found if address.path.endswith(f"/{name}")), None)
    if whole is None:
        raise ValueError(f"No matching distribution found for pip=={version} at the package index")
    content = _read(opener, whole._replace(fragment="").geturl())
    _check(content, whole.fragment)
    path = folder / name
    path.write_bytes(content)
    return path


def _opener() -> urllib.request.OpenerDirector:
    """Opens addresses through the proxy and with the certificates that pip would use."""
    handlers: list[urllib.request.BaseHandler] = []
    proxy = os.environ.get("PIP_PROXY")
    if proxy:
        handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    certificates = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
    handlers.append(urllib.request.HTTPSHandler(context=certificates))
    return urllib.request.build_opener(*handlers)


def _read(opener: urllib.request.OpenerDirector, address: str) -> bytes:
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise ValueError(f"the package index {address} is no web address")
    with opener.open(address, timeout=LIMIT_S) as answer:
        content: bytes = answer.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"{address} is larger than {LARGEST_BYTES} bytes")
    return content


def _check(content: bytes, fragment: str) -> None:
    """Compare with the digest behind the address, ``#sha256=...``, where the index gives one."""
    kind, _, wanted = fragment.partition("=")
    if kind == "sha256" and hashlib.sha256(content).hexdigest() != wanted:
        raise ValueError("the wheel of pip came damaged: its digest is another than the package index says")


if __name__ == "__main__":
    main()
