"""The exit codes of the command line."""

from typing import Final

from contracts.catalog import SyncStatus
from contracts.errors import BadRequest, BadSettings, PlaybillError, StoreInUse

COMPLETED: Final = 0
USAGE: Final = 2
"""Usage or configuration."""
PARTIAL: Final = 3
FAILED: Final = 4
CANCELLED: Final = 5
IN_USE: Final = 6
"""Another writer has the catalogue."""


def of_status(status: SyncStatus) -> int:
    """What a sync that ended so exits with."""
    codes = {SyncStatus.COMPLETED: COMPLETED, SyncStatus.PARTIAL: PARTIAL, SyncStatus.CANCELLED: CANCELLED}
    return codes.get(status, FAILED)


def of_error(error: PlaybillError) -> int:
    """What a failure exits with."""
    if isinstance(error, StoreInUse):
        return IN_USE
    return USAGE if isinstance(error, BadSettings | BadRequest) else FAILED
