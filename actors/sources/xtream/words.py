"""What a server means when it answers with text or an error object: a refusal of the account, a block, or nothing of use."""

import re
from typing import Final

from contracts.errors import AccountDisabled, AccountExpired, AccountRejected, PlaybillError, UnexpectedAnswer

_SEARCHED_CHARS_MAX: Final = 16_384
"""A page that says why says it early."""
_DEBUG_CODES: Final = re.compile(r"\b(EXPIRED|BANNED|DISABLED|INVALID_CREDENTIALS|EMPTY_USER_AGENT|BLOCKED_USER_AGENT)\b")
_REFUSED: Final = re.compile(
    r"unauthori[sz]ed|invalid (?:user|login|cred|pass)|wrong (?:user|pass)|authentication (?:failed|error)", re.IGNORECASE
)
_BLOCKED: Final = re.compile(
    r"blocked|access denied|forbidden|not allowed|captcha|cloudflare|attention required|just a moment|user[- ]agent",
    re.IGNORECASE,
)
_HTML: Final = re.compile(r"<(?:!doctype|html|head|body|title|h1|p|br|script)\b", re.IGNORECASE)


def rejected() -> AccountRejected:
    return AccountRejected("the server refuses the user name or the password")


def expired(ended_on: str | None = None) -> AccountExpired:
    return AccountExpired(f"the account expired on {ended_on}" if ended_on else "the account has expired")


def disabled(status: str) -> AccountDisabled:
    return AccountDisabled(f"the provider has switched the account off: its status is {status}")


def nothing() -> UnexpectedAnswer:
    return UnexpectedAnswer("the server gave no answer: its body is empty")


def empty_value(wanted: str) -> UnexpectedAnswer:
    """`false`, `null`, `""` and the like: no answer, and never an empty catalogue."""
    return UnexpectedAnswer(f"the server gave no answer: it sent an empty value instead of {wanted}")


def of_text(text: str, wanted: str) -> PlaybillError:
    """What text means that stands where JSON was due. None of its words are repeated: they may hold anything."""
    kind = "a web page" if _HTML.search(text[:_SEARCHED_CHARS_MAX]) else "text"
    return _refusal(text, wanted) or UnexpectedAnswer(f"the server sent {kind} instead of {wanted}")


def of_object(text: str, wanted: str) -> PlaybillError:
    """What an object means, given as JSON, that holds nothing of what was asked for."""
    return _refusal(text, wanted) or UnexpectedAnswer(f"the server sent an object that does not hold {wanted}")


def _refusal(text: str, wanted: str) -> PlaybillError | None:
    searched = text[:_SEARCHED_CHARS_MAX]
    if code := _DEBUG_CODES.search(searched):
        return _debug_code(code[1])
    if _REFUSED.search(searched):
        return rejected()
    if _BLOCKED.search(searched):
        return UnexpectedAnswer(
            f"the server blocks this client instead of sending {wanted}; another User-Agent in the source's settings may help"
        )
    return None


def _debug_code(code: str) -> PlaybillError:
    """XC_VM panels in debug mode name their reason in a page with status 200."""
    match code:
        case "EXPIRED":
            return expired()
        case "BANNED" | "DISABLED":
            return disabled(code.capitalize())
        case "INVALID_CREDENTIALS":
            return rejected()
        case _:
            return UnexpectedAnswer("the server refuses the User-Agent; set another one in the source's settings")
