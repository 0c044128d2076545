"""What an item is called on a terminal, and how far its user has come with it."""

from typing import Any

import msgspec
import pytest

from actors.cli.titles import seen, title_of
from contracts.catalog import ItemKind
from contracts.messages import CatalogueItem


def item(kind: ItemKind = ItemKind.MOVIE, title: str = "Nosferatu", **fields: Any) -> CatalogueItem:
    if "details" in fields:
        fields["details"] = msgspec.Raw(msgspec.json.encode(fields["details"]))
    return CatalogueItem(id=1, source_id="plex", kind=kind, remote_id="7", title=title, **fields)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (item(), "Nosferatu"),
        (item(title="a\x1b[31m\nb"), "a [31m b"),
        (
            item(ItemKind.EPISODE, "The Tunnel", parent_title="Flash Gordon", parent_index=1, index_number=2),
            "Flash Gordon S01E02 The Tunnel",
        ),
        (item(ItemKind.EPISODE, "The Tunnel", parent_index=1, index_number=102), "S01E102 The Tunnel"),
        (
            item(ItemKind.EPISODE, "Special", parent_title="Flash Gordon", parent_index=0, index_number=0),
            "Flash Gordon S00E00 Special",
        ),
        (item(ItemKind.EPISODE, "The Tunnel", parent_title="Flash Gordon"), "Flash Gordon The Tunnel"),
        (item(ItemKind.EPISODE, "The Tunnel", index_number=3), "E03 The Tunnel"),
        (item(ItemKind.EPISODE, "The Tunnel", index_number=3, details={"show": "Flash Gordon"}), "Flash Gordon E03 The Tunnel"),
        (item(ItemKind.SEASON, "Season 1", parent_title="Flash Gordon"), "Flash Gordon: Season 1"),
        (item(ItemKind.SEASON, "Season 1"), "Season 1"),
        (item(ItemKind.ALBUM, "The Planets", parent_title="Holst"), "Holst: The Planets"),
        (item(ItemKind.TRACK, "Mars", parent_title="The Planets"), "The Planets: Mars"),
        (item(ItemKind.MOVIE, "Alone", parent_title="Never said"), "Alone"),
    ],
)
def test_a_title_says_what_it_is_part_of(shown: CatalogueItem, text: str) -> None:
    assert title_of(shown) == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (item(), ""),
        (item(view_count=0), ""),
        (item(view_count=1), "seen"),
        (item(view_count=3), "seen 3×"),
        (item(view_offset_s=30, duration_s=60), "50 %"),
        (item(view_offset_s=1, duration_s=6_000), "1 %"),
        (item(view_offset_s=60, duration_s=60), "99 %"),
        (item(view_offset_s=90), "at 1 min 30 s"),
        (item(view_count=2, view_offset_s=30, duration_s=60), "50 %"),
        (item(view_count=2, view_offset_s=0, duration_s=60), "seen 2×"),
        (item(ItemKind.SHOW, details={"episodes": 12, "episodes_viewed": 3}), "3 of 12 seen"),
        (item(ItemKind.SHOW, view_count=12, details={"episodes": 12, "episodes_viewed": 12}), "seen"),
        (item(ItemKind.SHOW, details={"episodes": 12, "episodes_viewed": 0}), ""),
        (item(ItemKind.SHOW, details={"episodes": "12", "episodes_viewed": True}), ""),
        (item(ItemKind.SHOW, details=["no object"]), ""),
    ],
)
def test_how_far_its_user_has_come_is_said(shown: CatalogueItem, text: str) -> None:
    assert seen(shown) == text
