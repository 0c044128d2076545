"""What every row must be that a reader makes of an answer, whatever the answer was; and every step that has rows."""

import json
import math
import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from actors.sources import source
from actors.sources.answer import Read
from contracts import limits
from contracts.catalog import Category, HomeSection, Item, ItemKind, Library, SourceKind
from contracts.errors import BadRequest

GROWTH_MAX: Final = 96
"""Bytes of rows and rejects by byte of the answer: `0,` is two bytes, and its reject names the reason."""
GROWTH_FREE_BYTES: Final = 16 * limits.KIB
_LIBRARY_TYPES: Final = ("movies", "shows", "music", "videos", "channels", "mixed")

_memory: Final = sqlite3.connect(":memory:", check_same_thread=False)


@cache
def every_step(kind: SourceKind) -> tuple[str, ...]:
    """All steps that a source of this kind can have, as its own module names them."""
    module = source(kind)
    found = {definition.step: None for definition in module.steps}
    for library_type in _LIBRARY_TYPES:
        for item_kind in ItemKind:
            library = Library("7", "Seven", library_type, 0, [item_kind])
            try:
                definitions = (*module.library_steps(library), *module.watch_steps(library))
            except KeyError:
                continue  # A kind that no library of this source holds.
            found |= {definition.step: None for definition in definitions}
    return tuple(found)


@cache
def readable_steps(kind: SourceKind) -> tuple[str, ...]:
    """Those whose slices become rows."""
    return tuple(step for step in every_step(kind) if _is_readable(kind, step))


def _is_readable(kind: SourceKind, step: str) -> bool:
    try:
        source(kind).read(step, b"[]", ())
    except BadRequest:
        return False
    return True


def check_places(found: Read, entries: int) -> None:
    """Every entry is in one place. An item inside a hub that cannot be read is a reject of its own."""
    rows = len(found.categories) + len(found.items) + len(found.libraries) + len(found.rejects) + found.excluded
    if found.sections:
        assert len(found.sections) <= entries <= len(found.sections) + len(found.rejects)
    else:
        assert rows == entries


def check_rows(found: Read, body: bytes) -> None:
    """Each row travels, is within every bound of the contracts, and can be put into SQLite as it is."""
    sent = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(sent, type=Read) == found
    assert len(sent) <= GROWTH_FREE_BYTES + GROWTH_MAX * len(body)
    for category in found.categories:
        _check_category(category)
    for library in found.libraries:
        assert 0 < len(library.remote_id) <= limits.REMOTE_ID_CHARS_MAX
        assert 0 < len(library.title) <= limits.TITLE_CHARS_MAX
    for section in found.sections:
        _check_section(section)
    for item in found.items:
        check_item(item)
    for reject in found.rejects:
        assert 0 < len(reject.reason) <= limits.ERROR_TEXT_CHARS_MAX
        assert len(reject.entry) <= limits.REJECT_CHARS_MAX
    _check_bound(found)


def _check_category(category: Category) -> None:
    assert 0 < len(category.remote_id) <= limits.REMOTE_ID_CHARS_MAX
    assert 0 < len(category.title) <= limits.TITLE_CHARS_MAX
    assert len(category.folded_title) <= limits.TITLE_CHARS_MAX


def _check_section(section: HomeSection) -> None:
    assert 0 < len(section.hub_identifier) <= limits.REMOTE_ID_CHARS_MAX
    assert 0 < len(section.title) <= limits.TITLE_CHARS_MAX
    assert section.position >= 0
    assert len(section.items) <= limits.SECTION_ITEMS_MAX
    for item in section.items:
        check_item(item)


def check_item(item: Item) -> None:
    assert 0 < len(item.remote_id) <= limits.REMOTE_ID_CHARS_MAX
    assert 0 < len(item.title) <= limits.TITLE_CHARS_MAX
    assert "\n" not in item.title
    assert len(item.folded_title) <= limits.TITLE_CHARS_MAX
    assert len(item.image or "") <= limits.URL_CHARS_MAX
    assert len(item.category_remote_ids) <= limits.ITEM_CATEGORIES_MAX
    assert item.rating is None or 0 <= item.rating <= 10
    for number in (item.duration_s, item.view_count, item.view_offset_s):
        assert number is None or number >= 0
    assert isinstance(json.loads(item.details), dict)


def _check_bound(found: Read) -> None:
    """No NUL, at which SQLite's own functions stop, no lone surrogate, no integer beyond 64 bits, no NaN."""
    for value in leaves(msgspec.to_builtins(found, builtin_types=(bytes,))):
        if isinstance(value, str):
            assert "\x00" not in value, value[:200]
        if isinstance(value, float):
            assert math.isfinite(value)
        assert _memory.execute("SELECT ?", (value,)).fetchone() == (value,)


def leaves(value: Any) -> Iterator[Any]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else None
    if parts is None:
        yield value
    else:
        for part in parts:
            yield from leaves(part)
