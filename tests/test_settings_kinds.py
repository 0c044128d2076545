"""What each kind of source needs, refuses, and has where nothing is set."""

import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.fetcher.config import USER_AGENT
from actors.settings import Settings, fetcher_source, fetcher_sources, load, writer_sources
from actors.settings.client_id import FILE_NAME
from contracts import limits
from tests.test_settings_load import loaded, refusal

URLS = {"plex": "http://192.168.1.5:32400", "jellyfin": "http://192.168.1.6:8096", "xtream": "http://provider.example:8080"}
PLEX = {"token": "s3cret-token"}
BY_KEY = {"api_key": "s3cret-key", "user": "Anna"}
BY_NAME = {"username": "alice", "password": "s3cret-pw"}
WAYS = "api_key and user, or username and password"


def written(kind: str, **more: Any) -> str:
    keys = {"id": kind, "kind": kind, "url": URLS[kind], **more}
    return "\n".join(["[[source]]", *(f"{key} = {msgspec.json.encode(value).decode()}" for key, value in keys.items()), ""])


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("plex", {}, "source[0].token: missing; a plex source needs it"),
        ("plex", BY_NAME, "source[0].username: not for a plex source"),
        ("plex", {**PLEX, "username": "a"}, "source[0].username: not for a plex source"),
        ("plex", {**PLEX, "password": "a"}, "source[0].password: not for a plex source"),
        ("plex", {**PLEX, "api_key": "a"}, "source[0].api_key: not for a plex source"),
        ("plex", {**PLEX, "user": "a"}, "source[0].user: not for a plex source"),
        ("jellyfin", {}, f"source[0].api_key: missing; a jellyfin source needs {WAYS}"),
        ("jellyfin", {"api_key": "k"}, "source[0].user: missing; a jellyfin source with api_key needs it"),
        ("jellyfin", {"user": "u"}, "source[0].api_key: missing; a jellyfin source with user needs it"),
        ("jellyfin", {"username": "u"}, "source[0].password: missing; a jellyfin source with username needs it"),
        ("jellyfin", {"password": "p"}, "source[0].username: missing; a jellyfin source with password needs it"),
        (
            "jellyfin",
            {**BY_KEY, **BY_NAME},
            f"source[0].username: not together with api_key; a jellyfin source needs {WAYS}",
        ),
        (
            "jellyfin",
            {"user": "u", "password": "p"},
            f"source[0].password: not together with user; a jellyfin source needs {WAYS}",
        ),
        ("jellyfin", {**BY_KEY, "token": "t"}, "source[0].token: not for a jellyfin source"),
        ("xtream", {}, "source[0].username: missing; an xtream source needs it"),
        ("xtream", {"username": "u"}, "source[0].password: missing; an xtream source needs it"),
        ("xtream", {"password": "p"}, "source[0].username: missing; an xtream source needs it"),
        ("xtream", PLEX, "source[0].token: not for an xtream source"),
        ("xtream", {**BY_NAME, **BY_KEY}, "source[0].api_key: not for an xtream source"),
        ("xtream", {**BY_NAME, "user": "u"}, "source[0].user: not for an xtream source"),
        ("xtream", {**BY_NAME, "page_size": 100}, "source[0].page_size: not for an xtream source"),
        ("xtream", {**BY_NAME, "music": True}, "source[0].music: not for an xtream source"),
        ("plex", {**PLEX, "include_categories": ["a"]}, "source[0].include_categories: not for a plex source"),
        ("jellyfin", {**BY_KEY, "exclude_categories": ["a"]}, "source[0].exclude_categories: not for a jellyfin source"),
        ("plex", {**PLEX, "page_size": 0}, "source[0].page_size: expected int >= 1"),
        ("plex", {**PLEX, "page_size": 1_001}, "source[0].page_size: expected int <= 1000"),
        ("plex", {**PLEX, "page_size": "9"}, "source[0].page_size: expected int, got str"),
        ("plex", {**PLEX, "music": 1}, "source[0].music: expected bool, got int"),
        ("plex", {"token": ""}, "source[0].token: expected a value, got nothing"),
        ("plex", {"token": 3}, 'source[0].token: expected a string, { env = "NAME" } or { file = "PATH" }'),
        ("jellyfin", {**BY_KEY, "user": ""}, "source[0].user: expected str of length >= 1"),
    ],
)
def test_what_does_not_go_with_a_kind_is_refused_by_its_key(tmp_path: Path, kind: str, given: dict[str, Any], words: str) -> None:
    assert refusal(tmp_path, written(kind, **given)) == words


def test_the_key_of_the_second_source_is_named_by_its_place(tmp_path: Path) -> None:
    text = written("xtream", **BY_NAME) + written("plex")

    assert refusal(tmp_path, text) == "source[1].token: missing; a plex source needs it"


@pytest.mark.parametrize(
    ("kind", "given", "page_size", "concurrency"),
    [("plex", PLEX, 250, 2), ("jellyfin", BY_KEY, 500, 2), ("jellyfin", BY_NAME, 500, 2), ("xtream", BY_NAME, 250, 1)],
)
def test_each_kind_has_defaults_of_its_own(
    tmp_path: Path, kind: str, given: dict[str, Any], page_size: int, concurrency: int
) -> None:
    settings = loaded(tmp_path, written(kind, **given))
    (fetched,), (told,) = fetcher_sources(settings).values(), writer_sources(settings)

    assert (fetched.page_size, told.concurrency, told.music) == (page_size, concurrency, False)
    assert fetched.user_agent == USER_AGENT if kind == "xtream" else fetched.user_agent.startswith("Playbill")


def test_what_is_set_goes_over_the_defaults(tmp_path: Path) -> None:
    more = {"music": True, "page_size": 100, "concurrency": 4, "user_agent": "Mine/1"}
    settings = loaded(tmp_path, written("plex", **PLEX, **more))
    (fetched,), (told,) = fetcher_sources(settings).values(), writer_sources(settings)

    assert (fetched.page_size, fetched.user_agent) == (100, "Mine/1")
    assert (told.music, told.concurrency) == (True, 4)


def test_variables_set_the_new_keys_too(tmp_path: Path) -> None:
    prefix = "PLAYBILL_SOURCE__PLEX__"
    variables = {f"{prefix}TOKEN": "other", f"{prefix}MUSIC": "true", f"{prefix}PAGE_SIZE": "50", f"{prefix}CONCURRENCY": "3"}
    settings = loaded(tmp_path, written("plex"), variables)
    (fetched,), (told,) = fetcher_sources(settings).values(), writer_sources(settings)

    assert (fetched.credentials.token, fetched.page_size, told.music, told.concurrency) == ("other", 50, True, 3)
    assert refusal(tmp_path, written("plex"), {f"{prefix}PAGE_SIZE": "x"}) == f"{prefix}PAGE_SIZE: expected int, got str"


def three(folder: Path) -> Settings:
    return loaded(folder, written("plex", **PLEX) + written("jellyfin", **BY_KEY) + written("xtream", **BY_NAME))


def test_the_fetcher_is_given_what_each_kind_lets_in_with(tmp_path: Path) -> None:
    given = {source_id: source.credentials for source_id, source in fetcher_sources(three(tmp_path)).items()}

    assert (given["plex"].token, given["plex"].username) == ("s3cret-token", "")
    assert (given["jellyfin"].api_key, given["jellyfin"].user, given["jellyfin"].password) == ("s3cret-key", "Anna", "")
    assert (given["xtream"].username, given["xtream"].password, given["xtream"].token) == ("alice", "s3cret-pw", "")


def test_no_secret_of_any_kind_is_shown_and_the_writer_is_told_none(tmp_path: Path) -> None:
    settings = three(tmp_path)
    told = msgspec.json.encode(writer_sources(settings)).decode()
    shown = [repr(settings), told, repr(fetcher_sources(settings)), str(fetcher_sources(settings)["plex"].credentials)]

    for text in shown:
        assert "s3cret" not in text
        assert "alice" not in text
    assert [len(source.secrets) for source in settings.sources] == [1, 1, 2]


@pytest.mark.parametrize(("kind", "given", "key"), [("plex", PLEX, "token"), ("jellyfin", BY_KEY, "api_key")])
def test_a_file_that_holds_a_token_or_key_and_all_may_read_earns_a_warning(
    tmp_path: Path, kind: str, given: dict[str, Any], key: str
) -> None:
    file = tmp_path / "playbill.toml"
    file.write_text(written(kind, **given))
    file.chmod(0o644)

    assert "chmod 600" in load(file, {}).warnings[0]
    file.write_text(written(kind, **given).replace(f'{key} = "{given[key]}"', f'{key} = {{ env = "X" }}'))
    assert load(file, {}).warnings == ()


def test_a_token_that_is_not_there_is_an_error_that_names_its_key(tmp_path: Path) -> None:
    text = written("plex", token="x").replace('"x"', '{ file = "no" }')

    with pytest.raises(Exception, match=r"^source\[0\]\.token: cannot read"):
        fetcher_sources(loaded(tmp_path, text))


def test_plex_knows_the_installation_and_jellyfin_a_device_of_each_source(tmp_path: Path) -> None:
    text = (
        written("plex", **PLEX) + written("jellyfin", **BY_KEY) + written("jellyfin", **BY_NAME).replace('"jellyfin"', '"two"', 1)
    )
    settings = loaded(tmp_path, text + written("xtream", **BY_NAME))
    ids = {source_id: source.credentials.client_id for source_id, source in fetcher_sources(settings).items()}

    assert ids["plex"] == (tmp_path / FILE_NAME).read_text().strip()
    assert ids["xtream"] == ""
    assert len({ids["plex"], ids["jellyfin"], ids["two"]}) == 3
    assert ids == {source_id: source.credentials.client_id for source_id, source in fetcher_sources(settings).items()}


def test_who_signs_in_beside_the_fetcher_has_a_device_of_its_own(tmp_path: Path) -> None:
    settings = three(tmp_path)
    (plex, jellyfin, _) = settings.sources
    beside = [fetcher_source(settings, row, purpose="check").credentials.client_id for row in (plex, jellyfin)]
    usual = [fetcher_source(settings, row).credentials.client_id for row in (plex, jellyfin)]

    assert beside[0] == usual[0]
    assert beside[1] != usual[1]


def test_an_xtream_account_alone_needs_no_id_and_leaves_no_file(tmp_path: Path) -> None:
    fetcher_sources(loaded(tmp_path, written("xtream", **BY_NAME)))

    assert not (tmp_path / FILE_NAME).exists()


def test_the_id_is_kept_beside_the_database_for_its_owner_alone(tmp_path: Path) -> None:
    fetcher_sources(loaded(tmp_path, '[store]\npath = "data/x.db"\n' + written("plex", **PLEX)))

    assert stat.S_IMODE((tmp_path / "data" / FILE_NAME).stat().st_mode) == 0o600


def test_more_sources_than_the_bus_has_consumers_for_are_refused(tmp_path: Path) -> None:
    sources = limits.CONSUMERS_MAX // 2 + 1
    text = "".join(written("plex", **PLEX).replace('"plex"', f'"p{number}"', 1) for number in range(sources))

    assert refusal(tmp_path, text).startswith(f"source: {sources} sources make {2 * sources} consumers; the bus bears")
