"""`playbill restore`: a backup put in the place of the catalogue, which is put aside and never deleted."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from actors.cli import exits, options
from actors.cli.opening import opened


def restore(file: Path, /, *, json: options.Json = False, config: options.Config = None) -> int:
    """Put a backup in the place of the catalogue, while Playbill is stopped. The present one is put aside, never deleted.

    Parameters
    ----------
    file:
        What `playbill backup` wrote, by this version or an older one. It is verified first, and stays as it is.
    """
    settings = opened(config)
    from actors.store.restoring import restore as put_back

    restored = asyncio.run(put_back(settings.store.path, file, datetime.now(UTC)))
    if json:
        print(msgspec.json.encode(restored).decode())
        return exits.COMPLETED
    if restored.put_aside is not None:
        print(f"put aside {restored.put_aside}")
    print(f"restored {restored.rows:,} rows from {file}; the next sync brings it up to date")
    return exits.COMPLETED
