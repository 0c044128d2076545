"""Addresses for people: an item's page in the server's web client, and its picture."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from actors.sources.jellyfin.account import version_parts
from contracts.catalog import ItemKind
from contracts.messages import Links

_SHORTER_SINCE: Final = (10, 9)
"""Until then the web client's routes began with `#!/`."""


def links(
    kind: ItemKind, remote_id: str, image: str | None, *, base_url: str, server: Mapping[str, str | int | bool | None]
) -> Links:
    """Both without a token: the web client asks for a sign-in, and pictures are shown to everybody."""
    version = version_parts(server.get("version"))
    is_old = version is not None and version < _SHORTER_SINCE
    page = f"{base_url}/web/index.html#!/" if is_old else f"{base_url}/web/#/"
    found = f"details?id={quote(remote_id, safe='')}"
    if kind is ItemKind.FOLDER:
        found = f"{'list.html' if is_old else 'list'}?parentId={quote(remote_id, safe='')}"
    server_id = server.get("server_id")
    of_server = f"&serverId={quote(str(server_id), safe='')}" if server_id else ""
    return Links(web=f"{page}{found}{of_server}", image=_picture(image, base_url))


def _picture(image: str | None, base_url: str) -> str | None:
    if image is None or image.startswith(("http://", "https://")):
        return image
    return f"{base_url}/{image.lstrip('/')}"
