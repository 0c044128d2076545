"""A provider in a process of its own that sends prepared files with next to no work, to leave the processor to the measured.

`GET /control?variant=NAME` chooses which movies are served (empty: the plain ones); `GET /control` tells what was sent.
"""

import argparse
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from actors.demo.catalogue import LISTINGS, MOVIES

USERNAME: Final = "bench"
PASSWORD: Final = "bench-password-of-no-account"
_SEND_BYTES: Final = 512 * 1024
_ACCOUNT: Final = {
    "user_info": {"username": USERNAME, "password": PASSWORD, "auth": 1, "status": "Active", "exp_date": None},
    "server_info": {"url": "127.0.0.1", "port": "0", "server_protocol": "http", "timezone": "UTC"},
}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider did so far."""

    requests: int
    """Listings asked for."""
    active: int
    """Listings that are being sent."""
    body_bytes: int
    """Bytes of listings that the kernel took."""


class Provider(socketserver.ThreadingTCPServer):
    """Serves the files of a directory on loopback."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, directory: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.directory = directory
        self.variant = ""
        self.sent = Sent(requests=0, active=0, body_bytes=0)
        self.lock = threading.Lock()

    def note(self, *, requests: int = 0, active: int = 0, body_bytes: int = 0) -> None:
        with self.lock:
            sent = self.sent
            self.sent = Sent(
                requests=sent.requests + requests, active=sent.active + active, body_bytes=sent.body_bytes + body_bytes
            )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error: that is what a cancel looks like from here."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def file_of(self, action: str) -> Path:
        variant = f".{self.variant}" if self.variant and action == MOVIES else ""
        return self.directory / f"{action}{variant}.json"


class _Handler(BaseHTTPRequestHandler):
    server: Provider
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        params = {name: values[0] for name, values in parse_qs(target.query).items()}
        if target.path == "/control":
            self._control(params if "variant=" in target.query else None)
        elif (params.get("username"), params.get("password")) != (USERNAME, PASSWORD):
            self._send({"user_info": {"auth": 0}})
        elif params.get("action") in LISTINGS:
            self._send_file(self.server.file_of(params["action"]))
        else:
            self._send(_ACCOUNT)

    def _control(self, params: dict[str, str] | None) -> None:
        if params is not None:
            self.server.variant = params.get("variant", "")
        self._send(self.server.sent)

    def _send(self, document: object) -> None:
        body = msgspec.json.encode(document)
        self._head(len(body))
        self.wfile.write(body)

    def _head(self, body_bytes: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(body_bytes))
        self.end_headers()

    def _send_file(self, path: Path) -> None:
        self.server.note(requests=1, active=1)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                self._head(size)
                self._pour(file.fileno(), size)
        except OSError:
            self.close_connection = True
        finally:
            self.server.note(active=-1)

    def _pour(self, file: int, size: int) -> None:
        done = 0
        while done < size:
            piece = os.sendfile(self.connection.fileno(), file, done, min(_SEND_BYTES, size - done))
            done += piece
            self.server.note(body_bytes=piece)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  http.server's name
        """Nothing: a line a request would be noise."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.provider", description=__doc__)
    parser.add_argument("directory", type=Path, help="made by benchmarks.rows")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with Provider(options.directory, options.port) as provider:
        print(f"http://127.0.0.1:{provider.server_address[1]}", flush=True)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        provider.serve_forever()


def _end_with_parent() -> None:
    """A provider whose benchmark was killed must not stay behind."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
