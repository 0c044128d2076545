"""`playbill backup`: a verified copy of the catalogue, taken while Playbill runs."""

import time
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import opened
from actors.cli.wording import byte_size


def backup(
    file: Path,
    /,
    *,
    force: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Write a backup of the catalogue, also while Playbill runs and writes: verified, or not there at all.

    Parameters
    ----------
    file:
        Where to write it. It is a plain SQLite file; `playbill restore` brings it back.
    force:
        Overwrite a file that is there.
    """
    settings = opened(config)
    from actors.store.backup import back_up

    began_s = time.monotonic()
    made = back_up(settings.store.path, file, overwrite=force)
    took_s = time.monotonic() - began_s
    if json:
        print(msgspec.json.encode({**msgspec.structs.asdict(made), "seconds": round(took_s, 3)}).decode())
    else:
        print(f"backed up {made.rows:,} rows of {made.tables} tables to {file}: {byte_size(made.size_bytes)} in {took_s:.1f} s")
    return exits.COMPLETED
