"""A user name and a password that occur nowhere else are looked for in every byte that a faulty run left behind."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from actors.demo import JellyfinServer, PlexServer, XtreamServer, demo_catalogue
from actors.demo.catalogue import LIVE, MOVIES
from contracts.catalog import SyncStatus
from tests.cli_room import CommandLine
from tests.paged_room import FILMS_VIEW, small_jellyfin, small_plex
from tests.playbill_room import Running, playbill

USER = "canary-user-5e1f"
PASSWORD = "canary-pass&word/9#c+ 77"
FORMS = (USER, PASSWORD, "canary-pass%26word%2F9%23c%2B%2077", "canary-pass%26word%2F9%23c%2B+77", "canary-pass", "9#c+ 77")
PLEX_TOKEN = "canary-plex-77/&c"
API_KEY = "canary-key-77/&c"
MEDIA_PASSWORD = "canary-media-77/&c"

pytestmark = pytest.mark.timeout(180)


def leaks(root: Path, *texts: str, forms: Sequence[str] = FORMS) -> list[str]:
    found = [f"printed: {form}" for form in forms for text in texts if form in text]
    for path in root.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            found += [f"{path.name}: {form}" for form in forms if form.encode() in body]
    return found


def processes(running: Running) -> str:
    pids = [child.pid for child in running.supervisor.children()]
    return "\n".join(Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text() for pid in pids)


def leaky_catalogue() -> XtreamServer:
    """A provider that writes the credentials into its own answers, as many do."""
    catalogue = demo_catalogue()
    base = f"http://provider.invalid:8080/movie/{USER}/{PASSWORD}"
    movies = [
        {
            **entry,
            "direct_source": f"{base}/{number}.mkv",
            "stream_icon": f"{base}/{number}.png?username={USER}&password={PASSWORD}",
        }
        if isinstance(entry, dict)
        else entry
        for number, entry in enumerate(catalogue.entries(MOVIES))
    ]
    return XtreamServer(catalogue.with_listing(MOVIES, movies), username=USER, password=PASSWORD)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
async def test_the_credentials_are_nowhere(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "user").write_text(USER)
    (secrets / "password").write_text(PASSWORD)
    username, password = (f'{{ file = "{secrets / name}" }}' for name in ("user", "password"))
    with leaky_catalogue() as server:
        async with playbill(
            tmp_path, {"iptv": server.url}, username=username, password=password, more="max_retries = 1"
        ) as running:
            statuses = [(await running.sync()).status]
            for switches in (
                {"status": 500},
                {"reset_after_bytes": 1_000},
                {"cut_after_bytes": 900},
                {"html_200": True},
                {"body_text": f"Access denied for {USER}:{PASSWORD}"},
                {"redirect_to": f"http://127.0.0.1:1/?username={USER}&password={PASSWORD}"},
                {"body_text": f'{{"user_info":{{"username":"{USER}","password":"{PASSWORD}","auth":0}}}}'},
            ):
                server.set(LIVE, **switches)
                statuses.append((await running.sync()).status)
            server.set(None, account="auth_0")
            statuses.append((await running.sync()).status)
            said = processes(running)
            running.kill("nats-server")
    printed = capfd.readouterr()

    assert statuses[0] is SyncStatus.COMPLETED
    assert SyncStatus.FAILED in statuses
    assert SyncStatus.PARTIAL in statuses
    assert leaks(tmp_path, said, printed.out, printed.err) == []


# --- Media servers ---


def leaky_plex(secret: str) -> PlexServer:
    """A server that writes its token into addresses and texts."""
    library = small_plex()
    for key in library.keys("1", "movie")[:5]:
        library.change(str(key), thumb=f"/library/metadata/{key}/thumb/1?X-Plex-Token={quote(secret, safe='')}", summary=secret)
    library.add_collection("1", f"Made with {secret}", [str(key) for key in library.keys("1", "movie")[:3]])
    return PlexServer(library, token=secret)


def leak(server: JellyfinServer, *secrets: str) -> list[str]:
    """Write secrets, and the tokens of those who are signed in, into the server's films; the tokens."""
    tokens = list(server.accounts._tokens)
    for film, secret in zip(server.library.items("Movie"), [*secrets, *tokens], strict=False):
        server.library.change(film.id, overview=f"http://h/?ApiKey={quote(secret, safe='')}&t={secret}", name=f"Film {secret}")
    return tokens


def in_every_form(*secrets: str) -> list[str]:
    return [form for secret in secrets for form in (secret, quote(secret, safe=""), quote(secret), secret.replace("/", "\\/"))]


def secret_file(folder: Path, name: str, secret: str) -> str:
    (folder / name).write_text(secret)
    return f'{{ file = "{folder / name}" }}'


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
async def test_what_opens_media_servers_is_nowhere(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = tmp_path_factory.mktemp("secrets")
    with (
        leaky_plex(PLEX_TOKEN) as plex,
        JellyfinServer(small_jellyfin(), api_key=API_KEY) as by_key,
        JellyfinServer(small_jellyfin(), users={"canary": MEDIA_PASSWORD}) as by_name,
    ):
        token, key = secret_file(secrets, "token", PLEX_TOKEN), secret_file(secrets, "key", API_KEY)
        password = secret_file(secrets, "password", MEDIA_PASSWORD)
        servers = {
            "plex": f'kind = "plex"\nurl = "{plex.url}"\ntoken = {token}',
            "by-key": f'kind = "jellyfin"\nurl = "{by_key.url}"\napi_key = {key}\nuser = "demo"',
            "by-name": f'kind = "jellyfin"\nurl = "{by_name.url}"\nusername = "canary"\npassword = {password}',
        }
        async with playbill(tmp_path, {}, servers=servers, more="max_retries = 0") as running:
            statuses = [(await running.sync(source_id)).status for source_id in servers]
            tokens = leak(by_name, MEDIA_PASSWORD) + leak(by_key, API_KEY)
            statuses += [(await running.sync(source_id)).status for source_id in servers]
            for number in range(len(bad_days(""))):
                spoil(plex, bad_days(PLEX_TOKEN)[number], "movies.1", "hub")
                spoil(by_key, bad_days(API_KEY)[number], f"items.{FILMS_VIEW.id}", "latest")
                spoil(by_name, bad_days(MEDIA_PASSWORD + tokens[0])[number], f"items.{FILMS_VIEW.id}", "latest")
                statuses += [(await running.sync(source_id)).status for source_id in servers]
            by_name.accounts.end_all()
            by_name.set("login", body_text=f'{{"AccessToken":"{MEDIA_PASSWORD}"}}')
            statuses.append((await running.sync("by-name")).status)
            said = processes(running)
            run = CommandLine(tmp_path / "playbill.toml").run
            shown = [await asyncio.to_thread(run, *words) for words in (("home",), ("items", "--json"), ("status",), ("check",))]
            running.kill("nats-server")
    printed = capfd.readouterr()

    assert statuses[: 2 * len(servers)] == [SyncStatus.COMPLETED] * 2 * len(servers)
    assert {SyncStatus.PARTIAL, SyncStatus.FAILED} <= set(statuses)
    assert len(tokens) == 1
    forms = in_every_form(PLEX_TOKEN, API_KEY, MEDIA_PASSWORD, *tokens)
    texts = [said, printed.out, printed.err, *(text for answer in shown for text in (answer.out, answer.err))]
    assert leaks(tmp_path, *texts, forms=forms) == []
    assert redacted_titles(running.database) == 3


def spoil(server: PlexServer | JellyfinServer, switches: dict[str, Any], *kinds: str) -> None:
    for kind in kinds:
        server.set(kind, **switches)


def bad_days(secret: str) -> list[dict[str, Any]]:
    return [
        {"status": 500, "body_text": f"<html><title>No {secret}</title></html>"},
        {"html_200": True},
        {"body_text": f'{{"error":"{secret}"}}'},
        {"redirect_to": f"http://127.0.0.1:1/?X-Plex-Token={secret}&ApiKey={secret}"},
    ]


def redacted_titles(path: Path) -> int:
    """How many titles a secret was taken out of: the test is of something."""
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT count(*) FROM items WHERE title LIKE '%[redacted]%'").fetchone()
    return int(found[0])
