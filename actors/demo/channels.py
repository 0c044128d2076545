"""The channels of the demo: invented names, by category."""

from typing import Final

import msgspec

UNLISTED_CATEGORY: Final = "990"
"""A category that channels name and that the list of categories does not have."""

_THEMES: Final = (
    "Classics", "Silents", "Shorts", "Comedy", "Cliffhangers", "Animation", "Documentary", "Western",
    "Horror", "Space", "Weather &amp; Tides", "Night Train", "Fireplace", "Aquarium",
)  # fmt: skip
_REGIONS: Final = (
    "Alderbrook", "Birchhaven", "Copper Bay", "Dunmere", "Eastfold", "Fernleigh", "Greywater", "Harrowgate Hill", "Inverlyn",
    "Juniper Flats", "Kestrel Point", "Larkspur", "Málaga Nueva", "Norrköla", "Østerby", "Pinecrest", "Quillon",
    "Rosières-le-Lac", "Saltmarsh", "Thornbury", "Überlingen Süd", "Vallorca", "Westerlund", "Xanadu Falls",
    "Yarrow", "Żelazna Góra",
)  # fmt: skip
_RADIO: Final = ("Ragtime", "Waltz", "Organ", "Brass", "Shellac", "Choir", "Phonograph", "Cylinder", "Parlour", "Foxtrot")


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """An invented channel."""

    name: str
    category: str
    stream_type: str = "live"


def _channels() -> list[Channel]:
    themes = [Channel(name=f"Playbill {theme}{mark}", category="Cinema") for theme in _THEMES for mark in ("", " HD")]
    regions = [Channel(name=f"{region} Regional", category="Regional") for region in _REGIONS]
    local = [Channel(name=f"{region} Town Hall", category="Local", stream_type="created_live") for region in _REGIONS]
    events = [Channel(name=f"EVENT {number:02}: no event today", category="Events | PPV") for number in range(1, 21)]
    cards = [Channel(name=f"Test Card {letter}", category="Test Cards") for letter in "ABCDEFGHIJ"]
    radio = [Channel(name=f"Radio {name}", category="Radio", stream_type="radio_streams") for name in _RADIO]
    return themes + regions + local + events + cards + radio


CHANNELS: Final = tuple(_channels())
"""All of them, in the provider's order."""
