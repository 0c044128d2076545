"""How a listing is asked for, when a pass over changes does not do, and what of a listing is believed to be gone."""

from datetime import timedelta

import pytest

from actors.store.records import Listing
from actors.writer.config import WriterSource
from actors.writer.deciding import marked, mode_of, since_of, why_whole
from actors.writer.sweeping import fingerprints, held_back, matched, why_held_back
from contracts import limits
from contracts.catalog import ItemKind, Mode, SourceKind
from contracts.messages import Counts
from tests.store_room import NOW, step, sync

PLEX = WriterSource(source_id="plex", kind=SourceKind.PLEX, title="Plex")
DAY = timedelta(days=1)


def complete(**fields: object) -> Listing:
    known = {"complete_sync_id": "0" * 16, "rows": 1000, "last_synced_at": NOW - DAY, "marked_at": NOW - DAY}
    return Listing(source_id="plex", step="movies.1", **{**known, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("listing", "asked", "expected"),
    [
        (None, Mode.INCREMENTAL, Mode.FULL),
        (complete(complete_sync_id=None), Mode.INCREMENTAL, Mode.FULL),
        (complete(last_synced_at=None), Mode.INCREMENTAL, Mode.FULL),
        (complete(), Mode.INCREMENTAL, Mode.INCREMENTAL),
        (complete(), Mode.FULL, Mode.FULL),
        (complete(last_synced_at=NOW - 7 * DAY), Mode.INCREMENTAL, Mode.INCREMENTAL),
        (complete(last_synced_at=NOW - 7 * DAY - timedelta(seconds=1)), Mode.INCREMENTAL, Mode.FULL),
    ],
)
def test_only_a_listing_that_was_complete_not_long_ago_is_asked_for_its_changes(
    listing: Listing | None, asked: Mode, expected: Mode
) -> None:
    assert mode_of(step("movies.1"), listing, sync(mode=asked), PLEX, NOW) is expected


def test_a_step_whose_deletions_are_confirmed_is_read_as_a_whole() -> None:
    assert mode_of(step("movies.1"), complete(), sync(mode=Mode.INCREMENTAL, confirm=("movies.1",)), PLEX, NOW) is Mode.FULL


def test_changes_are_asked_for_from_a_little_before_the_mark_on() -> None:
    assert since_of(complete()) == int((NOW - DAY).timestamp()) - limits.OVERLAP_S
    assert since_of(complete(marked_at=None)) is None
    assert since_of(None) is None


@pytest.mark.parametrize(
    ("counts", "announced", "before", "is_whole_needed"),
    [
        (Counts(), None, None, False),
        (Counts(new=3), 1003, 1000, False),
        (Counts(new=3), 1002, 1000, True),  # Something is gone.
        (Counts(), 1001, 1000, True),  # Something new did not come.
        (Counts(changed=500), 1000, 1000, False),
        (Counts(changed=501), 1000, 1000, True),
        (Counts(changed=3), None, 1000, False),
    ],
)
def test_the_whole_is_read_when_the_numbers_do_not_fit_or_half_has_changed(
    counts: Counts, announced: int | None, before: int | None, is_whole_needed: bool
) -> None:
    row = step("movies.1", counts=counts, announced=announced)

    assert (why_whole(row, complete(announced=before)) is not None) is is_whole_needed


def test_a_small_library_is_not_read_anew_for_a_few_changes() -> None:
    assert why_whole(step("movies.1", counts=Counts(changed=20)), complete(rows=20)) is None
    assert why_whole(step("movies.1", counts=Counts(changed=21)), complete(rows=20)) is not None


def test_the_mark_is_when_the_pass_began_by_the_servers_clock() -> None:
    row = step("movies.1", started_at=NOW, announced=7)

    listing = marked(complete(), row, NOW + DAY, clock_offset_s=-30, change_mark="12")

    assert listing.marked_at == NOW - timedelta(seconds=30)
    assert (listing.last_checked_at, listing.announced, listing.change_mark) == (NOW + DAY, 7, "12")
    assert listing.last_synced_at == complete().last_synced_at


@pytest.mark.parametrize(
    ("gone", "known", "is_held"),
    [(0, 0, False), (20, 20, False), (21, 21, True), (20, 100, False), (21, 100, True), (200, 1000, False), (201, 1000, True)],
)
def test_more_than_a_fifth_and_more_than_twenty_rows_are_not_believed_to_be_gone(gone: int, known: int, is_held: bool) -> None:
    text = why_held_back(gone, known, 0.2, is_confirmed=False)

    assert (text is not None) is is_held
    assert text is None or (f"{gone:,}" in text and f"{known:,}" in text)
    assert why_held_back(gone, known, 0.2, is_confirmed=True) is None


def test_what_is_held_back_says_how_to_confirm_it() -> None:
    row = held_back(step("series"), 4012, "4,012 of 6,438 are no longer listed, more than 20%")

    assert row.held_back == 4012
    assert row.notice is not None
    assert "playbill confirm iptv series" in row.notice


def test_a_film_is_recognised_by_its_ids_elsewhere_or_by_title_and_year() -> None:
    before = fingerprints([(1, "metropolis", 1927, '{"imdb": "tt1"}'), (2, "nosferatu", 1922, None)], ItemKind.MOVIE)
    after = fingerprints([(11, "metropolis restored", 1927, '{"imdb": "tt1"}'), (12, "nosferatu", 1922, "{}")], ItemKind.MOVIE)

    assert matched(before, after) == [(1, 11), (2, 12)]


def test_two_of_one_name_are_not_taken_for_each_other() -> None:
    before = fingerprints([(1, "alice", None, None), (2, "alice", None, None)], ItemKind.MOVIE)
    after = fingerprints([(11, "alice", None, None)], ItemKind.MOVIE)

    assert matched(before, after) == []


def test_an_episode_is_not_recognised_by_its_title() -> None:
    before = fingerprints([(1, "episode 1", None, None)], ItemKind.EPISODE)
    after = fingerprints([(11, "episode 1", None, None)], ItemKind.EPISODE)

    assert matched(before, after) == []


def test_one_old_row_is_matched_with_one_new_row_whatever_they_share() -> None:
    before = {1: {("imdb", "a"), ("tmdb", "b")}}
    after = {11: {("imdb", "a")}, 12: {("tmdb", "b")}}

    assert len(matched(before, after)) == 1


def test_ids_elsewhere_that_cannot_be_read_are_none() -> None:
    assert fingerprints([(1, "x", None, "[1]")], ItemKind.EPISODE) == {1: set()}
