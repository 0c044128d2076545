"""The Xtream Codes API (`player_api.php`): what to ask and how to read it, without touching the network."""

from actors.sources.xtream.account import read_account
from actors.sources.xtream.address import base_url
from actors.sources.xtream.ask import ask, authorize
from actors.sources.xtream.numbering import lasting
from actors.sources.xtream.read import READER_VERSION, digest_salt, read
from actors.sources.xtream.roots import unexpected_root
from actors.sources.xtream.steps import libraries, steps

__all__ = [
    "READER_VERSION",
    "ask",
    "authorize",
    "base_url",
    "digest_salt",
    "lasting",
    "libraries",
    "read",
    "read_account",
    "steps",
    "unexpected_root",
]
