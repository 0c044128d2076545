"""The Xtream Codes API (`player_api.php`): what to ask and how to read it, without touching the network."""

from actors.sources.xtream.account import read_account
from actors.sources.xtream.address import base_url
from actors.sources.xtream.ask import account_asks, ask, authorize, session, sign_in, walk
from actors.sources.xtream.links import links, words_of_failure
from actors.sources.xtream.numbering import lasting
from actors.sources.xtream.read import READER_VERSION, USES_DIGESTS, digest_salt, read
from actors.sources.xtream.roots import unexpected_root
from actors.sources.xtream.series import is_unknown_series, read_series, series_ask, series_body
from actors.sources.xtream.steps import libraries, library_steps, steps, watch_steps

__all__ = [
    "READER_VERSION",
    "USES_DIGESTS",
    "account_asks",
    "ask",
    "authorize",
    "base_url",
    "digest_salt",
    "is_unknown_series",
    "lasting",
    "libraries",
    "library_steps",
    "links",
    "read",
    "read_account",
    "read_series",
    "series_ask",
    "series_body",
    "session",
    "sign_in",
    "steps",
    "unexpected_root",
    "walk",
    "watch_steps",
    "words_of_failure",
]
