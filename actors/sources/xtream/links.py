"""Addresses of what an Xtream account holds: pictures only, since a stream's address holds the credentials."""

from collections.abc import Mapping
from urllib.parse import urljoin

from contracts.catalog import ItemKind
from contracts.messages import Links


def links(
    kind: ItemKind, remote_id: str, image: str | None, *, base_url: str, server: Mapping[str, str | int | bool | None]
) -> Links:
    """The picture, which is mostly a third party's; there is no page to link to."""
    return Links(image=None if image is None else urljoin(f"{base_url}/", image))


def words_of_failure(status: int, body: bytes) -> str | None:
    """None: what panels say in an error is a page of somebody's web server."""
    return None
