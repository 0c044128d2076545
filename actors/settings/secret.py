"""A secret setting: written down, or where to find it, and shown to nobody."""

import os
import stat
from pathlib import Path
from typing import Final, Literal, NoReturn, Self

from actors.settings.paths import expanded
from contracts.errors import BadSettings

CHARS_MAX: Final = 4_096
_SHAPE: Final = 'expected a string, { env = "NAME" } or { file = "PATH" }'

Kind = Literal["literal", "env", "file"]


class Secret:
    """A value that is read when it is needed and no earlier. Its text is empty of it, and msgspec refuses to encode it."""

    __slots__ = ("_key", "_kind", "_reference")

    def __init__(self, kind: Kind, reference: str, key: str = "secret") -> None:
        self._kind: Kind = kind
        self._reference = reference
        self._key = key

    @classmethod
    def read(cls, value: object, folder: Path) -> Self:
        """From a setting; a file is relative to `folder`. Raises ValueError, without the value."""
        match value:
            case str() if 0 < len(value) <= CHARS_MAX:
                return cls("literal", value)
            case {"env": str(name), **rest} if name and not rest:
                return cls("env", name)
            case {"file": str(path), **rest} if path and not rest:
                return cls("file", str(folder / expanded(path)))
            case "":
                raise ValueError("expected a value, got nothing")
            case _:
                raise ValueError(_SHAPE)

    def named(self, key: str) -> "Secret":
        """The same secret, whose errors name this key."""
        return Secret(self._kind, self._reference, key)

    @property
    def is_literal(self) -> bool:
        """Whether the settings file itself holds it."""
        return self._kind == "literal"

    @property
    def place(self) -> str:
        """Where it is kept, for people: `the settings`, `$IPTV_PASSWORD`, `/run/secrets/iptv`."""
        return {"literal": "the settings", "env": f"${self._reference}", "file": self._reference}[self._kind]

    def reveal(self) -> str:
        """The secret. Raises BadSettings, naming the key, when it is not where it should be."""
        match self._kind:
            case "literal":
                return self._reference
            case "env":
                return self._checked(os.environ.get(self._reference))
            case "file":
                return self._checked(self._file_text())

    def _checked(self, found: str | None) -> str:
        if found is None:
            raise BadSettings(f"{self._key}: {self.place} is not set")
        if not found:
            raise BadSettings(f"{self._key}: {self.place} is empty")
        if len(found) > CHARS_MAX:
            raise BadSettings(f"{self._key}: {self.place} is longer than {CHARS_MAX} characters")
        return found

    def _file_text(self) -> str:
        try:
            # A pipe that nobody writes to is opened too, to be refused, instead of waited for.
            with os.fdopen(os.open(self._reference, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise BadSettings(f"{self._key}: {self._reference} is no file")
                text = file.read(4 * CHARS_MAX + 2).decode()
        except OSError as error:
            raise BadSettings(f"{self._key}: cannot read {self._reference}: {error.strerror}") from None
        except ValueError:
            raise BadSettings(f"{self._key}: {self._reference} is not UTF-8 text") from None
        return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be copied out")
