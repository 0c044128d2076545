"""When a slice that is as it was may be believed to hold the rows that it held."""

from datetime import UTC, datetime

from actors.sources import source
from actors.store.records import Listing, StepRow
from actors.writer.judging import digests_hold, dirtied
from contracts.catalog import SourceKind

COMPLETE = Listing(source_id="iptv", step="movies", complete_sync_id="first", last_synced_at=datetime(2026, 1, 1, tzinfo=UTC))
lasting = source(SourceKind.XTREAM).lasting


def attempt(number: int, sync_id: str = "second") -> StepRow:
    return StepRow(sync_id=sync_id, source_id="iptv", step="movies", position=1, title="Movies", attempt=number)


def test_nothing_is_believed_without_a_complete_listing() -> None:
    assert not digests_hold(None, attempt(1))
    assert not digests_hold(Listing(source_id="iptv", step="movies"), attempt(1))


def test_a_complete_listing_is_believed_until_a_row_changes() -> None:
    assert digests_hold(COMPLETE, attempt(1))


def test_an_attempt_that_changed_rows_still_believes_and_no_other_does() -> None:
    changed = dirtied(COMPLETE, attempt(1))

    assert digests_hold(changed, attempt(1))
    assert not digests_hold(changed, attempt(2))
    assert not digests_hold(changed, attempt(1, "third"))


def test_a_second_attempt_that_changes_rows_does_not_make_the_first_ones_changes_true() -> None:
    """Found by seed 44 of the simulation: a flapping server's old names stayed in the catalogue."""
    changed_twice = dirtied(dirtied(COMPLETE, attempt(1)), attempt(2))

    assert not digests_hold(changed_twice, attempt(2))
    assert dirtied(changed_twice, attempt(2)) == changed_twice


def test_numbering_anew_changes_nothing_that_lasts() -> None:
    before = b'[{"num":1,"stream_id":7,"name":"A"},{"num":2,"stream_id":8,"name":"B, {\\"num\\":5,"}]'
    after = b'[{"num":"901","stream_id":7,"name":"A"},{"num":null,"stream_id":8,"name":"B, {\\"num\\":5,"}]'

    assert lasting(before) == lasting(after)
    assert lasting(before) != lasting(before.replace(b'"B,', b'"C,'))
    assert lasting(before) != lasting(before.replace(b'\\"num\\":5', b'\\"num\\":6'))


def test_entries_that_are_only_a_number_or_have_none_stay_as_they_are() -> None:
    for body in (b"[]", b'[{"num":1}]', b'[{"stream_id":7,"num":1}]', b"[1,2,null]"):
        assert lasting(body).replace(b"{", b"") == body.replace(b'{"num":', b"").replace(b"{", b"")
