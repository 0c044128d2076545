"""Time zones by their IANA names."""

import os
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

_LOCAL_TIME: Final = Path("/etc/localtime")


def zone_of(name: str) -> tzinfo:
    """The zone of a name. Raises ValueError for one that this machine does not know."""
    if name == "UTC":
        return UTC  # So that a machine without time zones can do without them.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{name[:64]!r} is no time zone that this machine knows; write one such as Europe/Berlin or UTC, or install tzdata"
        ) from None


def machine_time_zone(environment: Mapping[str, str] = os.environ, local_time: Path = _LOCAL_TIME) -> str:
    """Name of the machine's own zone, by `TZ` or else by what `/etc/localtime` links to; `UTC` where neither names one."""
    _, _, linked = str(local_time.resolve()).rpartition("/zoneinfo/")
    for name in (environment.get("TZ", "").removeprefix(":"), linked.removeprefix("posix/")):
        if name and _is_known(name):
            return name
    return "UTC"


def _is_known(name: str) -> bool:
    try:
        zone_of(name)
    except ValueError:
        return False
    return True
