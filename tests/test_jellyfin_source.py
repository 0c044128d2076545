"""Addresses, signing in, the header of every request, the steps and the links of a Jellyfin source."""

import json

import pytest

from actors.sources import jellyfin
from actors.sources.ask import Ask, Credentials, Session
from actors.sources.jellyfin import base_url, library_steps, links, read, session, sign_in
from contracts.catalog import ItemKind, Library, Part
from contracts.errors import AccountRejected, BadRequest, BadSettings, UnexpectedAnswer
from tests.jellyfin_room import DATA, encoded, fixture

KEY = Credentials(api_key="0123456789abcdef", user="ada", client_id="d3vice")
LOGIN = Credentials(username="ada", password='s"ecret, word', client_id="d3vice")
ADA = "1ae8a43ed293456da28274f1a89cd2a5"
SERVER: dict[str, str | int | bool | None] = {"server_id": "5ab2d1f0c3e94b5796874a1d2e3f4051", "version": "10.11.5"}


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("192.168.1.5:8096", "http://192.168.1.5:8096"),
        ("http://jellyfin.local:8096/", "http://jellyfin.local:8096"),
        ("  https://Media.Example.org  ", "https://media.example.org"),
        ("https://media.example.org/jellyfin/", "https://media.example.org/jellyfin"),
        ("https://media.example.org/jellyfin/web/index.html#!/home.html", "https://media.example.org/jellyfin"),
        ("http://attic:8096/web/#/details?id=1&serverId=2", "http://attic:8096"),
        ("http://attic:8096/web", "http://attic:8096"),
        ("http://attic:8096/Web/", "http://attic:8096"),
        ("http://attic:8096/#!/home", "http://attic:8096"),
        ("http://attic:8096/?api_key=secret", "http://attic:8096"),
        ("http://attic/website", "http://attic/website"),
        ("//attic:8096", "http://attic:8096"),
        ("http://[fe80::1]:8096", "http://[fe80::1]:8096"),
    ],
)
def test_the_servers_address_is_found_in_what_people_paste(pasted: str, address: str) -> None:
    assert base_url(pasted) == address
    assert base_url(address) == address


def test_a_proxys_own_folder_of_that_name_stays() -> None:
    assert base_url("http://attic/web/media//web/index.html") == "http://attic/web/media"


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "   ",
        "http://",
        "ftp://attic",
        "http://ada:secret@attic",
        "http://attic:port",
        "http://attic:0",
        "http://at tic",
        "http://a/b c",
    ],
)
def test_what_is_no_address_is_refused_without_a_word_of_it(pasted: str) -> None:
    with pytest.raises(BadSettings) as refused:
        base_url(f"{pasted}?api_key=secret" if "secret" not in pasted else pasted)

    assert refused.value.text.startswith("url: ")
    assert "secret" not in refused.value.text


def test_an_api_key_signs_in_by_asking_who_the_users_are() -> None:
    ask = sign_in(KEY)

    assert (ask.method, ask.path, ask.params, ask.body) == ("GET", "Users", (), b"")
    assert 'Token="0123456789abcdef"' in dict(ask.headers)["Authorization"]


def test_a_password_signs_in_once_and_without_a_token() -> None:
    ask = sign_in(LOGIN)

    assert (ask.method, ask.path, ask.params) == ("POST", "Users/AuthenticateByName", ())
    assert json.loads(ask.body) == {"Username": "ada", "Pw": 's"ecret, word'}
    assert dict(ask.headers)["Content-Type"] == "application/json"
    assert "Token" not in dict(ask.headers)["Authorization"]
    assert "ecret" not in repr(ask)


@pytest.mark.parametrize(
    "wanted",
    ["Ada", "ada", " ADA ", ADA, ADA.upper(), "1ae8a43e-d293-456d-a282-74f1a89cd2a5", "{1AE8A43E-D293-456D-A282-74F1A89CD2A5}"],
)
def test_an_api_keys_user_is_found_by_name_or_id(wanted: str) -> None:
    found = session(Credentials(api_key="k3y", user=wanted), (DATA / "users.json").read_bytes())

    assert (found.token, found.user_id, found.is_renewable) == ("k3y", ADA, False)


def test_a_name_in_other_letters_is_the_same_name() -> None:
    found = session(Credentials(api_key="k3y", user="émile"), (DATA / "users.json").read_bytes())

    assert found.user_id == "2ae8a43ed293456da28274f1a89cd2a5"


@pytest.mark.parametrize("wanted", ["grace", "", "   ", "3ae8a43ed293456da28274f1a89cd2a5"])
def test_a_user_who_is_not_there_is_refused_without_naming_those_who_are(wanted: str) -> None:
    with pytest.raises(AccountRejected) as refused:
        session(Credentials(api_key="k3y", user=wanted), (DATA / "users.json").read_bytes())

    assert refused.value.text == "this server has no user of that name"


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"null", b'{"Name": "ada"}', b"nonsense", b'"text"'])
def test_users_that_are_none_are_unexpected(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        session(KEY, body)


def test_users_without_names_or_ids_are_passed_over() -> None:
    users = [{"Name": None, "Id": "1"}, {"Name": 5, "Id": None}, 7, None, {"Name": "ada"}, {"Name": "ada", "Id": 12}]

    assert session(KEY, encoded(users)).user_id == "12"


def test_a_login_gives_a_session_that_can_be_renewed() -> None:
    found = session(LOGIN, (DATA / "login.json").read_bytes())

    assert found == Session(token="0123456789abcdef0123456789abcdef", user_id=ADA, is_renewable=True)
    assert "0123" not in repr(found)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"User": {"Id": ADA}},
        {"AccessToken": "t"},
        {"User": {"Id": None}, "AccessToken": "t"},
        {"User": [], "AccessToken": "t"},
        {"User": {"Id": ADA}, "AccessToken": ""},
        {"User": {"Id": ADA}, "AccessToken": 5},
        {"User": {"Id": ADA}, "AccessToken": "t" * 9_999},
    ],
)
def test_a_login_without_a_session_is_unexpected(answer: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        session(LOGIN, encoded(answer))


def test_every_request_has_the_one_header_that_all_versions_take() -> None:
    credentials = Credentials(api_key="k3y", client_id='my "home", ~ü')
    ask = Ask(path="Items", params=(("userId", ADA),))

    found = jellyfin.authorize(ask, credentials, Session(token="t0k/en"))

    headers = dict(found.headers)
    version = headers["Authorization"].partition('Version="')[2].partition('"')[0]
    assert headers == {
        "Accept": "application/json",
        "Authorization": 'MediaBrowser Client="Playbill", Device="Playbill", DeviceId="my%20%22home%22%2C%20%7E%C3%BC", '
        f'Version="{version}", Token="t0k%2Fen"',
    }
    assert found.params == ask.params
    assert jellyfin.authorize(found, credentials, Session(token="t0k/en")) == found


def test_the_account_check_asks_who_the_server_is_and_what_the_user_may() -> None:
    asks = jellyfin.account_asks(Session(user_id=ADA))

    assert [ask.path for ask in asks] == ["System/Info/Public", f"Users/{ADA}"]


def test_the_steps_that_are_known_beforehand() -> None:
    assert [(step.step, step.part, step.weight, step.reveals) for step in jellyfin.steps] == [
        ("account", Part.CATALOGUE, 0, False),
        ("home", Part.HOME, 1, False),
        ("libraries", Part.CATALOGUE, 1, True),
    ]
    assert jellyfin.libraries == ()


def test_libraries_are_read_with_what_is_listed_of_them() -> None:
    found = read("libraries", encoded(fixture("views.json")["Items"]), ())

    assert found.rejects == []
    assert [(one.title, one.library_type, [kind.value for kind in one.item_kinds]) for one in found.libraries] == [
        ("Films", "movies", ["movie"]),
        ("Serien", "shows", ["show", "season", "episode"]),
        ("Music", "music", ["artist", "album", "track"]),
        ("Home Videos", "videos", ["movie"]),
        ("Everything", "mixed", ["movie", "show", "season", "episode"]),
        ("Live TV", "channels", ["channel"]),
        ("Collections", "boxsets", []),
        ("Playlists", "playlists", []),
        ("Books", "books", []),
        ("Trailers for you", "channel", []),
    ]
    assert [one.position for one in found.libraries] == list(range(10))


def test_each_library_becomes_its_steps() -> None:
    libraries = read("libraries", encoded(fixture("views.json")["Items"]), ()).libraries
    steps = [step for library in libraries for step in library_steps(library)]

    assert [step.step.partition(".")[0] for step in steps] == [
        "movies", "shows", "seasons", "episodes", "artists", "albums", "tracks", "videos", "movies", "shows", "seasons",
        "episodes", "channels",
    ]  # fmt: skip
    assert [step.title for step in steps[:4]] == ["Films: movies", "Serien: shows", "Serien: seasons", "Serien: episodes"]
    assert all(step.library_remote_id == step.step.partition(".")[2] for step in steps)
    assert all(jellyfin.walk(step.step, Session(user_id=ADA), 10) for step in steps)


def test_a_library_that_cannot_be_read_is_a_reject() -> None:
    found = read("libraries", b'[{"Name": "nameless"}, {"Id": "1", "Name": null, "CollectionType": "movies"}]', ())

    assert [one.reason for one in found.rejects] == ["Id: missing"]
    assert found.libraries == [Library("1", "Untitled 1", "movies", 1, [ItemKind.MOVIE])]


def test_an_item_has_a_page_in_the_web_client_and_a_picture() -> None:
    found = links(ItemKind.MOVIE, "aa01", "Items/aa01/Images/Primary?tag=3f", base_url="https://h/jf", server=SERVER)

    assert found.web == "https://h/jf/web/#/details?id=aa01&serverId=5ab2d1f0c3e94b5796874a1d2e3f4051"
    assert found.image == "https://h/jf/Items/aa01/Images/Primary?tag=3f"


@pytest.mark.parametrize(
    ("kind", "version", "web"),
    [
        (ItemKind.SHOW, "10.8.13", "http://h/web/index.html#!/details?id=a%2F1&serverId=s"),
        (ItemKind.SHOW, "10.9.0", "http://h/web/#/details?id=a%2F1&serverId=s"),
        (ItemKind.SHOW, None, "http://h/web/#/details?id=a%2F1&serverId=s"),
        (ItemKind.FOLDER, "12.0.0", "http://h/web/#/list?parentId=a%2F1&serverId=s"),
        (ItemKind.FOLDER, "10.8.13", "http://h/web/index.html#!/list.html?parentId=a%2F1&serverId=s"),
    ],
)
def test_the_page_is_where_the_servers_version_has_it(kind: ItemKind, version: str | None, web: str) -> None:
    found = links(kind, "a/1", None, base_url="http://h", server={"server_id": "s", "version": version})

    assert (found.web, found.image) == (web, None)


def test_a_picture_elsewhere_stays_where_it_is() -> None:
    found = links(ItemKind.MOVIE, "1", "https://pictures.example/1.jpg", base_url="http://h", server={})

    assert (found.web, found.image) == ("http://h/web/#/details?id=1", "https://pictures.example/1.jpg")


def test_what_a_slice_depends_on_besides_its_bytes_is_short() -> None:
    assert len(jellyfin.digest_salt(())) <= 64
    assert jellyfin.lasting(b"[1]") == b"[1]"
    assert jellyfin.unexpected_root(b"<html>") is None
    assert not jellyfin.USES_DIGESTS


@pytest.mark.parametrize("step", ["account", "movies", "movies.", "films.1", "", "books.1"])
def test_what_is_no_listing_is_a_bad_request(step: str) -> None:
    with pytest.raises(BadRequest):
        jellyfin.walk(step, Session(user_id=ADA), 10)
    with pytest.raises(BadRequest):
        read(step, b"[]", ())


def test_no_step_is_one_streamed_answer() -> None:
    with pytest.raises(BadRequest):
        jellyfin.ask("movies.1")
