"""A slice of the home page becomes sections, and rejects for what of them cannot be read."""

from typing import Any, Final

import msgspec

from actors.sources.answer import Read
from actors.sources.jellyfin import rows
from actors.sources.jellyfin.entry import Entry
from actors.sources.jellyfin.fields import other_id
from actors.sources.jellyfin.hubs import Hub, HubEntry
from actors.sources.reading import Refused, entries, rejects
from actors.sources.rejects import reject
from actors.sources.texts import one_line
from actors.sources.values import Unreadable
from contracts.catalog import HomeSection, Item, Reject

_HUBS: Final = msgspec.json.Decoder(list[HubEntry])


def read_home(body: bytes) -> Read:
    """Sections and rejected hubs are as many as the slice has entries; an item that cannot be read is a reject besides.

    Raises UnexpectedAnswer when the body is no JSON array.
    """
    sections: list[HomeSection] = []
    bad_items: list[Reject] = []
    refused: Refused = {}
    excluded = 0
    for place, entry in entries(body, _HUBS, HubEntry, refused):
        try:
            hub = _hub(entry.hub)
            section, left_out = _section(hub, entry, bad_items)
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), None)
            continue
        sections.append(section)
        excluded += left_out
    return Read(sections=sections, rejects=[*rejects(body, refused), *bad_items], excluded=excluded)


def _hub(value: Any) -> Hub:
    try:
        return msgspec.convert(value, Hub)
    except ValueError:
        raise Unreadable("hub: not what describes one") from None


def _section(hub: Hub, entry: HubEntry, bad_items: list[Reject]) -> tuple[HomeSection, int]:
    """The section, and how many of its items are of a type that is not listed, or not there."""
    items: list[Item] = []
    types: set[str] = set()
    left_out = 0
    for value in entry.items if type(entry.items) is list else []:
        try:
            shown = _entry(value)
            if rows.is_virtual(shown) or rows.is_foreign(shown):
                left_out += 1
                continue
            items.append(rows.item(shown, rows.kind_of(shown), hub.library_id))
            types.add(one_line(shown.type))
        except Unreadable as unreadable:
            bad_items.append(_bad_item(hub, value, str(unreadable)))
    hub_type = None if not types else types.pop() if len(types) == 1 else "mixed"
    failure = one_line(entry.failure) or None
    section = HomeSection(
        hub.identifier, hub.title, hub.section_type, hub.position, items, hub.context, None, hub_type, hub.size, failure
    )
    return section, left_out


def _entry(value: Any) -> Entry:
    if type(value) is not dict:
        raise Unreadable("the entry is no object")
    return msgspec.convert(value, Entry)


def _bad_item(hub: Hub, value: Any, reason: str) -> Reject:
    item_id = other_id(value.get("Id")) if type(value) is dict else None
    return reject(f"{hub.identifier}: {reason}", msgspec.json.encode(value), item_id)
