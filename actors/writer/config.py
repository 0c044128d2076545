"""What the writer must know of a configured source."""

from typing import Literal

import msgspec

from contracts import limits
from contracts.catalog import SourceKind


class WriterSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source without its address and credentials."""

    source_id: str
    kind: SourceKind
    title: str
    concurrency: int = 1
    """Requests at once towards it, over all hosts."""
    music: bool = False
    """Whether music libraries are listed too."""
    gone_share_max: float = limits.GONE_SHARE_MAX
    """Of a listing's rows that may be gone at once; more is held back until somebody confirms it."""
    grace_s: float = limits.GRACE_DAYS * 86_400.0
    """How long a row that is gone is kept, hidden, before it is purged."""
    full_every_s: float = limits.FULL_EVERY_DAYS * 86_400.0
    """After which the whole listing is read again."""
    episodes: Literal["never", "changed", "all"] = "never"
    """Whether the episodes of an Xtream account's series are read after each sync of its catalogue."""
    include_categories: tuple[str, ...] = ()
    """Ids, names or wildcards. Empty: all categories that are not excluded."""
    exclude_categories: tuple[str, ...] = ()
