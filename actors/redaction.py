"""Secrets out of text, by the name of a key and by the shape of a value."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

HIDDEN: Final = "[redacted]"

_NAMES: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "username",
    "authorization",
    "apikey",
    "cookie",
    "credential",
)
_WORD: Final = r"username|password|passwd|pass|pw|api[_-]?key|[\w-]{0,40}token|[\w-]{0,40}secret|authorization|cookie"
_MARK: Final = re.compile(r"[=/@:%]")
"""Without one of these there is nothing to hide; most texts have none."""
_SLASH: Final = r"\\?/"
_NAME: Final = r"[^/\\\s\"']+"

_USERINFO: Final = re.compile(rf"([a-z][a-z0-9+.-]{{0,20}}:{_SLASH}{_SLASH})[^/\\\s\"']*@", re.IGNORECASE)
"""Up to the last "@" before a slash: people put one into their password."""
_PAIR: Final = re.compile(rf"\b({_WORD})(=|%3D)(?!\\\")(?:[^&\s\"'<>]|&(?=[^&=\s]*(?:[&\s]|$)))+", re.IGNORECASE)
_MEMBER: Final = re.compile(rf"([\"']?)\b({_WORD})\1(\s*[:=]\s*)([\"'])(?:\\.|(?!\4).)*\4", re.IGNORECASE)
_ESCAPED_MEMBER: Final = re.compile(rf"(\\\"|)\b({_WORD})\1(\s*[:=]\s*)\\\"(?:(?!\\\").)*\\\"", re.IGNORECASE)
"""As within a string of JSON: `Token=\\"…\\"`."""
_HEADER: Final = re.compile(r"\b(authorization\s*:\s*|x-[\w-]{0,40}token\s*:\s*)((?:bearer|basic)\s+)?[^\s\"',]+", re.IGNORECASE)
_STREAM: Final = re.compile(
    rf"({_SLASH})(live|movie|series|timeshift)({_SLASH}){_NAME}{_SLASH}{_NAME}(?={_SLASH})", re.IGNORECASE
)
_SHORT_STREAM: Final = re.compile(
    rf"(https?:{_SLASH}{_SLASH}{_NAME}{_SLASH}){_NAME}{_SLASH}{_NAME}({_SLASH}\d+(?:\.\w+)?)(?=$|[\s\"'?,;)>\]])", re.IGNORECASE
)
_RULES: Final = (
    (_USERINFO, rf"\1{HIDDEN}@"),
    (_ESCAPED_MEMBER, rf'\1\2\1\3\\"{HIDDEN}\\"'),
    (_MEMBER, rf"\1\2\1\3\4{HIDDEN}\4"),
    (_PAIR, rf"\1\2{HIDDEN}"),
    (_HEADER, rf"\1{HIDDEN}"),
    (_STREAM, rf"\1\2\3{HIDDEN}\3{HIDDEN}"),
    (_SHORT_STREAM, rf"\1{HIDDEN}/{HIDDEN}\2"),
)


def redact(text: str) -> str:
    """The text without credentials: pairs of a query, userinfo, stream paths, headers, members of a JSON or Python object."""
    if _MARK.search(text) is None:
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def redact_value(name: str, value: object) -> object:
    """A value for a log: numbers as they are, all else as text without secrets; nothing at all of a key that names one."""
    if is_secret_name(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): redact_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value("", inner) for inner in value]
    return redact(str(value))


@lru_cache(maxsize=512)
def is_secret_name(name: str) -> bool:
    """Whether what is called so must not be shown."""
    plain = name.lower().replace("_", "").replace("-", "")
    return plain == "pw" or any(word in plain for word in _NAMES)
