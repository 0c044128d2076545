"""How many requests each part of a source may make at once."""

from actors.sources import source
from contracts.catalog import Part, SourceKind


def lanes(kind: SourceKind, concurrency: int) -> dict[Part, int]:
    """Requests at once by part; a part that asks nothing of the source has no lane.

    The catalogue takes what the source is configured for. Every other part is one request at a time, beside it.
    """
    asking = {step.part for step in source(kind).steps if not step.is_local}
    return {part: concurrency if part is Part.CATALOGUE else 1 for part in Part if part in asking}
