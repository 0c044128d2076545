"""playbill.toml: what is taken, what is refused, and in which words."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from actors.cli.init import template
from actors.fetcher.config import USER_AGENT
from actors.settings import BUS_PORT, Settings, fetcher_sources, load, writer_sources
from contracts.catalog import SourceKind
from contracts.errors import BadRequest, BadSettings

SOURCE = """\
[[source]]
id = "iptv"
kind = "xtream"
url = "http://provider.example:8080"
username = "alice"
password = "s3cret-pw"
"""


def loaded(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> Settings:
    file = folder / "playbill.toml"
    file.write_text(text)
    file.chmod(0o600)
    return load(file, environment or {})


def refusal(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> str:
    with pytest.raises(BadSettings) as caught:
        loaded(folder, text, environment)
    return caught.value.text


def test_a_source_alone_is_enough(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE)

    assert settings.store.path == tmp_path / "playbill.db"
    assert settings.nats.url is None
    assert settings.nats.port == BUS_PORT
    assert settings.nats.directory == tmp_path / "playbill-bus"
    assert settings.sources[0].title == "iptv"
    assert settings.warnings == ()


def test_no_source_is_allowed_so_that_status_works(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").sources == ()


def test_the_file_that_init_writes_is_good_as_it_is(tmp_path: Path) -> None:
    settings = loaded(tmp_path, template())

    assert [source.source_id for source in settings.sources] == ["iptv"]


def test_every_default_that_the_file_of_init_shows_is_the_default(tmp_path: Path) -> None:
    parts = re.split(r"\[nats\]|\[log\]|\[\[source\]\]\n", template())[1:4]
    nats, log, source = (re.findall(r"^# (\w+ = .*)$", part, re.MULTILINE) for part in parts)
    shown = [line for line in nats if line.startswith(("port", "dir"))]
    text = SOURCE + "\n".join(line for line in source if not line.startswith("title"))
    written = loaded(tmp_path, "\n".join(["[nats]", *shown, "[log]", *log, text, ""]))
    plain = loaded(tmp_path, SOURCE)

    assert (written.nats, written.log) == (plain.nats, plain.log)
    assert fetcher_sources(written) == fetcher_sources(plain)
    assert writer_sources(written) == writer_sources(plain)


@pytest.mark.parametrize("kind", ["plex", "jellyfin"])
def test_each_example_of_a_source_in_the_file_of_init_is_good_and_shows_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("PLEX_TOKEN", "a-token")
    monkeypatch.setenv("JELLYFIN_USER", "anna")
    monkeypatch.setenv("JELLYFIN_PASSWORD", "pw")
    (example,) = [part for part in template().split("\n\n") if f'# kind = "{kind}"' in part]
    written = re.sub(r"^# ", "", example, flags=re.MULTILINE)
    plain = re.sub(r"^(music|concurrency|page_size) = .*\n?", "", written, flags=re.MULTILINE)

    assert plain != written
    settings = loaded(tmp_path, written)
    assert settings.sources[0].kind == kind
    assert fetcher_sources(settings) == fetcher_sources(loaded(tmp_path, plain))
    assert writer_sources(settings) == writer_sources(loaded(tmp_path, plain))


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '[store]\npath = "data/x.db"\n[nats]\ncredentials = "a.creds"\n')

    assert settings.store.path == tmp_path / "data/x.db"
    assert settings.nats.directory == tmp_path / "data/playbill-bus"
    assert settings.nats.credentials == tmp_path / "a.creds"


def test_a_bus_directory_that_is_set_is_relative_to_the_file_too(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '[store]\npath = "data/x.db"\n[nats]\ndir = "playbill-bus"\n')

    assert settings.nats.directory == tmp_path / "playbill-bus"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("concurrency = 0", "source[0].concurrency: expected int >= 1"),
        ("concurrency = 9", "source[0].concurrency: expected int <= 8"),
        ('concurrency = "1"', "source[0].concurrency: expected int, got str"),
        ("concurency = 1", "source[0].concurency: unknown key, did you mean concurrency?"),
        ("idle_timeout_s = nan", "source[0].idle_timeout_s: expected float > 0.0"),
        ("total_timeout_s = inf", "source[0].total_timeout_s: expected float <= 86400.0"),
        ('include_categories = ["a", 1]', "source[0].include_categories[1]: expected str, got int"),
        ('title = ""', "source[0].title: expected str of length >= 1"),
        (r'user_agent = "a\nb"', "source[0].user_agent: expected 1 to 300 printable ASCII characters"),
    ],
)
def test_a_wrong_value_is_refused_with_the_path_of_its_key(tmp_path: Path, line: str, words: str) -> None:
    assert refusal(tmp_path, SOURCE + line) == words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"iptv"', '"IPTV"', "source[0].id: expected 1 to 64 of a-z, 0-9, _ and -"),
        ('"iptv"', r'"iptv\n"', "source[0].id: expected 1 to 64 of a-z, 0-9, _ and -"),
        ('"xtream"', '"plx"', "source[0].kind: invalid enum value 'plx'; there is plex, jellyfin, xtream"),
        ('kind = "xtream"\n', "", "source[0].kind: missing"),
        ('"alice"', "3", 'source[0].username: expected a string, { env = "NAME" } or { file = "PATH" }'),
        ('"alice"', '{ env = "A", file = "B" }', 'source[0].username: expected a string, { env = "NAME" } or { file = "PATH" }'),
        ('"alice"', '""', "source[0].username: expected a value, got nothing"),
        ('username = "alice"\n', "", "source[0].username: missing; an xtream source needs it"),
        ("http://", "ftp://", "source[0].url: must start with http:// or https://"),
    ],
)
def test_a_wrong_source_is_refused_with_the_path_of_its_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert refusal(tmp_path, SOURCE.replace(old, new)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[stor]\n", "stor: unknown key, did you mean store?"),
        ("[store]\npath = 1", "store.path: expected a path"),
        ('[store]\ndurability = "x"', "store.durability: invalid enum value 'x'; there is full, normal"),
        ("[nats]\nport = 70000", "nats.port: expected int <= 65535"),
        ('[nats]\nsync_interval = "2m"', "nats.sync_interval: expected default, always, or seconds such as 10s"),
        ('[nats]\nuser = "x"', "nats.password: missing, and nats.user is set"),
        ('[nats]\nuser = "x"\npassword = "y"\ncredentials = "z"', "nats.credentials: set together with nats.user; one is enough"),
        ("source = 3", "source: expected array, got int"),
        ("[source]\n", "source: expected array, got object"),
        ("source = [3]", "source[0]: expected object, got int"),
        ("nats = 3", "nats: expected object, got int"),
        ("log.level = 3", "log.level: expected str, got int"),
    ],
)
def test_a_wrong_table_is_refused_with_the_path_of_its_key(tmp_path: Path, text: str, words: str) -> None:
    assert refusal(tmp_path, text) == words


def test_a_nats_address_with_a_password_in_it_is_refused_and_not_repeated(tmp_path: Path) -> None:
    words = refusal(tmp_path, '[nats]\nurl = "nats://bob:hidden-pw@host"')

    assert words.startswith("nats.url: ")
    assert "hidden-pw" not in words


def test_the_second_of_two_equal_ids_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, SOURCE + SOURCE) == "source[1].id: iptv is the id of source[0] already"


@pytest.mark.parametrize("body", [b"x", b"a = [", b"\xff", b"a = " + b"[" * 100_000, b'password = "hidden-pw\n'])
def test_what_is_no_toml_is_refused_with_its_place_and_without_its_content(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "playbill.toml"
    file.write_bytes(body)

    with pytest.raises(BadSettings, match=r"playbill\.toml: not ") as caught:
        load(file, {})
    assert "hidden-pw" not in caught.value.text


def test_a_file_that_is_not_there_is_said_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="playbill init --config"):
        load(tmp_path / "no.toml", {})


def test_the_file_is_found_by_option_then_variable_then_here_then_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    (home / "playbill").mkdir(parents=True)
    here.mkdir()
    monkeypatch.chdir(here)
    variables = {"XDG_CONFIG_HOME": str(home)}

    with pytest.raises(BadSettings, match="playbill init"):
        load(None, variables)
    for file in (home / "playbill/playbill.toml", here / "playbill.toml", tmp_path / "named.toml", tmp_path / "given.toml"):
        file.write_text("")
    assert load(None, {**variables, "PLAYBILL_CONFIG": str(tmp_path / "named.toml")}).file == tmp_path / "named.toml"
    assert load(tmp_path / "given.toml", {"PLAYBILL_CONFIG": "named.toml"}).file == tmp_path / "given.toml"
    assert load(None, variables).file == here / "playbill.toml"
    (here / "playbill.toml").unlink()
    assert load(None, variables).file == home / "playbill/playbill.toml"


def test_a_file_with_a_password_that_all_may_read_earns_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "playbill.toml"
    file.write_text(SOURCE)
    file.chmod(0o644)

    assert "chmod 600" in load(file, {}).warnings[0]
    file.write_text(SOURCE.replace('"alice"', '{ env = "A" }').replace('"s3cret-pw"', '{ env = "B" }'))
    assert load(file, {}).warnings == ()


def test_a_pasted_player_link_is_cleaned_of_its_credentials(tmp_path: Path) -> None:
    text = SOURCE.replace(
        "http://provider.example:8080", "http://provider.example:8080/get.php?username=alice&password=s3cret-pw"
    )
    settings = loaded(tmp_path, text)

    assert settings.sources[0].url == "http://provider.example:8080"
    assert "s3cret-pw" not in repr(settings)


def test_each_actor_is_told_what_it_needs_and_no_more(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, SOURCE + 'title = "Mine"\nconcurrency = 2\nmax_retries = 1\nidle_timeout_s = 5\nexclude_categories = ["X*"]\n'
    )
    fetched, written = fetcher_sources(settings)["iptv"], writer_sources(settings)[0]

    assert (fetched.kind, fetched.base_url) == (SourceKind.XTREAM, "http://provider.example:8080")
    assert (fetched.credentials.username, fetched.credentials.password) == ("alice", "s3cret-pw")
    assert (fetched.retry.max_retries, fetched.timeouts.idle_s, fetched.user_agent) == (1, 5.0, USER_AGENT)
    assert (written.title, written.concurrency, written.exclude_categories) == ("Mine", 2, ("X*",))
    assert b"provider.example" not in msgspec.json.encode(written)


def test_an_external_bus_is_reached_with_what_is_set(tmp_path: Path) -> None:
    alone = loaded(tmp_path, '[nats]\nurl = "nats://host:4222"\n').nats.bus_config("writer")
    by_role = loaded(tmp_path, '[nats]\nurl = "nats://host:4222"\npassword = "pw_x"\n').nats.bus_config("writer")
    by_name = loaded(tmp_path, '[nats]\nurl = "tls://host"\nuser = "me"\npassword = "pw_x"\n').nats.bus_config("writer")

    assert (alone.url, alone.user, alone.password) == ("nats://host:4222", None, None)
    assert (by_role.user, by_role.password) == ("writer", "pw_x")
    assert (by_name.url, by_name.user) == ("tls://host", "me")


def test_a_source_that_is_not_set_is_refused_with_those_that_are(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE)

    assert settings.source("iptv").source_id == "iptv"
    with pytest.raises(BadRequest, match=r"no source 'tv' in playbill\.toml; there is iptv"):
        settings.source("tv")
