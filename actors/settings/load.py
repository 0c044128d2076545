"""Finds and reads playbill.toml, and gives its Settings."""

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from actors.settings.checking import checked
from actors.settings.environment import overlaid
from actors.settings.files import check_bus_files
from actors.settings.paths import expanded, is_file
from actors.settings.shape import Settings
from contracts import limits
from contracts.errors import BadSettings

FILE_NAME: Final = "playbill.toml"
FILE_BYTES_MAX: Final = 4 * limits.MIB
_KEY_PARTS_MAX: Final = 64
"""Of a key with dots; ours have three. The reader of TOML takes minutes over some ten thousand."""
_PART: Final = rb"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_DOTTED: Final = re.compile(rb"(?<![\w\"'-])" + _PART + rb"(?:[ \t]*+\.[ \t]*+" + _PART + rb"){%d}" % _KEY_PARTS_MAX)
_SECRET_KEYS: Final = ("username", "password", "token", "api_key")


def load(given: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the file that is given or found, under the environment's. Raises BadSettings, never with a secret in it."""
    variables = os.environ if environment is None else environment
    path = find(given, variables)
    written = _read(path)
    settings = checked(overlaid(written, variables, Path.cwd()), path)
    return msgspec.structs.replace(settings, warnings=tuple(_warnings(settings, written)))


def _warnings(settings: Settings, written: dict[str, Any]) -> Iterator[str]:
    path = settings.file
    if path.stat().st_mode & stat.S_IROTH and _holds_secret(written):
        yield f"{path} holds a password and everybody here can read it: chmod 600 {path}"
    yield from check_bus_files(settings.nats)
    for index, row in enumerate(settings.sources):
        if not row.verify_tls and row.url.startswith("https:"):
            yield f"source[{index}].verify_tls: is off, so whoever is between here and {row.source_id} can read its password"


def find(given: Path | None, environment: Mapping[str, str]) -> Path:
    """`given`, else $PLAYBILL_CONFIG, else ./playbill.toml, else the user's own. Raises BadSettings when it is not there."""
    named = given or (Path(environment["PLAYBILL_CONFIG"]) if environment.get("PLAYBILL_CONFIG") else None)
    if named is not None:
        path = _named(named)
        if not is_file(path):
            raise BadSettings(f"no settings file at {path}; write one with `playbill init --config {named}`")
        return path
    home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (Path.cwd() / FILE_NAME, home / "playbill" / FILE_NAME):
        if is_file(path):
            return path
    raise BadSettings(f"no {FILE_NAME} here or in {home / 'playbill'}; write one with `playbill init`")


def _named(path: Path) -> Path:
    try:
        return expanded(path).absolute()
    except ValueError as error:
        raise BadSettings(f"the settings file: {str(error)[:1].lower()}{str(error)[1:]}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            body = file.read(FILE_BYTES_MAX + 1)
        if len(body) > FILE_BYTES_MAX:
            raise BadSettings(f"{path}: larger than {FILE_BYTES_MAX // limits.MIB} MiB")
        if _DOTTED.search(body):
            raise BadSettings(f"{path}: has a key of more than {_KEY_PARTS_MAX} parts")
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
