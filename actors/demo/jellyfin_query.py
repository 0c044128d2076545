"""What a client asked a Jellyfin server for: names in any case, lists by commas, ids with or without dashes; pure."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from actors.demo.jellyfin_item import read_stamp

_HEX: Final = frozenset("0123456789abcdef")


class NotUnderstood(Exception):
    """A parameter has a value that the server cannot bind: 400 with a problem document."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(name)
        self.name, self.value = name, value


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which items, in which order; without their pages, so that all pages of a listing have the same."""

    parent_id: str | None = None
    recursive: bool = True
    ids: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    types_left_out: frozenset[str] = frozenset()
    media_types: frozenset[str] = frozenset()
    years: frozenset[str] = frozenset()
    filters: frozenset[str] = frozenset()
    """Of IsPlayed, IsUnplayed, IsResumable, IsFavorite, in lower case; all must hold."""
    saved_from: str | None = None
    search: str = ""
    without_virtual: bool = False
    collapses: bool = False
    """Films of a collection are replaced by it."""
    sort: tuple[tuple[str, bool], ...] = ()
    """Names in lower case, and whether descending."""

    @property
    def is_of_watching(self) -> bool:
        """Whether it changes with what is watched."""
        return bool(self.filters) or any(name in ("dateplayed", "playcount", "isplayed", "isunplayed") for name, _ in self.sort)


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a query string, by their names in lower case; a name that came twice has both, with a comma."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip())

    def lowered(self, name: str) -> frozenset[str]:
        return frozenset(word.lower() for word in self.words(name))

    def flag(self, name: str) -> bool | None:
        """None when it was not sent. Raises NotUnderstood."""
        value = self.text(name).lower()
        if value not in ("", "true", "false"):
            raise NotUnderstood(name, value)
        return None if value == "" else value == "true"

    def count(self, name: str) -> int | None:
        """None when it was not sent. Raises NotUnderstood."""
        value = self.text(name)
        if value and not value.isdecimal():
            raise NotUnderstood(name, value)
        return int(value) if value else None

    def guid(self, name: str) -> str | None:
        """None when it was not sent. Raises NotUnderstood."""
        value = self.text(name)
        return guid(value, name) if value else None

    def moment(self, name: str) -> str | None:
        """A date in the form in which they can be compared; None when it was not sent. Raises NotUnderstood."""
        value = self.text(name)
        try:
            return read_stamp(value) if value else None
        except ValueError:
            raise NotUnderstood(name, value) from None


def read_params(query: str) -> Params:
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        name = name.lower()
        values[name] = f"{values[name]},{value}" if name in values else value
    return Params(values=values)


def guid(text: str, name: str = "id") -> str:
    """An id in the form in which they are kept. Raises NotUnderstood."""
    found = text.replace("-", "").lower()
    if len(found) != 32 or not _HEX.issuperset(found):
        raise NotUnderstood(name, text)
    return found


def read_selection(params: Params) -> Selection:
    """What `/Items` is asked for. Raises NotUnderstood."""
    filters = set(params.lowered("filters"))
    for name in ("isplayed", "isfavorite"):
        value = params.flag(name)
        if value is not None:
            filters.add(name if value else {"isplayed": "isunplayed"}.get(name, name))
    without_virtual = "virtual" in params.lowered("excludelocationtypes") or params.flag("ismissing") is False
    return Selection(
        parent_id=params.guid("parentid"),
        recursive=bool(params.flag("recursive")),
        ids=tuple(guid(word, "ids") for word in params.words("ids")),
        types=params.lowered("includeitemtypes"),
        types_left_out=params.lowered("excludeitemtypes"),
        media_types=params.lowered("mediatypes"),
        years=frozenset(params.words("years")),
        filters=frozenset(filters),
        # The second filters the same column as the first, whatever its name says (jellyfin issue 17542).
        saved_from=params.moment("mindatelastsaved") or params.moment("mindatelastsavedforuser"),
        search=params.text("searchterm").casefold(),
        without_virtual=without_virtual,
        collapses=bool(params.flag("collapseboxsetitems")),
        sort=_sort(params.words("sortby"), params.words("sortorder")),
    )


def _sort(names: Iterable[str], orders: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Each name with its order; where there are fewer orders, the first counts for the others."""
    found = []
    for place, name in enumerate(names):
        order = orders[place] if place < len(orders) else orders[0] if orders else "Ascending"
        found.append((name.lower(), order.lower() == "descending"))
    return tuple(found)
