"""A user name and a password that occur nowhere else are looked for in every byte that a faulty run left behind."""

from pathlib import Path

import pytest

from actors.demo import XtreamServer, demo_catalogue
from actors.demo.catalogue import LIVE, MOVIES
from contracts.catalog import SyncStatus
from tests.playbill_room import Running, playbill

USER = "canary-user-5e1f"
PASSWORD = "canary-pass&word/9#c+ 77"
FORMS = (USER, PASSWORD, "canary-pass%26word%2F9%23c%2B%2077", "canary-pass%26word%2F9%23c%2B+77", "canary-pass", "9#c+ 77")

pytestmark = pytest.mark.timeout(180)


def leaks(root: Path, *texts: str) -> list[str]:
    found = [f"printed: {form}" for form in FORMS for text in texts if form in text]
    for path in root.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            found += [f"{path.name}: {form}" for form in FORMS if form.encode() in body]
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
    named = {"username": f'{{ file = "{secrets / "user"}" }}', "password": f'{{ file = "{secrets / "password"}" }}'}
    with leaky_catalogue() as server:
        async with playbill(tmp_path, {"iptv": server.url}, **named, more="max_retries = 1") as running:
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
