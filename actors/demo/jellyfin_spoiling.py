"""The rows of a Jellyfin answer as the switches change them; pure."""

from typing import Any, Final
from uuid import UUID

from actors.demo.jellyfin_switches import JellyfinSwitches

_BAD_ENTRIES: Final[tuple[Any, ...]] = (
    {"Name": "no id at all", "Type": "Movie"},
    None,
    17,
    "an entry that is a text",
    {"Name": "an id that is an object", "Id": {"Id": 1}, "Type": "Movie"},
    [],
)


def spoilt(entries: list[Any], switches: JellyfinSwitches) -> list[Any]:
    """The same rows, fewer, more, or other ones."""
    if switches.keep_share < 1.0:
        entries = entries[: int(len(entries) * switches.keep_share)]
    entries = [changed(entry, place, switches) for place, entry in enumerate(entries)]
    if switches.bad_entry_every:
        every = switches.bad_entry_every
        entries = [
            _BAD_ENTRIES[place % len(_BAD_ENTRIES)] if (place + 1) % every == 0 else entry for place, entry in enumerate(entries)
        ]
    if switches.duplicate_every:
        every = switches.duplicate_every
        entries = [copy for place, entry in enumerate(entries) for copy in [entry] * (1 + ((place + 1) % every == 0))]
    return entries


def changed(entry: dict[str, Any], place: int, switches: JellyfinSwitches) -> dict[str, Any]:
    """One row with other fields. `place` is where on the page it is."""
    if switches.no_user_data:
        entry = {name: value for name, value in entry.items() if name != "UserData"}
    if switches.string_years:
        entry = entry | _as_text(entry, place)
    if switches.provider_case and entry.get("ProviderIds"):
        given = entry["ProviderIds"]
        entry = entry | {"ProviderIds": {name.lower(): value for name, value in given.items()} | {"TmdbCollection": "404"}}
    return entry


def _as_text(entry: dict[str, Any], place: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "ProductionYear" in entry:
        found["ProductionYear"] = str(entry["ProductionYear"]) if place % 3 else ""
    if "PremiereDate" in entry:
        found["PremiereDate"] = entry["PremiereDate"][:10]
    return found


def dashed(value: Any, name: str = "Id") -> Any:
    """A document with dashes in every id."""
    if isinstance(value, dict):
        return {key: dashed(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [dashed(inner, name) for inner in value]
    return str(UUID(value)) if isinstance(value, str) and name.endswith("Id") and len(value) == 32 else value


def ids_of(entries: list[Any]) -> tuple[str, ...]:
    """The ids of rows, without those of rows that have none."""
    ids = (entry.get("Id") for entry in entries if isinstance(entry, dict))
    return tuple(found for found in ids if isinstance(found, str))
