"""The same world around a server with pages, libraries that are revealed, and a home page that changes."""

from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from actors.demo import PlexServer
from actors.demo.plex_library import PlexLibrary
from actors.demo.plex_switches import PlexSwitches
from actors.demo.request import Request
from actors.sources import source
from actors.sources.answer import Read
from actors.sources.ask import Ask, Session
from actors.sources.walk import Walk
from actors.writer.config import WriterSource
from contracts import codec
from contracts.catalog import SourceKind
from contracts.errors import IncompleteAnswer, PlaybillError, SourceFailing
from contracts.messages import FetchPage, RawSlice
from tests.simulation.faults import Faults
from tests.simulation.world import World

PLEX: Final = WriterSource(source_id="plex", kind=SourceKind.PLEX, title="Plex", music=True)
PAGE: Final = 4
_LEVELS: Final = {"movie": ("movie",), "show": ("show", "season", "episode"), "artist": ("artist", "album", "track")}
_GOOD: Final = PlexSwitches()


class PagedWorld(World):
    """One Plex server of a few dozen items. Nothing leaves its libraries, so what was stored stays true; hubs come and go."""

    source: ClassVar[WriterSource] = PLEX

    def __init__(self, seed: int, path: Path, faults: Faults) -> None:
        super().__init__(seed, path, faults)
        self.library = PlexLibrary()
        self._server = PlexServer(self.library)
        self._collections: list[str] = []
        self.slices: dict[tuple[str, str, int], list[bytes]] = {}
        """The slices of each attempt, by sync and step."""
        for kind in ("movie", "show", "artist"):
            self._fill(self.library.add_section(f"Library of {kind}s", kind), kind, self.rng.randrange(1, 12))

    # --- The server --------------------------------------------------------------------------------

    def _fill(self, section: str, kind: str, count: int) -> None:
        top, *below = _LEVELS[kind]
        for number in range(count):
            key = self.library.add(section, top, f"{top} {number} é", index=number)
            for level in below:
                key = self.library.add(section, level, f"{level} of {number}", parent=key, index=1)

    def change(self) -> None:
        """Edit, add, watch, and show other hubs; now and then there is a new library."""
        for section in self.library.sections:
            self._fill(section.key, section.type, self.rng.randrange(3))
            for key in self._some(section.key, section.type):
                self.library.change(key, title=f"Edited {self.rng.random():.6f}")
        films = self._keys("1", "movie")
        self.library.set_offset(self.rng.choice(films), 60_000)
        self._collections.append(self.library.add_collection("1", "Put together", self.rng.sample(films, k=min(3, len(films)))))
        if self.rng.random() < 0.5:
            self.library.remove_collection(self._collections.pop(self.rng.randrange(len(self._collections))))
        if self.rng.random() < 0.3:
            self._fill(self.library.add_section("New", "movie"), "movie", 3)
        self.library.rotation += 1

    def take_away(self) -> None:
        """Some films and shows go, with all that is below them; now and then a library."""
        for section in self.library.sections:
            top = _LEVELS[section.type][0]
            share = self.rng.choice([0, 0.1, 0.1, 0.5, 1])
            keys = [key for key in self.library.keys(section.key, top) if self.rng.random() < share]
            # The first film is in hubs and collections of the changes to come.
            self.library.remove(*[str(key) for key in keys if (section.key, key) != ("1", self.library.keys("1", "movie")[0])])
        if len(self.library.sections) > 3 and self.rng.random() < 0.5:
            self.library.remove_section(self.library.sections[-1].key)

    def _some(self, section: str, kind: str) -> list[str]:
        keys = self._keys(section, kind)
        return self.rng.sample(keys, k=min(1, len(keys)))

    def _keys(self, section: str, kind: str) -> list[str]:
        return [str(key) for level in _LEVELS[kind] for key in self.library.keys(section, level)]

    def titles(self) -> dict[tuple[str, str], str]:
        """(kind, remote id) to title: what the catalogue must hold."""
        return {
            (item["type"], item["ratingKey"]): item["title"]
            for section in self.library.sections
            for key in self._keys(section.key, section.type)
            if (item := self.library.item(int(key))) is not None
        }

    def hubs(self) -> list[tuple[str, list[str]]]:
        """The home page as a calm reader sees it."""
        walk = self._walk("home")
        slices: list[bytes] = []
        while (ask := walk.ask()) is not None:
            slices += walk.take(self._body(ask, _GOOD))
        return [
            (section.hub_identifier, [item.remote_id for item in section.items])
            for body in slices
            for section in read("home", body).sections
        ]

    def _walk(self, step: str, since: int | None = None) -> Walk:
        walk = source(PLEX.kind).walk(step, Session(), PAGE, since)
        assert walk is not None
        return walk

    def _body(self, ask: Ask, switches: PlexSwitches) -> bytes:
        """Raises SourceFailing for what the server answers with an error."""
        query = "&".join(f"{name}={value}" for name, value in ask.params)
        request = Request(method="GET", path=f"/{ask.path}", query=query, headers={"accept": "application/json"})
        answer = self._server.answer(request, switches)
        if answer.status != 200:
            raise SourceFailing(f"the server failed with status {answer.status}")
        return b"".join(answer.pieces)

    def server(self) -> dict[str, str | int | bool | None]:
        return {"clock_offset_s": self.library.now_s - int(self.now.timestamp())}

    # --- The fetcher -------------------------------------------------------------------------------

    def listing(self, command: FetchPage, place: dict[str, Any], attempt: int) -> None:
        walk, switches = self._walk(command.step, command.since), self._spoilt()
        sent: list[bytes] = []
        self.slices[command.sync_id, command.step, attempt] = sent
        held: bytes | None = None
        error: PlaybillError | None = None
        while error is None and (ask := walk.ask()) is not None:
            pieces, error = self._page(walk, ask, switches)
            for piece in pieces:
                self._send(command, place, attempt, sent, held)
                held = piece
        if error is None:
            self._send(command, place, attempt, sent, held or b"[]", is_last=True, doubt=walk.doubt, announced=walk.announced)
        else:
            self._send(command, place, attempt, sent, held)
        self.end_listing(command, place, attempt, len(sent), error)

    def _page(self, walk: Walk, ask: Ask, switches: PlexSwitches) -> tuple[list[bytes], PlaybillError | None]:
        try:
            if self.happens(self.faults.truncate / 4):
                raise IncompleteAnswer("the answer ended in the middle")
            if self.happens(self.faults.flap / 20):
                self._fill("1", "movie", 1)  # The library changes while it is read.
            return walk.take(self._body(ask, switches)), None
        except PlaybillError as error:
            instead = walk.failed(error)
            return (instead, None) if instead is not None else ([], error)

    def _spoilt(self) -> PlexSwitches:
        if not self.happens(self.faults.flap):
            return _GOOD
        lies: list[dict[str, Any]] = [
            {"wrong_total": 99},
            {"no_total_size": True},
            {"repeat_pages": True},
            {"ignore_paging": True},
            {"empty_200": True},
            {"shrink_after_page": 1, "shrink_by": 2},
            {"bad_entry_every": 3},
            {"duplicate_every": 2},
            {"hub_fails": ("home.continue", "movie.recentlyadded.1")},
            {"hub_duplicate": True},
            {"hub_more": True},
        ]
        return PlexSwitches(**self.rng.choice(lies))

    def _send(
        self,
        command: FetchPage,
        place: dict[str, Any],
        attempt: int,
        sent: list[bytes],
        body: bytes | None,
        *,
        is_last: bool = False,
        doubt: str | None = None,
        announced: int | None = None,
    ) -> None:
        if body is None:
            return
        self.may_crash()
        piece = RawSlice(
            **place,
            source_kind=command.source_kind,
            requested_ns=command.requested_ns,
            attempt=attempt,
            part=command.part,
            slice=len(sent),
            slices_total=len(sent) + 1 if is_last else None,
            digest=codec.slice_digest(body, command.digest_salt),
            body_bytes=len(body),
            body=body,
            doubt=doubt,
            announced=announced,
        )
        sent.append(body)
        self.publish(piece)


def read(step: str, body: bytes) -> Read:
    return source(PLEX.kind).read(step, msgspec.Raw(body), ())
