"""`playbill init`: a commented settings file to start from."""

import contextlib
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actors.cli import exits, options
from contracts.errors import BadSettings


def init(*, force: Annotated[bool, Parameter(negative=(), show_default=False)] = False, config: options.Config = None) -> int:
    """Write a commented playbill.toml, readable by you alone.

    Parameters
    ----------
    force:
        Replace a file that is there.
    """
    path = (config or Path("playbill.toml")).expanduser().absolute()
    write(path, template(), force=force)
    named = f" --config {config}" if config is not None else ""
    print(f"wrote {path}")
    print(f"next: put your provider into it, then `playbill check{named}` and `playbill up{named}`", file=sys.stderr)
    return exits.COMPLETED


def template() -> str:
    """The file as it is written: valid settings, every key with its default and what it is for."""
    return files("actors.cli").joinpath("template.toml").read_text(encoding="utf-8")


def write(path: Path, text: str, *, force: bool) -> None:
    """Write it so that nobody else ever reads it, and all of it or nothing. Raises BadSettings."""
    if path.exists() and not force:
        raise BadSettings(f"{path} is there already; --force replaces it")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise BadSettings(f"cannot write {path}: {error.strerror}") from None
