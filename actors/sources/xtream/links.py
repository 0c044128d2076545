"""Addresses of what an Xtream account holds: pictures only, since a stream's address holds the credentials."""

from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from contracts.catalog import ItemKind
from contracts.messages import Links


def links(
    kind: ItemKind, remote_id: str, image: str | None, *, base_url: str, server: Mapping[str, str | int | bool | None]
) -> Links:
    """The picture, which is mostly a third party's; there is no page to link to."""
    return Links(image=None if image is None else _picture(image, base_url))


def _picture(image: str, base_url: str) -> str | None:
    """None for what is no address of a picture: what a panel sends is shown to people, whose browsers also run scripts."""
    try:
        address = urljoin(f"{base_url}/", image)
        return address if urlsplit(address).scheme in ("http", "https") else None
    except ValueError:
        return None


def words_of_failure(status: int, body: bytes) -> str | None:
    """None: what panels say in an error is a page of somebody's web server."""
    return None
