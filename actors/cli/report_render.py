"""`playbill status` for people; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from actors.cli.progress_render import head
from actors.cli.report import Report, SourceReport
from actors.cli.wording import byte_size, clean, count_of, duration, kinds_counted, moment, number


def rendered(report: Report, now: datetime) -> RenderableType:
    """The store and the bus, a row per source, and what runs."""
    parts: list[RenderableType] = [_store(report), _bus(report), Text()]
    parts.append(_sources(report.sources, now) if report.sources else Text("no source is set; add one to the settings"))
    if report.running:
        parts.append(Text())
        parts += [head(progress, now) for progress in report.running]
    return Group(*parts)


def _store(report: Report) -> Text:
    store = report.store
    size = f", {byte_size(store.size_bytes)}" if store.size_bytes is not None else ""
    problem = f": {clean(store.problem)}" if store.problem else ""
    return Text(f"store  {store.path}{size}{problem}")


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
