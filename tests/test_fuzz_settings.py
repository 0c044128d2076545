"""Any settings file and any environment: settings, or a refusal that begins with the key and holds no secret."""

import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.settings import (
    Settings,
    fetcher_sources,
    has_schedules,
    home_stale_after,
    load,
    schedules,
    writer_sources,
)
from actors.settings.checking import checked
from actors.settings.environment import overlaid
from actors.settings.load import FILE_BYTES_MAX
from actors.settings.shape import LogSettings, NatsSettings, SourceSettings, StoreSettings
from contracts.errors import BadSettings
from tests.fuzz_room import fuzz, mutated

SECRET: Final = "s3cret-Pw-0"
"""Stands wherever a password may stand, and so may be in no refusal."""
FILE: Final = Path("/etc/playbill/playbill.toml")
TABLES: Final = {"nats": NatsSettings, "store": StoreSettings, "log": LogSettings, "source": SourceSettings}
KEYS: Final = {name: table.__struct_encode_fields__ for name, table in TABLES.items()}
SECRET_KEYS: Final = ("username", "password", "token", "api_key")

DOCUMENT: Final[dict[str, Any]] = {
    "nats": {"url": "nats://bus:4222", "user": "client", "password": SECRET, "port": 14222, "dir": "bus"},
    "store": {"path": "playbill.db", "durability": "normal"},
    "log": {"level": "info", "json": False},
    "source": [
        {
            "id": "iptv", "kind": "xtream", "url": "http://provider.example:8080", "username": "alice", "password": SECRET,
            "title": "Provider", "concurrency": 2, "max_retries": 3, "retry_initial_s": 1.0, "user_agent": "VLC/3",
            "include_categories": ["News", "EN*"], "episodes": "changed", "requests_per_10_s": 20.0, "every": "6h",
            "episodes_every": "1d", "time_zone": "Europe/Berlin", "quiet": ["23:00-07:00"], "jitter": "5m", "grace": "7d",
        },
        {"id": "plex", "kind": "plex", "url": "http://plex:32400", "token": SECRET, "music": True, "cron": "0 4 * * *",
    "push": True},
        {"id": "jf", "kind": "jellyfin", "url": "http://jf:8096", "api_key": {"env": "JF"}, "user": "ada", "home_every": "15m"},
        {"id": "j2", "kind": "jellyfin", "url": "http://jf:8097", "username": "ada", "password": {"file": "pw"}},
    ],
}  # fmt: skip
ODD_TEXTS: Final = (
    "", " ", "\x00", "a\x00b", "~nobody-of-this-name/x", "~", "/", "..", "../../x", "x" * 5_000, "é", "\n", "\r\n",
    "iptv\n", "0s", "1",
    "-1h", "1e9d", "999999999999d", "١h", "1.5h", "nan", "inf", "* * * * *", "0 0 31 2 *", "*/0 * * * *", "@daily", "60 * * * *",
    "1-1000000000 * * * *", "* * * * * *", "24:00-25:00", "23:00-23:00", "00:00-12:00", "-", "--", "Europe/../../etc/passwd",
    "/etc/localtime", "Europe/Nowhere", "UTC", "posixrules", "http://[", "http://h:99999", "http://u:p@h", "ftp://h",
    "nats://u:p@h",
    "javascript:x", "//", "http://" + "h" * 300, "$.source", "`$.a`", "a - at `$.nats.port`", "${HOME}", "{{x}}", "%s%n", "null",
)  # fmt: skip
odd = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.text(max_size=12),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.just([]),
    st.just({}),
    st.lists(st.sampled_from(ODD_TEXTS) | st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["env", "file", "x", ""]), st.sampled_from(ODD_TEXTS) | st.integers(), max_size=2),
    st.datetimes(),
    st.dates(),
    st.times(),
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A good document with some of its keys changed, and some that are not there."""
    document: dict[str, Any] = {
        name: [dict(row) for row in table] if isinstance(table, list) else dict(table) for name, table in DOCUMENT.items()
    }
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(list(TABLES)))
        place = draw(st.integers(0, len(document["source"]) - 1)) if name == "source" else 0
        table = document["source"][place] if name == "source" else document[name]
        key = draw(st.sampled_from(KEYS[name]) | st.sampled_from(ODD_TEXTS) | st.text(max_size=8))
        if draw(st.booleans()) and key in table:
            del table[key]
        else:
            table[key] = draw(odd)
    if draw(st.integers(0, 9)) == 0:
        document[draw(st.sampled_from([*TABLES, "sources", "x"]))] = draw(odd)
    return document


def verdict_of(document: dict[str, Any], environment: dict[str, str] | None = None) -> Settings | str:
    """The settings, or the words of the refusal."""
    try:
        settings = checked(overlaid(document, environment or {}, FILE.parent), FILE)
        use(settings)
    except BadSettings as refusal:
        return refusal.text
    return settings


def use(settings: Settings) -> None:
    """Everything that is made of settings is made of these too, but for secrets that are somewhere else."""
    writer_sources(settings)
    has_schedules(settings)
    schedules(settings)
    home_stale_after(settings)
    repr(settings)


def check(verdict: Settings | str, document: dict[str, Any]) -> None:
    if isinstance(verdict, Settings):
        ids = [row.source_id for row in verdict.sources]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z0-9_-]{1,64}", one) for one in ids)
        assert SECRET not in repr(verdict)
        return
    assert verdict.startswith((*TABLES, "PLAYBILL_", "settings: ", *map(str, document))), verdict
    assert ": " in verdict
    assert SECRET not in verdict
    verdict.encode()


@fuzz(400)
@given(documents())
def test_any_change_to_a_good_file_is_taken_or_refused_without_a_secret(document: dict[str, Any]) -> None:
    check(verdict_of(document), document)


@fuzz(150)
@given(mutated(DOCUMENT, 3))
def test_a_file_of_another_shape_is_taken_or_refused_without_a_secret(document: Any) -> None:
    if isinstance(document, dict):
        check(verdict_of({str(key): value for key, value in document.items()}), document)


variables = st.one_of(
    st.builds("PLAYBILL_{}__{}".format, st.sampled_from(["STORE", "LOG", "NATS"]), st.sampled_from(
        [key.upper() for name in ("store", "log", "nats") for key in KEYS[name]])),
    st.builds("PLAYBILL_SOURCE__{}__{}".format, st.sampled_from(["IPTV", "PLEX", "JF", "NONE", ""]), st.sampled_from(
        [key.upper() for key in KEYS["source"]])),
    st.builds("PLAYBILL_{}".format, st.text("ABC_xyz0-", max_size=12)),
)  # fmt: skip


@fuzz(300)
@given(st.dictionaries(variables, st.sampled_from((*ODD_TEXTS, SECRET, "\udcff")) | st.text(max_size=12), min_size=1, max_size=3))
def test_any_environment_is_taken_or_refused_by_the_variable_or_the_key(environment: dict[str, str]) -> None:
    check(verdict_of(DOCUMENT, environment), DOCUMENT)


@pytest.mark.parametrize("key", [f"{table}.{key}" for table in TABLES for key in KEYS[table]])
@pytest.mark.parametrize("value", [[], {}, "", "\x00", "~nobody-of-this-name/x", 10**30, float("nan")], ids=repr)
def test_whatever_stands_at_a_key_the_refusal_begins_with_it(key: str, value: object) -> None:
    table, _, name = key.partition(".")
    document: dict[str, Any] = {
        other: [dict(row) for row in rows] if isinstance(rows, list) else dict(rows) for other, rows in DOCUMENT.items()
    }
    changed = document["source"][0] if table == "source" else document[table]
    changed[name] = value

    verdict = verdict_of(document)

    if isinstance(verdict, str):
        known = (
            {f"source[0].{other}" for other in KEYS["source"]}
            if table == "source"
            else {f"{table}.{other}" for other in KEYS[table]}
        )
        assert verdict.partition(": ")[0].partition("[")[0] in known | {"source"}, verdict


def refusal_of(path: Path) -> str | None:
    try:
        load(path, {})
    except BadSettings as refusal:
        return refusal.text
    return None


def check_words(refusal: str | None) -> None:
    assert refusal is None or (": " in refusal and SECRET not in refusal)


# --- Files -----------------------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(BadSettings) as caught:
        load(path, {})
    return caught.value.text


def written(path: Path, body: bytes | str, mode: int = 0o600) -> Path:
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    path.chmod(mode)
    return path


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example writes anew."""
    return written(tmp_path_factory.mktemp("settings") / "playbill.toml", "")


LINES: Final = (
    "[nats]", "[[source]]", "[source]", 'id = "a"', 'kind = "plex"', 'url = "http://h"', f'token = "{SECRET}"', "port = 1e400",
    "[a.b.c]", "x = nan", "x = [", '"""', "= 1", 'password = "', f'password = "{SECRET}" x', f'password = {SECRET}', "\x00",
    "a.b = 1", "a = {b = 1, b = 2}", "1979-05-27T07:32:00Z", f"'{SECRET}", f'[{SECRET}]x', "[store]", 'path = "~nobody/x"',
)  # fmt: skip


@fuzz(250)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(str.encode),
        st.lists(st.sampled_from(LINES), max_size=8).map(lambda lines: "\n".join(lines).encode()),
    )
)
def test_any_bytes_in_a_file_are_settings_or_refused_without_a_secret(scratch: Path, body: bytes) -> None:
    scratch.write_bytes(body)
    check_words(refusal_of(scratch))


@pytest.mark.parametrize(
    "body",
    [
        b"a = " + b"[" * 100_000 + b"]" * 100_000,
        b"a = " + b"{a = " * 10_000,
        b"[" + b"a." * 100_000 + b"a]",
        b".".join([b"a"] * 50_000) + b" = 1",
        b"\xff\xfe[\x00",
        b"\xef\xbb\xbf[store]",
        b"a = " + b"9" * 100_000,
        b'a = "' + b"x" * (FILE_BYTES_MAX + 1),
        b"x = 0o" + b"7" * 100_000,
        b"x = 9999-99-99",
        b"x = 1" + b"0" * 5_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_hostile_file_is_refused_soon(scratch: Path, body: bytes) -> None:
    assert refused(written(scratch, body)).startswith((str(scratch), "x: unknown key", "a: unknown key"))


def test_more_sources_than_the_bus_bears_are_refused_soon(scratch: Path) -> None:
    row = '[[source]]\nid = "s{}"\nkind = "plex"\nurl = "http://h"\ntoken = "t"\n'

    assert refused(written(scratch, "".join(row.format(number) for number in range(3_000)))).startswith("source: 3000 sources")
    assert "larger than" in refused(written(scratch, "".join(row.format(number) for number in range(100_000))))


def test_a_file_that_ends_nowhere_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path / "playbill.toml", "")
    os.truncate(path, 100 * 1024 * 1024 * 1024)  # Of holes; nobody has the memory.

    assert "larger than" in refused(path)


def test_what_is_no_file_is_refused_and_waits_for_nobody(tmp_path: Path) -> None:
    pipe, folder, dangling = tmp_path / "pipe", tmp_path / "folder", tmp_path / "dangling"
    os.mkfifo(pipe)
    folder.mkdir()
    dangling.symlink_to(tmp_path / "nowhere")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    for path in (pipe, folder, dangling, loop, Path("/dev/zero"), tmp_path / ("x" * 5_000)):
        assert "no settings file at" in refused(path)
    for path in (tmp_path / "a\x00b", Path("~nobody-of-this-name/playbill.toml")):
        assert refused(path).startswith("the settings file: expected a path")


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    written(tmp_path / "real.toml", 'store = { path = "a.db" }')
    link = tmp_path / "playbill.toml"
    link.symlink_to(tmp_path / "real.toml")

    assert load(link, {}).store.path == tmp_path / "a.db"


@pytest.mark.parametrize("kind", ["pipe", "folder", "zero", "large", "binary", "nothing"])
def test_a_secret_in_what_is_no_file_is_refused_by_its_key_and_waits_for_nobody(tmp_path: Path, kind: str) -> None:
    place = tmp_path / kind
    match kind:
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case "zero":
            place = Path("/dev/zero")
        case "large":
            written(place, "x" * 20_000)
        case "binary":
            written(place, b"\xff\xfe")
        case _:
            pass
    text = f'[[source]]\nid = "a"\nkind = "plex"\nurl = "http://h"\ntoken = {{ file = "{place}" }}\n'
    settings = load(written(tmp_path / "playbill.toml", text), {})

    with pytest.raises(BadSettings, match=r"^source\[0\]\.token: "):
        fetcher_sources(settings)


@pytest.mark.parametrize("name", ["a/b", "a.b", "a*", ">", "a b", "a\\r\\nb", "a\\n", "../a", "A", "é", "", "a" * 65])
def test_an_id_that_would_not_fit_into_a_subject_or_a_path_is_refused(tmp_path: Path, name: str) -> None:
    text = f'[[source]]\nid = "{name}"\nkind = "plex"\nurl = "http://h"\ntoken = "t"\n'

    assert refused(written(tmp_path / "playbill.toml", text)).startswith("source[0].id: expected 1 to 64 of a-z")


@pytest.mark.parametrize("line", ['password = "{}"', '"password"="{}"', "password = '{}'"])
def test_a_secret_that_everybody_can_read_earns_a_warning_with_the_file(tmp_path: Path, line: str) -> None:
    text = f"[nats]\n{line.format(SECRET)}\n"

    settings = load(written(tmp_path / "playbill.toml", text, mode=0o644), {})

    assert [str(tmp_path / "playbill.toml") in warning for warning in settings.warnings] == [True]
    assert SECRET not in settings.warnings[0]
