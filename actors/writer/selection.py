"""Which categories a source's settings leave out: ids, names or wildcards (`*`, `?`), without regard to case."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from actors.writer.config import WriterSource


def has_filter(source: WriterSource) -> bool:
    return bool(source.include_categories or source.exclude_categories)


def denied_ids(source: WriterSource, categories: Iterable[tuple[str, str]]) -> list[str]:
    """Remote ids of the listed categories (id, title) that are left out, sorted. One that is not listed is never left out."""
    return sorted(remote_id for remote_id, title in categories if not _is_wanted(source, remote_id, title))


def _is_wanted(source: WriterSource, remote_id: str, title: str) -> bool:
    if _matches(source.exclude_categories, remote_id, title):
        return False
    return not source.include_categories or _matches(source.include_categories, remote_id, title)


def _matches(patterns: Sequence[str], remote_id: str, title: str) -> bool:
    folded = title.casefold()
    return any(pattern == remote_id or fnmatchcase(folded, _glob(pattern)) for pattern in patterns)


def _glob(pattern: str) -> str:
    # Providers' names are full of brackets: `[UK] *` means those, and not all that begins with a u or a k.
    return pattern.casefold().replace("[", "[[]")
