"""The walk through a listing, against servers that lie, dry up, repeat, shrink, or ignore what is asked."""

import pytest

from actors.sources.ask import Ask
from actors.sources.jellyfin import read, walk
from actors.sources.walk import Walk
from contracts import limits
from contracts.errors import SourceFailing, UnexpectedAnswer
from tests.jellyfin_room import SESSION, Answer, Shelf, encoded, entries, films, params, result, walked

STEP = "movies.a0000000000000000000000000000001"


def movies_walk(page_size: int = 10, step: str = STEP) -> Walk:
    found = walk(step, SESSION, page_size)
    assert found is not None
    return found


def test_a_listing_is_walked_to_its_empty_page() -> None:
    through = movies_walk()

    asks, slices, error = walked(through, Shelf(films(25)))

    assert error is None
    assert [params(ask)["StartIndex"] for ask in asks] == ["0", "10", "20", "25"]
    assert entries(slices) == films(25)
    assert through.doubt is None
    assert through.rows_expected == 25


def test_the_whole_is_counted_on_the_first_page_and_where_the_end_may_be_only() -> None:
    asks, _, _ = walked(movies_walk(), Shelf(films(40)))

    assert [params(ask)["EnableTotalRecordCount"] for ask in asks] == ["true", "false", "false", "false", "true"]


def test_a_listing_asks_for_what_a_row_needs_in_an_order_that_does_not_shift() -> None:
    ask = movies_walk(250).ask()

    assert ask is not None
    assert ask.path == "Items"
    assert params(ask) == {
        "userId": SESSION.user_id,
        "ParentId": "a0000000000000000000000000000001",
        "Recursive": "true",
        "IncludeItemTypes": "Movie",
        "Fields": "DateCreated,Etag,ProviderIds,Genres,Overview,OriginalTitle,Studios,Taglines",
        "EnableImageTypes": "Primary,Backdrop",
        "ImageTypeLimit": "1",
        "CollapseBoxSetItems": "false",
        "ExcludeLocationTypes": "Virtual",
        "EnableUserData": "true",
        "SortBy": "DateCreated,SortName",
        "SortOrder": "Ascending",
        "StartIndex": "0",
        "Limit": "250",
        "EnableTotalRecordCount": "true",
    }
    assert not ask.headers


@pytest.mark.parametrize(
    ("plural", "types"),
    [
        ("movies", "Movie"),
        ("videos", "Movie,Video,MusicVideo"),
        ("shows", "Series"),
        ("seasons", "Season"),
        ("episodes", "Episode"),
        ("artists", "MusicArtist"),
        ("albums", "MusicAlbum"),
        ("tracks", "Audio"),
    ],
)
def test_each_listing_asks_for_its_own_types(plural: str, types: str) -> None:
    ask = movies_walk(step=f"{plural}.1").ask()

    assert ask is not None
    assert params(ask)["IncludeItemTypes"] == types


def test_a_total_that_is_more_than_can_be_had_is_no_doubt() -> None:
    through = movies_walk()

    asks, slices, error = walked(through, Shelf(films(25), counts=[28]))

    assert error is None
    assert len(entries(slices)) == 25
    assert params(asks[-1])["StartIndex"] == "25"
    assert through.doubt is None


def test_a_total_that_is_less_than_what_comes_does_not_end_the_walk() -> None:
    through = movies_walk()

    _, slices, _ = walked(through, Shelf(films(25), counts=[5]))

    assert len(entries(slices)) == 25
    assert through.doubt is None


def test_a_short_page_is_not_the_end() -> None:
    everything = films(20)
    pages = {0: everything[:7], 7: everything[7:17], 17: everything[17:]}

    def answer(ask: Ask) -> Answer:
        return result(pages.get(int(params(ask)["StartIndex"]), []), 20)

    _, slices, _ = walked(movies_walk(), answer)

    assert entries(slices) == everything


def test_a_library_that_shrinks_while_it_is_read_leaves_a_doubt() -> None:
    through = movies_walk()

    _, slices, _ = walked(through, Shelf(films(18), counts=[25, 18]))

    assert len(entries(slices)) == 18
    assert through.doubt == "the library changed while it was read: 25 rows were announced, then 18"


def test_a_library_that_shrank_to_the_end_of_an_uncounted_page_is_counted_once_more_and_doubted() -> None:
    shelf = Shelf(films(40))

    def answer(ask: Ask) -> Answer:
        if params(ask)["StartIndex"] == "10":
            shelf.items = shelf.items[:20]
        return shelf(ask)

    through = movies_walk()
    asks, slices, _ = walked(through, answer)

    assert [params(ask)["EnableTotalRecordCount"] for ask in asks] == ["true", "false", "false", "true"]
    assert len(entries(slices)) == 20
    assert through.doubt == "the library changed while it was read: 40 rows were announced, then 20"


def test_a_listing_that_dries_up_under_an_unchanged_count_is_believed() -> None:
    through = movies_walk()
    asks, slices, _ = walked(through, Shelf(films(20), counts=[40]))

    assert [params(ask)["StartIndex"] for ask in asks] == ["0", "10", "20", "20"]
    assert len(entries(slices)) == 20
    assert through.doubt is None


def test_the_length_of_an_uncounted_page_is_no_total() -> None:
    through = movies_walk()

    walked(through, Shelf(films(30)))

    assert through.rows_expected == 30
    assert through.doubt is None


def test_a_server_that_gives_everything_at_once_is_believed() -> None:
    through = movies_walk()

    asks, slices, _ = walked(through, lambda ask: result(films(35)))

    assert len(asks) == 2
    assert entries(slices) == films(35)
    assert through.doubt is None


def test_a_server_that_repeats_its_first_page_for_ever_leaves_a_doubt() -> None:
    through = movies_walk()

    asks, slices, _ = walked(through, lambda ask: result(films(10), 35))

    assert len(asks) == 2
    assert entries(slices) == films(10)
    assert through.doubt is not None


def test_a_short_page_that_repeats_what_came_is_a_doubt_when_more_was_announced() -> None:
    through = movies_walk()

    def answer(ask: Ask) -> Answer:
        return result(films(10) if params(ask)["StartIndex"] == "0" else films(4), 35)

    walked(through, answer)

    assert through.doubt == "the server announced 35 rows and gave 10, then these again"


def test_rows_that_come_again_are_kept_once() -> None:
    everything = films(20)
    shifted = Shelf([*everything[:10], everything[9], *everything[10:]], counts=[20])

    _, slices, _ = walked(movies_walk(), shifted)

    assert entries(slices) == everything


def test_an_id_with_dashes_is_the_same_id() -> None:
    plain, dashed = "0000000000000000000000000000000a", "00000000-0000-0000-0000-00000000000A"

    _, slices, _ = walked(movies_walk(2), Shelf([{"Id": plain}, {"Id": "b" * 32}, {"Id": dashed}, {"Id": "c" * 32}]))

    assert [entry["Id"] for entry in entries(slices)] == [plain, "b" * 32, "c" * 32]


def test_nothing_where_rows_were_announced_is_a_doubt() -> None:
    through = movies_walk()

    _, slices, error = walked(through, lambda ask: result([], 250))

    assert error is None
    assert slices == []
    assert through.doubt == "the server announced 250 rows and gave none"


def test_an_empty_library_is_an_empty_listing_without_a_doubt() -> None:
    through = movies_walk()

    asks, slices, error = walked(through, lambda ask: result([]))

    assert (len(asks), slices, error, through.doubt) == (1, [], None, None)


def test_a_bare_list_is_a_page_too() -> None:
    through = movies_walk()

    def answer(ask: Ask) -> Answer:
        start = int(params(ask)["StartIndex"])
        return encoded(films(12)[start : start + 10])

    _, slices, _ = walked(through, answer)

    assert entries(slices) == films(12)
    assert through.doubt is None
    assert through.rows_expected is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "its body is empty"),
        (b"<!DOCTYPE html><html><title>Sign in</title></html>", "a web page"),
        (b"Error processing request.", "text"),
        (b'{"error": 1}', "an object that does not hold the listing"),
        (b'{"Items": {"Id": "1"}, "TotalRecordCount": 1}', "an object that does not hold the listing"),
        (b"null", "another value"),
        (b'{"Items": [', "no JSON"),
    ],
)
def test_an_answer_that_is_no_page_is_unexpected(body: bytes, words: str) -> None:
    _, slices, error = walked(movies_walk(), lambda ask: body)

    assert isinstance(error, UnexpectedAnswer)
    assert words in error.text
    assert slices == []


def test_a_page_that_fails_fails_the_listing() -> None:
    shelf = Shelf(films(25))

    def answer(ask: Ask) -> Answer:
        return SourceFailing("the server failed") if params(ask)["StartIndex"] == "10" else shelf(ask)

    _, slices, error = walked(movies_walk(), answer)

    assert isinstance(error, SourceFailing)
    assert len(entries(slices)) == 10


def test_an_entry_without_an_id_becomes_a_reject_and_no_row_is_lost() -> None:
    through = movies_walk()

    _, slices, _ = walked(through, Shelf([*films(5), {"Name": "nobody"}, *films(15)[5:]]))
    found = [read(STEP, body, ()) for body in slices]

    assert sum(len(one.items) for one in found) == 15
    assert [one.reason for part in found for one in part.rejects] == ["Id: missing"]


def test_a_listing_that_ends_with_entries_without_an_id_is_doubted() -> None:
    through = movies_walk()

    walked(through, Shelf([*films(10), {"Name": "nobody"}]))

    assert through.doubt == "the server's last page has entries without an id"


def test_an_entry_too_large_for_a_slice_loses_what_no_row_needs() -> None:
    large = {"Id": "a" * 32, "Name": "Large", "Type": "Movie", "MediaSources": ["x" * limits.ENTRY_BYTES_MAX]}

    _, slices, _ = walked(movies_walk(), Shelf([large, *films(3)]))

    assert entries(slices)[0] == {"Id": "a" * 32, "Name": "Large", "Type": "Movie"}
    assert len(entries(slices)) == 4


def test_a_page_larger_than_a_slice_becomes_several() -> None:
    long = [{**film, "Overview": "x" * 8_000} for film in films(100)]

    _, slices, _ = walked(movies_walk(100), Shelf(long))

    assert len(slices) == 2
    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    assert entries(slices) == long


def test_channels_are_counted_on_every_page() -> None:
    channels = [{"Id": f"{number:032x}", "Name": f"Channel {number}", "Type": "TvChannel"} for number in range(1, 26)]
    through = movies_walk(step="channels.f0000000000000000000000000000006")

    def answer(ask: Ask) -> Answer:
        start = int(params(ask)["StartIndex"])
        return result(channels[start : start + 10], 25)

    asks, slices, _ = walked(through, answer)

    assert {ask.path for ask in asks} == {"LiveTv/Channels"}
    assert params(asks[0])["addCurrentProgram"] == "false"
    assert "EnableTotalRecordCount" not in params(asks[0])
    assert entries(slices) == channels
    assert through.doubt is None
