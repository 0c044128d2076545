"""What each kind of source lets us in with, may have set, and has where nothing is set; pure."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from actors.settings.shape import SourceSettings
from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import BadSettings

_LETS_IN: Final = ("username", "password", "token", "api_key", "user")
"""Keys that let somebody in, of any kind."""


class _Kind(Struct, frozen=True, kw_only=True):
    """One kind of source."""

    named: str
    ways_in: tuple[tuple[str, ...], ...]
    """Each a set of keys that go together; one of them is needed."""
    concurrency: int
    page_size: int | None = None
    """None where listings do not come in pages."""
    has_music: bool = True
    has_categories: bool = False
    has_home: bool = True
    """Whether it has a home page of its own; ours of an Xtream account is made of its catalogue."""
    has_push: bool = True
    has_episodes: bool = False
    """Whether the episodes of its series are asked for one by one."""
    requests_per_10_s: float | None = None
    is_player: bool = False
    """Whether it lets in players and few others, so that we call ourselves one."""


_KINDS: Final[Mapping[SourceKind, _Kind]] = {
    SourceKind.PLEX: _Kind(named="a plex source", ways_in=(("token",),), concurrency=2, page_size=250),
    SourceKind.JELLYFIN: _Kind(
        named="a jellyfin source", ways_in=(("api_key", "user"), ("username", "password")), concurrency=2, page_size=500
    ),
    SourceKind.XTREAM: _Kind(
        named="an xtream source",
        ways_in=(("username", "password"),),
        concurrency=1,
        has_music=False,
        has_categories=True,
        has_home=False,
        has_push=False,
        has_episodes=True,
        requests_per_10_s=limits.REQUESTS_PER_10_S,
        is_player=True,
    ),
}


def concurrency_of(row: SourceSettings) -> int:
    """As it is set, or its kind's own."""
    return row.concurrency if row.concurrency is not None else _KINDS[row.kind].concurrency


def page_size_of(row: SourceSettings) -> int | None:
    """As it is set, or its kind's own; none where listings do not come in pages."""
    return row.page_size if row.page_size is not None else _KINDS[row.kind].page_size


def requests_per_10_s_of(row: SourceSettings) -> float | None:
    """As it is set, or its kind's own; none where nobody counts."""
    return row.requests_per_10_s if row.requests_per_10_s is not None else _KINDS[row.kind].requests_per_10_s


def is_taken_for_a_player(row: SourceSettings) -> bool:
    """Whether its server lets in players and few others."""
    return _KINDS[row.kind].is_player


def check_kind(key: str, row: SourceSettings) -> None:
    """Raises BadSettings for what its kind does not have, or needs and was not given; `key` is the path of its table."""
    kind = _KINDS[row.kind]
    given = {name for name in _LETS_IN if getattr(row, name) is not None}
    foreign = [name for name in _LETS_IN if name in given and not any(name in way for way in kind.ways_in)]
    for name in (*foreign, *_not_had(kind, row)):
        raise BadSettings(f"{key}.{name}: not for {kind.named}")
    _check_way_in(key, kind, given)


def _not_had(kind: _Kind, row: SourceSettings) -> list[str]:
    set_and_had = {
        "music": (row.music, kind.has_music),
        "page_size": (row.page_size is not None, kind.page_size is not None),
        "include_categories": (bool(row.include_categories), kind.has_categories),
        "exclude_categories": (bool(row.exclude_categories), kind.has_categories),
        "home_every": (row.home_every is not None, kind.has_home),
        "home_stale_after": (row.home_stale_after is not None, kind.has_home),
        "push": (row.push, kind.has_push),
        "episodes": (row.episodes != "never", kind.has_episodes),
        "episodes_every": (row.episodes_every is not None, kind.has_episodes),
        "requests_per_10_s": (row.requests_per_10_s is not None, kind.has_episodes),
    }
    return [name for name, (is_set, is_had) in set_and_had.items() if is_set and not is_had]


def _check_way_in(key: str, kind: _Kind, given: set[str]) -> None:
    ways = ", or ".join(" and ".join(way) for way in kind.ways_in)
    begun = [way for way in kind.ways_in if given.intersection(way)]
    if not begun:
        needs = "needs it" if len(kind.ways_in) == 1 else f"needs {ways}"
        raise BadSettings(f"{key}.{kind.ways_in[0][0]}: missing; {kind.named} {needs}")
    if len(begun) > 1:
        first, second = (next(name for name in way if name in given) for way in begun[:2])
        raise BadSettings(f"{key}.{second}: not together with {first}; {kind.named} needs {ways}")
    for missing in (name for name in begun[0] if name not in given):
        there = next(name for name in begun[0] if name in given)
        beside = f" with {there}" if len(kind.ways_in) > 1 else ""
        raise BadSettings(f"{key}.{missing}: missing; {kind.named}{beside} needs it")
