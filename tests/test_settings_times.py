"""When a source is synced by itself, and how long what is known of it holds: what the settings say, and what they refuse."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.cli.init import template
from actors.scheduler.config import PartSchedule
from actors.scheduler.zone import machine_time_zone
from actors.settings import fetcher_sources, has_schedules, home_stale_after, schedules, writer_sources
from actors.settings.duration import DAY_S, HOUR_S
from contracts.catalog import Mode, Part
from tests.test_settings_kinds import BY_KEY, BY_NAME, PLEX, written
from tests.test_settings_load import loaded, refusal

ZONE = {"time_zone": "Europe/Berlin"}


def schedules_of(folder: Path, kind: str = "plex", **more: Any) -> dict[Part, PartSchedule]:
    access = {"plex": PLEX, "jellyfin": BY_KEY, "xtream": BY_NAME}[kind]
    found = schedules(loaded(folder, written(kind, **access, **more)))
    return {schedule.part: schedule for source in found for schedule in source.schedules}


def test_without_a_schedule_nothing_is_synced_by_itself(tmp_path: Path) -> None:
    settings = loaded(tmp_path, written("plex", **PLEX, quiet=["23:00-07:00"], jitter="2m", sync_when_overdue=False))

    assert schedules(settings) == ()
    assert not has_schedules(settings)


def test_a_rhythm_is_for_the_libraries_and_the_home_page(tmp_path: Path) -> None:
    found = schedules_of(tmp_path, every="6h", **ZONE)
    settings = loaded(tmp_path, written("plex", **PLEX, every="6h"))

    assert list(found) == [Part.CATALOGUE, Part.HOME]
    assert {schedule.every_s for schedule in found.values()} == {6 * HOUR_S}
    assert found[Part.HOME] == PartSchedule(part=Part.HOME, every_s=6 * HOUR_S, time_zone="Europe/Berlin", mode=Mode.INCREMENTAL)
    assert has_schedules(settings)


def test_the_home_page_may_have_a_rhythm_of_its_own(tmp_path: Path) -> None:
    both = schedules_of(tmp_path, cron="0 4 * * *", home_every="15m")
    alone = schedules_of(tmp_path, home_every="15m")

    assert (both[Part.CATALOGUE].cron, both[Part.CATALOGUE].every_s) == ("0 4 * * *", None)
    assert (both[Part.HOME].cron, both[Part.HOME].every_s) == (None, 900)
    assert list(alone) == [Part.HOME]


def test_episodes_may_have_a_rhythm_of_their_own(tmp_path: Path) -> None:
    found = schedules_of(tmp_path, "xtream", every="6h", episodes="changed", episodes_every="1d")

    assert list(found) == [Part.CATALOGUE, Part.HOME, Part.EPISODES]
    assert found[Part.EPISODES].every_s == DAY_S
    assert list(schedules_of(tmp_path, "xtream", every="6h", episodes="changed")) == [Part.CATALOGUE, Part.HOME]


def test_quiet_hours_jitter_and_catching_up_are_for_every_part(tmp_path: Path) -> None:
    more: dict[str, Any] = {"quiet": ["23:00-07:00", "12:00 - 13:30"], "jitter": "2m", "sync_when_overdue": False}
    found = schedules_of(tmp_path, every="6h", home_every="15m", **more)

    assert len(found) == 2
    for schedule in found.values():
        assert schedule.quiet == (("23:00", "07:00"), ("12:00", "13:30"))
        assert (schedule.jitter_s, schedule.on_start) == (120, False)


def test_the_time_zone_is_the_machine_s_where_none_is_named(tmp_path: Path) -> None:
    assert schedules_of(tmp_path, cron="0 4 * * *")[Part.CATALOGUE].time_zone == machine_time_zone()
    assert schedules_of(tmp_path, cron="0 4 * * *", **ZONE)[Part.CATALOGUE].time_zone == "Europe/Berlin"


def test_variables_say_when_too(tmp_path: Path) -> None:
    prefix = "PLAYBILL_SOURCE__PLEX__"
    variables = {f"{prefix}EVERY": "6h", f"{prefix}QUIET": "23:00-07:00, 12:00-13:00", f"{prefix}GRACE": "3d"}
    settings = loaded(tmp_path, written("plex", **PLEX), variables)
    ((catalogue, _),) = (source.schedules for source in schedules(settings))

    assert (catalogue.every_s, len(catalogue.quiet)) == (6 * HOUR_S, 2)
    assert writer_sources(settings)[0].grace_s == 3 * DAY_S
    assert refusal(tmp_path, written("plex", **PLEX), {f"{prefix}EVERY": "soon"}).startswith(
        "source[0].every: 'soon' is no duration"
    )


def test_the_writer_is_told_what_may_be_gone_and_when_it_is_read_in_full(tmp_path: Path) -> None:
    text = written("xtream", **BY_NAME, gone_share_max=0.5, grace="0s", full_every="1d", episodes="all")
    (told,) = writer_sources(loaded(tmp_path, text))
    (plain,) = writer_sources(loaded(tmp_path, written("xtream", **BY_NAME)))

    assert (told.gone_share_max, told.grace_s, told.full_every_s, told.episodes) == (0.5, 0, DAY_S, "all")
    assert (plain.gone_share_max, plain.grace_s, plain.full_every_s, plain.episodes) == (0.2, 7 * DAY_S, 7 * DAY_S, "never")


def test_the_fetcher_is_told_how_often_an_account_may_be_asked(tmp_path: Path) -> None:
    def pace(kind: str, **more: Any) -> float | None:
        access = {"plex": PLEX, "xtream": BY_NAME}[kind]
        (told,) = fetcher_sources(loaded(tmp_path, written(kind, **access, **more))).values()
        return told.requests_per_10_s

    assert (pace("xtream"), pace("xtream", requests_per_10_s=5), pace("plex")) == (25, 5, None)


def test_a_home_page_of_the_server_s_own_has_an_age_at_which_it_is_stale(tmp_path: Path) -> None:
    text = written("plex", **PLEX) + written("jellyfin", **BY_KEY, home_stale_after="2h") + written("xtream", **BY_NAME)

    assert home_stale_after(loaded(tmp_path, text)) == {"plex": 1_800, "jellyfin": 7_200}


NO_DURATION = 'expected a duration such as "90s", "15m", "6h" or "7d"'
NO_WINDOW = "write two times of day, such as 23:00-07:00"


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("plex", {"every": "6h", "cron": "0 4 * * *"}, "cron: not together with every; name the one that is meant"),
        ("plex", {"every": 6}, f"every: {NO_DURATION}"),
        ("plex", {"grace": "soon"}, "grace: 'soon' is no duration; write a whole number and s, m, h or d, such as 15m or 6h"),
        ("plex", {"every": "30s"}, "every: 30 s is not between 60 s and 31 days"),
        ("plex", {"home_every": "90d"}, "home_every: "),
        ("plex", {"cron": "0 4 * *"}, "cron: '0 4 * *' is no cron line of five fields"),
        ("plex", {"cron": "0 4 31 2 *"}, "cron: '0 4 31 2 *' is no cron line: bad day-of-month"),
        ("plex", {"cron": ""}, "cron: expected str of length >= 1"),
        ("plex", {"every": "6h", "time_zone": "Berlin"}, "time_zone: 'Berlin' is no time zone that this machine knows"),
        ("plex", {"quiet": ["night"]}, f"quiet: 'night' is no window; {NO_WINDOW}"),
        ("plex", {"quiet": ["23:00-7:00"]}, "quiet: '7:00' is no time of day"),
        ("plex", {"quiet": ["00:00-12:00", "12:00-00:00"]}, "quiet: the quiet windows leave no time of the day to sync in"),
        ("plex", {"quiet": "23:00-07:00"}, "quiet: expected array, got str"),
        ("plex", {"jitter": "2h"}, "jitter: a jitter of 7200 s is not between 0 and 3600 s"),
        ("plex", {"gone_share_max": 20}, "gone_share_max: expected float <= 1.0"),
        ("plex", {"grace": "400d"}, "grace: expected 0s to 366d"),
        ("plex", {"full_every": "10m"}, "full_every: expected 1h to 366d"),
        ("plex", {"home_stale_after": "1s"}, "home_stale_after: expected 1m to 31d"),
        ("plex", {"episodes": "changed"}, "episodes: not for a plex source"),
        ("plex", {"episodes_every": "1d"}, "episodes_every: not for a plex source"),
        ("plex", {"requests_per_10_s": 5}, "requests_per_10_s: not for a plex source"),
        ("plex", {"evrey": "6h"}, "evrey: unknown key, did you mean every?"),
        ("jellyfin", {"push": "yes"}, "push: expected bool, got str"),
        ("xtream", {"push": True}, "push: not for an xtream source"),
        ("xtream", {"home_every": "15m"}, "home_every: not for an xtream source"),
        ("xtream", {"home_stale_after": "15m"}, "home_stale_after: not for an xtream source"),
        ("xtream", {"episodes": "some"}, "episodes: invalid enum value 'some'; there is never, changed, all"),
        ("xtream", {"episodes_every": "1d"}, 'episodes_every: episodes is "never"; set it to "changed" or "all"'),
        ("xtream", {"requests_per_10_s": 0}, "requests_per_10_s: expected float > 0.0"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(tmp_path: Path, kind: str, given: dict[str, Any], words: str) -> None:
    access = {"plex": PLEX, "jellyfin": BY_KEY, "xtream": BY_NAME}[kind]

    assert refusal(tmp_path, written(kind, **access, **given)).startswith(f"source[0].{words}")


@pytest.mark.parametrize(("key", "value"), [("push", True), ("every", "6h"), ("home_every", "15m"), ("jitter", "0s")])
def test_what_is_of_every_media_server_is_taken(tmp_path: Path, key: str, value: object) -> None:
    for kind, access in (("plex", PLEX), ("jellyfin", BY_KEY)):
        assert loaded(tmp_path, written(kind, **access, **{key: value})).sources[0].source_id == kind


def test_the_lines_that_the_file_of_init_comments_out_twice_are_good_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("IPTV_USER", "IPTV_PASSWORD", "PLEX_TOKEN", "JELLYFIN_USER", "JELLYFIN_PASSWORD"):
        monkeypatch.setenv(name, "x")
    text = re.sub(r"^# # (api_key|user|cron) = .*\n", "", template(), flags=re.MULTILINE)
    text = re.sub(r"^# (?:# )?(?=\w+ = |\[\[source)", "", text, flags=re.MULTILINE).replace(
        'episodes = "never"', 'episodes = "all"'
    )
    blocks = text.split("[[source]]\n")[1:]
    settings = loaded(tmp_path, "".join(f"[[source]]\n{block}" for block in blocks))

    rhythms = {source.source_id: [schedule.every_s for schedule in source.schedules] for source in schedules(settings)}
    assert rhythms == {"iptv": [21_600, 21_600, 86_400], "plex": [21_600, 900], "jellyfin": [21_600, 900]}
    assert home_stale_after(settings) == {"plex": 1_800, "jellyfin": 1_800}
    assert set(fetcher_sources(settings)) == {"iptv", "plex", "jellyfin"}


def test_a_playbill_without_schedules_loads_nothing_for_them(tmp_path: Path) -> None:
    file = tmp_path / "playbill.toml"
    file.write_text(written("plex", **PLEX))
    script = (
        "import sys; from pathlib import Path; from actors.settings import has_schedules, load;"
        f"print(has_schedules(load(Path({str(file)!r}))), 'cronsim' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)

    assert said.stdout == "False False\n"
