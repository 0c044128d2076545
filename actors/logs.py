"""The door to structlog: lines for people or JSON, on standard error, without a secret in them."""

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, cast

import msgspec

from actors.redaction import redact_value

if TYPE_CHECKING or "rich" in sys.modules:
    import structlog
else:
    # structlog loads rich where it finds it, for tracebacks that show local variables. Those may hold a password, and an
    # actor would pay 130 ms and 10 MB for them.
    sys.modules["rich"] = None
    import structlog

    del sys.modules["rich"]

TEXT_CHARS_MAX: Final = 2_000
"""Of one value; a line is for reading."""
TRACEBACK_CHARS_MAX: Final = 16_000

_QUIET: Final = ("httpx", "httpcore", "nats", "stamina", "asyncio", "aiosqlite")
_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_json: Final = msgspec.json.Encoder(enc_hook=str)
_Line = Any  # structlog's own event dictionary: foreign data, whatever a caller says


class Log(Protocol):
    """A logger: what happened, in a few words, and its values by name."""

    def debug(self, event: str, **values: object) -> object: ...
    def info(self, event: str, **values: object) -> object: ...
    def warning(self, event: str, **values: object) -> object: ...
    def error(self, event: str, **values: object) -> object: ...
    def exception(self, event: str, **values: object) -> object: ...


def logger(name: str) -> Log:
    """The logger of one file. May be made before `configure`."""
    return cast("Log", structlog.get_logger(at=name))


def configure(json: bool = False, level: str = "info", role: str = "playbill", stream: TextIO | None = None) -> None:
    """Set up this process's lines: for people, or one JSON object each. The standard library's loggers go the same way.

    May be called again; then the last call holds for every logger. `stream` is standard error where it is not given.
    """
    threshold = _LEVELS[level]
    structlog.configure(
        processors=_processors(json=json, role=role),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Lines(stream))),
        cache_logger_on_first_use=False,
    )
    _take_over_standard_logging(threshold)


def reset() -> None:
    """Undo `configure`."""
    structlog.reset_defaults()
    root = logging.getLogger()
    for handler in [found for found in root.handlers if isinstance(found, _ToStructlog)]:
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)


def _processors(*, json: bool, role: str) -> list[Any]:
    def add_role(_logger: object, _method: str, line: _Line) -> _Line:
        line.setdefault("role", role)
        return line

    shared = [structlog.processors.add_log_level, add_role, structlog.processors.format_exc_info, without_secrets]
    return [*shared, line_for_machines if json else line_for_people]


def without_secrets(_logger: object, _method: str, line: _Line) -> _Line:
    """Hides what names or shapes of values betray, an exception's text included, and clips what is long."""
    for name, value in line.items():
        if type(value) is int:
            continue
        shown = redact_value(name, value)
        if isinstance(shown, str):
            shown = _clipped(shown, TRACEBACK_CHARS_MAX if name == "exception" else TEXT_CHARS_MAX)
        line[name] = shown
    return line


def line_for_machines(_logger: object, _method: str, line: _Line) -> str:
    """One JSON object, its time in UTC first."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _json.encode({"time": now, **line}).decode()


def line_for_people(_logger: object, _method: str, line: _Line) -> str:
    """`12:31:04.250 fetcher  info    what happened  source=iptv tries=2`, and a traceback below it."""
    now = datetime.now()  # noqa: DTZ005  # a person reads it, on this machine's clock
    role, level, event = str(line.pop("role", "")), str(line.pop("level", "")), str(line.pop("event", ""))
    exception, at = line.pop("exception", None), line.pop("at", None)
    if level != "info":
        line["at"] = at
    values = " ".join(f"{key}={_shown(value)}" for key, value in line.items() if value is not None)
    head = f"{now:%H:%M:%S}.{now.microsecond // 1000:03d} {role:<9} {level:<7} {_one_line(event)}"
    text = f"{head}  {values}" if values else head
    return f"{text}\n{exception}" if exception else text


def _shown(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and " " not in text and '"' not in text
    return text if plain and text else repr(text)


def _one_line(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def _clipped(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else f"{text[:chars_max]}… ({len(text)} characters)"


class _Lines:
    """The stream of the moment: standard error may be replaced after `configure`, and may be closed before the last line."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        stream = self._stream or sys.stderr
        try:
            stream.write(text)
        except (OSError, ValueError):
            return  # nobody reads any more; that is no reason to stop working

    def flush(self) -> None:
        stream = self._stream or sys.stderr
        try:
            stream.flush()
        except (OSError, ValueError):
            return


class _ToStructlog(logging.Handler):
    """Hands the standard library's records over."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            write = getattr(structlog.get_logger(at=record.name), _method_of(record.levelno))
            write(record.getMessage(), exc_info=record.exc_info)
        except Exception:  # noqa: BLE001  # a line that cannot be written must not end what it tells of
            self.handleError(record)


def _method_of(level: int) -> str:
    return next((name for name, least in reversed(_LEVELS.items()) if level >= least), "debug")


def _take_over_standard_logging(threshold: int) -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, _ToStructlog) for handler in root.handlers):
        root.addHandler(_ToStructlog())
    root.setLevel(threshold)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
