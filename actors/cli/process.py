"""The entry of a role's process: `python -m actors.cli.process ROLE --config PATH`. No command line library is loaded."""

import asyncio
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from actors import logs
from actors.cli.roles import bus_of_role, run_role
from actors.settings import load
from contracts.errors import BadSettings, BusMisconfigured, BusUnavailable, PlaybillError, StoreCorrupt, StoreInUse


def main(arguments: Sequence[str]) -> int:
    role, _, config, *_ = arguments
    try:
        settings = load(Path(config))
        logs.configure(json=settings.log.json, level=settings.log.level, role=role)
        _collect_rarely()
        return asyncio.run(run_role(role, settings, bus_of_role(role, settings)))
    except (BadSettings, BusMisconfigured, StoreCorrupt) as error:
        return _say(role, error, os.EX_CONFIG)
    except StoreInUse as error:
        return _say(role, error, os.EX_TEMPFAIL)
    except BusUnavailable as error:
        return _say(role, error, os.EX_UNAVAILABLE)
    except PlaybillError as error:
        return _say(role, error, os.EX_SOFTWARE)


def _collect_rarely() -> None:
    """Rows come and go by the ten thousand and hold no cycles; looking for some took an eighth of the writer's time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _say(role: str, error: PlaybillError, code: int) -> int:
    logs.logger("process").error("cannot run", reason=error.text, code=error.code, of=role)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
