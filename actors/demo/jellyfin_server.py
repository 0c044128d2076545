"""The stand-in Jellyfin server: users, libraries and a home screen over real HTTP."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from actors.demo.answer import Answer, Upgrade, plain
from actors.demo.jellyfin_accounts import Accounts, Caller, Client, client_of
from actors.demo.jellyfin_answers import answer
from actors.demo.jellyfin_asked import Asked
from actors.demo.jellyfin_entry import user_data
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.jellyfin_notices import Change, Content, force_keep_alive, library_changed, user_data_changed
from actors.demo.jellyfin_query import read_params
from actors.demo.jellyfin_replies import early, refused
from actors.demo.jellyfin_routes import OPEN, Route, route
from actors.demo.jellyfin_switches import JellyfinSwitches
from actors.demo.request import Request
from actors.demo.server import StandIn
from actors.demo.websocket import upgraded

_GOOD: Final = JellyfinSwitches()
_NOTHING: Final = b'{"Items":[],"TotalRecordCount":0,"StartIndex":0}'
_NOT_THERE: Final = "-"
_USERS: Final = {"demo": "demo"}


class JellyfinServer(StandIn[JellyfinSwitches]):
    """A server with users and an administrator's key. Its library may be changed at any time, from any thread.

    Switches are set by the kind of request (`items`, `latest`, …: `jellyfin_routes.KINDS`), or for some of a kind only:
    `items.Episode`, `items.<id of the parent>`, `items.Episode.<id of the parent>`, `latest.<id of the view>`, `seasons.<id>`.
    Of several that fit, the one with most words counts, and of two as long the one with the type.
    """

    secrets = frozenset({"apikey", "api_key"})

    def __init__(
        self,
        library: JellyfinLibrary,
        *,
        users: Mapping[str, str] = _USERS,
        api_key: str = "demo-jellyfin-key",
        version: str = "10.11.5",
        switches: JellyfinSwitches = _GOOD,
        port: int = 0,
        base_path: str = "",
    ) -> None:
        """`users` is name to password, the first being the administrator. `base_path` is as of a proxy: `/jellyfin`."""
        super().__init__(switches, port=port)
        self.library = library
        self.accounts = Accounts(users, api_key)
        self.version = version
        self.patience_s = 60.0
        """How long a websocket may be silent, set before it opens."""
        library.changes.listen(self._tell)
        self.base_path = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        self._drawn = _GOOD
        self._caller: Caller | None = None

    @property
    def url(self) -> str:
        """With the base path."""
        return f"{super().url}{self.base_path}"

    def user_id(self, user: str = "demo") -> str:
        return self.accounts.user_id(user)

    def kind_of(self, request: Request) -> str:
        found = self._route(request)
        return _NOT_THERE if found is None else found.kind

    def _route(self, request: Request) -> Route | None:
        inside = request.path.lower().startswith(f"{self.base_path.lower()}/")
        return route(request.method, request.path[len(self.base_path) :]) if inside else None

    def refusal(self, request: Request) -> Answer | None:
        """Nobody is refused while the server starts, as it does not look. A token is wanted for nearly everything."""
        found = self._route(request)
        if found is None:
            return plain(404, b"", "text/plain")
        self._drawn = super()._switches_of(self._key(found, request))
        self._caller = self.accounts.caller(self._client(request).token)
        if self._caller is not None or self._drawn.starting or found.kind in OPEN:
            return None
        is_let_pass = self._drawn.emulator and found.kind == "items"
        return plain(200, _NOTHING) if is_let_pass else refused(401)

    def _switches_of(self, kind: str) -> JellyfinSwitches:
        """Those that were drawn for the request when it was looked at: a request is counted once."""
        return self._drawn

    def _key(self, found: Route, request: Request) -> str:
        """What of the switches that were set fits the request best."""
        params = read_params(request.query)
        place = found.item or params.text("parentid").replace("-", "").lower()
        item_type = params.text("includeitemtypes")
        words = [word for word in (item_type, place) if word]
        keys = [".".join((found.kind, *words)), *(f"{found.kind}.{word}" for word in words)]
        with self._lock:
            return next((key for key in keys if key in self._switches), found.kind)

    def _client(self, request: Request) -> Client:
        return client_of(request, legacy=self._drawn.legacy_auth)

    def answer(self, request: Request, switches: JellyfinSwitches) -> Answer:
        found = self._route(request)
        assert found is not None
        if found.kind == "socket":
            return early(switches) or self._socket(request)
        asked = Asked(
            library=self.library,
            accounts=self.accounts,
            route=found,
            params=read_params(request.query),
            caller=self._caller,
            client=self._client(request),
            body=request.body,
            method=request.method,
            version=self.version,
            address=self.url,
            accepts_gzip=request.accepts_gzip,
            switches=switches,
        )
        with self.library.lock:
            return answer(asked)

    def _socket(self, request: Request) -> Answer:
        assert self._caller is not None
        greeting = (force_keep_alive(self.patience_s),)
        return upgraded(request, Upgrade(user=self._caller.user or "", greeting=greeting, patience_s=self.patience_s))

    def _tell(self, change: Change) -> None:
        """To sessions that have a user; an API key's hear of nothing."""
        if isinstance(change, Content):
            self.sockets.say(library_changed(change), to=bool)
            return
        item, user = self.library.item(change.item_id), change.user
        entries = [] if item is None else [user_data(self.library, item, user)]
        self.sockets.say(user_data_changed(self.user_id(user), entries), to=lambda of: of == user)

    def shown(self, request: Request) -> Mapping[str, str]:
        """Of the query only: the body of a login is a secret."""
        return {name: value for name, value in parse_qsl(request.query) if name.lower() not in self.secrets}

    def greeting(self) -> list[str]:
        users = (f"  user {name}, password {password}" for name, password in self.accounts.users.items())
        views = (f"  {view.name}: {sum(item.view_id == view.id for item in self.library.items())}" for view in self.library.views)
        return [f"{self.url}  API key {self.accounts.api_key}", *users, *views]
