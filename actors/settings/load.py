"""Finds and reads playbill.toml, and gives its Settings."""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from actors.settings.checking import checked
from actors.settings.environment import overlaid
from actors.settings.shape import Settings
from contracts import limits
from contracts.errors import BadSettings

FILE_NAME: Final = "playbill.toml"
FILE_BYTES_MAX: Final = 4 * limits.MIB
_SECRET_KEYS: Final = ("username", "password", "token", "api_key")


def load(given: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the file that is given or found, under the environment's. Raises BadSettings, never with a secret in it."""
    variables = os.environ if environment is None else environment
    path = find(given, variables)
    written = _read(path)
    settings = checked(overlaid(written, variables, Path.cwd()), path)
    if path.stat().st_mode & stat.S_IROTH and _holds_secret(written):
        return msgspec.structs.replace(
            settings, warnings=(f"{path} holds a password and everybody here can read it: chmod 600 {path}",)
        )
    return settings


def find(given: Path | None, environment: Mapping[str, str]) -> Path:
    """`given`, else $PLAYBILL_CONFIG, else ./playbill.toml, else the user's own. Raises BadSettings when it is not there."""
    named = given or (Path(environment["PLAYBILL_CONFIG"]) if environment.get("PLAYBILL_CONFIG") else None)
    if named is not None:
        path = named.expanduser().absolute()
        if not path.is_file():
            raise BadSettings(f"no settings file at {path}; write one with `playbill init --config {named}`")
        return path
    home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (Path.cwd() / FILE_NAME, home / "playbill" / FILE_NAME):
        if path.is_file():
            return path
    raise BadSettings(f"no {FILE_NAME} here or in {home / 'playbill'}; write one with `playbill init`")


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            body = file.read(FILE_BYTES_MAX + 1)
        if len(body) > FILE_BYTES_MAX:
            raise BadSettings(f"{path}: larger than {FILE_BYTES_MAX // limits.MIB} MiB")
        return tomllib.loads(body.decode())
    except OSError as error:
        raise BadSettings(f"{path}: cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path}: not valid TOML: {error}") from None
    except (ValueError, RecursionError):
        raise BadSettings(f"{path}: not UTF-8 text, or nested too deeply") from None


def _holds_secret(document: dict[str, Any]) -> bool:
    """Whether the document itself, already checked, holds a secret."""
    tables = [document.get("nats", {}), *document.get("source", [])]
    return any(isinstance(table.get(key), str) for table in tables for key in _SECRET_KEYS)
