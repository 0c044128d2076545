"""What a version of the schema is."""

import msgspec


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the schema: statements, each executed alone, all in one transaction."""

    up: tuple[str, ...]
    down: tuple[str, ...]
