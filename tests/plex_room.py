"""How tests talk to the stand-in Plex server, over plain HTTP and through the client that people use."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote

import msgspec

from actors.demo import PlexServer

WAIT_S: Final = 10
START: Final = "X-Plex-Container-Start"
SIZE: Final = "X-Plex-Container-Size"
TOTAL: Final = "X-Plex-Container-Total-Size"
FILMS: Final = "/library/sections/1/all?type=1&sort=id"
TOTAL_FILMS: Final = 221
CONTINUE: Final = "home.continue"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def container(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["MediaContainer"]
        return found

    @property
    def rows(self) -> list[Any]:
        rows: list[Any] = self.container.get("Metadata", [])
        return rows

    @property
    def ids(self) -> list[str]:
        return [row["ratingKey"] for row in self.rows]

    def hub(self, identifier: str) -> dict[str, Any]:
        found: dict[str, Any] = next(hub for hub in self.container["Hub"] if hub["hubIdentifier"] == identifier)
        return found


def ask(server: PlexServer, path: str, *, method: str = "GET", token: str | None = None, **headers: str) -> Reply:
    """One request with the right token, or with another; headers with `_` for `-`."""
    given: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    try:
        token = server.token if token is None else token
        connection.request(method, path, headers={"Accept": "application/json", "X-Plex-Token": token, **given})
        answer = connection.getresponse()
        return Reply(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())
    finally:
        connection.close()


def film_ids(server: PlexServer) -> list[str]:
    return [str(key) for key in server.library.keys("1", "movie")]


def page(server: PlexServer, path: str, start: int, size: int) -> Reply:
    return ask(server, path, **{START: str(start), SIZE: str(size)})


def hub_items(server: PlexServer, key: str) -> Reply:
    """The items at a hub's own address, which is encoded once."""
    return ask(server, quote(key, safe="/?=&:,"))


def plex_client(server: PlexServer, token: str | None = None) -> Any:
    """plexapi, most of which has no types. Imported late: it reads the settings that the environment names when it is."""
    from plexapi.server import PlexServer as PlexClient

    make: Any = PlexClient
    return make(server.url, token or server.token)
