"""Which module knows how to ask and how to read a kind of source."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, assert_never

from actors.sources import jellyfin, plex, xtream
from actors.sources.answer import Account, Read
from actors.sources.ask import Ask, Credentials, Session, StepDefinition
from actors.sources.walk import Walk
from contracts.catalog import ItemKind, Library, SourceKind
from contracts.errors import PlaybillError
from contracts.messages import Links


class Source(Protocol):
    """Pure functions: what to ask of a kind of server, and how to read what it answers."""

    @property
    def READER_VERSION(self) -> int:  # noqa: N802 - a module's constant
        """Part of the digest salt: raised whenever the same bytes become other rows."""

    @property
    def USES_DIGESTS(self) -> bool:  # noqa: N802 - a module's constant
        """Whether a slice may be known by its digest: only where nothing but its own listing changes its rows."""

    @property
    def steps(self) -> tuple[StepDefinition, ...]:
        """The steps of a sync that are known beforehand, in their order, the account check first."""

    @property
    def libraries(self) -> tuple[tuple[str, str, ItemKind], ...]:
        """(remote id, title, kind) of each library that is known beforehand."""

    def library_steps(self, library: Library) -> tuple[StepDefinition, ...]:
        """The steps that list a library which a step has revealed."""

    def watch_steps(self, library: Library) -> tuple[StepDefinition, ...]:
        """The steps that bring what a user has watched of a library, where its listing is not asked for as a whole.

        Their rows are those of the listing's own step.
        """

    # --- Asking

    def sign_in(self, credentials: Credentials) -> Ask | None:
        """How to get a session, with the credentials in it already; none where they are enough by themselves."""

    def session(self, credentials: Credentials, body: bytes) -> Session:
        """The session in the answer to `sign_in`. Raises AccountRejected or UnexpectedAnswer."""

    def account_asks(self, session: Session) -> tuple[Ask, ...]:
        """The account check, one request after another."""

    def ask(self, step: str) -> Ask:
        """The one request of a step that is streamed. Raises BadRequest for a step that this kind of source does not have."""

    def walk(self, step: str, session: Session, page_size: int, since: int | None = None) -> Walk | None:
        """The way through a step of several requests; none when it is streamed. Raises BadRequest as `ask`.

        With `since`, Unix seconds by the server's clock, only what has changed from then on is wanted. It may give more: what
        the server does not date, and all of a listing of which it does not tell what changed.
        """

    def series_ask(self, series_id: str) -> Ask:
        """The request for the episodes of one series. Raises BadRequest where episodes are listed by library."""

    def authorize(self, ask: Ask, credentials: Credentials, session: Session) -> Ask:
        """The request with its credentials; only the HTTP door calls this."""

    def words_of_failure(self, status: int, body: bytes) -> str | None:
        """What the server says of its own trouble in the body of a 4xx or 5xx, in its words; none when it says nothing."""

    def base_url(self, pasted: str) -> str:
        """The address of the server in what a person pasted. Raises BadSettings, whose text never repeats the query."""

    # --- Reading

    def read_account(self, bodies: Sequence[bytes], now: datetime) -> Account:
        """The account, if it is good, from the answers to `account_asks`.

        Raises AccountRejected, AccountExpired, AccountDisabled or UnexpectedAnswer.
        """

    def unexpected_root(self, body_prefix: bytes) -> PlaybillError | None:
        """Why the start of a 200 answer is no listing; none if it may be one."""

    def read(self, step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
        """The rows of a JSON array of whole entries. Raises UnexpectedAnswer if the body is none, and nothing else."""

    def series_body(self, body: bytes) -> bytes:
        """The answer to `series_ask` as one JSON value that fits into a message, without what nobody reads where it is large.

        Raises IncompleteAnswer, AnswerTooLarge, and UnexpectedAnswer or AccountRejected for what is no answer about a series.
        """

    def is_unknown_series(self, body: bytes) -> bool:
        """Whether the answer to `series_ask` says that there is no such series."""

    def read_series(self, series_id: str, body: bytes) -> Read:
        """The seasons and episodes of one series: none where it has no episodes. Raises as `series_body`, but for the first."""

    def lasting(self, body: bytes) -> bytes:
        """A slice without what servers write anew each time and no row depends on: where it is alike, so are the rows."""

    def digest_salt(self, denied_category_ids: Collection[str]) -> bytes:
        """What the rows of a slice depend on besides its bytes; at most 64 bytes."""

    def links(
        self, kind: ItemKind, remote_id: str, image: str | None, *, base_url: str, server: Mapping[str, str | int | bool | None]
    ) -> Links:
        """Addresses for people, without credentials. `server` is what the account check said of it."""


def source(kind: SourceKind) -> Source:
    match kind:
        case SourceKind.PLEX:
            return plex
        case SourceKind.JELLYFIN:
            return jellyfin
        case SourceKind.XTREAM:
            return xtream
        case _:
            assert_never(kind)
