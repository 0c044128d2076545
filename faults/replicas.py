"""Another process of a role beside the one that is there, as two hosts or a hasty hand would have it."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from faults.processes import Program
from faults.rig import Rig, environment


def another(rig: Rig, role: str, name: str, variables: Mapping[str, str] = MappingProxyType({})) -> Program:
    """Not started. For a rig that is spread; it goes to the bus directly, and its words are in `<name>.log`."""
    found = {
        "PLAYBILL_NATS__URL": rig.admin.url,
        "PLAYBILL_NATS__PASSWORD": f"pw_canary_{role}_of_the_bus",
        **variables,
    }
    config = str(rig.directory / "playbill.toml")
    return Program(
        name, (sys.executable, "-m", "actors.cli.process", role, "--config", config), environment(found), rig.directory
    )


@asynccontextmanager
async def running(program: Program) -> AsyncIterator[Program]:
    """Started for as long as the block takes."""
    await program.start()
    try:
        yield program
    finally:
        await program.stop()
