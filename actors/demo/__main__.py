"""The stand-in provider by hand: `python -m actors.demo --port 8080`, with `--set` for what is to go wrong."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from actors.demo import Catalogue, XtreamServer, demo_catalogue, recorded_catalogue
from actors.demo.switches import Switches

_FIELDS: Final = {field.name: field.type for field in msgspec.structs.fields(Switches) if field.name != "hold"}


def main() -> None:
    """Serve until the process is told to stop."""
    options = _options()
    catalogue = _catalogue(options)
    server = XtreamServer(catalogue, port=options.port, username=options.username, password=options.password)
    try:
        server.start()
    except OSError:
        sys.exit(f"error: port {options.port} is taken; name another with --port, or 0 for a free one")
    with contextlib.closing(server):
        for action, switches in by_action(options.set):
            server.set(action, **switches)
        print(f"{server.url}  user {server.username}, password {server.password}")
        for action, count in catalogue.counts().items():
            print(f"  {action}: {count}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def switch(text: str) -> tuple[str | None, str, Any]:
    """`[ACTION.]NAME=VALUE` as action, name and value; no action means every one. Raises ArgumentTypeError."""
    place, _, value = text.partition("=")
    action, _, name = place.rpartition(".")
    if name not in _FIELDS:
        raise argparse.ArgumentTypeError(f"there is no switch {name!r}; there is {', '.join(_FIELDS)}")
    try:
        return action or None, name, msgspec.convert(value, _FIELDS[name], strict=False)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from None


def by_action(switches: list[tuple[str | None, str, Any]]) -> list[tuple[str | None, dict[str, Any]]]:
    """What to set of each action, that of every action first, since it replaces all."""
    actions = sorted({action for action, _, _ in switches}, key=lambda action: action or "")
    return [(action, {name: value for of, name, value in switches if of in (None, action)}) for action in actions]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m actors.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--username", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--recorded", type=Path, help="serve the get_*.json files of this directory")
    parser.add_argument("--prefix", default="", help="what the names of the recorded files start with")
    parser.add_argument(
        "--set",
        type=switch,
        action="append",
        default=[],
        metavar="[ACTION.]SWITCH=VALUE",
        help="such as drip_bytes_per_s=20000, account=expired_status, get_vod_streams.html_200=true; may be repeated",
    )
    return parser.parse_args()


def _catalogue(options: argparse.Namespace) -> Catalogue:
    return recorded_catalogue(options.recorded, options.prefix) if options.recorded else demo_catalogue()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
