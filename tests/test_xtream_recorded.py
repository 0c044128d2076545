"""Every recorded listing: each entry a row or a reject, as many as the file has."""

from pathlib import Path

import msgspec
import pytest

from actors.sources.xtream import read, unexpected_root
from tests.xtream_cases import RECORDED, recorded_listings


@pytest.mark.parametrize(("step", "path"), recorded_listings())
def test_every_entry_of_a_recorded_listing_is_a_row(step: str, path: Path) -> None:
    body = path.read_bytes()

    found = read(step, body, ())

    assert unexpected_root(body[:65_536]) is None
    assert len(found.categories) + len(found.items) == len(msgspec.json.decode(body))
    assert found.rejects == []


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")
def test_no_recorded_stream_address_reaches_a_row() -> None:
    bodies = [path.read_bytes() for path in RECORDED.rglob("get_live_streams.json")]
    sources = {entry["direct_source"] for body in bodies for entry in msgspec.json.decode(body) if entry["direct_source"]}

    rows = repr([read("channels", body, ()).items for body in bodies])

    assert sources
    assert not any(address in rows for address in sources)
