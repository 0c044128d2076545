"""What the writer must know of a configured source."""

import msgspec

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
    include_categories: tuple[str, ...] = ()
    """Ids, names or wildcards. Empty: all categories that are not excluded."""
    exclude_categories: tuple[str, ...] = ()
