"""The Jellyfin API: what to ask and how to read it, without touching the network."""

from actors.sources.jellyfin.account import read_account
from actors.sources.jellyfin.address import base_url
from actors.sources.jellyfin.ask import account_asks, ask, authorize, sign_in
from actors.sources.jellyfin.links import links
from actors.sources.jellyfin.read import READER_VERSION, USES_DIGESTS, digest_salt, read
from actors.sources.jellyfin.session import session
from actors.sources.jellyfin.steps import libraries, library_steps, steps, watch_steps
from actors.sources.jellyfin.walks import walk
from actors.sources.jellyfin.words import words_of_failure
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
