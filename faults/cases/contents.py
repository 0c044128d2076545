"""Group F: entries that no reader was made for, in answers that are otherwise right."""

from collections.abc import Callable
from typing import Final

from contracts.messages import SyncProgress
from faults.case import Case
from faults.days import COMPLETED, FAILED, IPTV, JELLY, MOVIES, PARTIAL, PLEX, Day, Home, home, step_of
from faults.hostile import Edit, answer
from faults.trial import Trial, expect

_EVERY: Final = (IPTV, PLEX, JELLY)
_DEEP: Final = 100_000
_NUMBERS: Final = {IPTV: b"rating", PLEX: b"rating", JELLY: b"CommunityRating"}
"""A field of each kind that is a number, and that no entry has."""
_BAD_NUMBERS: Final = (b"9223372036854775808", b"9" * 4_000, b"1e400", b"NaN")
_ODD_NUMBERS: Final = (b'"12"', b"true", b'"twelve"', b"null", b"12.75", b"-9223372036854775808")


def _film(number: int) -> bytes:
    return b'"Film %d"' % number


def _with_fields(fields: dict[int, bytes]) -> Edit:
    """The same listing, with something more in the films of these numbers."""

    def edit(body: bytes) -> bytes:
        for number, more in fields.items():
            body = body.replace(_film(number), _film(number) + b"," + more)
        return body

    return edit


def _replaced(titles: dict[int, bytes]) -> Edit:
    """The same listing, with other bytes where titles stand."""

    def edit(body: bytes) -> bytes:
        for number, title in titles.items():
            body = body.replace(_film(number), title)
        return body

    return edit


_NESTED: Final[tuple[tuple[str, bytes, dict[str, str]], ...]] = (
    ("lists", b"[" * _DEEP, dict.fromkeys(_EVERY, "incomplete_answer")),
    ("objects", b'{"a":' * _DEEP, dict.fromkeys(_EVERY, "incomplete_answer") | {IPTV: "unexpected_answer"}),
    (
        "closed lists",
        b"[" * _DEEP + b"]" * _DEEP,
        {IPTV: "incomplete_answer", PLEX: "unexpected_answer", JELLY: "doubtful_listing"},
    ),
)
"""What is nested, how, and what each kind of source has to say of it."""


async def f1(trial: Trial) -> None:
    nested = b'"deep":' + b"[" * _DEEP + b"]" * _DEEP
    async with home(trial, gated=True, more="max_retries = 1") as house:
        await house.days(
            *(
                Day(
                    fault=f"100,000 {what} in each other",
                    source_id=source_id,
                    reply=answer(body),
                    status=PARTIAL if codes[source_id] == "doubtful_listing" else FAILED,
                    code=codes[source_id],
                    requests_max=2,
                )
                for what, body, codes in _NESTED
                for source_id in _EVERY
            )
        )
        for source_id in _EVERY:
            await _one_refused(house, source_id, "an entry of 100,000 lists", {3: nested})
        await house.healed()


async def _one_refused(house: Home, source_id: str, fault: str, fields: dict[int, bytes]) -> None:
    """Entries that cannot be read are refused, each by itself, and none of the films they are is taken for gone."""
    is_plex = source_id == PLEX
    ended = await house.day(
        Day(
            fault=fault,
            source_id=source_id,
            edit=_with_fields(fields),
            status=PARTIAL if is_plex else COMPLETED,
            code="doubtful_listing" if is_plex else None,
            text="announced 300 rows and gave" if is_plex else "could not be read, so it is not known which are gone",
            requests_max=4,
        )
    )
    _check_rejected(house, source_id, ended, len(fields))


def _check_rejected(house: Home, source_id: str, ended: SyncProgress, count: int) -> None:
    """So many entries were refused, each kept with its reason, and every other one was read."""
    step = step_of(ended, MOVIES[source_id])
    read = step.counts.new + step.counts.changed + step.counts.unchanged
    films = len([row for row in house.before[source_id] if row[:2] == ("item", "movie")]) - (3 if source_id == JELLY else 0)
    expect((step.counts.rejected, read) == (count, films - count), f"{source_id}: {step.counts}, {count} were to be refused")
    kept = house.rig.rows("SELECT reason, entry FROM rejects WHERE sync_id = ? AND step = ?", ended.sync_id, step.step)
    expect(len(kept) == count, f"{source_id}: {len(kept)} refused entries are kept, {count} were due")
    expect(all(reason and entry for reason, entry in kept), f"{source_id}: an entry is refused without a reason: {kept}")
    house.rig.trial.note(f"{source_id}: " + ", ".join(sorted({reason for reason, _ in kept})))


async def f2(trial: Trial) -> None:
    async with home(trial, gated=True) as house:
        for source_id in _EVERY:
            name = _NUMBERS[source_id]
            bad = {number: b'"%b":%b' % (name, value) for number, value in enumerate(_BAD_NUMBERS, 3)}
            odd = {number: b'"%b":%b' % (name, value) for number, value in enumerate(_ODD_NUMBERS, 3)}
            await _one_refused(house, source_id, "numbers that are none", bad)
            ended = await house.day(
                Day(
                    fault="numbers of another type",
                    source_id=source_id,
                    edit=_with_fields(odd),
                    status=COMPLETED,
                    changes=True,
                    requests_max=4,
                )
            )
            _check_rejected(house, source_id, ended, 0)
        await house.healed()


async def f3(trial: Trial) -> None:
    def twice(body: bytes) -> bytes:
        for name in (b'"name":', b'"title":', b'"Name":'):
            body = body.replace(name + b'"Film ', name + b'"Another",' + name + b'"Film ')
        return body

    async with home(trial, gated=True) as house:
        for source_id in _EVERY:
            told = []
            for fault, edit in (("every key twice", twice), ("every key twice", twice)):
                ended = await house.day(Day(fault=fault, source_id=source_id, edit=edit, status=COMPLETED, requests_max=3))
                told.append(step_of(ended, MOVIES[source_id]).counts)
            expect(told[0] == told[1], f"F3 {source_id}: the same answer is counted as {told}")
            expect((told[0].new, told[0].changed) == (0, 0), f"F3 {source_id}: the last of two keys does not count: {told[0]}")
            ended = await house.day(
                Day(fault="ids twice", source_id=source_id, switches={"duplicate_every": 4}, status=COMPLETED, requests_max=4)
            )
            counts = step_of(ended, MOVIES[source_id]).counts
            expect((counts.new, counts.changed, counts.rejected) == (0, 0, 0), f"F3 {source_id}: repeated ids are {counts}")
            house.rig.trial.note(f"{source_id}: repeated ids are {counts.unchanged} unchanged")
        await house.healed()


_TITLES: Final[dict[int, tuple[bytes, str]]] = {
    3: (b'"Film \xff\xfe3"', "Film \ufffd\ufffd3"),
    4: (rb'"Film\u0000 4"', "Film 4"),
    5: (rb'"Film \ud800 5"', "Film  5"),
    6: (rb'"Film\n\t\u001b[31m6"', "Film [31m6"),
    7: (rb'"Film \ud83c\udfac 7"', "Film \U0001f3ac 7"),
    8: (b'"Film \xc3\xa9 8"', "Film \u00e9 8"),
}
"""By the number of a film: the bytes of its title, and how it is stored."""


async def f4(trial: Trial) -> None:
    wholes: dict[str, Callable[[bytes], bytes]] = {
        "UTF-16": lambda body: body.decode().encode("utf-16"),
        "bytes that are no text": lambda body: bytes(255 - byte for byte in body),
    }
    async with home(trial, gated=True) as house:
        await house.days(
            *(
                Day(fault=fault, source_id=source_id, edit=edit, status=FAILED, code="unexpected_answer", requests_max=4)
                for fault, edit in wholes.items()
                for source_id in _EVERY
            ),
            *(
                Day(
                    fault="a byte order mark",
                    source_id=source_id,
                    edit=lambda body: b"\xef\xbb\xbf" + body,
                    status=COMPLETED,
                    requests_max=4,
                )
                for source_id in _EVERY
            ),
        )
        await house.days(
            *(
                Day(
                    fault="titles that are no text",
                    source_id=source_id,
                    edit=_replaced({number: title for number, (title, _) in _TITLES.items()}),
                    status=COMPLETED,
                    changes=True,
                    requests_max=4,
                )
                for source_id in _EVERY
            )
        )
        for source_id in _EVERY:
            _check_titles(house, source_id)
        await house.healed()


def _check_titles(house: Home, source_id: str) -> None:
    found = {row[0] for row in house.rig.rows("SELECT title FROM items WHERE source_id = ? AND kind = 'movie'", source_id)}
    lacking = {title for _, title in _TITLES.values()} - found
    expect(not lacking, f"F4 {source_id}: {lacking} are not stored, but {sorted(found)[:12]}")
    cut = house.rig.rows("SELECT count(*) FROM items WHERE instr(title, char(0)) OR length(title) = 0")
    expect(cut == [(0,)], f"F4 {source_id}: a title ends at a NUL")


CASES: Final = (
    Case(
        case_id="F1",
        fault="JSON of a depth of 100,000, as an answer and as an entry",
        invariants="I5 I8",
        seen="the answer is none; one entry rejected",
        run=f1,
        timeout_s=300.0,
    ),
    Case(
        case_id="F2",
        fault="numbers beyond 64 bits, of 4,000 digits, 1e400, NaN; texts and flags for numbers",
        invariants="I2 I8",
        seen="n rejected, with the reason of each; nothing is taken for gone",
        run=f2,
        starred=True,
        short=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="F3",
        fault="every key twice, ids twice in a page",
        invariants="I2 I4",
        seen="nothing",
        run=f3,
        timeout_s=300.0,
    ),
    Case(
        case_id="F4",
        fault="UTF-16, bytes that are no text, a byte order mark, lone surrogates, NUL in titles",
        invariants="I2 I8",
        seen="titles without what is no character",
        run=f4,
        timeout_s=300.0,
    ),
)
