"""Golden bytes: what each version of each message looks like on the wire, kept for ever in `tests/golden`.

`python -m tests.golden_bytes` adds what is missing and never touches what is there: bytes that were sent once will be read again,
from a stream or from the dead letters. A message that changes its meaning gets a new version, and with it new bytes.
"""

import sys
from pathlib import Path
from typing import Final

import msgspec

from contracts import codec
from contracts.messages import Message
from tests.samples import CATEGORY, ITEM, MESSAGES, REJECT, tag_of

GOLDEN: Final = Path(__file__).parent / "golden"
ROWS: Final = {"category": CATEGORY, "item": ITEM, "reject": REJECT}


def path_of(message: Message) -> Path:
    return GOLDEN / f"{tag_of(type(message))}.{'bin' if codec.is_work(message) else 'json'}"


def path_of_row(name: str) -> Path:
    return GOLDEN / f"{name}.row.bin"


def wanted() -> dict[Path, bytes]:
    """What every file would hold if it were written today."""
    return {
        **{path_of(message): codec.encode(message) for message in MESSAGES},
        **{path_of_row(name): msgspec.msgpack.encode(row) for name, row in ROWS.items()},
    }


def add_missing() -> list[Path]:
    missing = {path: body for path, body in wanted().items() if not path.exists()}
    for path, body in missing.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return sorted(missing)


if __name__ == "__main__":
    sys.stdout.writelines(f"added {path.name}\n" for path in add_missing())
