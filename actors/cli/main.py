"""The command `playbill`: finds the command's file, runs it, and turns what goes wrong into one line and an exit code.

Every command lives in a file of its own, loaded when it is called, so that none waits for the libraries of another.
"""

import difflib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

INTERRUPTED: Final = 130
"""What a shell expects of a program that Ctrl-C ended."""

_COMMANDS: Final = (
    ("demo", "demo:demo", "Sync three stand-in servers with public-domain titles, live, and clean up."),
    ("init", "init:init", "Write a commented playbill.toml to start from."),
    ("check", "check:check", "Check every source, the bus and the store: one line each, and what to do if not."),
    ("sync", "sync:sync", "Sync a source now, and show how it goes."),
    ("home", "home:home", "Show the home pages, as they were last read."),
    ("search", "search:search", "Search the titles of all sources, and where each can be played."),
    ("libraries", "libraries:libraries", "List the libraries, and how much of each is in the catalogue."),
    ("items", "items:items", "List what is in the catalogue."),
    ("item", "item:item", "Show all that is known of one item."),
    ("status", "status:status", "Show the sources, their last syncs, what is in the catalogue, and what runs."),
    ("health", "health:health", "Look whether all of it works: 0 when it does, 1 when not."),
    ("up", "up:up", "Run Playbill: the bus, and one process per actor."),
    ("watch", "watch:watch", "Show live what runs."),
    ("cancel", "cancel:cancel", "Cancel a sync, all syncs of a source, or all."),
    ("retry", "retry:retry", "Ask again for what failed in the last sync of a source."),
    ("confirm", "confirm:confirm", "Confirm that what a listing lacked is gone indeed."),
    ("history", "history:history", "Show the syncs that ran, or the steps of one."),
    ("dead", "dead:dead", "List what could not be handled, show, replay or drop it."),
    ("backup", "backup:backup", "Write a verified backup of the catalogue, also while Playbill runs."),
    ("restore", "restore:restore", "Put a backup in the place of the catalogue, which is put aside."),
    ("bus", "bus:bus", "Show how to connect to the bus from outside."),
    ("contracts", "documents:contracts", "Print or write the schemas of every public message and subject."),
    ("actor", "up:actor", "Run one actor against an existing bus, or make its streams (`provision`)."),
)


def application() -> "App":
    """The command line, with no command loaded yet."""
    from cyclopts import App

    app = App(
        name="playbill",
        help="One local catalogue of everything a home can play, synced from IPTV and media servers.",
        version=_version,
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        help_on_error=False,
        suppress_keyboard_interrupt=False,
    )
    for order, (name, place, text) in enumerate(_COMMANDS):
        app.command(f"actors.cli.{place}", name=name, help=text, sort_key=order)
    return app


def main(tokens: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    try:
        # Libraries are loaded within, so that a Ctrl-C meets no import outside.
        return _run(list(sys.argv[1:] if tokens is None else tokens))
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(given: list[str]) -> int:
    from cyclopts import CycloptsError

    from actors.cli import exits
    from contracts.errors import PlaybillError

    try:
        code = application()(given)
        sys.stdout.flush()
    except CycloptsError as error:
        return _say(f"{_plain(error, given)}; see `playbill{_command(given)} --help`", exits.USAGE)
    except PlaybillError as error:
        return _say(error.text, exits.of_error(error))
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:
        if os.environ.get("PLAYBILL_TRACEBACK"):
            raise
        return _say(f"a bug: {type(error).__name__}: {error} (PLAYBILL_TRACEBACK=1 shows where)", exits.FAILED)
    return code if isinstance(code, int) else exits.COMPLETED


def _say(text: str, code: int) -> int:
    from actors.redaction import redact

    print(f"error: {redact(' '.join(text.split()))}", file=sys.stderr)
    return code


def _plain(error: "CycloptsError", given: Sequence[str]) -> str:
    from cyclopts import UnknownCommandError

    if isinstance(error, UnknownCommandError):
        return _unknown(given[0] if given else "")
    return " ".join(str(error).split()).rstrip(".")


def _unknown(word: str) -> str:
    """What was meant by a first word that is no command."""
    names = [name for name, _, _ in _COMMANDS]
    if word.startswith("-"):
        return f"{word}: options come after the command"
    close = difflib.get_close_matches(word, names, n=1)
    return f"there is no command {word!r}; " + (f"did you mean {close[0]}?" if close else f"there is {', '.join(names)}")


def _command(tokens: Sequence[str]) -> str:
    names = {name for name, _, _ in _COMMANDS}
    return f" {tokens[0]}" if tokens and tokens[0] in names else ""


def _nobody_reads() -> int:
    """`playbill items | head` is no failure; what is still in the buffer goes nowhere, in silence."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
    return 0


def _version() -> str:
    from actors.version import own_version

    return own_version() or "of a source tree"


if __name__ == "__main__":
    sys.exit(main())
