"""Reading a listing: every entry in one place, whatever surrounds it."""

import msgspec
import pytest

from actors.sources.rejects import redacted
from actors.sources.xtream import READER_VERSION, digest_salt, read
from contracts import limits
from contracts.errors import BadRequest, UnexpectedAnswer


def films(*entries: str | bytes) -> bytes:
    return b"[" + b",".join(entry.encode() if isinstance(entry, str) else entry for entry in entries) + b"]"


GOOD = '{"stream_id":1,"name":"Good"}'


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param('{"stream_id":2,"rating":1e400}', "the entry holds a number out of range", id="1e400"),
        pytest.param('{"stream_id":2,"rating":NaN}', "the entry holds NaN, which is no number", id="NaN"),
        pytest.param('{"stream_id":2,"rating":-Infinity}', "the entry holds -Infinity, which is no number", id="infinity"),
        pytest.param(
            '{"stream_id":2,"plot":' + "[" * 100_000 + "]" * 100_000 + "}", "the entry is nested too deeply", id="depth"
        ),
        pytest.param('{"stream_id":' + "1" * 5_000 + "}", "the entry is no JSON", id="a number of 5,000 digits"),
        pytest.param('{"stream_id":2,"name":oops}', "the entry is no JSON", id="a bare word"),
        pytest.param("17", "the entry is no object", id="a number"),
        pytest.param('"text, with ] and }"', "the entry is no object", id="a text"),
        pytest.param("null", "the entry is no object", id="null"),
        pytest.param("[[1],2]", "the entry is no object", id="a list"),
    ],
)
def test_one_bad_entry_costs_only_itself(entry: str, reason: str) -> None:
    found = read("movies", films(GOOD, entry, '{"stream_id":3,"name":"Also, good [{"}'), ())

    assert [item.title for item in found.items] == ["Good", "Also, good [{"]
    assert [reject.reason for reject in found.rejects] == [reason]
    assert found.rejects[0].entry == entry[: limits.REJECT_CHARS_MAX]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        pytest.param(b'"caf\xe9 noir"', "caf\ufffd noir", id="bytes that are no UTF-8"),
        pytest.param(rb'"a\ud83d b"', "a b", id="half of a surrogate pair"),
        pytest.param(rb'"a\udc00b"', "ab", id="the other half"),
        pytest.param(b'"a\x01b\nc"', "ab c", id="control characters as they are"),
        pytest.param(rb'"\ud83c\udfac film"', "🎬 film", id="a whole pair"),
    ],
)
def test_a_damaged_text_costs_only_the_damage(name: bytes, title: str) -> None:
    found = read("movies", films(GOOD, b'{"stream_id":2,"name":' + name + b"}"), ())

    assert [item.title for item in found.items] == ["Good", title]
    assert not found.rejects


def test_a_slice_taken_apart_gives_the_rows_it_gives_whole() -> None:
    entries = [f'{{"stream_id":{place},"name":"Film {place}","genre":"A, B"}}' for place in range(50)]

    whole = read("movies", films(*entries), ())
    apart = read("movies", films(*entries, "7"), ())
    by_brackets = read("movies", films(*entries, '{"x":NaN}'), ())

    assert whole.items == apart.items == by_brackets.items


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{}",
        b"false",
        b'"[]"',
        b"[",
        b"]",
        b"[}",
        b"[1,,2]",
        b"[1,]",
        b"[,]",
        b'["a]',
        b"[1] x",
        b"[[1]",
        b"[]]",
        b"\xff",
    ],
)
def test_a_body_that_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read("movies", body, ())


@pytest.mark.parametrize("body", [b"[]", b" [ ] ", b"\xef\xbb\xbf[]"])
def test_an_empty_array_has_no_rows(body: bytes) -> None:
    found = read("movies", body, ())

    assert (found.items, found.rejects, found.excluded) == ([], [], 0)


@pytest.mark.parametrize("step", ["account", "episodes", ""])
def test_a_step_without_rows_is_refused(step: str) -> None:
    with pytest.raises(BadRequest):
        read(step, b"[]", ())


def test_an_item_of_denied_categories_only_is_excluded() -> None:
    body = films(
        '{"stream_id":1,"category_id":"1"}',
        '{"stream_id":2,"category_id":"1","category_ids":[1,2]}',
        '{"stream_id":3,"category_id":"1","category_ids":[3]}',
        '{"stream_id":4,"category_id":null}',
        '{"stream_id":5,"category_id":9}',
    )

    found = read("movies", body, ["1", "3"])

    assert [item.remote_id for item in found.items] == ["2", "4", "5"]
    assert found.items[0].category_remote_ids == ["1", "2"]
    assert found.excluded == 2


def test_denied_categories_are_listed_all_the_same() -> None:
    found = read("movie_categories", b'[{"category_id":1,"category_name":"A"},{"category_id":2,"category_name":"B"}]', ["1"])

    assert [(category.remote_id, category.position) for category in found.categories] == [("1", 0), ("2", 1)]


def test_renumbering_changes_no_hash() -> None:
    before = read("movies", b'[{"num":1,"stream_id":1,"name":"A"},{"num":2,"stream_id":2,"name":"B"}]', ())
    after = read("movies", b'[{"num":"9","stream_id":2,"name":"B"},{"stream_id":1,"name":"A"}]', ())

    assert {item.row_hash for item in before.items} == {item.row_hash for item in after.items}


def test_moving_a_category_changes_no_hash() -> None:
    body = [{"category_id": 1, "category_name": "A"}, {"category_id": 2, "category_name": "B"}]

    before = read("movie_categories", msgspec.json.encode(body), ()).categories
    after = read("movie_categories", msgspec.json.encode(body[::-1]), ()).categories

    assert [row.row_hash for row in before] == [row.row_hash for row in after[::-1]]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "B"}, {"year": 1999}, {"rating": "5"}, {"added": "1535225504"}, {"is_adult": 1}, {"stream_icon": "/a.png"},
        {"category_id": "4"}, {"plot": "More"}, {"container_extension": "mp4"}, {"episode_run_time": 9},
    ],
)  # fmt: skip
def test_any_change_of_content_changes_the_hash(change: dict[str, object]) -> None:
    entry: dict[str, object] = {"stream_id": 1, "name": "A", "plot": "Some", "container_extension": "mkv", "category_id": "3"}

    before = read("movies", msgspec.json.encode([entry]), ()).items[0]
    after = read("movies", msgspec.json.encode([entry | change]), ()).items[0]

    assert before.row_hash != after.row_hash
    assert limits.INTEGER_MIN <= after.row_hash <= limits.INTEGER_MAX


def test_texts_are_clipped() -> None:
    entry = {"stream_id": 1, "name": "x" * 2_000, "plot": "y" * 20_000, "stream_icon": "/" + "z" * 3_000}

    item = read("movies", msgspec.json.encode([entry]), ()).items[0]

    assert len(item.title) == len(item.folded_title) == limits.TITLE_CHARS_MAX
    assert len(msgspec.json.decode(item.details)["plot"]) == limits.TEXT_CHARS_MAX
    assert item.image is None


def test_no_more_categories_than_the_limit() -> None:
    body = msgspec.json.encode([{"stream_id": 1, "category_ids": list(range(1, 1_000))}])

    assert len(read("movies", body, ()).items[0].category_remote_ids) == limits.ITEM_CATEGORIES_MAX


def test_a_reject_keeps_a_short_copy_without_credentials() -> None:
    entry = {
        "name": "x",
        "username": "bob",
        "password": 'sec"ret',
        "direct_source": "http://h.invalid/movie/bob/sec/1.mkv",
        "stream_icon": "http://bob:sec@h.invalid/a?username=bob&password=sec&w=1",
        "link": "http:\\/\\/h.invalid\\/live\\/bob\\/sec\\/1.ts".replace("\\/", "/"),
        "old": "http://h.invalid:80/bob/sec/77.ts",
        "plot": "long " * 1_000,
    }

    copy = read("movies", msgspec.json.encode([entry]), ()).rejects[0].entry

    assert "bob" not in copy
    assert "sec" not in copy
    assert len(copy) == limits.REJECT_CHARS_MAX


@pytest.mark.parametrize(
    "entry",
    [
        r'{"direct_source":"http:\/\/h.invalid\/movie\/bob\/sec\/1.mkv"}',
        r'{"a":"http:\/\/bob:sec@h.invalid\/x"}',
        r'{"a":"http:\/\/h.invalid\/live\/bob\/sec\/1.ts"}',
        r'{"a":"http:\/\/h.invalid\/bob\/sec\/1.ts"}',
        r'{"a":"http:\/\/h.invalid\/x?username=bob\u0026password=sec"}',
        '{"password":12345, "username" : "bob", "x":1}',
        '{"password":"sec',
        '{"USERNAME":"bob"}',
    ],
)
def test_credentials_are_blotted_out_in_every_spelling(entry: str) -> None:
    found = redacted(entry)

    assert not any(secret in found for secret in ("bob", "sec", "12345"))


def test_the_salt_says_the_filter_and_nothing_else() -> None:
    assert digest_salt(["2", "1", "1"]) == digest_salt(("1", "2"))
    assert digest_salt(["1", "2"]) != digest_salt(["12"])
    assert digest_salt([]) != digest_salt(["1"])
    assert len(digest_salt([str(place) for place in range(10_000)])) <= 64
    assert READER_VERSION >= 1
