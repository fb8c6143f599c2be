"""What a web server or an object store says about one version of a file: size, time, entity tag, version."""

from __future__ import annotations

import base64
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

TIMEOUT_S = 15
DELAYS_S = (0.5, 2.0, 5.0)
"""Pauses before a server that does not answer is asked again."""
_TELLING = ("Last-Modified", "ETag", "x-amz-version-id", "x-goog-generation")
_STORES = {"s3": "s3.amazonaws.com", "gs": "storage.googleapis.com"}


def web_identity(path: str) -> str:
    """Size, time of change, entity tag and version of an address, by asking its server; empty where it tells nothing.

    Object stores (``s3://``, ``gs://``) are asked without credentials, as for a public object.
    """
    address = web_address(path)
    if not address:
        return ""
    for delay in (0.0, *DELAYS_S):
        time.sleep(delay)
        answer = _asked(address)
        if answer is not None:
            return ":".join(answer) if any(answer[1:]) else ""
    return ""


def answers(path: str) -> bool:
    """Whether the server of an address answers at all, be it with a refusal; True where there is none to ask."""
    address = web_address(path)
    return not address or _asked(address) is not None


def web_address(path: str) -> str:
    """The HTTP address behind a path or GDAL name; empty where there is none."""
    address = path.removeprefix("/vsicurl/")
    if address.startswith(("http://", "https://")):
        return address
    for scheme, host in _STORES.items():
        name = address.removeprefix(f"{scheme}://").removeprefix(f"/vsi{scheme}/")
        if name != address and "/" in name:
            return f"{_endpoint(host)}/{urllib.parse.quote(name)}"
    return ""


def _endpoint(host: str) -> str:
    """Where buckets are the first folder of the path; S3's own or the one in the environment that GDAL uses too."""
    if host == _STORES["s3"]:
        host = os.environ.get("AWS_S3_ENDPOINT") or host
        if "://" in host:
            return host.rstrip("/")
        if os.environ.get("AWS_HTTPS", "YES").upper() in ("NO", "FALSE", "OFF", "0"):
            return f"http://{host}"
    return f"https://{host}"


def _asked(address: str) -> list[str] | None:
    """Size and the telling headers; empty strings where the server refuses to say, None where it does not answer."""
    parts = urllib.parse.urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    plain = parts._replace(netloc=host, fragment="").geturl()
    headers = {}
    if at:
        login = urllib.parse.unquote(user).encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    # signed addresses are often good for GET alone
    for method, more in (("HEAD", {}), ("GET", {"Range": "bytes=0-0"})):
        request = urllib.request.Request(plain, method=method, headers={**headers, **more})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # nosec B310
                return [_size(reply.headers), *(reply.headers.get(name, "") for name in _TELLING)]
        except urllib.error.HTTPError as error:
            if error.code == 429 or error.code >= 500:
                return None
        except (OSError, http.client.HTTPException, ValueError):
            return None
    return [""] * (1 + len(_TELLING))


def _size(headers: Mapping[str, str]) -> str:
    """Bytes of the whole file, whether all of it or a range was asked for."""
    return headers.get("Content-Range", "").rpartition("/")[2] or headers.get("Content-Length", "")
