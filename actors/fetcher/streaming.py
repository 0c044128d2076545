"""One listing in one answer: cut into slices while it comes in."""

import asyncio
from contextlib import aclosing

from actors.fetcher.access import Access
from actors.fetcher.cut import Cutter
from actors.fetcher.http import Download
from actors.fetcher.say import WAITING, Messages, Speaker
from actors.fetcher.slices import Slices
from contracts import limits
from contracts.errors import PlaybillError
from contracts.messages import FetchPage, Message


async def streamed(access: Access, command: FetchPage, speaker: Speaker) -> Messages:
    """The slices of a listing, and how far it is. Raises what ends it early, after the slices that are whole."""
    yield speaker.fetching(WAITING, bytes_expected=command.bytes_expected)
    kind = access.kind
    async with access.streamed(kind.ask(command.step)) as download:
        slices = Slices(command, speaker.attempt, access.redactor, kind.lasting)
        async with aclosing(_listing(download, Cutter(kind.unexpected_root), slices, command, speaker)) as messages:
            async for message in messages:
                yield message


async def _listing(download: Download, cutter: Cutter, slices: Slices, command: FetchPage, speaker: Speaker) -> Messages:
    try:
        async with aclosing(_cut(download, cutter, slices, command, speaker)) as messages:
            async for message in messages:
                yield message
    except PlaybillError as error:
        failure: PlaybillError | None = error
    else:
        failure = None
    message_left = slices.left() if failure else slices.last()
    speaker.slices_cut = slices.sent
    if message_left is not None:
        yield message_left
    if failure is not None:
        raise failure from None
    yield _how_far(download, command, speaker)


async def _cut(download: Download, cutter: Cutter, slices: Slices, command: FetchPage, speaker: Speaker) -> Messages:
    said_s = -limits.FETCH_FACT_INTERVAL_S
    async with aclosing(download.pieces()) as pieces:
        async for piece in pieces:
            for body in cutter.feed(piece):
                message = slices.take(body)
                speaker.slices_cut = slices.sent
                if message is not None:
                    yield message
            now_s = asyncio.get_running_loop().time()
            if now_s - said_s >= limits.FETCH_FACT_INTERVAL_S:
                said_s = now_s
                yield _how_far(download, command, speaker)
    for body in cutter.finish():
        message = slices.take(body)
        if message is not None:
            yield message


def _how_far(download: Download, command: FetchPage, speaker: Speaker) -> Message:
    bytes_received, bytes_expected = download.progress(command.bytes_expected)
    return speaker.fetching(bytes_received=bytes_received, bytes_expected=bytes_expected)
