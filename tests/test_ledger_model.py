"""Whatever comes, in any order, twice and late, and whenever the writer dies: the ledger says what a few sets would."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.writer.admission import Requested
from contracts import codec
from contracts.catalog import Mode, Part
from contracts.messages import Event, FetchPage, StepEnded, SyncEnded, SyncRequest
from tests.fuzz_room import fuzz
from tests.ledger_model import LISTED, Model
from tests.ledger_wire import BLOCK, BLOCKS, Sent, Wire, recent
from tests.ledger_writer import LedgerWriter

some = st.integers(0, 10_000)


class Ledger(RuleBasedStateMachine):
    """The real writer beside the model, and a wire from which both hear the same."""

    def __init__(self) -> None:
        super().__init__()
        self.writer = LedgerWriter()
        self.model = Model()
        self.wire = Wire(self.writer.clock)
        self.ended: Counter[tuple[str, str]] = Counter()
        self.stamp_ns = 1_700_000_000_000_000_000

    def teardown(self) -> None:
        try:
            self.everything_ends_and_tells_the_truth()
        finally:
            self.writer.close()

    def pump(self) -> None:
        """Take the outbox, and note what was said of ends."""
        for row in self.writer.pumped():
            if row.subject.startswith("playbill.work.fetch."):
                self.wire.commands.append(codec.decode_work(row.body, FetchPage))
            elif row.subject.startswith("playbill.event."):
                self._hear(codec.decode_public(row.body, Event))

    def _hear(self, event: Any) -> None:
        if isinstance(event, StepEnded):
            self.ended[event.sync_id, event.step] += 1
            assert self.model.syncs[event.sync_id].steps[event.step].status == event.status
        elif isinstance(event, SyncEnded):
            self.ended[event.sync_id, ""] += 1
            assert self.model.syncs[event.sync_id].status == event.status

    # --- The server and the fetcher ------------------------------------------------------------------------------

    @initialize(blocks=st.integers(1, BLOCKS))
    def begin(self, blocks: int) -> None:
        self.wire.begins(blocks)
        self.a_sync_goes_well(())

    @rule(
        step=st.sampled_from(LISTED),
        block=st.integers(0, BLOCKS - 1),
        what=st.sampled_from(["come", "go", "one", "edit", "edit"]),
    )
    def the_server_changes(self, step: str, block: int, what: str) -> None:
        self.wire.changes(step, block, what)

    @rule(step=st.sampled_from(LISTED), what=st.sampled_from(["most go", "all go", "all come", "bad", "good"]))
    def the_server_has_a_day(self, step: str, what: str) -> None:
        self.wire.has_a_day(step, what)

    @rule(
        which=some,
        cuts=st.lists(st.sampled_from([BLOCK, 2 * BLOCK, 3 * BLOCK, 5, 0]), max_size=3),
        breaks=st.sampled_from([None, None, None, 0, 1, 2]),
        come=st.lists(st.integers(0, 3), max_size=4),
    )
    def an_attempt_is_made(self, which: int, cuts: list[int], breaks: int | None, come: list[int]) -> None:
        """Of any command there ever was, mostly of the last ones: its slices are on the wire from now on, and some come."""
        if self.model.running is None:
            self.a_sync_is_asked_for((), Mode.INCREMENTAL, goes_in=True)
        sent = self.wire.fetch(recent(self.wire.commands, which), sorted(cuts), breaks)
        self._deliver([sent[number % len(sent)] for number in come if sent])

    @rule(
        step=st.sampled_from(LISTED), come=st.lists(st.integers(0, 2), max_size=2), then=st.lists(st.integers(0, 2), max_size=3)
    )
    def the_server_flaps(self, step: str, come: list[int], then: list[int]) -> None:
        """One attempt sees another title in the first block than the next one, and breaks off."""
        if self.model.running is None:
            self.a_sync_is_asked_for((), Mode.INCREMENTAL, goes_in=True)
        commands = [command for command in self.wire.commands if command.step == step]
        before = dict(self.wire.server[step])
        for seen, which in (({row: edition + 100 * (row < BLOCK) for row, edition in before.items()}, come), (before, then)):
            self.wire.server[step] = seen
            sent = self.wire.fetch(commands[-1], [BLOCK, 2 * BLOCK], None) if commands else []
            self._deliver([sent[number] for number in which if sent])

    @rule(step=st.sampled_from(LISTED), order=st.sampled_from([(0, 1), (1, 0), (0, 1, 2, 3), (3, 0, 2)]))
    def two_attempts_come_at_once(self, step: str, order: tuple[int, ...]) -> None:
        """In one transaction, and the server has another title for the second."""
        if self.model.running is None:
            self.a_sync_is_asked_for((), Mode.FULL, goes_in=True)
        command = next((one for one in reversed(self.wire.commands) if one.step == step), None)
        if command is not None:
            first = self.wire.fetch(command, [BLOCK], None)
            self.wire.server[step] = {row: edition + 1 for row, edition in self.wire.server[step].items()}
            second = self.wire.fetch(command, [BLOCK], None)
            sent = [first[0], second[0], first[-1], second[-1]]
            self._deliver([sent[place] for place in order])

    # --- The writer ------------------------------------------------------------------------------------------------

    @rule(
        confirm=st.sampled_from([(), (), (), LISTED, LISTED[:1]]),
        mode=st.sampled_from([Mode.INCREMENTAL, Mode.INCREMENTAL, Mode.FULL]),
        goes_in=st.sampled_from([True, True, True, False]),
    )
    def a_sync_is_asked_for(self, confirm: tuple[str, ...], mode: Mode, goes_in: bool) -> None:
        self.stamp_ns += 1
        request = SyncRequest(
            request_id=f"sync {self.stamp_ns}", parts=[Part.CATALOGUE], steps=list(LISTED), confirm=list(confirm), mode=mode
        )
        requested = Requested(source_id="iptv", request=request, stamped_ns=self.stamp_ns)
        is_free = self.model.running is None
        for _ in range(2):  # The same request again is the same sync.
            self.writer.admit(requested)
        if is_free:
            self.model.admit(codec.sync_id_of("iptv", request.request_id), confirm)
        self.pump()
        if is_free and goes_in:
            self._deliver(self.wire.fetch(self.wire.commands[-1], [], None))

    @precondition(lambda self: self.wire.sent)
    @rule(which=st.lists(some, min_size=1, max_size=4))
    def messages_come(self, which: list[int]) -> None:
        self._deliver([recent(self.wire.sent, number) for number in which])

    @precondition(lambda self: self.wire.sent)
    @rule(which=some, chance=st.randoms(use_true_random=False), at_once=st.integers(1, 6))
    def a_whole_attempt_comes(self, which: int, chance: Any, at_once: int) -> None:
        chosen = recent(self.wire.sent, which)
        sent = [one for one in self.wire.sent if one.attempt == chosen.attempt]
        chance.shuffle(sent)
        for first in range(0, len(sent), at_once):
            self._deliver(sent[first : first + at_once])

    def _deliver(self, sent: Sequence[Sent]) -> None:
        """In one transaction, but for slices that are told by digest: whether those are believed is asked one by one."""
        batch: list[Sent] = []
        for one in sent:
            if one.said.what == "unchanged":
                self._commit(batch)
                self._deliver_unchanged(one)
                batch = []
            else:
                batch.append(one)
        self._commit(batch)

    def _commit(self, batch: Sequence[Sent]) -> None:
        if batch:
            self.writer.commit([one.message for one in batch])
            self.model.commit([one.said for one in batch])
            self.pump()

    def _deliver_unchanged(self, one: Sent) -> None:
        said = one.said
        sync = self.model.syncs[said.sync]
        step = sync.steps[said.step]
        is_old = sync.is_over or step.is_over or said.attempt < step.attempt
        is_here = said.attempt == step.attempt and said.slice in step.slots
        is_true, issue = not self.model.is_touched[said.step], step.issue
        self.writer.commit([one.message])
        if is_old or is_here:
            return
        if self.writer.issue(said.sync, said.step) == issue:
            self.model.believed(said)
        else:
            assert not is_true, "a slice was doubted although nothing was written since its listing was complete"
            self.model.doubted(said)
        self.pump()

    @precondition(lambda self: self.wire.sent)
    @rule(which=st.lists(some, min_size=1, max_size=4))
    def the_writer_dies_before_it_commits(self, which: list[int]) -> None:
        self.writer.commit([recent(self.wire.sent, number).message for number in which], dies=True)

    @rule()
    def the_writer_is_started_again(self) -> None:
        self.writer.start_again()

    @precondition(lambda self: self.model.running)
    @rule(which=some)
    def a_slice_is_buried(self, which: int) -> None:
        self.wire.fetch(recent(self.wire.commands, which), [BLOCK], None)
        slices = self.wire.slices()
        if slices:
            one = recent(slices, which)
            self.writer.bury(one.body)
            self.model.bury(one.said)

    @precondition(lambda self: self.model.running)
    @rule(what=st.sampled_from(["cancel", "bury", "an hour", "a day"]), which=some)
    def it_goes_badly(self, what: str, which: int) -> None:
        match what:
            case "cancel":
                self._cancel()
            case "bury":
                self._bury_command(which)
            case _:
                if self.writer.let_pass(self._running, 1 if what == "an hour" else 25):
                    self.model.time_out(self._running)

    def _bury_command(self, which: int) -> None:
        command = recent(self.wire.commands, which)
        self.writer.bury(codec.encode(command))
        self.model.bury_command(command.sync_id, command.step)

    @precondition(lambda self: self.model.running)
    @rule()
    def what_is_lost_is_asked_for_again(self) -> None:
        self.writer.ask_again()
        self.model.ask_again(self._running)
        self.pump()

    @property
    def _running(self) -> str:
        assert self.model.running is not None
        return self.model.running

    def _cancel(self) -> None:
        name = self._running
        for _ in range(2):
            self.writer.cancel(name, self.stamp_ns)
        self.model.cancel(name)

    @rule(day=st.sampled_from(["most go", "all go", "all come", "bad", "good", ""]), step=st.sampled_from(LISTED))
    def a_sync_meets_a_day(self, day: str, step: str) -> None:
        """A sync that goes well, of a server that does not."""
        if day:
            self.the_server_has_a_day(step, day)
        self.a_sync_goes_well(())

    @rule(step=st.sampled_from([(), LISTED]))
    def a_sync_goes_well(self, step: tuple[str, ...]) -> None:
        """From its request to its end, so that there is something to compare with."""
        self.a_sync_is_asked_for(step, Mode.INCREMENTAL, goes_in=True)
        for _ in range(40):
            self.pump()
            if self.model.running is None:
                return
            steps = self.model.syncs[self.model.running].steps
            open_step = next(name for name, step in steps.items() if step.issue and not step.is_over)
            command = self.wire.last_command(self.model.running, open_step)
            self._deliver(self.wire.fetch(command, [BLOCK, 2 * BLOCK], None))
        raise AssertionError("the sync does not end although all goes well")

    # --- What must always be so --------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        for name, sync in self.model.syncs.items():
            row, steps = self.writer.books(name)
            assert str(row.status) == sync.status
            found = {
                step.step: (
                    str(step.status), step.issue, step.attempt, step.slices_done, step.slices_dead, step.slices_total,
                    step.counts.synced, step.counts.rejected, step.removed, step.held_back,
                )
                for step in steps
            }  # fmt: skip
            assert found == {name: step.in_the_books for name, step in sync.steps.items()}

    @invariant()
    def what_a_person_sees_is_what_the_model_has(self) -> None:
        for step in LISTED:
            assert self.writer.shown(step) == self.model.live[step]

    def everything_ends_and_tells_the_truth(self) -> None:
        if self.model.running:
            self._cancel()
        self.the_server_has_a_day(LISTED[0], "good")
        self.a_sync_goes_well(LISTED)
        self.the_books_are_those_of_the_model()
        self.what_a_person_sees_is_what_the_model_has()
        for step in LISTED:
            assert self.model.live[step] == self.wire.titles(step)
        for name, sync in self.model.syncs.items():
            assert self.ended[name, ""] == 1
            assert {step: self.ended[name, step] for step in sync.steps} == dict.fromkeys(sync.steps, 1)
        self.writer.check_sound()


class TestLedger(Ledger.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(fuzz(40), stateful_step_count=40)
