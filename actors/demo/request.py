"""The head of an HTTP request, read; pure."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. Names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    form: str = ""
    """The body of a POST, a character for each byte."""

    @property
    def params(self) -> dict[str, str]:
        """Those of the query and of a form."""
        return dict(parse_qsl("&".join(filter(None, (self.query, self.form))), keep_blank_values=True))

    @property
    def body(self) -> bytes:
        return self.form.encode("latin-1")

    @property
    def accepts_gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "").lower()

    @property
    def form_bytes(self) -> int:
        """How many bytes of a body follow the head."""
        length = self.headers.get("content-length", "0")
        return int(length) if length.isdecimal() else 0

    @property
    def keeps_open(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


def read_head(head: bytes) -> Request:
    """The request in a head that ends with a blank line. Raises ValueError when it is none."""
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    named = (line.partition(":") for line in lines)
    return Request(
        method=method,
        path=parts.path,
        query=parts.query,
        headers={name.strip().lower(): value.strip() for name, _, value in named},
    )
