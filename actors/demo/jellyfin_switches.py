"""What can be made to go wrong with a Jellyfin server's answers: one switch per deviation that real servers show."""

from actors.demo.switches import ServerSwitches


class JellyfinSwitches(ServerSwitches, frozen=True, kw_only=True):
    """How a Jellyfin server spoils its answers to one kind of request, or to all. The defaults spoil nothing."""

    # --- The server ---
    starting: bool = False
    """503 with `Retry-After: 005` and an HTML page, to everybody, as while it starts or migrates."""
    emulator: bool = False
    """As servers that only look like Jellyfin: `/Items` without a token is 200 and empty, and a wrong password is 500."""
    legacy_auth: bool = False
    """Accept the old forms too: `X-Emby-Token`, `X-MediaBrowser-Token`, `X-Emby-Authorization`, the scheme Emby, `api_key`."""

    clock_offset_s: int = 0
    """How far `Date` is ahead of the server's own clock, as behind a proxy with another one."""

    # --- The pages of a listing ---
    total_off_by: int = 0
    """Add this to the `TotalRecordCount` of every page."""
    dries_up_after: int | None = None
    """Give only so many rows over all pages, and go on announcing the full total."""
    repeat_pages: bool = False
    """Every page is the first one, whatever is asked for."""
    ignore_paging: bool = False
    """Every page is everything."""
    page_rows_max: int | None = None
    """Give no more rows at once, whatever is asked for."""
    hidden_every: int = 0
    """Leave every so many-th row out of the cut page, as with rows a user may not see: short pages, full total. 0: none."""
    shrink_after_page: int | None = None
    """From this page on, counted from 0, the first `shrink_by` rows are gone and the others have moved up."""
    shrink_by: int = 1
    empty_200: bool = False
    """No row at all, where there were some, and a total of 0."""

    # --- The rows of a listing ---
    keep_share: float = 1.0
    """Serve only this share of a page's rows, from the front."""
    duplicate_every: int = 0
    """Repeat every so many-th row of a page at once. 0: none."""
    bad_entry_every: int = 0
    """Replace every so many-th row of a page by one that cannot be read: no id, an id of a wrong type, or no object. 0: none."""
    virtual_included: bool = False
    """`ExcludeLocationTypes` and `IsMissing` have no effect."""
    ignore_date_filter: bool = False
    """`minDateLastSaved` has no effect."""
    ignore_filters: bool = False
    """`Filters` has no effect."""
    ignore_sort: bool = False
    """Whatever order is asked for, it is that of names."""
    collapses_box_sets: bool = False
    """The server's own setting: films of a collection are replaced by it where `CollapseBoxSetItems` is not sent."""
    guid_dashes: bool = False
    """Ids with dashes."""
    string_years: bool = False
    """`ProductionYear` as a text, an empty one at times, and dates without a time."""
    provider_case: bool = False
    """The keys of `ProviderIds` in lower case, with another that ends in `Collection`."""
    no_user_data: bool = False
    """Rows without `UserData`."""
