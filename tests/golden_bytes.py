"""Golden bytes: what each version of each message looks like on the wire, kept for ever in `tests/golden`.

`python -m tests.golden_bytes` adds what is missing and never touches what is there: bytes that were sent once will be read again,
from a stream or from the dead letters. A message that gets a new field has one more edition, `sync_request.v1.2.json`; a message
that changes its meaning gets a new version.
"""

import sys
from pathlib import Path
from typing import Final

import msgspec

from contracts import codec
from contracts.messages import Message
from tests.samples import CATEGORY, ITEM, LIBRARY, MESSAGES, REJECT, SECTION, tag_of

GOLDEN: Final = Path(__file__).parent / "golden"
ROWS: Final = {"category": CATEGORY, "home_section": SECTION, "item": ITEM, "library": LIBRARY, "reject": REJECT}


def editions(message: Message) -> list[Path]:
    """The kept bytes of a message, the first edition first."""
    return _editions(_path_of(message))


def editions_of_row(name: str) -> list[Path]:
    return _editions(_path_of_row(name))


def wanted() -> dict[Path, bytes]:
    """By the path of each first edition, what the last one is if it was written today."""
    return {
        **{_path_of(message): codec.encode(message) for message in MESSAGES},
        **{_path_of_row(name): msgspec.msgpack.encode(row) for name, row in ROWS.items()},
    }


def missing() -> dict[Path, bytes]:
    """What is sent today and was never kept, by the path it will have."""
    found = {}
    for path, body in wanted().items():
        kept = _editions(path)
        if not kept or kept[-1].read_bytes() != body:
            found[_edition(path, len(kept) + 1)] = body
    return found


def add_missing() -> list[Path]:
    added = missing()
    for path, body in added.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return sorted(added)


def _path_of(message: Message) -> Path:
    return GOLDEN / f"{tag_of(type(message))}.{'bin' if codec.is_work(message) else 'json'}"


def _path_of_row(name: str) -> Path:
    return GOLDEN / f"{name}.row.bin"


def _edition(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}.{number}{path.suffix}")


def _editions(path: Path) -> list[Path]:
    found: list[Path] = []
    while (edition := _edition(path, len(found) + 1)).exists():
        found.append(edition)
    return found


if __name__ == "__main__":
    sys.stdout.writelines(f"added {path.name}\n" for path in add_missing())
