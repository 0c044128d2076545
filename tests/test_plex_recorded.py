"""Every recorded answer of a Plex server: each entry a row or a reject with its reason, as it is written beside."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from actors.sources.plex import read_account
from tests.plex_cases import RECORDED
from tests.plex_recorded import EXPECTED, FULL_ROWS, LISTED, containers, full_row, name_of, outcome, read_listing, recorded

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")


def expected() -> dict[str, Any]:
    found = json.loads(EXPECTED.read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("path", recorded(), ids=name_of)
def test_a_recorded_answer_becomes_what_is_expected(path: Path) -> None:
    assert outcome(path) == expected()["answers"][name_of(path)]


def test_nothing_is_expected_that_is_not_recorded() -> None:
    assert sorted(expected()["answers"]) == [name_of(path) for path in recorded()]


@pytest.mark.parametrize("path", containers(), ids=name_of)
def test_every_entry_of_a_recorded_listing_is_a_row_or_a_reject(path: Path) -> None:
    rows = json.loads(path.read_bytes())["MediaContainer"].get("Metadata", [])
    for kind in LISTED:
        found, _ = read_listing(f"{kind}s.1", path.read_bytes())

        assert len(found.items) == sum(entry.get("type") == kind for entry in rows)
        assert len(found.items) + len(found.rejects) == len({entry["ratingKey"] for entry in rows})
        assert all(reject.reason and reject.entry for reject in found.rejects)


@pytest.mark.parametrize("name", FULL_ROWS)
def test_a_recorded_entry_is_this_row(name: str) -> None:
    assert full_row(name) == expected()["full_rows"][name]


@pytest.mark.parametrize(("name", "is_claimed"), [("free", True), ("plexpass", True), ("unclaimed", False)])
def test_a_recorded_server_says_whether_it_is_claimed(name: str, is_claimed: bool) -> None:
    body = (RECORDED / f"plex-api.rs/server/media/providers_{name}.json").read_bytes()

    account = read_account([body], datetime(2026, 11, 21, tzinfo=UTC))

    assert account.server["machine_identifier"] == json.loads(body)["MediaContainer"]["machineIdentifier"]
    assert (account.warnings == []) is is_claimed
