"""The Plex Media Server API: what to ask and how to read it, without touching the network."""

from actors.sources.plex.account import read_account
from actors.sources.plex.address import base_url
from actors.sources.plex.ask import account_asks, ask, authorize, session, sign_in
from actors.sources.plex.links import links
from actors.sources.plex.read import READER_VERSION, USES_DIGESTS, digest_salt, read
from actors.sources.plex.steps import libraries, library_steps, steps, watch_steps
from actors.sources.plex.walks import walk
from actors.sources.plex.words import words_of_failure
from actors.sources.walked import is_unknown_series, lasting, read_series, series_ask, series_body, unexpected_root

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
