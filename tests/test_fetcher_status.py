"""What statuses and `Retry-After` mean."""

from datetime import UTC, datetime

import pytest

from actors.fetcher.status import NoSuchEndpoint, cool_down_s, failure_of
from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import (
    AccountRejected,
    CoolDown,
    PlaybillError,
    RequestRejected,
    SourceFailing,
    UnexpectedAnswer,
)

_NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_WANTED: dict[type[PlaybillError], list[int]] = {
    CoolDown: [429, 456, 458, 509, 884],
    SourceFailing: [408, 425, 500, 501, 502, 503, 504, *range(520, 528), 599],
    AccountRejected: [401, 403],
    NoSuchEndpoint: [404],
    RequestRejected: [400, 402, 405, 410, 418, 451, 499, 600, 999],
    UnexpectedAnswer: [204, 205],
}


@pytest.mark.parametrize(("status", "wanted"), [(status, kind) for kind, all_ in _WANTED.items() for status in all_])
def test_every_status_has_one_meaning(status: int, wanted: type[PlaybillError]) -> None:
    failure = failure_of(status, None, _NOW, SourceKind.XTREAM)

    assert type(failure) is wanted
    assert status in (204, 205) or str(status) in failure.text


@pytest.mark.parametrize("status", [200, 201, 203, 206])
def test_a_body_under_another_success_is_read(status: int) -> None:
    assert failure_of(status, None, _NOW, SourceKind.XTREAM) is None


@pytest.mark.parametrize("status", [408, 425, 500, 503, 520])
def test_a_failing_server_that_says_when_to_come_back_is_left_alone(status: int) -> None:
    failure = failure_of(status, "7", _NOW, SourceKind.XTREAM)

    assert isinstance(failure, CoolDown)
    assert failure.delay_s == 7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0", 1),
        ("99999999", limits.COOL_DOWN_MAX_S),
        ("9" * 5000, limits.COOL_DOWN_MAX_S),
        ("-1", limits.COOL_DOWN_DEFAULT_S),
        ("abc", limits.COOL_DOWN_DEFAULT_S),
        ("1.5", limits.COOL_DOWN_DEFAULT_S),
        ("٥", limits.COOL_DOWN_DEFAULT_S),
        ("", limits.COOL_DOWN_DEFAULT_S),
        (None, limits.COOL_DOWN_DEFAULT_S),
        ("Sat, 21 Nov 2026 12:02:00 GMT", 120),
        ("Sat, 21 Nov 2026 12:02:00 -0000", 120),
        ("Sat, 21 Nov 2026 13:02:00 +0100", 120),
        ("Sat, 21 Nov 2026 11:00:00 GMT", limits.COOL_DOWN_DEFAULT_S),
        ("Sat, 21 Nov 2099 11:00:00 GMT", limits.COOL_DOWN_MAX_S),
        ("Sat, 99 Nov 2026 11:00:00 GMT", limits.COOL_DOWN_DEFAULT_S),
    ],
)
def test_retry_after_is_honoured_within_reason(value: str | None, seconds: float) -> None:
    assert cool_down_s(value, _NOW) == seconds
