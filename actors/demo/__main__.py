"""A stand-in server by hand: `python -m actors.demo --kind xtream --port 8080`, with `--set` for what is to go wrong."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_origin

import msgspec

from actors.demo import Catalogue, StandIn, XtreamServer, demo_catalogue, recorded_catalogue
from actors.demo.jellyfin_big import big_jellyfin_library
from actors.demo.jellyfin_demo import demo_jellyfin_library
from actors.demo.jellyfin_server import JellyfinServer
from actors.demo.jellyfin_switches import JellyfinSwitches
from actors.demo.plex_demo import big_plex_library, demo_plex_library
from actors.demo.plex_server import PlexServer
from actors.demo.plex_switches import PlexSwitches
from actors.demo.switches import ServerSwitches, Switches
from actors.demo.xtream_limiter import Limiter
from actors.demo.xtream_series import many_series

_BIG: Final = (
    "plex, jellyfin: some ten thousand made-up items instead of the small library;"
    " xtream: 11,209 series, and a ban of 60 s for who asks more than 30 times in 10 s"
)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of server that can be started."""

    start: Callable[[argparse.Namespace], StandIn[Any]]
    """Makes the server, which does not listen yet."""
    switches: type[ServerSwitches]


def _xtream(options: argparse.Namespace) -> StandIn[Any]:
    catalogue, limiter = _catalogue(options), Limiter() if options.big else None
    return XtreamServer(catalogue, port=options.port, username=options.username, password=options.password, limiter=limiter)


def _catalogue(options: argparse.Namespace) -> Catalogue:
    if options.recorded:
        return recorded_catalogue(options.recorded, options.prefix)
    return many_series() if options.big else demo_catalogue()


def _jellyfin(options: argparse.Namespace) -> StandIn[Any]:
    library = big_jellyfin_library() if options.big else demo_jellyfin_library()
    return JellyfinServer(library, users={options.username: options.password}, port=options.port)


def _plex(options: argparse.Namespace) -> StandIn[Any]:
    library = big_plex_library() if options.big else demo_plex_library()
    return PlexServer(library, port=options.port, token=options.token)


KINDS: Final = {
    "xtream": Kind(start=_xtream, switches=Switches),
    "plex": Kind(start=_plex, switches=PlexSwitches),
    "jellyfin": Kind(start=_jellyfin, switches=JellyfinSwitches),
}


def main() -> None:
    """Serve until the process is told to stop."""
    options = _options()
    server = KINDS[options.kind].start(options)
    try:
        server.start()
    except OSError:
        sys.exit(f"error: port {options.port} is taken; name another with --port, or 0 for a free one")
    with contextlib.closing(server):
        for action, switches in by_action(options.set):
            server.set(action, **switches)
        for line in server.greeting():
            print(line, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def switch(text: str, kind: str = "xtream") -> tuple[str | None, str, Any]:
    """`[ACTION.]NAME=VALUE` as action, name and value; no action means every one. Raises ArgumentTypeError."""
    fields = {field.name: field.type for field in msgspec.structs.fields(KINDS[kind].switches) if field.name != "hold"}
    place, _, value = text.partition("=")
    action, _, name = place.rpartition(".")
    if name not in fields:
        raise argparse.ArgumentTypeError(f"there is no switch {name!r}; there is {', '.join(fields)}")
    try:
        return action or None, name, msgspec.convert(_parts(value, fields[name]), fields[name], strict=False)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from None


def _parts(value: str, wanted: Any) -> str | list[str]:
    """A list is given with commas."""
    return value.split(",") if get_origin(wanted) is tuple else value


def by_action(switches: list[tuple[str | None, str, Any]]) -> list[tuple[str | None, dict[str, Any]]]:
    """What to set of each action, that of every action first, since it replaces all."""
    actions = sorted({action for action, _, _ in switches}, key=lambda action: action or "")
    return [(action, {name: value for of, name, value in switches if of in (None, action)}) for action in actions]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m actors.demo", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="xtream")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--username", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--token", default="demo-plex-token", help="plex: what is asked for in X-Plex-Token")
    parser.add_argument("--big", action="store_true", help=_BIG)
    parser.add_argument("--recorded", type=Path, help="xtream: serve the get_*.json files of this directory")
    parser.add_argument("--prefix", default="", help="xtream: what the names of the recorded files start with")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="[ACTION.]SWITCH=VALUE",
        help="such as drip_bytes_per_s=20000, account=expired_status, get_vod_streams.html_200=true; may be repeated",
    )
    options = parser.parse_args()
    try:
        options.set = [switch(text, options.kind) for text in options.set]
    except argparse.ArgumentTypeError as error:
        parser.error(f"argument --set: {error}")
    return options


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
