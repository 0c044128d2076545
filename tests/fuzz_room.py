"""How long the fuzz tests search, and the hostile JSON that they search with."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_LONG: Final = int(os.environ.get("PLAYBILL_FUZZ_EXAMPLES", "0"))
"""Examples of each test, each time others; without it a few, always the same."""
DATA: Final = Path(__file__).parent / "data"
XTREAM: Final = Path(__file__).parent / "fixtures" / "xtream"

Way = tuple[int | str, ...]
"""Keys and indexes from the root of a JSON value to a part of it."""


def fuzz(examples: int) -> settings:
    """Of a test: how many examples it tries, how a failing one is shown, and nothing left behind."""
    return settings(
        max_examples=_LONG or examples,
        derandomize=not _LONG,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


# --- Hostile JSON ------------------------------------------------------------------------------------------


class Spelled(str):
    """JSON as it is to be written, be it valid or not."""

    __slots__ = ()


SPELLED: Final = tuple(
    Spelled(text)
    for text in (
        "NaN", "-Infinity", "1e400", "-1e400", "1e308", "5e-324", "-0.0", "9" * 5_000, "1." + "0" * 400, "0x10", "01", "+1",
        '"\\ud800"', '"\\udc00x"', '"a\\u0000b"', '"\x00"', '"\x07"', '"\\u202eabc"', "'", '"', "\\", "{", "]", "},{", "//",
        "[" * 400 + "]" * 400, '{"a":' * 300 + "1" + "}" * 300, "tru", "undefined", '{"a":1,"a":2}', "\ufeff[]", "",
        '"' + "x" * 9_000 + '"', '"' + "\ufdfa" * 600 + '"', '"' + "\\u0130" * 600 + '"', "[" + "0," * 300 + "0]",
    )
)  # fmt: skip
ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**130, 1e308, -1e308, 0.1,
    1e18, 1e19, 253402300800, -62135596801, 1535225504123456789, "", " ", "0", "-1", "1e400", "NaN", "inf", "-Infinity", "nan",
    "9" * 200, "1_000", "٣", "²", "½", "１２", "0x1f", "null", "N/A", "(1999)", "2018-08-25 19:31:44", "0000-00-00", "9999-12-31",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-13-45T99:99:99Z", "24:00:00", "99999999:59:59", "tt0013442",
    "plex://movie/1", "com.plexapp.agents.imdb://tt1?lang=en", "//@", "http://[::1", "http://a@b:99999/?token=x", "/x?a=b#c",
    "a\x00b", "\x1b[31m", "\u2028", "\u202e", "\ufffe", "é" * 600, "\U0001f600" * 200, "&#xD800;", "&#0;", "&amp;lt;", "%00",
    "'; DROP TABLE items;--", "{{7*7}}", "<img onerror=x>", "../../etc/passwd", "\r\nX: y", "javascript:x", [], {}, [None], [[]],
    [{}], {"": ""}, {"id": 1}, {"0": {}}, [1, "a", None, {}],
)  # fmt: skip


def spell(value: Any) -> bytes:
    """The value as JSON, with what is spelled already as it is."""
    return "".join(_spelled(value)).encode(errors="surrogatepass")


def _spelled(value: Any) -> Iterator[str]:
    if isinstance(value, Spelled):
        yield value
    elif isinstance(value, dict):
        yield "{"
        for place, (key, part) in enumerate(value.items()):
            yield ("," if place else "") + (key if isinstance(key, Spelled) else json.dumps(key, ensure_ascii=False)) + ":"
            yield from _spelled(part)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for place, part in enumerate(value):
            yield "," if place else ""
            yield from _spelled(part)
        yield "]"
    else:
        yield json.dumps(value, ensure_ascii=False)


texts = st.text(max_size=16)
scalars = st.one_of(st.sampled_from(ODD), st.integers(-(2**66), 2**66), st.floats(), texts)
hostile = st.one_of(st.sampled_from(ODD), st.sampled_from(SPELLED), scalars)
values: st.SearchStrategy[Any] = st.recursive(
    hostile, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
"""Any JSON, and much that is none."""
pieces = st.text('[]{}",:\\ 1aeE.-+NI\ufeff<>\n/*', max_size=40).map(str.encode) | st.binary(max_size=40)
"""Bytes, most of them such as JSON is made of."""


# --- Real shapes, mutated --------------------------------------------------------------------------------------


def ways(value: Any, way: Way = ()) -> Iterator[Way]:
    """The way to each part of a value, the value itself first."""
    yield way
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ways(part, (*way, key))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from ways(part, (*way, place))


def _changed(value: Any, way: Way, change: Callable[[Any, Any], None], leaf: Callable[[Any], Any] | None = None) -> Any:
    """A copy in which the part at `way` is changed in its holder, or became something else."""
    if not way:
        return leaf(value) if leaf else value
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(way) == 1:
        if leaf is not None:
            copy[way[0]] = leaf(copy[way[0]])
        else:
            change(copy, way[0])
        return copy
    copy[way[0]] = _changed(copy[way[0]], way[1:], change, leaf)
    return copy


def _drop(holder: Any, key: Any) -> None:
    del holder[key]


def _repeat(holder: Any, key: Any) -> None:
    """An entry comes twice, and so does a key: the spelling alone can say that."""
    if isinstance(holder, list):
        holder.insert(key, holder[key])
    else:
        holder[Spelled(f" {json.dumps(key)}")] = holder[key]


def _rename(holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[str(key).swapcase()] = holder.pop(key)


def _keep(holder: Any, key: Any) -> None:
    """Nothing."""


def _replaced(bad: Any, part: Any) -> Any:
    return bad


def _unwrapped(part: Any) -> Any:
    if isinstance(part, list) and part:
        return part[0]
    return next(iter(part.values())) if isinstance(part, dict) and part else [part]


def _retyped(part: Any) -> Any:
    """The same in another type, as servers of another version send it."""
    if isinstance(part, str):
        return Spelled(part) if part.isascii() and part.isdigit() else [part]
    if isinstance(part, bool | int | float):
        return str(part)
    return {str(place): one for place, one in enumerate(part)} if isinstance(part, list) else [part]


@st.composite
def mutated(draw: st.DrawFn, value: Any, changes_max: int = 4) -> Any:
    """The value after some changes at random places: hostile values, keys that are gone, doubled, renamed, no lists."""
    for _ in range(draw(st.integers(0, changes_max))):
        way = draw(st.sampled_from(list(ways(value))))
        match draw(st.integers(0, 7)):
            case 0:
                value = _changed(value, way, _drop)
            case 1:
                value = _changed(value, way, _repeat)
            case 2:
                value = _changed(value, way, _rename)
            case 3:
                value = _changed(value, way, _keep, lambda part: [part])
            case 4:
                value = _changed(value, way, _keep, _unwrapped)
            case 5:
                value = _changed(value, way, _keep, _retyped)
            case _:
                value = _changed(value, way, _keep, partial(_replaced, draw(hostile)))
    return value


@cache
def documents(kind: str) -> tuple[Any, ...]:
    """Whole answers of a kind of server, as they were recorded or described."""
    if kind == "xtream":
        return tuple(json.loads((XTREAM / "accounts.json").read_text())["cases"][n]["body"] for n in range(3))
    return tuple(json.loads(path.read_bytes()) for path in sorted((DATA / kind).glob("*.json")) if "expected" not in path.name)


@cache
def entries(kind: str) -> tuple[dict[str, Any], ...]:
    """Every object in those answers that may be an entry of a listing."""
    if kind == "xtream":
        named = (json.loads(path.read_bytes()) for path in sorted(XTREAM.glob("*.json")))
        return tuple(case["entry"] for document in named for case in document["cases"] if isinstance(case.get("entry"), dict))
    return tuple(part for document in documents(kind) for part in _objects(document) if len(part) > 2)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(part)


def listings(kind: str) -> st.SearchStrategy[list[Any]]:
    """Entries as they are, mutated, and such as no server should send."""
    real = st.sampled_from(entries(kind))
    return st.lists(real | real.flatmap(mutated) | real.flatmap(mutated) | values, max_size=5)


def answers(kind: str) -> st.SearchStrategy[bytes]:
    """Whole answers, mutated; any JSON; any bytes; and some of it cut short."""
    found = documents(kind)
    whole = (st.sampled_from(found).flatmap(mutated) | values).map(spell)
    return st.one_of(whole, whole, pieces, st.builds(lambda body, share: body[: int(len(body) * share)], whole, st.floats(0, 1)))
