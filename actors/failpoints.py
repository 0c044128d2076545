"""Named places between receiving and acknowledging where a fault can be ordered; off unless PLAYBILL_FAILPOINTS is set.

    PLAYBILL_FAILPOINTS="writer.committed=die@3; parser.publishing=die~0.06"
    PLAYBILL_FAILPOINTS_DIR=/somewhere    PLAYBILL_FAILPOINTS_SEED=7

Each order is `point=action`, then `[text]` for passes about something that contains the text, such as `[iptv movies]`, where the
point says what its passes are about, `@n` for the n-th pass of a process, `~p` for a share of the passes, `*k` for so many hits
over all processes (1 where nothing is said, any number with `~p` or `*0`). Every hit is a line in the directory's file of the
point, written before the fault, so that whoever ordered it can count it, whatever became of the process.
"""

import asyncio
import os
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, NoReturn, get_args

import msgspec

from contracts.errors import BadSettings

VARIABLE: Final = "PLAYBILL_FAILPOINTS"
DIRECTORY_VARIABLE: Final = "PLAYBILL_FAILPOINTS_DIR"
SEED_VARIABLE: Final = "PLAYBILL_FAILPOINTS_SEED"
EXIT_CODE: Final = 86
"""Of a process that was ordered to die; nothing else ends with it."""

Action = Literal["die", "exit", "bug", "cancel", "stall", "hold"]
"""`die`: gone at once, as by SIGKILL. `exit`: SystemExit, through every handler. `bug`: an exception that nobody expects.
`cancel`: a CancelledError that nobody asked for. `stall`: the process stands still, its loop included. `hold`: this work stands
still, and nothing else, until there is a file `<point>.go` in the directory."""

_ORDER: Final = re.compile(
    r"(?P<point>[a-z.]+)=(?P<action>[a-z]+)(?:\[(?P<about>[^\]]+)\])?(?:@(?P<nth>\d+))?(?:~(?P<share>[\d.]+))?(?:\*(?P<hits>\d+))?"
)
_STALL_S: Final = 3_600.0
_LOOK_S: Final = 0.01


class Point(StrEnum):
    """Every failpoint there is, in the order of the flow."""

    ADMISSION_COMMITTED = "admission.committed"
    """The sync is in the database, its request is not acknowledged."""
    OUTBOX_PUBLISHING = "outbox.publishing"
    OUTBOX_PUBLISHED = "outbox.published"
    """The bus has the messages, the database still holds them."""
    FETCHER_RECEIVED = "fetcher.received"
    FETCHER_REQUESTING = "fetcher.requesting"
    FETCHER_ANSWERED = "fetcher.answered"
    """The head of the answer is there."""
    FETCHER_READING = "fetcher.reading"
    """A piece of the body is there."""
    FETCHER_PUBLISHING = "fetcher.publishing"
    FETCHER_PUBLISHED = "fetcher.published"
    """The bus has all that follows from the message."""
    FETCHER_SETTLING = "fetcher.settling"
    FETCHER_SETTLED = "fetcher.settled"
    PARSER_RECEIVED = "parser.received"
    PARSER_PUBLISHING = "parser.publishing"
    PARSER_PUBLISHED = "parser.published"
    PARSER_SETTLING = "parser.settling"
    PARSER_SETTLED = "parser.settled"
    WRITER_RECEIVED = "writer.received"
    WRITER_BEGUN = "writer.begun"
    """The transaction is open, nothing is written."""
    WRITER_COMMITTING = "writer.committing"
    """All is written, nothing is committed."""
    WRITER_COMMITTED = "writer.committed"
    WRITER_SETTLING = "writer.settling"
    WRITER_SETTLED = "writer.settled"
    PROGRESS_RECEIVED = "progress.received"
    PROGRESS_PUBLISHING = "progress.publishing"
    PROGRESS_PUBLISHED = "progress.published"
    """The progress is in its stream, the facts in it are not acknowledged."""
    PROGRESS_SETTLED = "progress.settled"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to happen at one point."""

    point: Point
    action: Action
    about: str = ""
    nth: int | None = None
    share: float | None = None
    hits_max: int = 0
    """Over all processes; 0 for any number."""


class Fault(Exception):
    """What `bug` raises."""


class _Armed:
    """The orders of this process."""

    def __init__(self, orders: Sequence[Order], directory: Path, seed: int) -> None:
        self._orders = orders
        self._directory = directory
        self._random = random.Random(f"{seed}.{os.getpid()}")  # noqa: S311
        self._passes: dict[Point, int] = {}

    async def reach(self, point: Point, about: str) -> None:
        self._passes[point] = self._passes.get(point, 0) + 1
        for order in self._orders:
            if order.point == point and order.about in about and self._is_due(order):
                self._note(order)
                await self._act(order)

    def _is_due(self, order: Order) -> bool:
        if order.nth is not None and self._passes[order.point] != order.nth:
            return False
        if order.share is not None and self._random.random() >= order.share:
            return False
        return order.hits_max == 0 or hits(self._directory, order.point) < order.hits_max

    def _note(self, order: Order) -> None:
        line = f"{order.action} {os.getpid()} {self._passes[order.point]} {time.time():.3f}\n"
        descriptor = os.open(self._directory / order.point, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    async def _act(self, order: Order) -> None:
        match order.action:
            case "die":
                os._exit(EXIT_CODE)
            case "exit":
                raise SystemExit(EXIT_CODE)
            case "bug":
                raise Fault(f"ordered at {order.point}")
            case "cancel":
                raise asyncio.CancelledError
            case "stall":
                time.sleep(_STALL_S)  # noqa: ASYNC251 - the loop is what is to stand still
            case "hold":
                await self._held(order.point)

    async def _held(self, point: Point) -> None:
        (self._directory / f"{point}.held").touch()
        while not (self._directory / f"{point}.go").exists():  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)


_armed: _Armed | None = None


async def reach(point: Point, *about: str) -> None:
    """Pass a failpoint, with words on what is passing. Nothing happens unless something was ordered here."""
    if _armed is not None:
        await _armed.reach(point, " ".join(about))


def arm(environment: Mapping[str, str]) -> bool:
    """Take the orders of the environment; whether there are some. Raises BadSettings when they cannot be read."""
    global _armed
    text = environment.get(VARIABLE, "").strip()
    _armed = None
    if not text:
        return False
    directory = environment.get(DIRECTORY_VARIABLE)
    if directory is None:
        _refuse(f"{DIRECTORY_VARIABLE} must say where hits are noted")
    try:
        seed = int(environment.get(SEED_VARIABLE, "0"))
    except ValueError:
        _refuse(f"{SEED_VARIABLE} must be a whole number")
    _armed = _Armed(orders_of(text), Path(directory), seed)
    return True


@contextmanager
def armed(text: str, directory: Path, *, seed: int = 0) -> Iterator[None]:
    """Orders for this process, for as long as the block takes."""
    arm({VARIABLE: text, DIRECTORY_VARIABLE: str(directory), SEED_VARIABLE: str(seed)})
    try:
        yield
    finally:
        arm({})


def orders_of(text: str) -> list[Order]:
    """The orders in a text. Raises BadSettings, naming the one that cannot be read."""
    return [_order(part.strip()) for part in text.split(";") if part.strip()]


def _order(text: str) -> Order:
    found = _ORDER.fullmatch(text)
    if found is None:
        _refuse(f"{text!r} is no order: point=action, then [text], @n, ~share or *hits")
    values = found.groupdict()
    unlimited = values["share"] is not None
    raw = {
        "point": values["point"],
        "action": values["action"],
        "about": values["about"] or "",
        "nth": values["nth"] and int(values["nth"]),
        "share": values["share"] and float(values["share"]),
        "hits_max": int(values["hits"] or (0 if unlimited else 1)),
    }
    try:
        return msgspec.convert(raw, Order)
    except msgspec.ValidationError:
        _refuse(f"{text!r}: the points are {', '.join(Point)}; the actions {', '.join(get_args(Action))}")


def _refuse(reason: str) -> NoReturn:
    raise BadSettings(f"{VARIABLE}: {reason}")


def hits(directory: Path, point: Point) -> int:
    """How often a point was hit, by all processes."""
    try:
        return (directory / point).read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0
