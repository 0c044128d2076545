"""Jellyfin: from a request that was let in and its switches to the answer that goes on the wire."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

import msgspec

from actors.demo import jellyfin_documents as documents
from actors.demo import jellyfin_reading as reading
from actors.demo.answer import Answer, plain
from actors.demo.jellyfin_asked import Asked, Refused, known_item, somebody
from actors.demo.jellyfin_entry import user_data
from actors.demo.jellyfin_query import NotUnderstood
from actors.demo.jellyfin_replies import document, early, refused, written

PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6360686800000304018157cfd3"
    "6d0000000049454e44ae426082"
)


def answer(asked: Asked) -> Answer:
    """The answer, with the server's clock in its head, which clients read."""
    try:
        found = early(asked.switches) or _HANDLERS[asked.route.kind](asked)
    except NotUnderstood as error:
        errors = {error.name: [f"The value '{error.value}' is not valid."]}
        found = document(documents.problem("One or more validation errors occurred.", 400, errors), 400)
    except Refused as refusal:
        found = refused(refusal.status, refusal.text)
    date = asked.library.now() + timedelta(seconds=asked.switches.clock_offset_s)
    return msgspec.structs.replace(found, headers=(*found.headers, ("Date", format_datetime(date, usegmt=True))))


# --- The server and who signs in ---


def _ping(asked: Asked) -> Answer:
    return written(asked, "Jellyfin Server")


def _public_info(asked: Asked) -> Answer:
    return written(asked, documents.public_info(asked.library, asked.version, asked.address))


def _info(asked: Asked) -> Answer:
    return written(asked, documents.info(asked.library, asked.version, asked.address))


def _login(asked: Asked) -> Answer:
    name, password = _credentials(asked.body)
    if not asked.client.device_id:
        raise Refused(400)
    found = asked.accounts.login(name, password, asked.client.device_id)
    if isinstance(found, int):
        raise Refused(500 if asked.switches.emulator else found)
    user = next(user for user in asked.accounts.users if user.casefold() == name.casefold())
    return written(asked, documents.login(asked.library, asked.accounts, user, asked.client, found))


def _credentials(body: bytes) -> tuple[str, str]:
    """Name and password; the names of fields count in any case. Raises Refused."""
    try:
        given = {name.lower(): value for name, value in json.loads(body).items()}
    except (ValueError, AttributeError):
        raise Refused(400) from None
    return str(given.get("username") or ""), str(given.get("pw") or "")


def _logout(asked: Asked) -> Answer:
    if asked.caller is not None and asked.caller.user is not None:
        asked.accounts.logout(asked.caller.token)
    return plain(204, b"")


def _session(asked: Asked) -> Answer:
    return plain(204, b"")


# --- Users ---


def _users(asked: Asked) -> Answer:
    return written(asked, [documents.user(asked.library, asked.accounts, name) for name in asked.accounts.users])


def _public_users(asked: Asked) -> Answer:
    return written(asked, [])


def _user(asked: Asked) -> Answer:
    return written(asked, documents.user(asked.library, asked.accounts, somebody(asked)))


def _me(asked: Asked) -> Answer:
    if asked.caller is None or asked.caller.user is None:
        raise Refused(400)
    return written(asked, documents.user(asked.library, asked.accounts, asked.caller.user))


def _played(asked: Asked) -> Answer:
    user, item = somebody(asked), known_item(asked)
    asked.library.mark_played(item.id, user, played=asked.method == "POST")
    return written(asked, user_data(asked.library, item, user))


# --- The rest ---


def _display_preferences(asked: Asked) -> Answer:
    somebody(asked)
    return written(asked, documents.display_preferences(asked.library, asked.params.text("client")))


def _live_tv_info(asked: Asked) -> Answer:
    return written(asked, documents.live_tv_info(asked.library, asked.accounts))


def _virtual_folders(asked: Asked) -> Answer:
    if asked.caller is None or not asked.accounts.is_administrator(asked.caller.user):
        raise Refused(403)
    return written(asked, documents.virtual_folders(asked.library))


def _image(asked: Asked) -> Answer:
    is_view = any(view.id == asked.route.item for view in asked.library.views)
    if not is_view and not known_item(asked).has_image:
        raise Refused(404)
    return plain(200, PNG, "image/png", (("Cache-Control", "public, max-age=31536000"),))


_HANDLERS: Final[dict[str, Callable[[Asked], Answer]]] = {
    "ping": _ping,
    "public_info": _public_info,
    "info": _info,
    "login": _login,
    "logout": _logout,
    "session": _session,
    "users": _users,
    "public_users": _public_users,
    "user": _user,
    "me": _me,
    "played": _played,
    "display_preferences": _display_preferences,
    "live_tv_info": _live_tv_info,
    "virtual_folders": _virtual_folders,
    "image": _image,
    "views": reading.views_answer,
    "items": reading.items_answer,
    "item": reading.item_answer,
    "seasons": reading.seasons_answer,
    "episodes": reading.episodes_answer,
    "channels": reading.channels_answer,
    "resume": reading.resume_answer,
    "next_up": reading.next_up_answer,
    "latest": reading.latest_answer,
}
