"""Large Plex and Jellyfin servers that make each answer once: what making it takes is nobody's to be measured by."""

from typing import Final

from actors.demo import JellyfinServer, PlexServer, big_jellyfin_library, big_plex_library
from actors.demo.answer import Answer
from actors.demo.jellyfin_switches import JellyfinSwitches
from actors.demo.plex_switches import PlexSwitches
from actors.demo.request import Request

USER: Final = "demo"
"""Of the Jellyfin server, and its password."""

Kept = dict[tuple[str, str], Answer]


class KeptPlex(PlexServer):
    """A Plex server of one library of shows."""

    def __init__(self, shows: int, episodes: int) -> None:
        super().__init__(big_plex_library(shows=shows, episodes=episodes, films=0))
        self._kept: Kept = {}

    def answer(self, request: Request, switches: PlexSwitches) -> Answer:
        found = self._kept.get((request.path, request.query)) or super().answer(request, switches)
        return _kept(self._kept, request, found)


class KeptJellyfin(JellyfinServer):
    """A Jellyfin server of one view of shows."""

    def __init__(self, shows: int, episodes: int) -> None:
        super().__init__(big_jellyfin_library(shows=shows, episodes=episodes, films=0), users={USER: USER})
        self._kept: Kept = {}

    def answer(self, request: Request, switches: JellyfinSwitches) -> Answer:
        found = self._kept.get((request.path, request.query)) or super().answer(request, switches)
        return _kept(self._kept, request, found)


def _kept(answers: Kept, request: Request, answer: Answer) -> Answer:
    if request.method == "GET" and answer.status == 200:
        answers[request.path, request.query] = answer
    return answer
