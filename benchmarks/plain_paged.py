"""The least possible for a server that answers in pages: ask for one after another, decode, upsert, commit; no bus, no ledger.

Prints one JSON document: seconds, rows, processor seconds, peak memory.
"""

import argparse
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from benchmarks.plain_script import Result
from benchmarks.process import usage

PLEX, JELLYFIN = "plex", "jellyfin"
PAGE_SIZES: Final = {PLEX: 250, JELLYFIN: 500}
"""As Playbill's own."""
_TICKS_PER_S: Final = 10_000_000
_PLEX_TYPES: Final = {"movie": (1,), "show": (2, 3, 4)}
_JELLYFIN_TYPES: Final = {"movies": ("Movie",), "tvshows": ("Series", "Season", "Episode")}
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS items (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, remote_id TEXT NOT NULL, parent_remote_id TEXT, title TEXT NOT NULL,
  year INTEGER, rating REAL, duration_s INTEGER, added_at TEXT, image TEXT, index_number INTEGER, parent_index INTEGER,
  view_count INTEGER, details TEXT NOT NULL, UNIQUE (kind, remote_id)
)"""
_CONTENT: Final = (
    "parent_remote_id, title, year, rating, duration_s, added_at, image, index_number, parent_index, view_count, details"
)
_EXCLUDED: Final = ", ".join(f"excluded.{name}" for name in _CONTENT.split(", "))
_UPSERT: Final = (
    f"INSERT INTO items (kind, remote_id, {_CONTENT}) VALUES (?, ?, {', '.join('?' * (_CONTENT.count(',') + 1))})"
    f" ON CONFLICT (kind, remote_id) DO UPDATE SET ({_CONTENT}) = ({_EXCLUDED}) WHERE ({_CONTENT}) IS NOT ({_EXCLUDED})"
)
_FIELDS: Final = {
    "Fields": "DateCreated,Etag,ProviderIds,Genres,Overview,OriginalTitle,Studios,Taglines",
    "EnableImageTypes": "Primary,Backdrop",
    "ImageTypeLimit": "1",
}
_json: Final = msgspec.json.Encoder()

Entry = dict[str, Any]
Row = tuple[Any, ...]


def run(kind: str, url: str, access: Mapping[str, str], path: Path) -> Result:
    """One sync of everything."""
    started_s = time.perf_counter()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -16384"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(_TABLE)
    rows = 0
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        connection.execute("BEGIN IMMEDIATE")
        for page in (_plex if kind == PLEX else _jellyfin)(client, access):
            connection.executemany(_UPSERT, page)
            rows += len(page)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started_s
    connection.close()
    used = usage(os.getpid())
    assert used is not None
    return Result(seconds=seconds, rows=rows, cpu_s=used.cpu_s, peak_bytes=used.peak_bytes)


def _plex(client: httpx.Client, access: Mapping[str, str]) -> Iterator[list[Row]]:
    client.headers = httpx.Headers({"Accept": "application/json", "X-Plex-Token": access["token"]})
    sections = _got(client, "/library/sections", {})["MediaContainer"]["Directory"]
    for section in sections:
        for number in _PLEX_TYPES.get(section["type"], ()):
            start = 0
            while True:
                place = {"X-Plex-Container-Start": start, "X-Plex-Container-Size": PAGE_SIZES[PLEX]}
                asked = {"type": number, "includeGuids": 1, "sort": "id", **place}
                found = _got(client, f"/library/sections/{section['key']}/all", asked)["MediaContainer"].get("Metadata", [])
                if not found:
                    break
                start += len(found)
                yield [_plex_row(entry) for entry in found]


def _plex_row(entry: Entry) -> Row:
    details = {
        "plot": entry.get("summary"),
        "genres": [genre["tag"] for genre in entry.get("Genre", ())],
        "released": entry.get("originallyAvailableAt"),
        "guid": entry.get("guid"),
        "external_ids": dict(guid["id"].split("://", 1) for guid in entry.get("Guid", ())),
    }
    kind, duration = entry["type"], entry.get("duration")
    parent = entry.get("grandparentRatingKey") if kind == "episode" else entry.get("parentRatingKey")
    return (
        kind, entry["ratingKey"], parent, entry["title"], entry.get("year"), entry.get("audienceRating"),
        duration and duration // 1000, entry.get("addedAt"), entry.get("thumb"), entry.get("index"), entry.get("parentIndex"),
        entry.get("viewCount", 0), _json.encode(details).decode(),
    )  # fmt: skip


def _jellyfin(client: httpx.Client, access: Mapping[str, str]) -> Iterator[list[Row]]:
    who = 'MediaBrowser Client="plain", Device="plain", DeviceId="plain", Version="1"'
    login = {"Username": access["username"], "Pw": access["password"]}
    signed_in = client.post("/Users/AuthenticateByName", json=login, headers={"Authorization": who}).raise_for_status().json()
    client.headers = httpx.Headers({"Authorization": f'{who}, Token="{signed_in["AccessToken"]}"'})
    user = {"userId": signed_in["User"]["Id"]}
    for view in _got(client, "/UserViews", user)["Items"]:
        for of in _JELLYFIN_TYPES.get(view.get("CollectionType"), ()):
            start = 0
            while True:
                what = {"ParentId": view["Id"], "Recursive": "true", "IncludeItemTypes": of, "CollapseBoxSetItems": "false"}
                order = {"SortBy": "DateCreated,SortName", "ExcludeLocationTypes": "Virtual"}
                asked = {**user, **what, **order, **_FIELDS, "StartIndex": start, "Limit": PAGE_SIZES[JELLYFIN]}
                found = _got(client, "/Items", {**asked, "EnableTotalRecordCount": "false"})["Items"]
                if not found:
                    break
                start += len(found)
                yield [_jellyfin_row(entry) for entry in found]


def _jellyfin_row(entry: Entry) -> Row:
    details = {
        "plot": entry.get("Overview"),
        "genres": entry.get("Genres", []),
        "released": (entry.get("PremiereDate") or "")[:10] or None,
        "external_ids": {name.lower(): found for name, found in entry.get("ProviderIds", {}).items()},
    }
    ticks, tag = entry.get("RunTimeTicks"), entry.get("ImageTags", {}).get("Primary")
    image = f"Items/{entry['Id']}/Images/Primary?tag={tag}" if tag else None
    return (
        entry["Type"], entry["Id"], entry.get("SeriesId"), entry["Name"], entry.get("ProductionYear"),
        entry.get("CommunityRating"), ticks and ticks // _TICKS_PER_S, entry.get("DateCreated"), image,
        entry.get("IndexNumber"), entry.get("ParentIndexNumber"), entry.get("UserData", {}).get("PlayCount", 0),
        _json.encode(details).decode(),
    )  # fmt: skip


def _got(client: httpx.Client, path: str, params: Mapping[str, Any]) -> Any:
    return msgspec.json.decode(client.get(path, params=dict(params)).raise_for_status().content)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_paged", description=__doc__)
    parser.add_argument("kind", choices=(PLEX, JELLYFIN))
    parser.add_argument("url")
    parser.add_argument("database", type=Path)
    parser.add_argument("--token", default="")
    parser.add_argument("--username", default="")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    access = {"token": options.token, "username": options.username, "password": options.password}
    print(msgspec.json.encode(run(options.kind, options.url, access, options.database)).decode())


if __name__ == "__main__":
    main()
