"""One series of an Xtream account: how its episodes are asked for, and what the answer becomes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from actors.sources.answer import Read
from actors.sources.ask import Ask
from actors.sources.rejects import reject
from actors.sources.texts import one_line
from actors.sources.values import Unreadable, integer, optional_id
from actors.sources.xtream import series_rows as rows
from actors.sources.xtream.series_shape import Answer, Listed, answer_of, value_of
from contracts import limits
from contracts.catalog import Item, Reject
from contracts.errors import AnswerTooLarge, IncompleteAnswer, PlaybillError, UnexpectedAnswer

_PLAIN_BYTES_MAX: Final = limits.SLICE_BYTES
"""An answer up to this travels as it came; most of a larger one is what a probe said of pictures and sound."""
_MESSAGE_BYTES_MAX: Final = limits.MESSAGE_BYTES_MAX - 64 * limits.KIB
"""Of an answer, or of its rows, in one message."""


def series_ask(series_id: str) -> Ask:
    """The request for one series."""
    return Ask(path="player_api.php", params=(("action", "get_series_info"), ("series_id", series_id)))


def series_body(body: bytes) -> bytes:
    """The answer as one JSON value that fits into a message.

    One that is too large loses first what nobody reads, then its plots. Raises IncompleteAnswer where the JSON does not close,
    AnswerTooLarge, and UnexpectedAnswer or AccountRejected for what is no answer about a series.
    """
    value, is_clean = value_of(body)
    answer = answer_of(value)
    if is_clean and len(body) <= _PLAIN_BYTES_MAX:
        return body
    for has_plots in (True, False):
        trimmed = msgspec.json.encode(_trimmed(answer, has_plots=has_plots))
        if len(trimmed) <= _MESSAGE_BYTES_MAX:
            return trimmed
    raise _too_large(answer)


def is_unknown_series(body: bytes) -> bool:
    """Whether the answer says that there is no such series: `[]`, `{}`, or an object in which nothing is said of any."""
    try:
        return answer_of(value_of(body)[0]).says_nothing
    except PlaybillError:
        return False


def read_series(series_id: str, body: bytes) -> Read:
    """The seasons that have episodes, then the episodes, each id once, in the panel's order; and the entries that are neither.

    No items mean no episodes. Rows that would not fit into a message lose their plots. Raises AnswerTooLarge where they do
    not fit without, and UnexpectedAnswer or AccountRejected for what is no answer about a series.
    """
    try:
        answer = answer_of(value_of(body)[0])
    except IncompleteAnswer as error:
        raise UnexpectedAnswer(error.text) from None
    for has_plots in (True, False):
        found = _read(series_id, answer, has_plots=has_plots)
        if len(msgspec.msgpack.encode((found.items, found.rejects))) <= _MESSAGE_BYTES_MAX:
            return found
    raise _too_large(answer)


def _too_large(answer: Answer) -> AnswerTooLarge:
    return AnswerTooLarge(f"the series has {len(answer.episodes):,} episodes, which do not fit into one message")


def _read(series_id: str, answer: Answer, *, has_plots: bool) -> Read:
    show = one_line(answer.info.get("name")) or one_line(answer.info.get("title"))
    episodes: dict[str, Item] = {}
    rejects: list[Reject] = []
    for listed_under, entry in answer.episodes:
        try:
            row = _episode(series_id, show, entry, listed_under, has_plots=has_plots)
            episodes.setdefault(row.remote_id, row)
        except Unreadable as unreadable:
            rejects.append(_reject(str(unreadable), entry))
    seasons = _seasons(series_id, show, answer.seasons, list(episodes.values()))
    return Read(items=[*seasons, *episodes.values()], rejects=rejects)


def _episode(series_id: str, show: str, entry: Any, listed_under: int | None, *, has_plots: bool) -> Item:
    if type(entry) is not dict:
        raise Unreadable("the entry is no object")
    return rows.episode(series_id, show, entry, rows.season_number(entry, listed_under), has_plot=has_plots)


def _reject(reason: str, entry: Any) -> Reject:
    return reject(reason, msgspec.json.encode(entry), optional_id(entry.get("id")) if type(entry) is dict else None)


def _seasons(series_id: str, show: str, said: Sequence[Mapping[str, Any]], episodes: Sequence[Item]) -> list[Item]:
    """A season that has no episode is none; one that only its episodes know of has no name but its number."""
    described: dict[int, dict[str, Any]] = {}
    for part in said:
        number = _number(part.get("season_number"))
        if number is not None:
            described.setdefault(number, dict(part))
    numbers = sorted({episode.parent_index for episode in episodes if episode.parent_index is not None})
    return [_season(series_id, show, number, described.get(number, {})) for number in numbers]


def _season(series_id: str, show: str, number: int, said: dict[str, Any]) -> Item:
    try:
        return rows.season(series_id, show, number, said)
    except Unreadable:
        return rows.season(series_id, show, number, {})


def _number(value: Any) -> int | None:
    try:
        return integer(value, "season_number")
    except Unreadable:
        return None


def _trimmed(answer: Answer, *, has_plots: bool) -> dict[str, Any]:
    """The same answer with what is read of it, and the number of each episode's season in the episode."""
    names = _picked(answer.info, ("name", "title"), has_plots=True)
    return {
        "info": names if any(names.values()) or not any(answer.info.values()) else {**names, "says_more": True},
        "seasons": [_picked(part, rows.SEASON_KEYS, has_plots=has_plots) for part in answer.seasons],
        "episodes": {"all": [_trimmed_entry(listed, has_plots=has_plots) for listed in answer.episodes]},
    }


def _trimmed_entry(listed: Listed, *, has_plots: bool) -> Any:
    listed_under, entry = listed
    if type(entry) is not dict:
        return entry
    kept = _picked(entry, rows.EPISODE_KEYS, has_plots=has_plots)
    if kept.get("info"):
        kept["info"] = _picked(rows.info_of(entry), rows.INFO_KEYS, has_plots=has_plots)
    if listed_under is not None:
        with suppress(Unreadable):
            kept["season"] = rows.season_number(entry, listed_under)
    return kept


def _picked(said: Mapping[str, Any], keys: Sequence[str], *, has_plots: bool) -> dict[str, Any]:
    return {key: said[key] for key in keys if said.get(key) is not None and (has_plots or key not in rows.PLOT_KEYS)}
