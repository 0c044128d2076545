"""The session that lets us into one source, and when a new one may be asked for: never twice for nothing."""

import ssl

from actors.push.config import PushSource
from actors.push.session import sign_in
from actors.sources.ask import Session
from contracts.errors import AccountRejected


class Entrance:
    """One source's session, kept for as long as the server takes it."""

    def __init__(self, source: PushSource, context: ssl.SSLContext | None) -> None:
        self._source, self._context = source, context
        self._session: Session | None = None
        self._is_proven = True
        """Whether the last sign-in was worth it: a websocket was opened with what it gave."""

    async def session(self) -> Session:
        """The session, signed in where there is none. Raises what `sign_in` raises, and AccountRejected for a loop of logins."""
        if self._session is None:
            if not self._is_proven:
                raise AccountRejected("the server refuses the token that its own sign-in gave")
            self._session = await sign_in(self._source, self._context)
            self._is_proven = False
        return self._session

    def proven(self) -> None:
        """The server took the session."""
        self._is_proven = True

    def refused(self) -> bool:
        """The server takes the session no more. Whether there is another one to be had."""
        if self._session is None or not self._session.is_renewable:
            return False
        self._session = None
        return True
