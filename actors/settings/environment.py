"""Variables such as PLAYBILL_STORE__PATH laid over the document of the settings file; pure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from actors.settings.checking import plain
from actors.settings.duration import Duration
from actors.settings.paths import expanded
from actors.settings.secret import Secret
from actors.settings.shape import LogSettings, NatsSettings, SourceSettings, StoreSettings
from contracts.errors import BadSettings

PREFIX: Final = "PLAYBILL_"
_TABLES: Final[Mapping[str, type[msgspec.Struct]]] = {"nats": NatsSettings, "store": StoreSettings, "log": LogSettings}
_Document = dict[str, Any]  # TOML as it was written, before it is checked: foreign data


def overlaid(document: _Document, environment: Mapping[str, str], folder: Path) -> _Document:
    """The document with every PLAYBILL_…__… variable in it. A relative path of a variable is relative to `folder`.

    Raises BadSettings, naming the variable.
    """
    result = {name: dict(table) if isinstance(table, dict) else table for name, table in document.items()}
    for variable in sorted(environment):
        table, _, key = variable.removeprefix(PREFIX).lower().partition("__")
        if variable.startswith(PREFIX) and key:
            _lay(result, variable, table, key, environment[variable], folder)
    return result


def _lay(document: _Document, variable: str, table: str, key: str, text: str, folder: Path) -> None:
    if table == "source":
        source, _, key = key.rpartition("__")
        index = _index_of(document, variable, source)
        value = _value(SourceSettings, variable, key, text, folder)
        document["source"] = [{**row, key: value} if place == index else row for place, row in enumerate(document["source"])]
    elif table in _TABLES:
        value = _value(_TABLES[table], variable, key, text, folder)
        document[table] = {**_table(document, table), key: value}
    else:
        raise BadSettings(f"{variable}: there is no table {table!r}; there are {', '.join(_TABLES)} and source")


def _table(document: _Document, name: str) -> _Document:
    table = document.get(name, {})
    return table if isinstance(table, dict) else {}


def _index_of(document: _Document, variable: str, name: str) -> int:
    rows = document.get("source", [])
    ids = [str(row.get("id", "")) if isinstance(row, dict) else "" for row in rows] if isinstance(rows, list) else []
    found = [index for index, source_id in enumerate(ids) if source_id.replace("-", "_").lower() == name]
    if not found:
        raise BadSettings(f"{variable}: there is no source {name!r}; there are {', '.join(ids) or 'none'}")
    if len({ids[index] for index in found}) > 1:
        raise BadSettings(f"{variable}: means each of {', '.join(ids[index] for index in found)}")
    return found[0]


def _value(table: type[msgspec.Struct], variable: str, key: str, text: str, folder: Path) -> object:
    types = {field.encode_name: field.type for field in msgspec.structs.fields(table)}
    if key not in types or key == "id":
        raise BadSettings(f"{variable}: there is no key {key!r}")
    if not _is_text(text):
        raise BadSettings(f"{variable}: not UTF-8 text")
    wanted = _plain(types[key])
    if wanted is Path:
        try:
            return str(folder / expanded(text))
        except ValueError as error:
            raise BadSettings(f"{variable}: {plain(str(error))}") from None
    if wanted in (Secret, Duration, str):
        return text
    if wanted is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return msgspec.to_builtins(msgspec.convert(text, types[key], strict=False))
    except (ValueError, RecursionError) as error:
        raise BadSettings(f"{variable}: {plain(str(error))}") from None


def _is_text(text: str) -> bool:
    """Bytes of a variable that are no UTF-8 come as lone surrogates, which nothing can write."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _plain(wanted: Any) -> Any:
    """The type itself, of one that is annotated or may be None."""
    if get_origin(wanted) is Annotated:
        return _plain(get_args(wanted)[0])
    members = [member for member in get_args(wanted) if member is not type(None)]
    if len(members) == 1 and type(None) in get_args(wanted):
        return _plain(members[0])
    return get_origin(wanted) or wanted
