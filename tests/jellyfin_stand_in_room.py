"""How tests talk to the stand-in Jellyfin server."""

from typing import Any, Final

import httpx
from jellyfin_apiclient_python import JellyfinClient

from actors.demo import JellyfinServer

API_KEY: Final = "demo-jellyfin-key"
WAIT_S: Final = 10


def header(token: str = API_KEY, device_id: str = "test-device") -> dict[str, str]:
    said = f'Client="Playbill", Device="test", DeviceId="{device_id}", Version="0"'
    return {"Authorization": f'MediaBrowser {said}, Token="{token}"' if token else f"MediaBrowser {said}"}


def browser(server: JellyfinServer, token: str = API_KEY) -> httpx.Client:
    """A client that signs every request; for an empty token no header is sent."""
    headers = header(token) if token else {}
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=WAIT_S)


def login(client: httpx.Client, password: str = "demo", *, user: str = "demo", device_id: str = "test-device") -> httpx.Response:
    body = {"Username": user, "Pw": password}
    return client.post("/Users/AuthenticateByName", json=body, headers=header("", device_id))


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    """The document of an answer that must be 200."""
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(answer: dict[str, Any]) -> list[str]:
    return [item["Name"] for item in answer["Items"]]


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["Id"] for item in answer["Items"]]


def walk(client: httpx.Client, limit: int, pages_max: int = 100, **params: Any) -> list[dict[str, Any]]:
    """Every page of `/Items` up to the first empty one."""
    pages: list[dict[str, Any]] = []
    while len(pages) < pages_max:
        page = get(client, "/Items", StartIndex=limit * len(pages), Limit=limit, Recursive=True, **params)
        pages.append(page)
        if not page["Items"]:
            break
    return pages


def real_client(server: JellyfinServer, password: str = "demo") -> tuple[Any, Any]:
    """The client that Jellyfin's own programs use, connected to the server and signed in: it, and what signing in gave."""
    client = JellyfinClient()
    client.config.app("Playbill", "0", "test", "real-client")
    client.config.data["auth.ssl"] = True
    connected = client.auth.connect_to_address(server.url)
    assert connected["State"].name == "ServerSignIn"
    return client, client.auth.login(server.url, "demo", password)
