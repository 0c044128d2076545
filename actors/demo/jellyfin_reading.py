"""What a Jellyfin server answers to those who read its libraries and its home screen."""

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.demo.answer import Answer
from actors.demo.jellyfin_asked import Asked, Refused, known_item, somebody, user_of, viewer_of, writing
from actors.demo.jellyfin_entry import ALL_FIELDS, Entry, Viewer, entry, view_entry
from actors.demo.jellyfin_home import NextUp, latest, next_up, resumable
from actors.demo.jellyfin_item import Item, View
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.jellyfin_listing import selected
from actors.demo.jellyfin_query import Selection, guid, read_selection
from actors.demo.jellyfin_replies import result, written
from actors.demo.jellyfin_spoiling import changed, ids_of, spoilt


def views_answer(asked: Asked) -> Answer:
    viewer = viewer_of(asked, somebody(asked))
    return result(asked, asked.library.views, lambda view: view_entry(asked.library, view, viewer))


def items_answer(asked: Asked) -> Answer:
    library, user, selection = asked.library, user_of(asked), _selection(asked)
    viewer = viewer_of(asked, user)
    if selection.parent_id is not None and library.is_forbidden(selection.parent_id):
        raise Refused(401, f"{user or 'The key'} is not permitted to access Library {selection.parent_id}.".encode())
    if selection.parent_id is None and not selection.recursive and not selection.ids:
        return result(asked, _root(library, selection), lambda view: view_entry(library, view, viewer))

    def write(place: int) -> Entry:
        item = library.at(place)
        assert item is not None
        return entry(library, item, viewer)

    return result(asked, selected(library, selection, user), write)


def _root(library: JellyfinLibrary, selection: Selection) -> Sequence[View]:
    wants_views = not selection.types or "collectionfolder" in selection.types
    return library.views if wants_views else ()


def _selection(asked: Asked) -> Selection:
    found, switches = read_selection(asked.params), asked.switches
    changed: dict[str, Any] = {}
    if switches.virtual_included:
        changed["without_virtual"] = False
    if switches.ignore_date_filter:
        changed["saved_from"] = None
    if switches.ignore_filters:
        changed["filters"] = frozenset()
    if switches.ignore_sort:
        changed["sort"] = ()
    if switches.collapses_box_sets and asked.params.flag("collapseboxsetitems") is None:
        changed["collapses"] = True
    return msgspec.structs.replace(found, **changed)


def item_answer(asked: Asked) -> Answer:
    viewer = Viewer(user=user_of(asked), fields=ALL_FIELDS)
    item_id = guid(asked.route.item, "itemId")
    view = next((view for view in asked.library.views if view.id == item_id), None)
    if view is not None:
        return written(asked, view_entry(asked.library, view, viewer), (item_id,))
    return written(asked, changed(entry(asked.library, known_item(asked), viewer), 0, asked.switches), (item_id,))


def seasons_answer(asked: Asked) -> Answer:
    user, show = user_of(asked), known_item(asked)
    selection = Selection(parent_id=show.id, types=frozenset({"season"}), sort=(("indexnumber", False),))
    return result(asked, _at(asked.library, selected(asked.library, selection, user)), writing(asked, user))


def episodes_answer(asked: Asked) -> Answer:
    """Those of a show, of a season of it, or of a season's number. An API key is shown the missing ones too."""
    library, user, show = asked.library, user_of(asked), known_item(asked)
    is_key = asked.caller is not None and asked.caller.user is None
    selection = Selection(
        parent_id=asked.params.guid("seasonid") or show.id,
        types=frozenset({"episode"}),
        without_virtual=not is_key and not asked.switches.virtual_included,
        sort=(("airedepisodeorder", False),),
    )
    rows = _at(library, selected(library, selection, user))
    season = asked.params.count("season")
    rows = [item for item in rows if item.series_id == show.id and season in (None, item.parent_index_number)]
    return result(asked, rows, writing(asked, user))


def _at(library: JellyfinLibrary, places: Sequence[int]) -> list[Item]:
    return [item for place in places if (item := library.at(place)) is not None]


def channels_answer(asked: Asked) -> Answer:
    user = user_of(asked)
    return result(asked, asked.library.channels, writing(asked, user))


def resume_answer(asked: Asked) -> Answer:
    user = somebody(asked)
    rows = resumable(asked.library, user, media_types=asked.params.lowered("mediatypes"))
    types = asked.params.lowered("includeitemtypes")
    return result(asked, [item for item in rows if not types or item.type.lower() in types], writing(asked, user))


def next_up_answer(asked: Asked) -> Answer:
    user, params = somebody(asked), asked.params
    wanted = NextUp(
        with_resumable=params.flag("enableresumable") is not False,
        since=params.moment("nextupdatecutoff"),
        series_id=params.guid("seriesid"),
        parent_id=params.guid("parentid"),
    )
    return result(asked, next_up(asked.library, user, wanted), writing(asked, user))


def latest_answer(asked: Asked) -> Answer:
    """The one listing that is a bare array."""
    library, params, user = asked.library, asked.params, somebody(asked)
    is_played, parent_id = params.flag("isplayed"), params.guid("parentid")
    if parent_id is not None and library.is_forbidden(parent_id):
        raise Refused(401)
    tiles = latest(
        library,
        user,
        parent_id,
        types=params.lowered("includeitemtypes"),
        limit=params.count("limit"),
        is_grouped=params.flag("groupitems") is not False,
        is_played=False if is_played is None else is_played,
    )
    viewer = viewer_of(asked, user)
    rows = [
        entry(library, tile.item, viewer) | ({} if tile.new_count is None else {"ChildCount": tile.new_count}) for tile in tiles
    ]
    entries = spoilt([] if asked.switches.empty_200 else rows, asked.switches)
    return written(asked, entries, ids_of(entries))
