"""Which module knows how to ask and how to read a kind of source."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, assert_never

from actors.sources import xtream
from actors.sources.answer import Account, Read
from actors.sources.ask import Ask, Credentials, StepDefinition
from contracts.catalog import ItemKind, SourceKind
from contracts.errors import PlaybillError


class Source(Protocol):
    """Pure functions: what to ask of a kind of server, and how to read what it answers."""

    @property
    def READER_VERSION(self) -> int:  # noqa: N802 - a module's constant
        """Part of the digest salt: raised whenever the same bytes become other rows."""

    @property
    def steps(self) -> tuple[StepDefinition, ...]:
        """The listings of a sync in their order, the account check first."""

    @property
    def libraries(self) -> tuple[tuple[str, str, ItemKind], ...]:
        """(remote id, title, kind) of each library."""

    def ask(self, step: str) -> Ask:
        """The request of a step. Raises BadRequest for a step that this kind of source does not have."""

    def authorize(self, ask: Ask, credentials: Credentials) -> Ask:
        """The request with its credentials; only the HTTP door calls this."""

    def base_url(self, pasted: str) -> str:
        """The address of the server in what a person pasted. Raises BadSettings, whose text never repeats the query."""

    def read_account(self, body: bytes, now: datetime) -> Account:
        """The account, if it is good. Raises AccountRejected, AccountExpired, AccountDisabled or UnexpectedAnswer."""

    def unexpected_root(self, body_prefix: bytes) -> PlaybillError | None:
        """Why the start of a 200 answer is no listing; none if it may be one."""

    def read(self, step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
        """The rows of a JSON array of whole entries. Raises UnexpectedAnswer if the body is none, and nothing else."""

    def lasting(self, body: bytes) -> bytes:
        """A slice without what servers write anew each time and no row depends on: where it is alike, so are the rows."""

    def digest_salt(self, denied_category_ids: Collection[str]) -> bytes:
        """What the rows of a slice depend on besides its bytes; at most 64 bytes."""


def source(kind: SourceKind) -> Source:
    match kind:
        case SourceKind.XTREAM:
            return xtream
        case _:
            assert_never(kind)
