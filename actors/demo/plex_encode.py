"""One container of a stand-in Plex server as bytes: JSON, XML, or the JSON of old; pure."""

from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import msgspec

from actors.demo.plex_item import Item

_TAGS: Final = {"movie": "Video", "episode": "Video", "track": "Track"}
_NO_CHARACTER: Final = dict.fromkeys(place for place in range(32) if place not in (9, 10, 13))


def as_json(container: Item) -> bytes:
    return msgspec.json.encode({"MediaContainer": container})


def as_xml(container: Item) -> bytes:
    """Scalars are attributes, lists are elements of the list's name; an entry of `Metadata` is named by its type."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element("MediaContainer", container)}\n'.encode()


def as_legacy_json(container: Item) -> bytes:
    """Every element an object with `_elementType`, its elements in `_children`."""
    return msgspec.json.encode(_legacy("MediaContainer", container))


def _element(tag: str, value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"<{tag}/>"
    attributes = "".join(f" {name}={_attribute(found)}" for name, found in value.items() if not isinstance(found, list | Mapping))
    inside = "".join(_element(name, child) for name, child in _inside(value))
    return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"


def _attribute(value: Any) -> str:
    text = str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)
    return quoteattr(text.translate(_NO_CHARACTER))


def _inside(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    lists = ((name, [found] if isinstance(found, Mapping) else found) for name, found in value.items())
    return [(_tag(name, child), child) for name, found in lists if isinstance(found, list) for child in found]


def _tag(name: str, child: Any) -> str:
    if name != "Metadata":
        return name
    return _TAGS.get(child.get("type", ""), "Directory") if isinstance(child, Mapping) else "Video"


def _legacy(tag: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return {"_elementType": tag}
    plain = {name: found for name, found in value.items() if not isinstance(found, list | Mapping)}
    inside = [_legacy(name, child) for name, child in _inside(value)]
    return {"_elementType": tag, **plain, **({"_children": inside} if inside else {})}
