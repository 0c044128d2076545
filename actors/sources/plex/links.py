"""Addresses of what a Plex server has: its page in Plex's web client, and its picture."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from contracts.catalog import ItemKind
from contracts.messages import Links

_WEB: Final = "https://app.plex.tv/desktop/#!/server"
_PATHS: Final = {ItemKind.COLLECTION: "/library/collections/", ItemKind.PLAYLIST: "/playlists/"}


def links(
    kind: ItemKind, remote_id: str, image: str | None, *, base_url: str, server: Mapping[str, str | int | bool | None]
) -> Links:
    """The page needs the server's `machine_identifier`; a picture is shown to who has a token."""
    return Links(web=_web(kind, remote_id, server.get("machine_identifier")), image=_image(image, base_url))


def _web(kind: ItemKind, remote_id: str, machine_identifier: str | int | bool | None) -> str | None:
    if type(machine_identifier) is not str or not machine_identifier:
        return None
    endpoint = "playlist" if kind is ItemKind.PLAYLIST else "details"
    key = remote_id if remote_id.startswith("/") else f"{_PATHS.get(kind, '/library/metadata/')}{remote_id}"
    return f"{_WEB}/{quote(machine_identifier, safe='')}/{endpoint}?key={quote(key, safe='')}"


def _image(image: str | None, base_url: str) -> str | None:
    if image is None or image.startswith(("http://", "https://")):
        return image
    return f"https:{image}" if image.startswith("//") else f"{base_url.rstrip('/')}/{image.lstrip('/')}"
