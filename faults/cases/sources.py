"""Group E: servers that let nobody in any more, answer something else, and lie about their pages."""

from typing import Any, Final

from contracts.catalog import SyncStatus
from contracts.messages import SyncProgress
from faults.case import Case
from faults.days import COMPLETED, FAILED, IPTV, JELLY, PARTIAL, PLEX, SKIPPED, Day, Home, home, step_of
from faults.trial import Trial, expect
from faults.world import PASSWORD, TOKEN, USER


async def e1(trial: Trial) -> None:
    async with home(trial) as house:
        await house.days(
            *(
                Day(
                    fault=f"{status} in the middle of a sync",
                    source_id=source_id,
                    switches={"status": status},
                    code="account_rejected" if source_id == IPTV else "not_permitted",
                    text=f"status {status}",
                    skips=source_id == IPTV,
                    requests_max=2 if source_id == JELLY and status == 401 else 1,
                )
                for status in (401, 403)
                for source_id in (IPTV, PLEX, JELLY)
            )
        )
        await _revoked(house)
        await house.healed()


async def _revoked(house: Home) -> None:
    """No source is let in any more: one request each, one clear error, and everything stays."""
    rig, servers = house.rig, house.rig.servers
    servers[IPTV].set(None, account="auth_0")
    servers[PLEX].token = "another"  # type: ignore[union-attr]
    servers[JELLY].accounts.users[USER] = "another"  # type: ignore[union-attr]
    servers[JELLY].accounts.end_all()  # type: ignore[union-attr]
    rig.trial.inject("access revoked", len(servers))
    for round_number in (1, 2):
        for source_id, server in servers.items():
            asked = len(server.served)
            ended = await rig.sync(source_id)
            _check_refused(source_id, ended)
            # A password that was refused is not tried again for five minutes: servers lock their users.
            due = 1 if source_id != JELLY else 3 if round_number == 1 else 0
            count = len(server.served) - asked
            expect(count <= due, f"E1 {source_id}: {count} requests without access in round {round_number}, {due} are enough")
            expect(house.shown(source_id) == house.before[source_id], f"I5 {source_id}: a refused account took rows away")
    servers[PLEX].token = TOKEN  # type: ignore[union-attr]
    servers[JELLY].accounts.users[USER] = PASSWORD  # type: ignore[union-attr]
    servers[JELLY].accounts.enable(USER)  # type: ignore[union-attr]
    pid = rig.processes.pid("fetcher")
    assert pid is not None
    rig.kill("fetcher")  # As somebody does who has put the password right: it is tried again at once.
    await rig.replaced("fetcher", pid)


def _check_refused(source_id: str, ended: SyncProgress) -> None:
    expect(
        (ended.status, ended.progress, len(ended.errors)) == (SyncStatus.FAILED, 0, 1),
        f"E1 {source_id}: {ended.status} at {ended.progress} % with {[error.text for error in ended.errors]}",
    )
    expect(ended.errors[0].code == "account_rejected", f"E1 {source_id}: {ended.errors[0]}")
    expect({step.status for step in ended.steps} == {FAILED, SKIPPED}, f"E1 {source_id}: {ended.steps}")


async def e2(trial: Trial) -> None:
    async with home(trial) as house:
        await house.days(
            Day(
                fault="404 on the listing",
                source_id=IPTV,
                switches={"status": 404},
                code="account_rejected",
                text="404",
                skips=True,
            ),
            *(
                Day(
                    fault="404 on a page",
                    source_id=source_id,
                    switches={"status": 404, "skip_requests": 1},
                    code="request_rejected",
                    text="status 404",
                    requests_max=2,
                )
                for source_id in (PLEX, JELLY)
            ),
            *(
                Day(
                    fault="entries deleted between two pages",
                    source_id=source_id,
                    switches={"shrink_after_page": 1, "shrink_by": 5},
                    status=PARTIAL,
                    code="doubtful_listing",
                    text="changed while it was read",
                    requests_max=6,
                )
                for source_id in (PLEX, JELLY)
            ),
        )
        await house.healed()


async def e12(trial: Trial) -> None:
    lies: list[tuple[str, str, dict[str, Any], str, str]] = [
        (PLEX, "the same page twice", {"repeat_pages": True}, "the same page again and again", "doubtful_listing"),
        (JELLY, "the same page twice", {"repeat_pages": True}, "then these again", "doubtful_listing"),
        (PLEX, "a total too large", {"wrong_total": 400}, "announced 400 rows and gave 300", "doubtful_listing"),
        (PLEX, "a total too small", {"wrong_total": 7}, "", ""),
        (JELLY, "a total too large", {"total_off_by": 50}, "", ""),
        (JELLY, "a total too small", {"total_off_by": -590}, "", ""),
        (PLEX, "no total", {"no_total_size": True}, "", ""),
        (PLEX, "paging is ignored", {"ignore_paging": True}, "", ""),
        (JELLY, "paging is ignored", {"ignore_paging": True}, "", ""),
        (PLEX, "more rows than asked for", {"rows_more": 30}, "", ""),
        (JELLY, "fewer rows than asked for", {"page_rows_max": 100}, "", ""),
        (
            PLEX,
            "the listing moves while it is read",
            {"shrink_after_page": 1, "shrink_by": 9},
            "changed while it was read",
            "doubtful_listing",
        ),
        (
            JELLY,
            "the listing moves while it is read",
            {"shrink_after_page": 1, "shrink_by": 9},
            "changed while it was read",
            "doubtful_listing",
        ),
    ]
    async with home(trial) as house:
        await house.days(
            *(
                Day(
                    fault=fault,
                    source_id=source_id,
                    switches=switches,
                    status=PARTIAL if code else COMPLETED,
                    code=code or None,
                    text=text,
                    requests_max=12,
                )
                for source_id, fault, switches, text, code in lies
            )
        )
        await house.healed()


async def e5(trial: Trial) -> None:
    async with home(trial) as house:
        await house.days(*(_another_answer(*each) for each in _ANSWERS))
        ended = await house.day(
            Day(
                fault="a listing of a third",
                source_id=IPTV,
                switches={"keep_share": 0.3},
                status=COMPLETED,
                text="210 of 300 are no longer listed, more than 20%: nothing was hidden",
            )
        )
        expect(step_of(ended, "movies").held_back == 210, f"E5: {step_of(ended, 'movies')}")
        await house.healed()


_ANSWERS: Final[tuple[tuple[str, str, dict[str, Any], str, str], ...]] = (
    *(
        (source_id, "a web page with status 200", {"html_200": True}, "unexpected_answer", "web page")
        for source_id in (IPTV, PLEX, JELLY)
    ),
    *(
        (source_id, f"{name} instead of a listing", {"body_text": body}, "unexpected_answer", "")
        for source_id in (IPTV, PLEX, JELLY)
        for name, body in (("nothing", ""), ("null", "null"), ("{}", "{}"), ("false", "false"), ("a word", "Blocked"))
    ),
    *((source_id, "[] instead of a listing", {"body_text": "[]"}, "unexpected_answer", "") for source_id in (PLEX,)),
    (JELLY, "[] instead of a listing", {"body_text": "[]"}, "empty_listing", "listed nothing where it listed 600"),
    (IPTV, "an empty listing", {"empty_list": True}, "empty_listing", "listed nothing where it listed 300"),
    (PLEX, "an empty listing", {"empty_200": True}, "empty_listing", "listed nothing where it listed 300"),
    (JELLY, "an empty listing", {"empty_200": True}, "empty_listing", "listed nothing where it listed 600"),
)


def _another_answer(source_id: str, fault: str, switches: dict[str, Any], code: str, text: str) -> Day:
    status = FAILED if code == "unexpected_answer" else PARTIAL
    return Day(fault=fault, source_id=source_id, switches=switches, code=code, text=text, status=status)


CASES: Final = (
    Case(
        case_id="E1",
        fault="401 and 403 in the middle of a sync; access is revoked",
        invariants="I5 I8",
        seen="the server refused user name or password, after one request; what is there stays",
        run=e1,
        starred=True,
        short=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="E2",
        fault="404 on a page; entries are deleted between two pages",
        invariants="I5 I8",
        seen="status 404 of that listing; or: the library changed while it was read",
        run=e2,
        timeout_s=300.0,
    ),
    Case(
        case_id="E5",
        fault="a web page, [], {}, null and nothing instead of a listing; a listing of a third",
        invariants="I5",
        seen="what came instead, or what is held back until `playbill confirm`; what is in the catalogue stays",
        run=e5,
        starred=True,
        short=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="E12",
        fault="the same page again, moving pages, wrong totals, paging ignored",
        invariants="I2 I5",
        seen="nothing where all rows came; else partial: the library changed while it was read",
        run=e12,
        timeout_s=300.0,
    ),
)
