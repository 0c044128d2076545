"""The tree of failures, sorted by what to do about them."""

from typing import ClassVar


class PlaybillError(Exception):
    """A failure with a stable `code` and a sentence for people, free of secrets and of URLs."""

    code: ClassVar[str] = "error"

    @property
    def text(self) -> str:
        """The sentence alone."""
        return str(self.args[0]) if self.args else self.code


class Temporary(PlaybillError):
    """The same message again, later."""

    code = "temporary"


class Permanent(PlaybillError):
    """Never this message again; its reason is kept."""

    code = "permanent"


# --- What a source can do to us: raised by the fetcher and by `sources/` -----------------------------


class SourceUnreachable(Temporary):
    """No connection, or it broke: DNS, refused, reset, an answer cut short."""

    code = "unreachable"


class SourceTimeout(Temporary):
    """Connect, first byte, idle or total time ran out."""

    code = "timeout"


class SourceFailing(Temporary):
    """Status 5xx, 408 or 425: the server's own trouble."""

    code = "server_error"


class CoolDown(Temporary):
    """The server asks to be left alone: 429, 456, 458, 509, 884, or a `Retry-After`."""

    code = "cool_down"

    def __init__(self, text: str, delay_s: float) -> None:
        super().__init__(text)
        self.delay_s = delay_s


class AccountRejected(Permanent):
    """Credentials refused: auth 0, 401, 403, 404 on the endpoint itself."""

    code = "account_rejected"


class AccountExpired(AccountRejected):
    """The account's time is over: status Expired, or `exp_date` in the past."""

    code = "account_expired"


class AccountDisabled(AccountRejected):
    """The provider switched the account off: status Banned, Disabled, …."""

    code = "account_disabled"


class NotPermitted(Permanent):
    """401 or 403 on one listing of an account that is good: this account may not read it, or its session is over."""

    code = "not_permitted"

    def __init__(self, text: str, *, is_unauthorized: bool) -> None:
        super().__init__(text)
        self.is_unauthorized = is_unauthorized
        """Status 401: signing in once more may help."""


class RequestRejected(Permanent):
    """Another 4xx: asking again cannot help."""

    code = "request_rejected"


class UnexpectedAnswer(Permanent):
    """Status 200 and not what was asked for: HTML, `false`, an account document, nothing at all."""

    code = "unexpected_answer"


class IncompleteAnswer(Temporary):
    """The JSON did not close: the body was cut, so the listing says nothing about what is missing."""

    code = "incomplete_answer"


class AnswerTooLarge(Permanent):
    """A bound on bytes was passed: of the body, of its inflated form, or of one entry."""

    code = "answer_too_large"


class RedirectRefused(Permanent):
    """A redirect to another origin, or too many of them. Credentials go to the configured server only."""

    code = "redirect_refused"


class CertificateProblem(Permanent):
    """The server's certificate is not one that we trust: self-signed, expired, for another name. Asking again shows the same."""

    code = "certificate_problem"


class AddressRefused(Permanent):
    """The source's host leads where none may be: to a cloud's metadata, our own bus, or a network that is not allowed."""

    code = "address_refused"


ACCOUNT_ERROR_CODES = frozenset({AccountRejected.code, AccountExpired.code, AccountDisabled.code})
"""Errors that end every step of the source's sync, since each would meet the same."""


# --- What messages can do to us ----------------------------------------------------------------------


class BadMessage(Permanent):
    """Bytes that are no message of ours."""

    code = "bad_message"


class UnknownVersion(Permanent):
    """A message of a version that this build does not know: parked, to be replayed after an upgrade."""

    code = "unknown_version"


class MessageTooLarge(Permanent):
    """A message that would pass the bus's payload limit."""

    code = "message_too_large"


# --- What our own places can do to us ----------------------------------------------------------------


class StoreUnavailable(Temporary):
    """The database is locked, full, or on a failing disk. A commit that failed is *unknown*: reopen, let it be redelivered."""

    code = "store_unavailable"


class StoreCorrupt(Permanent):
    """The file is no database, damaged, or of a newer version than this build."""

    code = "store_corrupt"


class StoreInUse(Permanent):
    """Another process writes the database, and will for as long as it lives: who came second has to go."""

    code = "store_in_use"


class BusUnavailable(Temporary):
    """The bus did not answer in time, or refuses because a stream is full."""

    code = "bus_unavailable"


class BusRefuses(BusUnavailable):
    """The bus answers others, and does not take this message: no stream has its subject, or the stream or the server says no."""

    code = "bus_refuses"


class BusMisconfigured(Permanent):
    """A stream or consumer is missing, or this user may not do what its role needs."""

    code = "bus_misconfigured"


class BadSettings(Permanent):
    """A setting that is unknown, wrong or missing. The text starts with the path of the key."""

    code = "bad_settings"


class BadRequest(Permanent):
    """A request that names something that does not exist."""

    code = "bad_request"
