"""The stand-in provider by hand: `python -m actors.demo --port 8080 [--recorded DIRECTORY]`."""

import argparse
import signal
from pathlib import Path

from actors.demo import Catalogue, XtreamServer, demo_catalogue, recorded_catalogue


def main() -> None:
    """Serve until the process is told to stop."""
    options = _options()
    catalogue = _catalogue(options)
    with XtreamServer(catalogue, port=options.port, username=options.username, password=options.password) as server:
        print(f"{server.url}  user {server.username}, password {server.password}")
        for action, count in catalogue.counts().items():
            print(f"  {action}: {count}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m actors.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--username", default="demo")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--recorded", type=Path, help="serve the get_*.json files of this directory")
    parser.add_argument("--prefix", default="", help="what the names of the recorded files start with")
    return parser.parse_args()


def _catalogue(options: argparse.Namespace) -> Catalogue:
    return recorded_catalogue(options.recorded, options.prefix) if options.recorded else demo_catalogue()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
