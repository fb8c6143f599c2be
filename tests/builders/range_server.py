"""A web server on loopback that serves one folder by ranges, as the host of a COG does.

``python tests/builders/range_server.py FOLDER`` prints its port and serves until it is killed.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class RangeHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; a test's own handler says what goes wrong."""

    folder: Path
    tells_versions = True

    def log_message(self, *_: object) -> None:
        """Say nothing: the test's output is not a log."""

    def do_HEAD(self) -> None:
        """The head of the answer."""
        self._answer()

    def do_GET(self) -> None:
        """All of it."""
        self._answer()

    def fails(self, first_byte: int | None) -> bool:
        """Whether this request went wrong and is answered; ``first_byte`` of the range, None for a whole file."""
        return False

    def break_off(self) -> None:
        """End the connection without an answer, as a network does that fails."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def handle_one_request(self) -> None:
        """One request; what the other end, or a test, breaks off is no traceback in the test's output."""
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def sent(self, count: int) -> None:
        """``count`` bytes of a file went out."""

    def _answer(self) -> None:
        asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if self.fails(int(asked[1]) if asked else None):
            return
        path = self.folder / self.path.lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2] or len(data)), len(data) - 1) if asked else len(data) - 1
        self.send_response(206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        if self.tells_versions:
            self.send_header("ETag", f'"{hash(data)}"')
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if self.command == "GET":
            self.sent(last - first + 1)
            self.wfile.write(data[first : last + 1])


def server_of(folder: Path, handler: type[RangeHandler] = RangeHandler) -> ThreadingHTTPServer:
    """A server of ``folder`` on a free port, not yet serving."""
    return ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"folder": folder}))


@contextmanager
def serving(folder: Path, handler: type[RangeHandler] = RangeHandler) -> Iterator[str]:
    """Serve ``folder`` from a thread; gives the address."""
    server = server_of(folder, handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    served = server_of(Path(sys.argv[1]))
    print(served.server_port, flush=True)
    served.serve_forever()
