"""The stand-in Xtream provider: `player_api.php` with one account."""

from typing import Final

from actors.demo.answer import HTML_PAGE, Answer, plain
from actors.demo.catalogue import LISTINGS, Catalogue
from actors.demo.request import Request
from actors.demo.server import HOST, StandIn
from actors.demo.switches import Switches
from actors.demo.xtream_answers import ACCOUNT, Asked, answer, refused
from actors.demo.xtream_limiter import Limiter

_API: Final = "/player_api.php"
_GOOD: Final = Switches()
_NOT_THERE: Final = "-"


class XtreamServer(StandIn[Switches]):
    """A provider with one account.

    `catalogue` may be replaced at any time: a request is answered from the one that is there when it comes.
    """

    secrets = frozenset({"username", "password"})

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        username: str = "demo",
        password: str = "demo",  # noqa: S107  the stand-in's password is no secret
        switches: Switches = _GOOD,
        port: int = 0,
        limiter: Limiter | None = None,
    ) -> None:
        """Port 0 takes a free one. A limiter counts every request whose credentials are right, and answers 429 to some."""
        super().__init__(switches, port=port)
        self.catalogue, self.limiter = catalogue, limiter
        self.username, self.password = username, password
        self._prepared: dict[str, tuple[tuple[object, ...], Answer]] = {}

    def kind_of(self, request: Request) -> str:
        """The action. The API answers under every base path, and to POST as to GET."""
        if not request.path.endswith(_API) or request.method not in ("GET", "POST"):
            return _NOT_THERE
        wanted = request.params.get("action", "")
        return ACCOUNT if wanted in ("", "get_account_info") else wanted

    def refusal(self, request: Request) -> Answer | None:
        if self.kind_of(request) == _NOT_THERE:
            return plain(404, HTML_PAGE, "text/html")
        right = (request.params.get("username"), request.params.get("password")) == (self.username, self.password)
        return None if right else refused()

    def answer(self, request: Request, switches: Switches) -> Answer:
        """The answer; a listing that is asked for again as it was is not encoded again."""
        if self.limiter is not None and self.limiter.ban_left_s() > 0:
            return plain(429, b"too many requests", "text/plain")
        catalogue, params, action = self.catalogue, request.params, self.kind_of(request)
        key = (catalogue, switches, request.accepts_gzip, params.get("category_id"))
        kept = self._prepared.get(action)
        if kept is not None and kept[0][0] is catalogue and kept[0][1:] == key[1:]:
            return kept[1]
        asked = Asked(
            action=action, query=request.query, params=params, accepts_gzip=request.accepts_gzip, host=HOST, port=self.port
        )
        found = answer(catalogue, asked, switches)
        if action in LISTINGS and isinstance(found.pieces, tuple) and switches.redirect_to is None:
            self._prepared[action] = (key, found)
        return found

    def greeting(self) -> list[str]:
        counts = (f"  {action}: {count}" for action, count in self.catalogue.counts().items())
        return [f"{self.url}  user {self.username}, password {self.password}", *counts]
