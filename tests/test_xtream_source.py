"""What an Xtream source asks, and the addresses people paste."""

import pytest

from actors.sources import source
from actors.sources.ask import Ask, Credentials, Session
from actors.sources.lanes import lanes
from contracts.catalog import ItemKind, Part, SourceKind
from contracts.errors import BadRequest, BadSettings

XTREAM = source(SourceKind.XTREAM)
ACTIONS = {
    "channel_categories": "get_live_categories",
    "channels": "get_live_streams",
    "movie_categories": "get_vod_categories",
    "movies": "get_vod_streams",
    "series_categories": "get_series_categories",
    "series": "get_series",
}


def test_the_account_comes_first_and_weighs_nothing() -> None:
    assert [definition.step for definition in XTREAM.steps] == ["account", *ACTIONS, "home", "episodes"]
    assert [definition.weight for definition in XTREAM.steps] == [0, 1, 1, 1, 1, 1, 1, 0, 1]


def test_each_library_has_its_items_and_their_categories() -> None:
    kinds = {library: kind for library, _, kind in XTREAM.libraries}
    items = [definition for definition in XTREAM.steps if definition.library_remote_id and not definition.is_categories]

    assert kinds == {"channels": ItemKind.CHANNEL, "movies": ItemKind.MOVIE, "series": ItemKind.SHOW}
    assert [title for _, title, _ in XTREAM.libraries] == ["Live TV", "Movies", "Series"]
    assert {definition.library_remote_id: definition.item_kind for definition in items} == kinds
    assert [definition.categories_step for definition in items] == ["channel_categories", "movie_categories", "series_categories"]


@pytest.mark.parametrize(("step", "action"), ACTIONS.items())
def test_a_listing_is_one_action(step: str, action: str) -> None:
    assert XTREAM.ask(step) == Ask(path="player_api.php", params=(("action", action),))


def test_episodes_are_a_part_of_their_own_and_asked_for_one_series_at_a_time() -> None:
    (episodes,) = [definition for definition in XTREAM.steps if definition.part is Part.EPISODES]

    assert (episodes.step, episodes.item_kind) == ("episodes", ItemKind.EPISODE)
    assert lanes(SourceKind.XTREAM, 3) == {Part.CATALOGUE: 3, Part.EPISODES: 1}
    assert XTREAM.series_ask("77").params == (("action", "get_series_info"), ("series_id", "77"))
    for refused in (lambda: XTREAM.ask("episodes"), lambda: XTREAM.read("episodes", b"[]", ())):
        with pytest.raises(BadRequest):
            refused()


@pytest.mark.parametrize("kind", [SourceKind.PLEX, SourceKind.JELLYFIN])
def test_other_kinds_list_their_episodes_by_library(kind: SourceKind) -> None:
    other = source(kind)

    for refused in (lambda: other.series_ask("7"), lambda: other.read_series("7", b"{}"), lambda: other.series_body(b"{}")):
        with pytest.raises(BadRequest):
            refused()
    assert Part.EPISODES not in lanes(kind, 3)


def test_the_account_is_asked_for_without_an_action() -> None:
    assert XTREAM.account_asks(Session()) == (Ask(path="player_api.php"),)


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(BadRequest):
        XTREAM.ask("albums")


def test_credentials_join_decoded_and_are_never_printed() -> None:
    credentials = Credentials(username="bo b@&#+/", password="se c&ret")

    ask = XTREAM.authorize(XTREAM.ask("movies"), credentials, Session())

    assert ask.params == (("username", "bo b@&#+/"), ("password", "se c&ret"), ("action", "get_vod_streams"))
    assert "bo b" not in f"{credentials!r} {credentials}"
    assert "ret" not in f"{credentials!r} {credentials}"
    assert list(credentials.__rich_repr__()) == []


@pytest.mark.parametrize(
    ("pasted", "clean"),
    [
        ("http://h.invalid:8080", "http://h.invalid:8080"),
        ("http://h.invalid:8080/", "http://h.invalid:8080"),
        ("  https://h.invalid//  ", "https://h.invalid"),
        ("h.invalid:8080", "http://h.invalid:8080"),
        ("h.invalid", "http://h.invalid"),
        ("//h.invalid/tv", "http://h.invalid/tv"),
        ("HTTP://H.Invalid/TV", "http://h.invalid/TV"),
        ("http://h.invalid/player_api.php?username=bob&password=secret", "http://h.invalid"),
        ("http://h.invalid:80/get.php?username=bob&password=secret&type=m3u_plus&output=ts", "http://h.invalid:80"),
        ("http://h.invalid/sub/path/player_api.php?username=bob", "http://h.invalid/sub/path"),
        ("http://h.invalid/sub/xmltv.php", "http://h.invalid/sub"),
        ("http://h.invalid/sub/?x=1#frag", "http://h.invalid/sub"),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
        ("http://[::1]:9/a", "http://[::1]:9/a"),
    ],
)
def test_what_people_paste_becomes_the_address_of_the_server(pasted: str, clean: str) -> None:
    assert XTREAM.base_url(pasted) == clean
    assert XTREAM.base_url(clean) == clean


@pytest.mark.parametrize(
    "pasted",
    [
        "", "http://", "http:///x", "ftp://h.invalid", "file:///etc", "http://bob:secret@h.invalid", "bob:secret@h.invalid",
        "http://h.invalid:99999/?password=secret", "http://h.invalid:x/?password=secret", "http://h.invalid:0",
        "http://h inv/?password=secret", "http://[::1/?password=secret", "http://h.invalid/a b", "http://h\u2100.invalid/?password=secret",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(pasted: str) -> None:
    with pytest.raises(BadSettings) as caught:
        XTREAM.base_url(pasted)

    assert caught.value.text.startswith("url: ")
    assert "secret" not in caught.value.text
    assert caught.value.__cause__ is None
