"""The walk through the home page, and the sections that are read from it."""

from collections.abc import Mapping
from typing import Any

import pytest

from actors.sources.ask import Ask
from actors.sources.jellyfin import read, walk
from contracts import limits
from contracts.catalog import HomeSection, ItemKind
from contracts.errors import NotPermitted, PlaybillError, RequestRejected, SourceFailing, SourceTimeout
from tests.jellyfin_room import SESSION, Answer, encoded, entries, fixture, params, result, walked

USER = f"Users/{SESSION.user_id}"
FILMS, SERIES = "a0000000000000000000000000000001", "b0000000000000000000000000000002"
USUAL = {
    "DisplayPreferences/usersettings": "display_preferences.json",
    "UserViews": "views.json",
    USER: "user.json",
    "UserItems/Resume": "resume.json",
    "Shows/NextUp": "episodes.json",
    "Items/Latest": "latest.json",
}


class Home:
    """A server's home page; `instead` says what it answers otherwise, by path or by `latest:<view>`."""

    def __init__(self, **instead: Answer) -> None:
        self.instead = instead

    def __call__(self, ask: Ask) -> Answer:
        key = f"latest:{params(ask)['ParentId']}" if ask.path.endswith("Items/Latest") else ask.path
        for name in (key, ask.path):
            if name in self.instead:
                return self.instead[name]
        return encoded(fixture(USUAL[ask.path])) if ask.path in USUAL else RequestRejected("the server said 404")


def home(instead: Mapping[str, Answer] | None = None) -> tuple[list[Ask], list[HomeSection], PlaybillError | None]:
    asks, slices, error = walked(walk("home", SESSION, 50), Home(**(instead or {})))
    return asks, [section for body in slices for section in read("home", body, ()).sections], error


def by_id(sections: list[HomeSection]) -> dict[str, HomeSection]:
    return {section.hub_identifier: section for section in sections}


def preferences(*words: Any) -> bytes:
    return encoded({"CustomPrefs": {f"homesection{place}": word for place, word in enumerate(words)}})


def test_the_sections_stand_in_the_order_of_the_users_preferences() -> None:
    _, sections, _ = home()

    in_order = sorted(sections, key=lambda section: section.position)
    assert [section.hub_identifier for section in in_order] == [
        "resume",
        f"latest:{SERIES}",
        f"latest:{FILMS}",
        "latest:d0000000000000000000000000000004",
        "latest:e0000000000000000000000000000005",
        "views",
        "nextup",
    ]
    assert [section.position for section in in_order] == list(range(7))


def test_each_section_says_what_it_is() -> None:
    found = by_id(home()[1])

    assert [(one.title, one.section_type, one.context) for one in (found["resume"], found["nextup"], found["views"])] == [
        ("Continue Watching", "continue_watching", "resume"),
        ("Next Up", "next_up", "nextup"),
        ("My Media", "my_media", "smalllibrarytiles"),
    ]
    latest = found[f"latest:{SERIES}"]
    assert (latest.title, latest.section_type, latest.context) == ("Latest in Serien", "recently_added", "latestmedia")


def test_what_is_asked_for_each_section() -> None:
    asks, _, _ = home()

    assert [ask.path for ask in asks[:5]] == [
        "DisplayPreferences/usersettings",
        "UserViews",
        USER,
        "UserItems/Resume",
        "Items/Latest",
    ]
    assert params(asks[0]) == {"userId": SESSION.user_id, "client": "emby"}
    resume, latest, next_up = asks[3], asks[4], asks[-1]
    assert params(resume).items() >= {"userId": SESSION.user_id, "Limit": "50", "MediaTypes": "Video"}.items()
    assert params(latest).items() >= {"userId": SESSION.user_id, "ParentId": SERIES, "Limit": "50", "GroupItems": "true"}.items()
    assert params(next_up).items() >= {"userId": SESSION.user_id, "Limit": "50", "EnableResumable": "false"}.items()


def test_items_stand_in_order_each_once_with_the_watch_state_of_the_user() -> None:
    resume = by_id(home()[1])["resume"]

    assert [(item.kind, item.title) for item in resume.items] == [
        (ItemKind.MOVIE, "Nosferatu"),
        (ItemKind.EPISODE, "La Tête coupée"),
    ]
    assert resume.items[0].view_offset_s == 1234
    assert resume.items[1].parent_remote_id == "5000000000000000000000000000000a"
    assert (resume.size, resume.hub_type) == (12, "mixed")


def test_the_latest_of_a_library_know_it_and_a_bad_item_costs_only_itself() -> None:
    _, slices, _ = walked(walk("home", SESSION, 50), Home())
    found = [read("home", body, ()) for body in slices]

    one = next(part for part in found if part.sections[0].hub_identifier == f"latest:{SERIES}")
    assert [(item.kind, item.title, item.library_remote_id) for item in one.sections[0].items] == [
        (ItemKind.SHOW, "Les Vampires", SERIES),
        (ItemKind.MOVIE, "At the sea", SERIES),
    ]
    assert [reject.reason for reject in one.rejects] == [f"latest:{SERIES}: Id: missing"]
    assert one.excluded == 1
    assert one.sections[0].size is None


def test_the_views_are_folders_in_the_users_order_without_the_hidden_ones() -> None:
    views = by_id(home()[1])["views"]

    assert {item.kind for item in views.items} == {ItemKind.FOLDER}
    assert [item.title for item in views.items[:4]] == ["Serien", "Films", "Music", "Everything"]
    assert "Home Videos" not in [item.title for item in views.items]


def test_a_result_object_of_the_latest_is_tolerated() -> None:
    found = by_id(home({f"latest:{FILMS}": result(fixture("latest.json"))})[1])

    assert [item.title for item in found[f"latest:{FILMS}"].items] == ["Les Vampires", "At the sea"]


DEFAULT = ["views", "resume", "resumeaudio", "nextup", f"latest:{SERIES}"]


@pytest.mark.parametrize(
    "answer",
    [
        RequestRejected("404"),
        SourceFailing("500"),
        NotPermitted("403", is_unauthorized=False),
        b"<html></html>",
        b"{}",
        b"[]",
        b'{"CustomPrefs": null}',
        b'{"CustomPrefs": []}',
        b'{"CustomPrefs": {"homesection0": "folders", "homesection1": null, "homesection2": ""}}',
        preferences("", "RESUME", 7, "resumebook", "livetv"),
    ],
)
def test_without_preferences_the_page_is_the_web_clients_own(answer: Answer) -> None:
    _, sections, error = home({"DisplayPreferences/usersettings": answer})

    assert error is None
    in_order = sorted(sections, key=lambda section: section.position)
    assert [section.hub_identifier for section in in_order][:5] == DEFAULT


def test_a_user_who_wants_no_section_has_none() -> None:
    _, sections, error = home({"DisplayPreferences/usersettings": preferences(*["none"] * 10)})

    assert (sections, error) == ([], None)


def test_without_the_users_configuration_every_view_is_shown_in_the_servers_order() -> None:
    _, sections, error = home({USER: SourceFailing("500")})
    found = by_id(sections)

    assert error is None
    assert [item.title for item in found["views"].items[:4]] == ["Films", "Serien", "Music", "Home Videos"]
    assert "latest:c0000000000000000000000000000003" in found


@pytest.mark.parametrize(
    ("path", "identifier"),
    [("UserItems/Resume", "resume"), ("Shows/NextUp", "nextup"), (f"latest:{FILMS}", f"latest:{FILMS}")],
)
@pytest.mark.parametrize(
    "answer",
    [
        SourceFailing("the server failed with status 500"),
        SourceTimeout("the server does not answer"),
        RequestRejected("the server refused the request with status 404"),
        NotPermitted("the server does not let this account in here", is_unauthorized=True),
        b"<html>no</html>",
        b'{"Other": []}',
        result([], 3),
    ],
)
def test_a_section_that_fails_says_so_and_costs_only_itself(path: str, identifier: str, answer: Answer) -> None:
    _, sections, error = home({path: answer})
    found = by_id(sections)

    assert error is None
    assert len(sections) == 7
    assert [section.hub_identifier for section in sections if section.failure] == [identifier]
    assert found[identifier].items == []


def test_without_the_views_there_is_no_home_page() -> None:
    for error in (SourceFailing("500"), NotPermitted("401", is_unauthorized=True)):
        asks, sections, found = home({"UserViews": error})

        assert (sections, found) == ([], error)
        assert asks[-1].path == "UserViews"


def test_an_older_server_is_asked_where_it_has_its_sections() -> None:
    older: dict[str, Answer] = {
        f"{USER}/Views": encoded(fixture("views.json")),
        f"{USER}/Items/Resume": encoded(fixture("resume.json")),
        f"{USER}/Items/Latest": encoded(fixture("latest.json")),
    }
    gone: dict[str, Answer] = {path: RequestRejected("404") for path in ("UserViews", "UserItems/Resume", "Items/Latest")}

    asks, sections, error = home(gone | older)

    assert error is None
    assert len(sections) == 7
    assert not any(section.failure for section in sections)
    paths = [ask.path for ask in asks]
    assert paths.count("UserItems/Resume") == paths.count("Items/Latest") == 0
    assert params(next(ask for ask in asks if ask.path.endswith("Items/Resume"))).items() >= {"MediaTypes": "Video"}.items()


def test_a_section_alone_may_have_its_older_place() -> None:
    asks, sections, _ = home(
        {"UserItems/Resume": RequestRejected("404"), f"{USER}/Items/Resume": encoded(fixture("resume.json"))}
    )

    assert len(by_id(sections)["resume"].items) == 2
    assert [ask.path for ask in asks if "Resume" in ask.path] == ["UserItems/Resume", f"{USER}/Items/Resume"]


def test_a_server_that_never_answers_the_latest_is_not_waited_for_again_and_again() -> None:
    asks, sections, error = home({"Items/Latest": SourceTimeout("the server does not answer")})

    assert error is None
    assert [ask.path for ask in asks].count("Items/Latest") == 2
    failed = [section.hub_identifier for section in sections if section.failure]
    assert len(failed) == 4
    assert all(identifier.startswith("latest:") for identifier in failed)
    assert len(by_id(sections)["nextup"].items) == 1


def test_a_hub_fits_one_slice_whatever_it_holds() -> None:
    large = [{"Id": f"{n:032x}", "Name": f"Film {n}", "Type": "Movie", "Overview": "ü" * 9_000} for n in range(1, 90)]

    _, slices, _ = walked(walk("home", SESSION, 50), Home(**{"UserItems/Resume": result(large)}))
    resume = next(entry for entry in entries(slices) if entry["hub"]["identifier"] == "resume")

    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    assert 15 < len(resume["items"]) < 89
    assert [item["Name"] for item in resume["items"]] == [f"Film {n}" for n in range(1, len(resume["items"]) + 1)]


def test_a_hub_keeps_no_more_items_than_a_section_holds() -> None:
    many = [{"Id": f"{n:032x}", "Name": f"Film {n}", "Type": "Movie"} for n in range(1, 500)]

    found = by_id(home({"UserItems/Resume": encoded(many)})[1])

    assert len(found["resume"].items) == limits.SECTION_ITEMS_MAX


def test_an_item_that_is_no_object_costs_only_itself() -> None:
    _, slices, _ = walked(walk("home", SESSION, 50), Home(**{"UserItems/Resume": b'[7, {"Id": "1", "Type": "Movie"}, "x"]'}))
    part = next(found for body in slices if (found := read("home", body, ())).sections[0].hub_identifier == "resume")

    assert [item.remote_id for item in part.sections[0].items] == ["1"]
    assert [reject.reason for reject in part.rejects] == ["resume: the entry is no object"] * 2


def test_an_entry_that_is_no_hub_is_a_reject() -> None:
    found = read("home", b'[{"items": []}, 3, {"hub": {"identifier": 1}}]', ())

    assert found.sections == []
    assert len(found.rejects) == 3
