"""Kinds of values that several messages carry, each with its bound."""

from typing import Annotated

from msgspec import Meta

from contracts import limits

# A `$` alone also fits before a line's end at the end of a text, and ids become part of a subject, which must hold none.
SourceId = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,64}$(?!\n)", description="Id of a configured source.")]
SyncId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)", description="Id of one sync, made from its source and request id.")]
RequestId = Annotated[str, Meta(max_length=128, description="The asker's own id; the same id asks for the same sync.")]
Count = Annotated[int, Meta(ge=0, le=limits.INTEGER_MAX)]
