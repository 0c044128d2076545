"""The catalogue as it is at this moment: opened once it is there, and opened anew when its file became another."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, TypeVar

from actors.logs import logger
from actors.store import Reader
from contracts.errors import BadRequest

_log: Final = logger("catalogue")

T = TypeVar("T")


class Catalogue:
    """One reader of the file, used by one question at a time, as SQLite takes them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self._reader: Reader | None = None
        self._opened = AsyncExitStack()
        self._identity: tuple[int, int] | None = None

    async def ask(self, question: Callable[[Reader], Awaitable[T]]) -> T:
        """The answer of one moment.

        Raises StoreUnavailable while there is no catalogue that can be read, StoreCorrupt for a file that is none, and
        BadRequest as the reader does.
        """
        async with self._turn:
            was_open = self._is_current()
            try:
                return await self._answer(question)
            except BadRequest:
                raise
            except Exception as error:
                # What was open may have been migrated or torn under us, so it is looked at once with new eyes.
                if not was_open:
                    raise
                _log.info("the catalogue is opened anew", error=type(error).__name__)
            return await self._answer(question)

    async def close(self) -> None:
        async with self._turn:
            await self._close()

    async def _answer(self, question: Callable[[Reader], Awaitable[T]]) -> T:
        reader = await self._current()
        try:
            return await question(reader)
        except BadRequest:
            raise
        except Exception:
            await self._close()
            raise

    def _is_current(self) -> bool:
        return self._reader is not None and _identity_of(self._path) == self._identity

    async def _current(self) -> Reader:
        if self._reader is not None and self._is_current():
            return self._reader
        await self._close()
        # Looked at first: a file that takes its place while it is opened shows the next time.
        self._identity = _identity_of(self._path)
        self._reader = await self._opened.enter_async_context(Reader.open(self._path))
        _log.info("the catalogue is open")
        return self._reader

    async def _close(self) -> None:
        self._reader = None
        opened, self._opened = self._opened, AsyncExitStack()
        await opened.aclose()


def _identity_of(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; none when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a path's own `stat` is called blocking by the linter, and so is this
    except OSError:
        return None
    return found.st_dev, found.st_ino
