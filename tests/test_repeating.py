"""What the writer says again when it starts: how the last sync of each lane stands, and no older one."""

from pathlib import Path

import msgspec

from actors.writer.repeating import say_again
from contracts.catalog import Part, SyncStatus
from contracts.messages import SyncClosed, SyncPlanned
from tests.store_room import NOW, opened, sync
from tests.writer_room import begun, taken

BOTH = (Part.CATALOGUE, Part.HOME)


async def test_only_the_last_sync_of_a_lane_and_what_is_unfinished_is_said_again(tmp_path: Path) -> None:
    runs = [
        sync("a" * 16, status=SyncStatus.COMPLETED, parts=BOTH, ended_at=NOW),
        sync("b" * 16, status=SyncStatus.COMPLETED, parts=(Part.CATALOGUE,), ended_at=NOW),
        sync("c" * 16, status=SyncStatus.FAILED, parts=(Part.HOME,), ended_at=NOW),
        sync("d" * 16, status=SyncStatus.SYNCING, parts=(Part.EPISODES,)),
    ]
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        async with store.transaction() as tx:
            for requested_ns, run in enumerate(runs):
                await tx.put_sync(msgspec.structs.replace(run, requested_ns=requested_ns))
            await say_again(tx, NOW)
        said = await taken(store)

    assert [message.sync_id[0] for message in said if isinstance(message, SyncPlanned)] == ["b", "c", "d"]
    assert [message.sync_id[0] for message in said if isinstance(message, SyncClosed)] == ["b", "c"]
