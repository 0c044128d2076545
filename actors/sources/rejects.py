"""The copy of an entry that is kept when it could not be read: short, and without credentials."""

import re
from typing import Final

from contracts import limits
from contracts.catalog import Reject

_HIDDEN: Final = "[redacted]"
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What a terminal obeys, and a NUL, at which SQLite takes a text to end. JSON escapes them; who sends them raw sends no JSON."""
_SECRET_KEYS: Final = re.compile(
    r'("(?:username|user|password|pass|token|auth_?token|access_?token|x-plex-token|api_?key|direct_source|url)"\s*:\s*)(?:"(?:[^"\\]|\\.)*+(?:"|\\?$)|[^,}\]]*)',
    re.IGNORECASE | re.DOTALL,
)
_USERINFO: Final = re.compile(r"(:(?:\\?/){2})[^/\\\s\"?#]*@")
_PARAMETERS: Final = re.compile(
    r"((?:[?&]|\\u0026)(?:user(?:name)?|pass(?:word)?|(?:x-plex-|access_?)?token|api_?key)=)[^&#\"\\\s]*", re.IGNORECASE
)
_NAMED_PATH: Final = re.compile(r"(\\?/(?:live|movie|series|timeshift)\\?/)[^/\\\s\"]+(\\?/)[^/\\\s\"]+(?=\\?/)", re.IGNORECASE)
_BARE_PATH: Final = re.compile(r"(:(?:\\?/){2}[^/\\\s\"]+\\?/)[^/\\\s\"]+(\\?/)[^/\\\s\"]+(?=\\?/[0-9]+(?:\.\w+)?[\"?#])")


def reject(reason: str, entry: bytes, remote_id: str | None = None) -> Reject:
    return Reject(reason=reason[: limits.ERROR_TEXT_CHARS_MAX], entry=_copy(entry), remote_id=remote_id)


def _copy(entry: bytes) -> str:
    """Redacted before it is clipped: half a secret would not be recognised."""
    kept = redacted(entry[: limits.ENTRY_BYTES_MAX].decode(errors="replace"))[: limits.REJECT_CHARS_MAX]
    return _CONTROLS.sub("\ufffd", kept)


def redacted(entry: str) -> str:
    """JSON text with the values of keys that hold credentials, and the credentials inside addresses, blotted out."""
    entry = _SECRET_KEYS.sub(rf'\1"{_HIDDEN}"', entry)
    entry = _USERINFO.sub(rf"\1{_HIDDEN}@", entry)
    entry = _PARAMETERS.sub(rf"\1{_HIDDEN}", entry)
    entry = _NAMED_PATH.sub(rf"\1{_HIDDEN}\2{_HIDDEN}", entry)
    return _BARE_PATH.sub(rf"\1{_HIDDEN}\2{_HIDDEN}", entry)
