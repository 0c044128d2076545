"""What a server means when it answers with text or an error object: a refusal of the account, a block, or nothing of use."""

import re
from typing import Final

from contracts.errors import AccountDisabled, AccountExpired, AccountRejected, PlaybillError, UnexpectedAnswer

_DEBUG_CODES: Final = re.compile(r"\b(EXPIRED|BANNED|DISABLED|INVALID_CREDENTIALS|EMPTY_USER_AGENT|BLOCKED_USER_AGENT)\b")
_REFUSED: Final = re.compile(
    r"unauthori[sz]ed|invalid (?:user|login|cred|pass)|wrong (?:user|pass)|authentication (?:failed|error)", re.I
)
_BLOCKED: Final = re.compile(
    r"blocked|access denied|forbidden|not allowed|captcha|cloudflare|attention required|just a moment|user[- ]agent", re.I
)
_HTML: Final = re.compile(r"<(?:!doctype|html|head|body|title|h1|p|br|script)\b", re.I)


def rejected() -> AccountRejected:
    return AccountRejected("the server refuses the user name or the password")


def expired(ended_on: str | None = None) -> AccountExpired:
    return AccountExpired(f"the account expired on {ended_on}" if ended_on else "the account has expired")


def disabled(status: str) -> AccountDisabled:
    return AccountDisabled(f"the provider has switched the account off: its status is {status}")


def nothing() -> UnexpectedAnswer:
    return UnexpectedAnswer("the server gave no answer: its body is empty")


def meaning(text: str, wanted: str) -> PlaybillError:
    """What text means that stands where JSON was due. None of its words are repeated: they may hold anything."""
    if code := _DEBUG_CODES.search(text):
        return _debug_code(code[1])
    if _REFUSED.search(text):
        return rejected()
    if _BLOCKED.search(text):
        return UnexpectedAnswer(
            f"the server blocks this client instead of sending {wanted}; another User-Agent in the source's settings may help"
        )
    return UnexpectedAnswer(f"the server sent {'a web page' if _HTML.search(text) else 'text'} instead of {wanted}")


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
