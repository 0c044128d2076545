"""`playbill up` and `playbill actor`: what runs until it is stopped."""

import asyncio
from typing import Literal

from actors.cli import options
from actors.cli.opening import check_secrets, opened_for_service

Role = Literal["scheduler", "push", "fetcher", "parser", "writer", "progress", "reader", "provision"]


def up(*, log_json: options.LogJson = False, config: options.Config = None) -> int:
    """Run Playbill until Ctrl-C or SIGTERM: the bus where none is configured, and one process per actor.

    A source that was never synced is synced at once. Ask for more with `playbill sync`, and look with `playbill watch`.
    """
    settings = opened_for_service(config, log_json=log_json, role="up")
    check_secrets(settings)
    from actors.cli.running import run_up

    return asyncio.run(run_up(settings))


def actor(role: Role, /, *, log_json: options.LogJson = False, config: options.Config = None) -> int:
    """Run one actor against an existing bus, or make its streams and consumers.

    Parameters
    ----------
    role:
        `provision` makes the streams and consumers and ends; the others run until SIGTERM.
    """
    settings = opened_for_service(config, log_json=log_json, role=role)
    from actors.cli.running import run_actor

    return asyncio.run(run_actor(settings, role))
