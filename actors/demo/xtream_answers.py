"""Xtream: from a catalogue, a request and its switches to the answer that goes on the wire; pure."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from actors.demo.answer import HTML, HTML_PAGE, Answer, coded, plain
from actors.demo.catalogue import LISTINGS, MOVIES, Catalogue, ids_of, php_json
from actors.demo.switches import Switches
from actors.demo.xtream_series import shaped

ACCOUNT: Final = "account"
"""The name of a request without an action, in switches and records."""
PHP_WARNING: Final = (
    b"<br />\n<b>Warning</b>:  Undefined array key &quot;uid&quot; in <b>/home/panel/player_api.php</b>"
    b" on line <b>214</b><br />\n"
)
_PAST: Final = "1537821177"
_BAD_ENTRIES: Final[tuple[Any, ...]] = (
    {"num": 0, "name": "no id at all"},
    None,
    17,
    "an entry that is a text",
    {"num": 0, "name": "an id that is an object", "stream_id": {"id": 1}, "series_id": {"id": 1}, "category_id": {"id": 1}},
    [],
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the API whose credentials are right."""

    action: str
    """`account` when there is none."""
    query: str
    """The query string, raw."""
    params: Mapping[str, str]
    accepts_gzip: bool
    host: str
    port: int


def refused() -> Answer:
    """What a panel says to credentials it does not know."""
    return plain(200, b'{"user_info":{"auth":0}}')


def answer(catalogue: Catalogue, asked: Asked, switches: Switches) -> Answer:
    """The answer to one request."""
    head = _head_only(asked, switches)
    if head is not None:
        return head
    shaped = _account_shape(catalogue, asked, switches)
    if shaped is not None:
        return coded(shaped, b"".join(shaped.pieces), asked.accepts_gzip, switches)
    return _listed(catalogue, asked, switches)


def _head_only(asked: Asked, switches: Switches) -> Answer | None:
    if switches.redirect_to is not None:
        return plain(302, b"", HTML, (("Location", switches.redirect_to.replace("{query}", asked.query)),))
    if switches.status != 200:
        retry = () if switches.retry_after is None else (("Retry-After", switches.retry_after),)
        return plain(switches.status, b"the provider says no", "text/plain", retry)
    return None


def _account_shape(catalogue: Catalogue, asked: Asked, switches: Switches) -> Answer | None:
    match switches.account:
        case "good":
            return None
        case "auth_0":
            return refused()
        case "unauthorized_json":
            return plain(401, b'{"error":"Unauthorized"}')
        case "not_found_html":
            return plain(404, HTML_PAGE, HTML)
        case "expired_status" | "expired_date" | "empty_list" if asked.action in LISTINGS:
            return plain(200, b"[]")
        case "empty_list":
            return plain(200, b"[]")
        case "expired_status":
            return _account(catalogue, asked, status="Expired", exp_date=_PAST)
        case "expired_date":
            return _account(catalogue, asked, status="Active", exp_date=_PAST)
        case "banned":
            return _account(catalogue, asked, status="Banned", exp_date=None)


def _account(catalogue: Catalogue, asked: Asked, *, status: str, exp_date: str | None) -> Answer:
    return plain(200, php_json(account_document(catalogue, asked, status=status, exp_date=exp_date)))


def account_document(catalogue: Catalogue, asked: Asked, *, status: str, exp_date: str | None) -> dict[str, Any]:
    """What a panel says of an account and of itself."""
    now_s = int(time.time())
    user = {
        "message": "Welcome to the picture house",
        "is_trial": "0",
        "active_cons": "0",
        "created_at": "1577836800",
        "max_connections": "1",
        "allowed_output_formats": ["m3u8", "ts"],
        **catalogue.account.get("user_info", {}),
        "username": asked.params.get("username", ""),
        "password": asked.params.get("password", ""),
        "auth": 1,
        "status": status,
        "exp_date": exp_date,
    }
    server = {
        "https_port": "",
        "server_protocol": "http",
        "rtmp_port": "",
        "timezone": "UTC",
        **catalogue.account.get("server_info", {}),
        "url": asked.host,
        "port": str(asked.port),
        "timestamp_now": now_s,
        "time_now": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now_s)),
    }
    return {"user_info": user, "server_info": server}


def _listed(catalogue: Catalogue, asked: Asked, switches: Switches) -> Answer:
    if switches.body_text is not None:
        return coded(Answer(), switches.body_text.encode(), asked.accepts_gzip, switches)
    if switches.html_200:
        return coded(Answer(content_type=HTML), HTML_PAGE, asked.accepts_gzip, switches)
    if _is_missing(asked, switches):
        return plain(404, HTML_PAGE, HTML)
    if asked.action not in LISTINGS:
        return coded(Answer(), _warned(_document(catalogue, asked, switches), switches), asked.accepts_gzip, switches)
    entries = spoilt(_selected(catalogue, asked), switches)
    ids = tuple(ids_of(asked.action, entries))
    if switches.infinite:
        return Answer(pieces=_endless(php_json(entries)), ids=ids)
    return coded(Answer(ids=ids), _warned(_body(catalogue, asked, entries, switches), switches), asked.accepts_gzip, switches)


def _is_missing(asked: Asked, switches: Switches) -> bool:
    wanted = asked.params.get("series_id", "")
    return bool(switches.series_missing_every and wanted.isdecimal() and int(wanted) % switches.series_missing_every == 0)


def _document(catalogue: Catalogue, asked: Asked, switches: Switches) -> bytes:
    """The account, one film, one series; and the account to an action nobody knows, as panels do."""
    if asked.action == "get_vod_info":
        return php_json(_movie_info(catalogue, asked.params.get("vod_id", "")))
    if asked.action == "get_series_info":
        return php_json(shaped(catalogue.series_info.get(asked.params.get("series_id", ""), {}), switches.episodes_as))
    return php_json(account_document(catalogue, asked, status="Active", exp_date=None))


def _movie_info(catalogue: Catalogue, movie_id: str) -> dict[str, Any]:
    objects = (entry for entry in catalogue.entries(MOVIES) if isinstance(entry, dict))
    found = next((entry for entry in objects if movie_id and str(entry.get("stream_id")) == movie_id), None)
    if found is None:
        return {"info": []}
    info = ("name", "plot", "director", "genre", "release_date", "releaseDate", "rating")
    data = ("stream_id", "name", "added", "category_id", "category_ids", "container_extension", "custom_sid", "direct_source")
    return {
        "info": {name: found[name] for name in info if name in found} | {"video": [], "audio": [], "backdrop_path": []},
        "movie_data": {name: found.get(name) for name in data},
    }


def _selected(catalogue: Catalogue, asked: Asked) -> list[Any]:
    entries = list(catalogue.entries(asked.action))
    wanted = asked.params.get("category_id")
    if not wanted:
        return entries
    return [entry for entry in entries if isinstance(entry, dict) and str(entry.get("category_id")) == wanted]


def spoilt(entries: list[Any], switches: Switches) -> list[Any]:
    """The entries as the switches change them."""
    if switches.empty_list:
        return []
    if switches.keep_share < 1.0:
        entries = entries[: int(len(entries) * switches.keep_share)]
    if switches.bad_entry_every:
        entries = [_bad(place) if (place + 1) % switches.bad_entry_every == 0 else entry for place, entry in enumerate(entries)]
    if switches.duplicate_every:
        entries = [
            copy for place, entry in enumerate(entries) for copy in [entry] * (1 + ((place + 1) % switches.duplicate_every == 0))
        ]
    if switches.renumber_by:
        entries = [_renumbered(entry, switches.renumber_by) for entry in entries]
    return entries


def _bad(place: int) -> Any:
    return _BAD_ENTRIES[place % len(_BAD_ENTRIES)]


def _renumbered(entry: Any, shift: int) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("num"), int):
        return {**entry, "num": entry["num"] + shift}
    return entry


def _body(catalogue: Catalogue, asked: Asked, entries: list[Any], switches: Switches) -> bytes:
    if switches.numeric_keys:
        return php_json({str(place + place // 7): entry for place, entry in enumerate(entries)})
    recorded = catalogue.bodies.get(asked.action)
    untouched = recorded is not None and not asked.params.get("category_id")
    if recorded is not None and untouched and len(entries) == catalogue.count(asked.action) and not _changes_entries(switches):
        return recorded
    return php_json(entries)


def _changes_entries(switches: Switches) -> bool:
    return bool(switches.bad_entry_every or switches.duplicate_every or switches.renumber_by)


def _warned(body: bytes, switches: Switches) -> bytes:
    match switches.php_warning:
        case "before":
            return PHP_WARNING + body
        case "after":
            return body + b"\n" + PHP_WARNING
        case "none":
            return body


def _endless(body: bytes) -> Iterator[bytes]:
    inside = body[1:-1] if len(body) > 2 else b'{"num":1}'
    yield b"[" + inside
    while True:
        yield b"," + inside
