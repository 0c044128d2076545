"""Cancellations that nobody asked for: a CancelledError out of a library ends a task in silence, which nothing may."""

import asyncio
from collections.abc import Awaitable


class StrayCancellation(RuntimeError):
    """A task met a CancelledError although nobody had cancelled it."""


def is_stray() -> bool:
    """Whether the CancelledError in hand comes from somewhere else than a cancel of the present task."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0


async def unsilenced(work: Awaitable[None]) -> None:
    """Do the work; a stray cancellation fails loudly, where a group of tasks would take it for the task's good end."""
    try:
        await work
    except asyncio.CancelledError:
        if is_stray():
            raise StrayCancellation("a working task was cancelled by nobody") from None
        raise
