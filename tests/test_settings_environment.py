"""Environment over file."""

from pathlib import Path

import pytest

from actors.settings import fetcher_sources
from tests.test_settings_load import SOURCE, loaded, refusal


def test_a_variable_goes_over_the_file(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        SOURCE + "concurrency = 2\n",
        {
            "PLAYBILL_STORE__DURABILITY": "normal",
            "PLAYBILL_NATS__URL": "nats://bus:4222",
            "PLAYBILL_LOG__JSON": "true",
            "PLAYBILL_SOURCE__IPTV__PASSWORD": "other",
            "PLAYBILL_SOURCE__IPTV__CONCURRENCY": "4",
            "PLAYBILL_SOURCE__IPTV__VERIFY_TLS": "false",
            "PLAYBILL_SOURCE__IPTV__RETRY_MAX_S": "2.5",
            "PLAYBILL_SOURCE__IPTV__INCLUDE_CATEGORIES": "DE *, 12,",
        },
    )
    source = settings.sources[0]

    assert (settings.store.durability, settings.nats.url, settings.log.json) == ("normal", "nats://bus:4222", True)
    assert (source.concurrency, source.verify_tls, source.retry_max_s) == (4, False, 2.5)
    assert source.include_categories == ("DE *", "12")
    assert fetcher_sources(settings)["iptv"].credentials.password == "other"


def test_a_relative_path_of_a_variable_is_relative_to_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    settings = loaded(tmp_path, SOURCE, {"PLAYBILL_STORE__PATH": "x.db"})

    assert settings.store.path == tmp_path / "here/x.db"


def test_a_dash_in_an_id_is_an_underscore_in_a_variable(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE.replace('"iptv"', '"my-iptv"'), {"PLAYBILL_SOURCE__MY_IPTV__TITLE": "Mine"})

    assert settings.sources[0].title == "Mine"


@pytest.mark.parametrize("source_id", ["_", "a__b", "a_", "__a"])
def test_an_id_with_underscores_is_found_all_the_same(tmp_path: Path, source_id: str) -> None:
    variable = f"PLAYBILL_SOURCE__{source_id.upper()}__TITLE"
    settings = loaded(tmp_path, SOURCE.replace('"iptv"', f'"{source_id}"'), {variable: "Mine"})

    assert settings.sources[0].title == "Mine"


def test_a_variable_that_means_two_sources_is_refused(tmp_path: Path) -> None:
    text = SOURCE.replace('"iptv"', '"a-b"') + SOURCE.replace('"iptv"', '"a_b"')

    assert refusal(tmp_path, text, {"PLAYBILL_SOURCE__A_B__TITLE": "x"}) == "PLAYBILL_SOURCE__A_B__TITLE: means each of a-b, a_b"


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("PLAYBILL_STORE__PAHT", "x", "PLAYBILL_STORE__PAHT: there is no key 'paht'"),
        ("PLAYBILL_STOR__PATH", "x", "PLAYBILL_STOR__PATH: there is no table 'stor'; there are nats, store, log and source"),
        ("PLAYBILL_SOURCE__TV__URL", "x", "PLAYBILL_SOURCE__TV__URL: there is no source 'tv'; there are iptv"),
        ("PLAYBILL_SOURCE__IPTV__ID", "x", "PLAYBILL_SOURCE__IPTV__ID: there is no key 'id'"),
        ("PLAYBILL_NATS__PORT", "abc", "PLAYBILL_NATS__PORT: expected int, got str"),
        ("PLAYBILL_SOURCE__IPTV__CONCURRENCY", "9", "PLAYBILL_SOURCE__IPTV__CONCURRENCY: expected int <= 8"),
        ("PLAYBILL_SOURCE__IPTV__URL", "ftp://x", "source[0].url: must start with http:// or https://"),
    ],
)
def test_a_variable_that_cannot_be_is_refused_by_its_name(tmp_path: Path, variable: str, text: str, words: str) -> None:
    assert refusal(tmp_path, SOURCE, {variable: text}) == words


def test_a_variable_of_something_else_is_left_alone(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE, {"PLAYBILL_CONFIG": "x", "PLAYBILL_PW_CLIENT": "x", "OTHER__KEY": "x"})

    assert len(settings.sources) == 1
