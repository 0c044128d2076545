"""What push is told of the settings, and when it runs at all."""

from pathlib import Path

from actors.cli.roles import roles_of
from actors.settings import Settings, fetcher_sources, load, push_sources
from contracts.catalog import SourceKind

PLEX = '[[source]]\nid = "plex"\nkind = "plex"\nurl = "http://10.0.0.2:32400"\ntoken = "token"\n'
JELLYFIN = '[[source]]\nid = "jelly"\nkind = "jellyfin"\nurl = "https://10.0.0.3/jellyfin/"\nusername = "u"\npassword = "p"\n'
PUSH = "push = true\n"


def settings(folder: Path, *tables: str) -> Settings:
    file = folder / "playbill.toml"
    file.write_text("\n".join(tables))
    return load(file)


def test_push_runs_only_where_a_source_asks_for_it(tmp_path: Path) -> None:
    assert "push" not in roles_of(settings(tmp_path, PLEX, JELLYFIN))
    assert "push" in roles_of(settings(tmp_path, PLEX, JELLYFIN, PUSH))


def test_only_the_sources_that_ask_for_it_are_listened_to(tmp_path: Path) -> None:
    (source,) = push_sources(settings(tmp_path, PLEX, JELLYFIN, PUSH, "verify_tls = false\n"))

    assert (source.source_id, source.kind, source.base_url) == ("jelly", SourceKind.JELLYFIN, "https://10.0.0.3/jellyfin")
    assert (source.credentials.username, source.credentials.password, source.verify_tls) == ("u", "p", False)


def test_push_signs_in_as_a_device_of_its_own(tmp_path: Path) -> None:
    found = settings(tmp_path, JELLYFIN, PUSH)

    (source,) = push_sources(found)
    assert source.credentials.client_id not in ("", fetcher_sources(found)["jelly"].credentials.client_id)
    assert push_sources(found) == (source,)
