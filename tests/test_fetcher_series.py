"""The episodes of some series over real HTTP: one request each, at the provider's pace, each answer as it deserves."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from actors.demo.xtream_series import many_series
from actors.parser import parse_series
from contracts import codec, limits
from contracts.catalog import Item
from contracts.messages import RawSeries, StepFetching
from tests.fetcher_room import NO_RETRY, fetcher, http, source, wire
from tests.series_room import PASSWORD, USERNAME, command, failures_of, provider, series_of, words_of

ACTION = "get_series_info"


def rows_of(raw: RawSeries) -> list[Item]:
    return list(msgspec.msgpack.decode(parse_series(raw).items, type=list[Item]))


async def test_each_series_is_one_request_and_one_message_in_their_order() -> None:
    async with provider() as at:
        messages = await at.heard(command(range(1, 21)))

    found = series_of(messages)
    assert at.asked() == [str(number) for number in range(1, 21)]
    assert [raw.series_id for raw in found] == at.asked()
    assert all(len(rows_of(raw)) == 2 + 12 for raw in found)
    assert not any(raw.is_unknown or raw.error for raw in found)
    assert failures_of(messages) == []


async def test_it_says_which_series_it_is_at_and_that_it_waits_its_turn() -> None:
    async with provider() as at:
        words = words_of(await at.heard(command(range(1, 4))))

    assert words == ["series 1 of 3", "series 2 of 3: waiting its turn", "series 3 of 3: waiting its turn"]


async def test_a_provider_that_bans_never_bans_us_also_when_we_forget_what_we_asked() -> None:
    catalogue = many_series(200)
    now_s = 0.0
    busiest = []
    for first in (1, 61, 121):
        async with provider(catalogue) as at:
            at.now_s = now_s
            for start in range(first, first + 60, limits.SERIES_BATCH):
                found = series_of(await at.heard(command(range(start, start + limits.SERIES_BATCH))))
                assert len(found) == limits.SERIES_BATCH
            assert at.limiter.bans_s == []
            busiest.append(at.limiter.busiest)
            now_s = at.now_s

    assert now_s == pytest.approx(177 * 0.4)
    assert max(busiest) <= 26


async def test_the_requests_of_all_commands_are_paced_together() -> None:
    async with provider() as at:
        for _ in range(12):
            await at.listing()
            await at.heard(command(range(1, 6)))

    assert len(at.server.served) == 12 * 6
    assert at.limiter.bans_s == []


async def test_without_a_pace_the_same_provider_bans() -> None:
    async with provider(requests_per_10_s=None) as at:
        await at.heard(command(range(1, 21)))
        messages, delay_s = await at.until_cool_down(command(range(21, 41)))

    assert delay_s == limits.COOL_DOWN_DEFAULT_S
    assert len(series_of(messages)) == 10
    assert words_of(messages)[-1] == "cooling down until 12:31 UTC, the server said 429"
    assert len(at.limiter.bans_s) == 1


async def test_after_a_cool_down_the_whole_command_may_come_again() -> None:
    async with provider() as at:
        at.server.set(ACTION, skip_requests=2, first_requests=1, status=456)
        before, _ = await at.until_cool_down(command(range(1, 5)))

        after = await at.heard(command(range(1, 5)), delivery=2)

    assert [raw.series_id for raw in series_of(before)] == ["1", "2"]
    assert [raw.series_id for raw in series_of(after)] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("status", [429, 456, 458, 509, 884])
async def test_a_provider_that_goes_on_refusing_costs_the_rest_of_the_batch(status: int) -> None:
    async with provider() as at:
        at.server.set(ACTION, skip_requests=2, status=status)
        messages = await at.heard(command(range(1, 6)), delivery=limits.COOL_DOWNS_MAX + 1)

    found = series_of(messages)
    assert [raw.error.code if raw.error else None for raw in found] == [None, None, "cool_down", "cool_down", "cool_down"]
    assert found[2].error is not None
    assert found[2].error.text == f"series 3: the server said {status}"
    assert len(at.asked()) == 3


@pytest.mark.parametrize("shape", ["unknown", "no_info"])
async def test_a_series_that_the_source_does_not_know_is_unknown(shape: str) -> None:
    async with provider() as at:
        at.server.set(ACTION, skip_requests=1, first_requests=1, episodes_as=shape)
        found = series_of(await at.heard(command([1, 2, 3])))

    assert [raw.is_unknown for raw in found] == [False, True, False]
    assert (found[1].body, found[1].error) == (b"", None)
    assert parse_series(found[1]).is_unknown


async def test_a_series_without_episodes_is_known_and_empty() -> None:
    async with provider() as at:
        at.server.set(ACTION, episodes_as="empty")
        (found,) = series_of(await at.heard(command([1])))

    assert not found.is_unknown
    assert rows_of(found) == []


async def test_404_for_a_series_is_that_series_while_others_answer() -> None:
    async with provider() as at:
        at.server.set(ACTION, series_missing_every=3)
        messages = await at.heard(command(range(1, 9)))

    assert [raw.series_id for raw in series_of(messages) if raw.is_unknown] == ["3", "6"]
    assert failures_of(messages) == []
    assert at.asked("account") == []


async def test_when_only_404_comes_the_account_is_checked_before_it_is_believed() -> None:
    async with provider() as at:
        at.server.set(ACTION, series_missing_every=1)
        messages = await at.heard(command(range(1, 8)))

    assert [raw.is_unknown for raw in series_of(messages)] == [True] * 7
    assert len(at.asked("account")) == 1


async def test_404_for_everything_is_a_refused_account_and_nothing_is_believed() -> None:
    async with provider() as at:
        at.server.set(account="not_found_html")
        messages = await at.heard(command(range(1, 8)))

    (failure,) = failures_of(messages)
    assert failure.error.code == "account_rejected"
    assert series_of(messages) == []
    assert len(at.server.served) == limits.SERIES_EMPTY_MAX + 1


@pytest.mark.parametrize(
    ("switches", "code"),
    [
        ({"account": "unauthorized_json"}, "account_rejected"),
        ({"status": 403}, "account_rejected"),
        ({"account": "expired_status"}, "account_expired"),
        ({"account": "banned"}, "account_disabled"),
    ],
)
async def test_a_refused_account_ends_the_step_after_one_request(switches: dict[str, Any], code: str) -> None:
    async with provider() as at:
        at.server.set(ACTION, **switches)
        messages = await at.heard(command(range(1, 8)))

    assert [failure.error.code for failure in failures_of(messages)] == [code]
    assert series_of(messages) == []
    assert len(at.server.served) == 1


async def test_a_failing_series_is_asked_again_and_then_costs_only_itself() -> None:
    async with provider() as at:
        at.server.set(ACTION, skip_requests=1, first_requests=3, status=503)
        messages = await at.heard(command([1, 2, 3]))

    found = series_of(messages)
    assert at.asked() == ["1", "2", "2", "2", "3"]
    assert [raw.error.code if raw.error else None for raw in found] == [None, "server_error", None]
    assert found[1].error is not None
    assert found[1].error.text == "series 2: the server failed with status 503 (tried 3 times)"
    assert parse_series(found[1]).error == found[1].error
    assert any(word.startswith("series 2 of 3: retry 1 of 2 in") for word in words_of(messages))


@pytest.mark.parametrize(
    ("switches", "code"),
    [({"html_200": True}, "unexpected_answer"), ({"body_text": "false"}, "unexpected_answer"),
     ({"cut_after_bytes": 200}, "incomplete_answer"), ({"status": 400}, "request_rejected"),
     ({"redirect_to": "http://127.0.0.2:9/"}, "redirect_refused")],
)  # fmt: skip
async def test_what_is_no_answer_costs_only_its_series(switches: dict[str, Any], code: str) -> None:
    async with provider(retry=NO_RETRY) as at:
        at.server.set(ACTION, first_requests=1, framing="length", **switches)
        found = series_of(await at.heard(command([1, 2])))

    assert [raw.error.code if raw.error else None for raw in found] == [code, None]


async def test_a_provider_that_fails_for_several_series_in_a_row_is_left_alone_and_none_is_given_up() -> None:
    async with provider(retry=NO_RETRY) as at:
        at.server.set(ACTION, skip_requests=1, status=502)
        messages, delay_s = await at.until_cool_down(command(range(1, 21)))

    assert [raw.series_id for raw in series_of(messages)] == ["1"]
    assert delay_s == limits.COOL_DOWN_DEFAULT_S
    assert "3 series in a row could not be read: the server failed with status 502" in words_of(messages)[-1]
    assert len(at.asked()) == 1 + limits.SERIES_EMPTY_MAX


@pytest.mark.parametrize("shape", ["empty", "unknown", "absent", "null"])
async def test_series_that_suddenly_come_back_empty_are_not_believed(shape: str) -> None:
    async with provider() as at:
        await at.heard(command(range(1, 4), known=12))
        at.server.set(ACTION, skip_requests=1, episodes_as=shape)
        messages, _ = await at.until_cool_down(command(range(4, 21), known=12))

    assert [raw.series_id for raw in series_of(messages)] == ["4"]
    assert words_of(messages)[-1].endswith("series suddenly come back empty")
    assert at.asked()[3:] == ["4", "5", "6", "7", "4"]


async def test_series_that_suddenly_come_back_empty_after_a_restart_are_not_believed_either() -> None:
    async with provider() as at:
        at.server.set(ACTION, episodes_as="empty")
        messages, _ = await at.until_cool_down(command(range(1, 21), known=12))

        given_up = await at.heard(command(range(1, 5), known=12), delivery=limits.COOL_DOWNS_MAX + 1)

    assert series_of(messages) == []
    assert [raw.error.code for raw in series_of(given_up) if raw.error] == ["cool_down"] * 4


async def test_series_that_are_really_empty_are_believed_when_another_one_still_has_its_episodes() -> None:
    catalogue = many_series(9)
    documents = dict(catalogue.series_info) | {str(number): {"info": {"name": "A"}, "episodes": []} for number in range(2, 7)}
    async with provider(msgspec.structs.replace(catalogue, series_info=documents)) as at:
        found = series_of(await at.heard(command(range(1, 8), known=12)))

    assert [len(rows_of(raw)) for raw in found] == [14, 0, 0, 0, 0, 0, 14]
    assert at.asked() == ["1", "2", "3", "4", "1", "5", "6", "7"]


async def test_half_a_batch_without_episodes_is_not_believed_of_a_provider_that_had_some() -> None:
    """On a first sync nobody knows how many there should be, and what is unknown is not asked for again for days."""
    async with provider() as at:
        await at.heard(command(range(1, 21)))
        at.server.set(ACTION, episodes_as="unknown")
        messages, _ = await at.until_cool_down(command(range(21, 41)))

    assert series_of(messages) == []
    assert at.asked()[20:] == [*(str(number) for number in range(21, 31)), "20"]


async def test_a_provider_that_never_had_an_episode_is_believed() -> None:
    async with provider() as at:
        at.server.set(ACTION, episodes_as="empty")
        found = series_of(await at.heard(command(range(1, 21))))

    assert len(found) == 20
    assert not any(raw.error or raw.is_unknown for raw in found)


async def test_the_credentials_in_an_answer_do_not_leave() -> None:
    catalogue = many_series(1)
    document = json.loads(json.dumps(catalogue.series_info["1"]))
    document["episodes"]["1"][0]["direct_source"] = f"http://host/series/{USERNAME}/{PASSWORD}/1001.mp4"
    document["info"]["plot"] = f"see {PASSWORD}"
    async with provider(msgspec.structs.replace(catalogue, series_info={"1": document})) as at:
        messages = await at.heard(command([1]))

    said = b"".join(codec.encode(message) for message in messages)
    assert PASSWORD.encode() not in said
    assert len(rows_of(*series_of(messages))) == 14


async def test_a_series_larger_than_the_bound_is_an_error_of_its_own() -> None:
    large = http(b'{"info":{"name":"' + b"x" * limits.SERIES_BYTES_MAX + b'"},"episodes":[]}')
    good = http(b'{"info":{"name":"A"},"episodes":{"1":[{"id":"5"}]}}')
    async with wire(large, good) as server, fetcher(source(server.port)) as actor:
        found = series_of([message async for message in actor.handle(command([1, 2]), 1)])

    assert [raw.error.code if raw.error else None for raw in found] == ["answer_too_large", None]


async def test_an_answer_of_megabytes_fits_into_its_message() -> None:
    entries = [{"id": number, "info": {"plot": "p" * 200, "video": {"probe": "x" * 3_000}}} for number in range(1_500)]
    body = json.dumps({"info": {"name": "A"}, "episodes": {"1": entries}}).encode()
    async with wire(http(body)) as server, fetcher(source(server.port)) as actor:
        (found,) = series_of([message async for message in actor.handle(command([1]), 1)])

    assert len(codec.encode(found)) < limits.MESSAGE_BYTES_MAX < len(body)
    assert len(codec.encode(parse_series(found))) < limits.MESSAGE_BYTES_MAX
    assert len(rows_of(found)) == 1_501


async def test_the_bytes_of_a_sync_only_grow() -> None:
    async with provider() as at:
        heard = [*await at.heard(command([1, 2])), *await at.heard(command([3, 4], issue=2))]

    told = [message.bytes_received for message in heard if hasattr(message, "bytes_received")]
    assert told == sorted(told)
    assert told[-1] > 0


async def test_a_cancel_interrupts_the_wait_for_a_turn() -> None:
    waiting = asyncio.Event()
    answer = http(b'{"info":{"name":"A"},"episodes":{"1":[{"id":"5"}]}}')
    async with wire(answer) as server, fetcher(source(server.port, requests_per_10_s=0.1)) as actor:

        async def run() -> None:
            async for message in actor.handle(command([1, 2]), 1):
                if isinstance(message, StepFetching) and (message.detail or "").endswith("waiting its turn"):
                    waiting.set()

        task = asyncio.create_task(run())
        await asyncio.wait_for(waiting.wait(), 5)
        started_s = asyncio.get_running_loop().time()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        took_s = asyncio.get_running_loop().time() - started_s

    assert task.cancelled()
    assert took_s < 0.5
    assert len(server.requests) == 1


async def test_a_source_that_nobody_configured_here_fails_the_step() -> None:
    async with provider() as at:
        messages = await at.heard(msgspec.structs.replace(command([1]), source_id="other"))

    assert [failure.error.code for failure in failures_of(messages)] == ["bad_request"]
