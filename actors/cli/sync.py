"""`playbill sync`: asks for a sync, and shows it to its end."""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, check_secrets, hand_down, opened
from contracts.catalog import Mode, Part
from contracts.errors import BadRequest, BusUnavailable
from contracts.messages import SyncRequest

if TYPE_CHECKING:
    from actors.cli.shows import Show
    from actors.runtime.client import BusClient
    from actors.settings import Settings


def sync(
    source: str,
    /,
    *,
    mode: Literal["full", "incremental"] = "incremental",
    only: Annotated[tuple[Literal["home", "catalogue", "episodes"], ...], Parameter(negative=(), show_default=False)] = (),
    library: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    step: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    no_wait: Annotated[bool, Parameter(name="--no-wait", negative=(), show_default=False)] = False,
    json: options.Json = False,
    log_json: options.LogJson = False,
    config: options.Config = None,
) -> int:
    """Sync a source now, and show how it goes.

    Uses the Playbill that runs, and starts one for as long as it takes where none does. Ctrl-C cancels the sync, a second
    Ctrl-C leaves it to itself. The exit code is 0 when it completed, 3 when a part of it failed, 4 when it failed, 5 when it
    was cancelled.

    Parameters
    ----------
    source:
        Id of a source in the settings.
    mode:
        `full` reads every listing row by row; `incremental` asks for what changed since the last time, where that is known.
    only:
        Only this part: `home` for the home page, `catalogue` for the libraries, `episodes` for those of an Xtream account's
        series, which are asked for one series at a time. Everything else goes on meanwhile.
    library:
        Only this library, by its title or the server's id of it, as `playbill libraries` shows them; may be given several times.
    step:
        Only this step, such as `movies`; may be given several times.
    no_wait:
        Only ask for it, from a Playbill that runs.
    """
    hand_down(as_json=log_json, level="error" if sys.stderr.isatty() else "warning")
    settings = opened(config)
    parts = tuple(Part(part) for part in dict.fromkeys(only))
    request = requested(settings, source, mode=Mode(mode), steps=step, libraries=library, parts=parts)
    return ask_and_follow(settings, source, [request], no_wait=no_wait, as_json=json)


def ask_and_follow(settings: "Settings", source_id: str, requests: Sequence[SyncRequest], *, no_wait: bool, as_json: bool) -> int:
    """Ask for one sync after the other and show each to its end; the exit code is that of the first that did not complete."""
    if no_wait:
        return max(asyncio.run(_ask_only(settings, source_id, request, as_json=as_json)) for request in requests)
    check_secrets(settings)
    from actors.cli.shows import show_for

    codes: list[int] = []
    for request in requests:
        codes.append(asyncio.run(run_sync(settings, source_id, request, show_for(as_json=as_json))))
        if codes[-1] == exits.CANCELLED:
            break
    return next((code for code in codes if code != exits.COMPLETED), exits.COMPLETED)


def requested(
    settings: "Settings",
    source_id: str,
    *,
    mode: Mode,
    steps: tuple[str, ...] = (),
    libraries: tuple[str, ...] = (),
    parts: tuple[Part, ...] = (),
) -> SyncRequest:
    """The request, checked against the settings. Raises BadRequest."""
    _check_steps(settings, source_id, steps)
    _check_parts(settings, source_id, parts)
    if libraries and parts and Part.CATALOGUE not in parts:
        raise BadRequest("--library: a home page has no libraries; leave it out, or leave out --only home")
    return SyncRequest(
        request_id=uuid.uuid4().hex, mode=mode, steps=list(steps), libraries=list(dict.fromkeys(libraries)), parts=list(parts)
    )


def _check_parts(settings: "Settings", source_id: str, parts: tuple[Part, ...]) -> None:
    from actors.sources import source as source_of

    kind = settings.source(source_id).kind
    known = {definition.part for definition in source_of(kind).steps}
    unknown = [part for part in parts if part not in known]
    if unknown:
        raise BadRequest(f"--only {unknown[0]}: not for a source of kind {kind}")


def _check_steps(settings: "Settings", source_id: str, steps: tuple[str, ...]) -> None:
    """What a server's libraries become, such as `movies.3`, only its writer knows."""
    from actors.sources import source as source_of

    definitions = source_of(settings.source(source_id).kind).steps
    known = [definition.step for definition in definitions]
    has_libraries = any(definition.reveals for definition in definitions)
    unknown = [step for step in steps if step not in known and not (has_libraries and "." in step)]
    if unknown:
        more = ", and those of its libraries, such as movies.1" if has_libraries else ""
        raise BadRequest(f"there is no step {unknown[0]!r}; there is {', '.join(known)}{more}")


async def run_sync(settings: "Settings", source_id: str, request: SyncRequest, show: "Show") -> int:
    """The whole of it, from finding or starting a Playbill to the summary; the exit code."""
    from actors.cli.following import FollowedSync
    from actors.cli.interrupts import Interrupts, unless

    with Interrupts() as interrupts, show.overhearing():
        async with AsyncExitStack() as stack:
            with show:
                client = await unless(interrupts.first, _connected(stack, settings))
                if client is None:
                    return exits.CANCELLED
                followed = FollowedSync(client, source_id, request, show, interrupts)
                code = await followed.to_end()
            show.summary(followed.known.sync_id)
            return code


async def _connected(stack: AsyncExitStack, settings: "Settings") -> "BusClient":
    from actors.cli.running import playbill_running
    from actors.runtime.client import BusClient

    config = await stack.enter_async_context(playbill_running(settings))
    return await stack.enter_async_context(await BusClient.connect(config))


async def _ask_only(settings: "Settings", source_id: str, request: SyncRequest, *, as_json: bool) -> int:
    from actors.cli.following import FollowedSync, left_out_texts
    from actors.cli.interrupts import Interrupts
    from actors.cli.shows import show_for
    from actors.runtime.client import BusClient

    config = bus_of_running(settings)
    if config is None:
        raise BusUnavailable("no Playbill runs here to take it; start one with `playbill up`, or leave out --no-wait")
    async with await BusClient.connect(config) as client:
        show = show_for(as_json=as_json)
        followed = FollowedSync(client, source_id, request, show, Interrupts())
        try:
            await followed.ask()
            progress = await followed.first_word()
        finally:
            await followed.close()
    if as_json and progress is not None:
        show.progress(progress)
    elif not as_json:
        what = "asked for" if progress is not None else "asked for, and nobody has taken it yet"
        print(f"sync {followed.known.sync_id} of {source_id} {what}; see it with `playbill watch {source_id}`")
        for text in left_out_texts(followed.known):
            print(text)
    return exits.COMPLETED
