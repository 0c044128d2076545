"""A document of TOML's own types to checked Settings, with the key's path in front of what is wrong; pure."""

import difflib
import enum
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from actors.addresses import Allowed, is_same, literal, of_the_bus, refusal
from actors.settings.duration import Duration
from actors.settings.kinds import check_kind
from actors.settings.paths import expanded
from actors.settings.secret import Secret
from actors.settings.shape import LogSettings, NatsSettings, Settings, SourceSettings, StoreSettings
from actors.settings.times import check_times
from actors.sources import source
from actors.sources.lanes import lanes
from contracts import limits
from contracts.errors import BadSettings

_PLACE: Final = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<place>.*)`$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(?P<key>.*)`$", re.DOTALL)
_MISSING: Final = re.compile(r"^Object missing required field `(?P<key>.*)`$", re.DOTALL)
_TABLES: Final[Mapping[str, type[Struct]]] = {
    "nats": NatsSettings,
    "store": StoreSettings,
    "log": LogSettings,
    "source": SourceSettings,
}
_BUS_PORTS: Final = {"ws": 80, "wss": 443}
_EXPECTED: Final = {
    "id": "expected 1 to 64 of a-z, 0-9, _ and -",
    "url": "expected nats://HOST:PORT or tls://HOST:PORT, without user and password",
    "sync_interval": "expected default, always, or seconds such as 10s",
    "user_agent": "expected 1 to 300 printable ASCII characters",
}


class _Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file's own shape."""

    nats: NatsSettings = NatsSettings()
    store: StoreSettings = StoreSettings()
    log: LogSettings = LogSettings()
    source: tuple[SourceSettings, ...] = ()


def checked(document: dict[str, Any], path: Path) -> Settings:
    """The settings that a document says; relative paths in it are relative to the file at `path`. Raises BadSettings."""
    decoded = _decoded(document, path.parent)
    sources = tuple(_source(index, row) for index, row in enumerate(decoded.source))
    _refuse_twins(sources)
    _refuse_addresses(sources, bus_door(decoded.nats))
    store = msgspec.structs.replace(decoded.store, path=path.parent / decoded.store.path)
    return Settings(file=path, nats=_nats(decoded.nats, store.path.parent), store=store, log=decoded.log, sources=sources)


def _decoded(document: dict[str, Any], folder: Path) -> _Document:
    def read(wanted: type, value: object) -> object:
        if wanted is Secret:
            return Secret.read(value, folder)
        if wanted is Duration:
            return Duration.read(value)
        if wanted is Path and isinstance(value, str) and value:
            return folder / expanded(value)
        raise ValueError("Expected a path")

    try:
        return msgspec.convert(document, _Document, dec_hook=read)
    except (ValueError, RecursionError) as error:
        raise BadSettings(_sentence(str(error))) from None


def _sentence(text: str) -> str:
    """A message of msgspec with the path of the key in front, as the file writes it."""
    match = _PLACE.match(text)
    what, place = (match["what"], match["place"]) if match else (text, "")
    if unknown := _UNKNOWN.match(what):
        return f"{_joined(place, unknown['key'])}: unknown key{_suggestion(place, unknown['key'])}"
    if missing := _MISSING.match(what):
        return f"{_joined(place, missing['key'])}: missing"
    if "matching regex" in what:
        what = _EXPECTED[place.rpartition(".")[2]]
    return f"{place or 'settings'}: {plain(what)}{_choices(place, what)}"


def plain(what: str) -> str:
    """A message of msgspec as a person would say it. What may be left out is not said to be `null`, which TOML does not have."""
    return f"{what[:1].lower()}{what[1:]}".replace(" | null", "").replace("`", "")


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _suggestion(place: str, key: str) -> str:
    names = list(_types(place.partition("[")[0]))
    close = difflib.get_close_matches(key, names, n=1)
    return f", did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"


def _choices(place: str, what: str) -> str:
    """What there is to choose from, where the value was none of it."""
    if not what.startswith("Invalid enum value"):
        return ""
    table, _, key = place.rpartition(".")
    wanted = _types(table.partition("[")[0])[key]
    choices: Iterable[object] = wanted.__members__.values() if isinstance(wanted, enum.EnumMeta) else get_args(wanted)
    return f"; there is {', '.join(map(str, choices))}"


def _types(table: str) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(_TABLES.get(table, _Document))}


def _source(index: int, row: SourceSettings) -> SourceSettings:
    key = f"source[{index}]"
    check_kind(key, row)
    check_times(key, row)
    try:
        url = source(row.kind).base_url(row.url)
    except BadSettings as error:
        raise BadSettings(f"{key}.{error.text}") from None
    return msgspec.structs.replace(
        row,
        url=url,
        username=_named(row.username, f"{key}.username"),
        password=_named(row.password, f"{key}.password"),
        token=_named(row.token, f"{key}.token"),
        api_key=_named(row.api_key, f"{key}.api_key"),
        title=row.title or row.source_id,
    )


def _named(secret: Secret | None, key: str) -> Secret | None:
    return secret.named(key) if secret is not None else None


def _refuse_twins(sources: tuple[SourceSettings, ...]) -> None:
    first: dict[str, int] = {}
    for index, row in enumerate(sources):
        if row.source_id in first:
            raise BadSettings(f"source[{index}].id: {row.source_id} is the id of source[{first[row.source_id]}] already")
        first[row.source_id] = index
    ways = sum(len(lanes(row.kind, 1)) for row in sources)
    if ways > limits.CONSUMERS_MAX:
        raise BadSettings(f"source: {len(sources)} sources make {ways} consumers; the bus bears {limits.CONSUMERS_MAX}")


def bus_door(nats: NatsSettings) -> tuple[str, int]:
    """Host and port of the bus, where no source can be. Raises BadSettings for a url that has none."""
    if nats.url is None:
        return "127.0.0.1", nats.port
    try:
        parts = urlsplit(nats.url)
        host, port = parts.hostname or "", parts.port or _BUS_PORTS.get(parts.scheme, 4222)
    except ValueError:
        raise BadSettings(f"nats.url: {_EXPECTED['url']}") from None
    return host, port


def _refuse_addresses(sources: tuple[SourceSettings, ...], door: tuple[str, int]) -> None:
    """Those that are written as addresses; what names lead to is seen when they are dialed."""
    for index, row in enumerate(sources):
        parts = urlsplit(row.url)
        address = literal(parts.hostname or "")
        if address is None:
            continue
        refused = refusal(address, Allowed(private=row.allow_private_addresses))
        bus = literal(door[0])
        if bus is not None and parts.port == door[1] and is_same(address, bus):
            refused = of_the_bus()
        if refused is not None:
            raise BadSettings(f"source[{index}].url: {refused.text}")


def _nats(nats: NatsSettings, beside: Path) -> NatsSettings:
    if nats.user is not None and nats.password is None:
        raise BadSettings("nats.password: missing, and nats.user is set")
    if nats.user is not None and nats.credentials is not None:
        raise BadSettings("nats.credentials: set together with nats.user; one is enough")
    files = {"ca_file": nats.ca_file, "cert_file": nats.cert_file, "key_file": nats.key_file}
    for name in (name for name, path in files.items() if path is not None):
        if nats.url is None or not nats.url.startswith(("tls://", "wss://")):
            raise BadSettings(f"nats.{name}: only with a nats.url that begins with tls:// or wss://")
    if (nats.cert_file is None) != (nats.key_file is None):
        missing, there = ("cert_file", "key_file") if nats.cert_file is None else ("key_file", "cert_file")
        raise BadSettings(f"nats.{missing}: missing, and nats.{there} is set")
    place = nats.directory if nats.directory.is_absolute() else beside / nats.directory
    return msgspec.structs.replace(nats, directory=place, password=_named(nats.password, "nats.password"))
