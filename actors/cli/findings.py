"""What a check found, one line each, with what to do about it; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from contracts.catalog import SourceKind
from contracts.errors import (
    AccountDisabled,
    AccountExpired,
    AccountRejected,
    AddressRefused,
    BadSettings,
    CertificateProblem,
    CoolDown,
    NotPermitted,
    RedirectRefused,
    RequestRejected,
    SourceFailing,
    SourceTimeout,
    SourceUnreachable,
    UnexpectedAnswer,
)

_ADVICE: Final[Mapping[str, str]] = {
    SourceUnreachable.code: "check its url, and whether the server runs and is reachable from here",
    SourceTimeout.code: "try again later; a big panel may need a larger first_byte_timeout_s",
    SourceFailing.code: "the server is in trouble itself; try again later",
    CoolDown.code: "wait a while before the next try",
    AccountRejected.code: "check what it is let in with; some providers also refuse a user_agent they do not know",
    AccountExpired.code: "renew the account with the provider",
    AccountDisabled.code: "ask the provider why",
    RequestRejected.code: "check its url",
    UnexpectedAnswer.code: "check its url and kind; some providers also refuse a user_agent they do not know",
    CertificateProblem.code: "name who signed it with ca_file, or set its url to the name in the certificate",
    AddressRefused.code: "check its url, and what its name leads to",
    RedirectRefused.code: "set its url to where the server really is",
    BadSettings.code: "set it, or put it right in the settings",
    NotPermitted.code: "give its user the right to it on the server",
}
_ADVICE_BY_KIND: Final[Mapping[tuple[str, SourceKind], str]] = {
    (
        AccountRejected.code,
        SourceKind.XTREAM,
    ): "check username and password; some providers also refuse a user_agent they do not know",
    (AccountRejected.code, SourceKind.PLEX): "check its token, and that the server belongs to that account or is shared with it",
    (AccountRejected.code, SourceKind.JELLYFIN): "check api_key and user, or username and password",
    (AccountDisabled.code, SourceKind.JELLYFIN): "switch the user on again in the server's dashboard",
    (UnexpectedAnswer.code, SourceKind.PLEX): "check its url and kind, and whether the server is up to date",
    (UnexpectedAnswer.code, SourceKind.JELLYFIN): "check its url and kind, with the path where a proxy gives it one",
    (SourceTimeout.code, SourceKind.PLEX): "try again later, and look whether the server is busy",
    (SourceTimeout.code, SourceKind.JELLYFIN): "try again later, and look whether the server is busy",
}
"""Where a kind of source has a better word."""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was looked at."""

    what: str
    """`source`, `bus` or `store`."""
    name: str
    ok: bool
    text: str
    advice: str | None = None
    warnings: list[str] = []


def found_problem(what: str, name: str, code: str, text: str, kind: SourceKind | None = None) -> Finding:
    return Finding(what=what, name=name, ok=False, text=text, advice=advice_for(code, kind))


def advice_for(code: str, kind: SourceKind | None = None) -> str | None:
    """What a person does about an error of this code, of a source of this kind where it is known."""
    by_kind = _ADVICE_BY_KIND.get((code, kind)) if kind is not None else None
    return by_kind or _ADVICE.get(code)


def account_text(server: Mapping[str, str | int | bool | None]) -> str:
    """What the account check said, for people.

    `Active until 2027-01-01, 0 of 2 connections in use`, or of a server `Attic, version 1.41.3 on Linux`.
    """
    if server.get("version"):
        platform = f" on {server['platform']}" if server.get("platform") else ""
        return f"{server.get('name') or 'the server'}, version {server['version']}{platform}"
    parts = [str(server.get("status") or "the account is good")]
    expires_at = server.get("expires_at")
    if isinstance(expires_at, str):
        parts[0] += f" until {_day(expires_at)}"
    most, used = server.get("max_connections"), server.get("active_connections")
    if most is not None:
        parts.append(f"{used if used is not None else '?'} of {most} connections in use")
    return ", ".join(parts)


def _day(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d}"
    except ValueError:
        return text


def line(finding: Finding) -> str:
    """`ok       source iptv: Active until …`."""
    text = f"{'ok' if finding.ok else 'problem':<8} {finding.what} {finding.name}: {finding.text}"
    advice = f"; {finding.advice}" if finding.advice else ""
    return text + advice + "".join(f"; {warning}" for warning in finding.warnings)
