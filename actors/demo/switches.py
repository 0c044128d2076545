"""What can be made to go wrong with an answer: one switch per failure that real providers show."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Literal

import msgspec

from actors.demo.xtream_series import EpisodesAs


class Hold:
    """Stops an answer at an exact byte until it is released, so that a test can act in the middle of a download.

    Every answer that meets it stops, until `release()`; from then on it lets everything pass. May be used from any thread.
    """

    def __init__(self, at_bytes: int = 0) -> None:
        """Stop when `at_bytes` of a body are sent; 0 is after the head."""
        self.at_bytes = at_bytes
        self.reached = threading.Event()
        """Set when the first answer stands still."""
        self._lock = threading.Lock()
        self._released = False
        self._wakers: list[Callable[[], None]] = []

    @property
    def waiting(self) -> int:
        """Answers that stand still now."""
        return len(self._wakers)

    def release(self) -> None:
        """Let every answer go on. May be repeated."""
        with self._lock:
            self._released = True
            for wake in self._wakers:
                wake()

    async def wait(self) -> None:
        """Stand still until released."""
        loop = asyncio.get_running_loop()
        going_on = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(going_on.set)

        with self._lock:
            if self._released:
                return
            self._wakers.append(wake)
        self.reached.set()
        try:
            await going_on.wait()
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._wakers.remove(wake)


class ServerSwitches(msgspec.Struct, frozen=True, kw_only=True):
    """How the answers of any server to one kind of request, or to all, are spoilt. The defaults spoil nothing."""

    first_requests: int | None = None
    """Spoil only so many requests of each kind, counted from when the switches were set; then all is good. None: every one."""
    skip_requests: int = 0
    """Before that, let so many requests of each kind pass unspoilt."""

    # --- The status and the head ---
    status: int = 200
    """Answered with a short text instead of the body; any three digits, also 884."""
    retry_after: str | None = None
    """The header's value, sent with the status above."""
    redirect_to: str | None = None
    """Answer 302 with this `Location`. `{query}` stands for the request's own query string, credentials included."""

    # --- The body instead of the right one ---
    body_text: str | None = None
    """Status 200 and this text: `false`, `null`, an empty text, `Blocked`, `{"user_info":{}}`, …."""
    html_200: bool = False
    """Status 200 and an HTML page."""

    # --- The bytes on the wire ---
    framing: Literal["length", "chunked", "close"] = "length"
    """How the end of the body is told: by Content-Length, by the last chunk, or by closing the connection."""
    gzip: Literal["no", "if_accepted", "always", "twice", "truncated", "bomb"] = "no"
    """`twice`: two codings, named so. `truncated`: the stream without its last 16 bytes, and a length to match. `bomb`: `[` and
    blanks without end, a thousandth of their size on the wire."""
    gzip_bomb_bytes: int = 1024 * 1024 * 1024
    """What the bomb inflates to."""
    first_byte_delay_s: float = 0.0
    """Think so long before the head is sent."""
    drip_bytes_per_s: int = 0
    """Send the body at this speed, twenty pieces a second. 0: as fast as it goes."""
    cut_after_bytes: int | None = None
    """Close the connection after so many bytes of the body; with `framing="close"` nobody can tell from the framing."""
    reset_after_bytes: int | None = None
    """Reset the connection (RST) after so many bytes of the body."""
    hold: Hold | None = None
    """Stand still at an exact byte of the body until released."""


class Switches(ServerSwitches, frozen=True, kw_only=True):
    """How the answers of an Xtream provider to one action, or to all, are spoilt. The defaults spoil nothing."""

    # --- The account ---
    account: Literal[
        "good", "auth_0", "unauthorized_json", "not_found_html", "expired_status", "expired_date", "banned", "empty_list"
    ] = "good"
    """`auth_0`: 200 and `{"user_info":{"auth":0}}` to everything. `unauthorized_json`: 401, `not_found_html`: 404, to everything.
    `expired_status`: auth 1, status Expired, lists empty. `expired_date`: Active with a past `exp_date`, lists empty.
    `banned`: status Banned, and the account document where lists are due. `empty_list`: `[]` as the account document."""

    # --- The body around the right one ---
    php_warning: Literal["none", "before", "after"] = "none"
    """PHP's warning in HTML, around the right body."""

    # --- The entries of a listing ---
    empty_list: bool = False
    """`[]`, where there was something."""
    numeric_keys: bool = False
    """The list as an object with numeric keys and gaps, as PHP writes an array from which entries were removed."""
    bad_entry_every: int = 0
    """Replace every so many-th entry by one that cannot be read: no id, an id of a wrong type, or no object. 0: none."""
    duplicate_every: int = 0
    """Repeat every so many-th entry at once. 0: none."""
    keep_share: float = 1.0
    """Serve only this share of the entries, from the front."""
    renumber_by: int = 0
    """Add this to every `num`."""
    infinite: bool = False
    """Never close the list: its entries over and over."""

    # --- One series ---
    episodes_as: EpisodesAs = "dict"
    """The shape of a series' episodes (`actors.demo.xtream_series.shaped`). With `skip_requests`, series that suddenly come
    back `empty`."""
    series_missing_every: int = 0
    """Answer 404 for every series whose id this divides, although the listing has it. 0: for none."""
