"""A path as a setting writes it, with the home folder that a `~` stands for."""

from pathlib import Path


def expanded(text: str | Path) -> Path:
    """Raises ValueError, in a sentence, for a user whom this machine does not know and for what is no path."""
    if "\x00" in str(text):
        raise ValueError("Expected a path, got one with a NUL in it")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("Expected a path, got one in the home folder of a user who is not known here") from None


def is_file(path: Path) -> bool:
    """Whether it is a regular file, or a link to one; what nobody can look at, such as a name beyond all bounds, is none."""
    try:
        return path.is_file()
    except OSError:
        return False
