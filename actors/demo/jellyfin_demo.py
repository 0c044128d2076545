"""The stand-in Jellyfin server's demo: a small library of public-domain works.

What a real server shows now and then is in it: a library of mixed content, a collection, specials, a season that nobody knows
the number of, an episode that is missing, a file with two episodes, files that were not probed, items without ids of elsewhere
or with such in odd letters, and names to sort by that are padded with zeros.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from actors.demo.channels import CHANNELS
from actors.demo.films import FILMS
from actors.demo.jellyfin_item import TICKS_PER_S, Item, View, digest, stamp
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.music import MUSIC
from actors.demo.serials import SERIALS

FILMS_VIEW: Final = View(id=digest("view", "Films"), name="Films", collection_type="movies")
SERIALS_VIEW: Final = View(id=digest("view", "Serials"), name="Serials", collection_type="tvshows")
REELS_VIEW: Final = View(id=digest("view", "Reels"), name="Reels from Space")
MUSIC_VIEW: Final = View(id=digest("view", "Music"), name="Music", collection_type="music")
COLLECTIONS_VIEW: Final = View(id=digest("view", "Collections"), name="Collections", collection_type="boxsets")
LIVE_VIEW: Final = View(id=digest("view", "Live TV"), name="Live TV", collection_type="livetv")

_ADDED_FROM: Final = datetime(2024, 1, 1, 12, tzinfo=UTC)
_PLAYED_FROM: Final = datetime(2026, 11, 1, 20, tzinfo=UTC)
_SERIALS: Final = 14
_MINUTE_TICKS: Final = 60 * TICKS_PER_S
_COLLECTION: Final = "Journeys of Georges Méliès"
_CHANNELS: Final = (("Playbill Classics", "1", "TV"), ("Radio Ragtime", "2.1", "Radio"))


def demo_jellyfin_library() -> JellyfinLibrary:
    """A few hundred films, chapters and tracks. Every call gives another library with the same content."""
    films = [_film(place, line) for place, line in enumerate(_lines(FILMS))]
    serials = [item for place, line in enumerate(_lines(SERIALS)[:_SERIALS]) for item in _serial(place, line)]
    library = JellyfinLibrary(
        (FILMS_VIEW, SERIALS_VIEW, REELS_VIEW, MUSIC_VIEW, COLLECTIONS_VIEW, LIVE_VIEW),
        [*films, _collection(), *serials, *_music()],
        channels=[_channel(place, *channel) for place, channel in enumerate(_CHANNELS)],
    )
    _watch(library)
    return library


def _watch(library: JellyfinLibrary) -> None:
    """What the user has done so far: two films begun, some played, and two serials in the middle."""
    films, episodes = library.items("Movie"), library.items("Episode")
    library.set_position(films[60].id, 17 * 60, at=_PLAYED_FROM)
    library.set_position(films[95].id, 40, at=_PLAYED_FROM + timedelta(hours=3))
    library.mark_played(films[19].id, at=_PLAYED_FROM - timedelta(days=30))
    library.watch(films[16].id, is_played=True, play_count=1)  # Marked over the API: played, and nobody knows when.
    library.watch(films[33].id, is_favorite=True)
    shows: dict[str, list[Item]] = {}
    for episode in episodes:
        if episode.parent_index_number and not episode.is_virtual:
            shows.setdefault(str(episode.series_id), []).append(episode)
    of_first, of_second = list(shows.values())[3], list(shows.values())[9]
    for day, episode in enumerate([*of_first[:3], of_second[0]]):
        library.mark_played(episode.id, at=_PLAYED_FROM + timedelta(days=day))
    library.set_position(of_second[1].id, 300, at=_PLAYED_FROM + timedelta(days=5))


def _lines(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def _dates(days: int) -> dict[str, Any]:
    created = _ADDED_FROM + timedelta(days=days, microseconds=760_752)
    return {"date_created": stamp(created), "date_last_saved": stamp(created + timedelta(hours=1))}


def _sorted_by(name: str) -> str:
    lowered = name.lower()
    return next((lowered.removeprefix(word) for word in ("the ", "a ", "an ") if lowered.startswith(word)), lowered)


def _film(place: int, line: list[str]) -> Item:
    title, year, director, category, *plot = line
    view = REELS_VIEW if category == "Space" else FILMS_VIEW
    return Item(
        id=digest("Movie", title, year),
        type="Movie",
        name=title,
        view_id=view.id,
        sort_name=_sorted_by(title),
        overview=plot[0] if plot else None,
        genres=(category,),
        studio_names=(director.split(", ")[0],),
        provider_ids=_provider_ids(place),
        production_year=int(year),
        premiere_date=None if place % 8 == 5 else f"{year}-01-01T00:00:00.0000000Z",
        community_rating=None if place % 7 == 3 else (60 + place * 7 % 31) / 10,
        critic_rating=float(50 + place % 50) if place % 4 == 0 else None,
        official_rating="NR" if place % 3 == 0 else None,
        run_time_ticks=None if place % 17 == 4 else (2 + place % 90) * _MINUTE_TICKS,
        container="mkv",
        path=f"/media/films/{title} ({year})/{title}.mkv",
        box_set_ids=(digest("BoxSet", _COLLECTION),) if director == "Georges Méliès" else (),
        has_image=place % 11 != 0,
        has_backdrop=place % 2 == 0,
        **_dates(place),
    )


def _provider_ids(place: int) -> dict[str, str]:
    """Made-up ids in the shape of real ones; the keys come in several cases, and some films have none."""
    ids = {"Imdb": f"tt{9_000_000 + place}", "Tmdb": str(9_000_000 + place)}
    if place % 6 == 0:
        return {}
    return {name.lower(): found for name, found in ids.items()} if place % 13 == 2 else ids


def _collection() -> Item:
    return Item(
        id=digest("BoxSet", _COLLECTION),
        type="BoxSet",
        name=_COLLECTION,
        view_id=COLLECTIONS_VIEW.id,
        sort_name=_COLLECTION.lower(),
        **_dates(300),
    )


def _serial(place: int, line: list[str]) -> list[Item]:
    """A serial, its seasons and its chapters. Each of the first four is out of the ordinary in one way."""
    title, year, director, category, chapters = line
    dates = _dates(place * 20)
    show = Item(
        id=digest("Series", title),
        type="Series",
        name=title,
        view_id=SERIALS_VIEW.id,
        sort_name=_sorted_by(title),
        overview=f"A chapter play by {director}.",
        genres=(category, "Serial"),
        provider_ids={"Tvdb": str(9_500_000 + place), "Imdb": f"tt{9_500_000 + place}"},
        production_year=int(year),
        premiere_date=f"{year}-01-01T00:00:00.0000000Z",
        status="Ended",
        has_backdrop=True,
        **dates,
    )
    numbers = [chapter for chapter in range(1, int(chapters) + 1) if place != 1 or chapter != 4]
    found = [show, season := _season(show, "Season 1", 1, dates)]
    found += [_chapter(show, season, chapter, place) for chapter in numbers]
    if place == 0:
        found += [specials := _season(show, "Specials", 0, dates), _chapter(show, specials, 1, place)]
    if place == 1:
        found[4] = msgspec.structs.replace(found[4], index_number_end=4)  # The file of chapter 3 has chapter 4 in it.
    if place == 2:
        found.append(
            msgspec.structs.replace(_chapter(show, season, 99, place), location_type="Virtual", path=None, run_time_ticks=None)
        )
    if place == 3:
        found += [unknown := _season(show, "Season Unknown", None, dates), _chapter(show, unknown, None, place)]
    return found


def _season(show: Item, name: str, number: int | None, dates: dict[str, Any]) -> Item:
    return Item(
        id=digest("Season", show.id, name),
        type="Season",
        name=name,
        view_id=show.view_id,
        sort_name=f"{number or 0:04} - {name.lower()}",
        index_number=number,
        production_year=show.production_year,
        series_id=show.id,
        series_name=show.name,
        has_image=False,
        **dates,
    )


def _chapter(show: Item, season: Item, number: int | None, place: int) -> Item:
    name = f"Chapter {number}" if number else "A Lost Chapter"
    return Item(
        id=digest("Episode", season.id, name),
        type="Episode",
        name=name,
        view_id=show.view_id,
        sort_name=f"{season.index_number or 0:03} - {number or 0:04} - {name.lower()}",
        index_number=number,
        parent_index_number=season.index_number,
        production_year=show.production_year,
        premiere_date=show.premiere_date,
        run_time_ticks=20 * _MINUTE_TICKS,
        container="mp4",
        path=f"/media/serials/{show.name}/{season.name}/{name}.mp4",
        series_id=show.id,
        series_name=show.name,
        season_id=season.id,
        season_name=season.name,
        **_dates(place * 20 + (number or 0)),
    )


def _music() -> list[Item]:
    found: dict[str, Item] = {}
    for place, (artist, title, year, genre, tracks) in enumerate(_lines(MUSIC)):
        common: dict[str, Any] = {"view_id": MUSIC_VIEW.id, "genres": (genre,), **_dates(place * 30)}
        singer = Item(id=digest("MusicArtist", artist), type="MusicArtist", name=artist, sort_name=artist.lower(), **common)
        found.setdefault(singer.id, singer)
        common |= {"production_year": int(year), "artists": (artist,), "album_artist": artist, "artist_id": singer.id}
        album = Item(id=digest("MusicAlbum", title), type="MusicAlbum", name=title, sort_name=title.lower(), **common)
        found[album.id] = album
        for number, name in enumerate(tracks.split("; "), 1):
            track = _track(album, number, name, common)
            found[track.id] = track
    return list(found.values())


def _track(album: Item, number: int, name: str, common: dict[str, Any]) -> Item:
    return Item(
        id=digest("Audio", album.id, name),
        type="Audio",
        name=name,
        sort_name=f"0001 - {number:04} - {name}",
        index_number=number,
        parent_index_number=1,
        run_time_ticks=3 * _MINUTE_TICKS + number,
        container="flac",
        path=f"/media/music/{album.album_artist}/{album.name}/{number}. {name}.flac",
        album=album.name,
        album_id=album.id,
        **common,
    )


def _channel(place: int, name: str, number: str, channel_type: str) -> Item:
    assert any(channel.name == name for channel in CHANNELS)
    return Item(
        id=digest("TvChannel", name),
        type="TvChannel",
        name=name,
        sort_name=f"{place:05}",
        channel_number=number,
        channel_type=channel_type,
        **_dates(place),
    )
