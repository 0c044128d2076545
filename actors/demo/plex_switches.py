"""What can be made to go wrong with an answer of the stand-in Plex server."""

from actors.demo.switches import ServerSwitches


class PlexSwitches(ServerSwitches, frozen=True, kw_only=True):
    """How the answers to one kind of request, or to all, are spoilt. The defaults spoil nothing.

    `status` brings the page that Plex sends with it, or `body_text` if that is set, and `retry_after`.
    """

    migrating: bool = False
    """503 and the XML that says so, as during a start after an update; with `retry_after` if that is set."""
    clock_offset_s: int = 0
    """How far `Date` is ahead of the server's own clock, as behind a proxy with another one."""

    # --- Totals and pages ---
    no_total_size: bool = False
    """Neither `totalSize` and `offset` nor the header of the total."""
    wrong_total: int | None = None
    """Say this total instead of the right one."""
    ignore_paging: bool = False
    """Every row, whatever part was asked for, and no total."""
    repeat_pages: bool = False
    """The first page, whatever page was asked for."""
    rows_more: int = 0
    """So many rows more than asked for, fewer when it is below 0."""
    shrink_after_page: int | None = None
    """From the page after this one (they count from 1) on, the first `shrink_by` rows are gone from the listing."""
    shrink_by: int = 10

    # --- Rows ---
    empty_200: bool = False
    """A container of size 0 without entries and without a total; with `wrong_total` it says that one."""
    keep_share: float = 1.0
    """Serve only this share of a listing, from the front, as if there were no more."""
    bad_entry_every: int = 0
    """Replace every so many-th row of a page by one that cannot be read: no rating key, or no object. 0: none."""
    duplicate_every: int = 0
    """Repeat every so many-th row of a page at once. 0: none."""
    lone_object: bool = False
    """A list of one entry as that entry alone."""
    no_guids: bool = False
    """No `Guid` lists, though they were asked for."""
    ignore_filters: bool = False
    """Filters change nothing: 200 and the whole listing."""
    ignore_sort: bool = False
    """Whatever order is asked for, it is that of titles."""
    legacy_children: bool = False
    """JSON as servers wrote it until 2017: `_elementType` and `_children`, and no `MediaContainer`."""

    # --- Hubs ---
    hub_fails: tuple[str, ...] = ()
    """Hubs, by identifier, that are listed without their items, and whose own address answers 500."""
    hub_broken: tuple[str, ...] = ()
    """Hubs that are listed with a text where their items are due."""
    hubs_gone: tuple[str, ...] = ()
    """Hubs that are not listed."""
    hub_more: bool | None = None
    """What every hub says of whether it has more, right or wrong."""
    hub_size: int | None = None
    """How many items every hub says to show, right or wrong."""
    hub_duplicate: bool = False
    """Every hub shows its first item a second time."""
