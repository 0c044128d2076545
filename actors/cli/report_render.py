"""`playbill status` for people; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from actors.cli.progress_render import head
from actors.cli.report import HeldReport, HomeReport, PartReport, Report, SourceReport
from actors.cli.wording import ago, byte_size, clean, count_of, duration, kinds_counted, moment, number, upcoming
from contracts.catalog import WATCHED

_NO_ROWS_OF_THEIR_OWN: Final = ("_categories", "libraries", "home", "account")
"""How the names of steps end whose rows are not what people look for."""


def rendered(report: Report, now: datetime) -> RenderableType:
    """The store and the bus, a row per source, and what runs."""
    parts: list[RenderableType] = [_store(report), _bus(report), Text()]
    parts.append(_sources(report.sources, now) if report.sources else Text("no source is set; add one to the settings"))
    for source in report.sources:
        parts += _details(source, now, is_running=report.bus.reachable)
    if report.running:
        parts.append(Text())
        parts += [head(progress, now) for progress in report.running]
    return Group(*parts)


def _store(report: Report) -> Text:
    store = report.store
    size = f", {byte_size(store.size_bytes)}" if store.size_bytes is not None else ""
    problem = f": {clean(store.problem)}" if store.problem else ""
    notice = f": {clean(store.notice)}" if store.notice else ""
    return Text(f"store  {store.path}{size}{problem}{notice}")


def _bus(report: Report) -> Text:
    bus = report.bus
    state = "reachable" if bus.reachable else bus.problem or "not running"
    return Text(f"bus    {bus.url}, {clean(state)}")


def _sources(sources: Sequence[SourceReport], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("source", "kind", "last sync", "status", "took"):
        table.add_column(name, no_wrap=True)
    table.add_column("in the catalogue", ratio=1)
    for source in sources:
        table.add_row(*(Text(cell) for cell in cells(source, now)))
    return table


def _details(source: SourceReport, now: datetime, *, is_running: bool) -> list[RenderableType]:
    """What each part did last and does next, how fresh what it has is, and what waits for a word."""
    if not (source.parts or source.fresh or source.held_back or source.home):
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=False)
    for part in source.parts:
        table.add_row(f"  {part.part.value}", Text(last_text(part, now)), Text(next_text(part, now, is_running=is_running)))
    found: list[RenderableType] = [Text(), Text(source.source_id, style="bold"), table]
    if source.fresh:
        found.append(Text(f"  fresh: {fresh_text(source.fresh, now)}"))
    if source.home is not None:
        found.append(Text(f"  home page: {home_text(source.home, now)}", style="yellow" if source.home.is_stale else ""))
    found += [Text(f"  held back: {held_text(held)}", style="yellow") for held in source.held_back]
    return found


def last_text(part: PartReport, now: datetime) -> str:
    """`completed 12:31, 5 min ago`."""
    last = part.last_sync
    if last is None:
        return "never synced"
    error = f": {clean(last.error)}" if last.error else ""
    return f"{last.status.value} {moment(last.ended_at or last.started_at, now)}{error}"


def next_text(part: PartReport, now: datetime, *, is_running: bool) -> str:
    """`next 18:00, every 6 h`; nothing without a schedule."""
    if part.next_at is None:
        return ""
    why = f", {part.next_why}" if part.next_why else ""
    when = "now" if part.next_at <= now else upcoming(part.next_at, now)
    return f"next {when}{why}" if is_running else f"next when Playbill runs, due {when}{why}"


def fresh_text(fresh: Mapping[str, datetime], now: datetime) -> str:
    """`movies 12 min ago, series 3 h ago`: of a kind that several libraries hold, the one that was read longest ago."""
    oldest: dict[str, datetime] = {}
    for step, at in fresh.items():
        kind = step.partition(".")[0]
        if not kind.startswith(WATCHED) and not kind.endswith(_NO_ROWS_OF_THEIR_OWN):
            oldest[kind] = min(at, oldest.get(kind, at))
    return ", ".join(f"{kind} {ago(at, now)}" for kind, at in oldest.items())


def home_text(home: HomeReport, now: datetime) -> str:
    """`12 home sections, read 5 min ago, stale`."""
    read = f", read {ago(home.last_updated, now)}" if home.last_updated is not None else ""
    return f"{count_of(home.sections, 'section')}{read}{', stale' if home.is_stale else ''}"


def held_text(held: HeldReport) -> str:
    """Both numbers, and how to say that it is true."""
    return (
        f"{held.step}: {number(held.missing)} rows are no longer listed, {number(held.listed)} are; if it is true: {held.confirm}"
    )


def cells(source: SourceReport, now: datetime) -> Sequence[str]:
    """One text per column."""
    last = source.last_sync
    name = source.source_id if source.configured else f"{source.source_id} (not in the settings)"
    return (
        name,
        source.kind.value,
        moment(last.started_at, now) if last is not None else "never",
        _status(source),
        duration(last.seconds) if last is not None and last.seconds is not None else "",
        ", ".join(counted(source)),
    )


def _status(source: SourceReport) -> str:
    last = source.last_sync
    if last is None:
        return ""
    return f"{last.status.value}: {clean(last.error)}" if last.error else last.status.value


def counted(source: SourceReport) -> Iterable[str]:
    yield from kinds_counted(source.items)
    if source.rejects:
        yield f"{count_of(source.rejects, 'entry') if source.rejects == 1 else f'{number(source.rejects)} entries'} unreadable"
