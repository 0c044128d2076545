"""What every stand-in server is made of: HTTP over loopback in a thread of its own, records of what was served, switches."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

import msgspec

from actors.demo.answer import Answer
from actors.demo.request import Request, read_head
from actors.demo.switches import ServerSwitches
from actors.demo.websocket import Sockets
from actors.demo.wire import send

HOST: Final = "127.0.0.1"
_HEAD_BYTES_MAX: Final = 64 * 1024
_TURNS_TO_COME: Final = 3
"""Of the loop, until a connection that was accepted has its task."""

SwitchesT = TypeVar("SwitchesT", bound=ServerSwitches)


class ServedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one request, as it stood when the record was read."""

    method: str = ""
    path: str = ""
    query: Mapping[str, str] = {}
    """The parameters without the secret ones; a server may add what it takes from headers."""
    action: str = "-"
    """The kind of request, which switches are set by; `-` for another path or a head that nobody can read."""
    status: int = 0
    credentials_ok: bool = False
    """Not refused, also where no credentials are needed."""
    user_agent: str = ""
    body_bytes: int = 0
    """Bytes of the body that the kernel took, coded and without framing."""
    ids: tuple[str, ...] = ()
    """The ids in the listing: those served if it is `whole`, those that would have been if it was cut."""
    whole: bool = False
    """Sent to its end."""
    started_s: float
    """`time.monotonic()`, as is `ended_s`."""
    ended_s: float | None = None
    """None while it is being answered or held."""


class StandIn(Generic[SwitchesT]):
    """A server. A context manager; every public method may be called from any thread.

    A server of a kind says what kind of request one is (`kind_of`), whether it is refused (`refusal`), and what is
    answered (`answer`): all three run in the server's thread, one request at a time, and must not wait.
    """

    secrets: ClassVar[frozenset[str]] = frozenset()
    """The names of parameters that no record shows, in lower case."""

    def __init__(self, switches: SwitchesT, *, port: int = 0) -> None:
        """Port 0 takes a free one."""
        self.port = port
        self.sockets = Sockets(self._in_thread)
        """The websockets that are open, of a server that has some."""
        self._good = type(switches)()
        self._default = switches
        self._switches: dict[str, SwitchesT] = {}
        self._asked: dict[str, int] = {}
        self._served: list[ServedRequest] = []
        self._lock = threading.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = asyncio.Event()
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    # --- For a server of a kind to say ---

    def kind_of(self, request: Request) -> str:
        """The name that switches and records have for requests like this one; `-` where nothing is known to be."""
        raise NotImplementedError

    def refusal(self, request: Request) -> Answer | None:
        """What is said to a request with wrong credentials, which no switch changes; None lets it pass."""
        raise NotImplementedError

    def answer(self, request: Request, switches: SwitchesT) -> Answer:
        raise NotImplementedError

    def shown(self, request: Request) -> Mapping[str, str]:
        """What the record shows of the parameters."""
        return {name: value for name, value in request.params.items() if name.lower() not in self.secrets}

    def greeting(self) -> list[str]:
        """What a person who started the server by hand is told: how to sign in, and what there is."""
        raise NotImplementedError

    # --- For the demo and for tests ---

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def served(self) -> list[ServedRequest]:
        """Every request so far, the running ones too, in the order of their arrival."""
        with self._lock:
            return list(self._served)

    @property
    def active_requests(self) -> int:
        """Requests that are being answered or held."""
        return sum(record.ended_s is None for record in self.served)

    def set(self, action: str | None = None, **switches: Any) -> None:
        """Replace the switches of one kind of request (`account`, `movies.1`, …), or of every kind when it is None.

        What stands before a dot (`movies`) is all of those kinds that have no switches of their own.
        Without switches all is good again. A request that is being answered keeps its own; `first_requests` counts anew.
        """
        chosen = type(self._good)(**switches)
        with self._lock:
            if action is None:
                self._default = chosen
                self._switches.clear()
                self._asked.clear()
            else:
                self._switches[action] = chosen
                self._asked = {kind: count for kind, count in self._asked.items() if action not in (kind, kind.partition(".")[0])}

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def close(self) -> None:
        """End held and running requests and the thread, at once. May be repeated."""
        self._in_thread(self._closing.set)
        if self._thread.ident is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _in_thread(self, action: Callable[[], None]) -> None:
        """Have something done in the server's thread; nothing, before it has begun and after it has ended."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # The loop has ended already.
                self._loop.call_soon_threadsafe(action)

    # --- In the server's thread ---

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._came, HOST, self.port, limit=_HEAD_BYTES_MAX)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._closing.wait()
        # A connection that was accepted and has no transport yet would get none from a closed server, and stay open.
        for listener in server.sockets:
            self._loop.remove_reader(listener.fileno())
        for _ in range(_TURNS_TO_COME):
            await asyncio.sleep(0)
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection. It is closed when its task is done, also when that is cancelled before it has begun."""
        task = asyncio.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # What was drained still arrives; what a client does not read must not keep us.
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)
        try:
            early: bytes | None = b""
            while early is not None:
                early = await self._exchange(reader, writer, early)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # The client left, or the server closes: this connection is over.

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, early: bytes) -> bytes | None:
        """One request and its answer. Gives the bytes of a next request that came early; None closes the connection."""
        head = early + await reader.readuntil(b"\r\n\r\n")
        place = self._note_start()
        try:
            request = read_head(head)
            if request.form_bytes:
                form = await reader.readexactly(request.form_bytes)
                request = msgspec.structs.replace(request, form=form.decode("latin-1"))
            found, switches = self._answered(request, place)
            if found.upgrade is not None:
                await self.sockets.serve(reader, writer, found)
                return None
            if request.method == "HEAD":
                found, switches = msgspec.structs.replace(found, pieces=(), body_bytes=found.body_bytes or 0), self._good
            whole, early_or_end = await _sent_or_left(reader, send(writer, found, switches, lambda size: self._sent(place, size)))
            self._note(place, whole=whole and switches.gzip != "truncated")
            return early_or_end if whole and request.keeps_open and switches.framing != "close" else None
        except ValueError:
            return None
        finally:
            self._note(place, ended_s=time.monotonic())

    def _answered(self, request: Request, place: int) -> tuple[Answer, SwitchesT]:
        kind = self.kind_of(request)
        self._note(place, method=request.method, path=request.path, query=self.shown(request), action=kind)
        self._note(place, user_agent=request.headers.get("user-agent", ""))
        found, switches = self.refusal(request), self._good
        if found is None:
            self._note(place, credentials_ok=True)
            switches = self._switches_of(kind)
            found = self.answer(request, switches)
        self._note(place, status=found.status, ids=found.ids)
        return found, switches

    def _switches_of(self, kind: str) -> SwitchesT:
        with self._lock:
            family = self._switches.get(kind.partition(".")[0], self._default)
            chosen = self._switches.get(kind, family)
            before = self._asked.get(kind, 0) - chosen.skip_requests
            self._asked[kind] = self._asked.get(kind, 0) + 1
        spoils = before >= 0 and (chosen.first_requests is None or before < chosen.first_requests)
        return chosen if spoils else self._good

    def _note_start(self) -> int:
        with self._lock:
            self._served.append(ServedRequest(started_s=time.monotonic()))
            return len(self._served) - 1

    def _note(self, place: int, **fields: Any) -> None:
        with self._lock:
            self._served[place] = msgspec.structs.replace(self._served[place], **fields)

    def _sent(self, place: int, size_bytes: int) -> None:
        self._note(place, body_bytes=self._served[place].body_bytes + size_bytes)


async def _sent_or_left(reader: asyncio.StreamReader, sending: Any) -> tuple[bool, bytes]:
    """Send until done or until the client hangs up: whether the answer went out whole, and what came early of a next request."""
    send_task, listen_task = asyncio.ensure_future(sending), asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait((send_task, listen_task), return_when=asyncio.FIRST_COMPLETED)
        early = listen_task.result() if listen_task.done() else b""
        if listen_task.done() and not early and not send_task.done():
            return False, b""
        return await send_task, early
    finally:
        for task in (send_task, listen_task):
            task.cancel()
        await asyncio.gather(send_task, listen_task, return_exceptions=True)
