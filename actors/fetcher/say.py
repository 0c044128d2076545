"""What the fetcher says of one step: how far it is, what it waits for, and how it ended."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta

from actors.fetcher.redact import Redactor
from actors.sources.answer import Account
from contracts import codec
from contracts.errors import CoolDown, PlaybillError
from contracts.messages import AccountChecked, ErrorReport, FetchFailed, FetchPage, FetchSeries, Message, StepFetching

WAITING = "waiting for the first byte"
Messages = AsyncGenerator[Message, None]
"""What a fetch says, one after another. To be closed by who iterates (`contextlib.aclosing`)."""


class Speaker:
    """Puts words to one command, try after try. Every text that could hold a server's words is redacted."""

    def __init__(
        self,
        command: FetchPage | FetchSeries,
        delivery: int,
        redactor: Redactor,
        *,
        clock: Callable[[], datetime],
        revise: Callable[[], int],
    ) -> None:
        self._command, self._delivery, self._redactor = command, delivery, redactor
        self._clock, self._revise = clock, revise
        self._tries = 0
        self.attempt = 0
        self.slices_cut = 0

    def begin(self, http_try: int) -> None:
        """A new try, from 0: a new attempt at the step, whose slices count from 0 again."""
        self._tries = http_try + 1
        self.slices_cut = 0
        self.attempt = codec.attempt_number(
            issue=self._command.issue, delivery=self._delivery, http_try=http_try, now_ms=int(self._clock().timestamp() * 1000)
        )

    def again(self, http_try: int) -> None:
        """A new try at one page, from 0: it brings nothing twice, so the attempt goes on."""
        self._tries = http_try + 1

    def fetching(
        self,
        detail: str | None = None,
        *,
        bytes_received: int = 0,
        bytes_expected: int | None = None,
        rows_expected: int | None = None,
        waiting_until: datetime | None = None,
    ) -> StepFetching:
        return StepFetching(
            sync_id=self._command.sync_id,
            source_id=self._command.source_id,
            step=self._command.step,
            revision=self._revise(),
            bytes_received=bytes_received,
            bytes_expected=bytes_expected,
            slices_cut=self.slices_cut,
            rows_expected=rows_expected,
            detail=None if detail is None else self._redactor.text(detail),
            waiting_until=waiting_until,
            at=self._clock(),
        )

    def retrying(self, error: PlaybillError, retries_max: int, wait_s: float, *, place: str = "") -> StepFetching:
        """`place` says of what, where a command asks for several things."""
        return self.fetching(
            f"{place}retry {self._tries} of {retries_max} in {wait_s:.1f} s: {error.text}",
            waiting_until=self._clock() + timedelta(seconds=wait_s),
        )

    def cooling_down(self, error: CoolDown) -> StepFetching:
        until = self._clock() + timedelta(seconds=error.delay_s)
        return self.fetching(f"cooling down until {until:%H:%M} UTC, {error.text}", waiting_until=until)

    def checked(self, account: Account) -> AccountChecked:
        redact = self._redactor.text
        return AccountChecked(
            sync_id=self._command.sync_id,
            source_id=self._command.source_id,
            step=self._command.step,
            requested_ns=self._command.requested_ns,
            attempt=self.attempt,
            server={key: redact(value) if isinstance(value, str) else value for key, value in account.server.items()},
            warnings=[redact(warning) for warning in account.warnings],
            part=self._command.part,
        )

    def failed(self, error: PlaybillError) -> FetchFailed:
        return FetchFailed(
            sync_id=self._command.sync_id,
            source_id=self._command.source_id,
            step=self._command.step,
            requested_ns=self._command.requested_ns,
            attempt=self.attempt,
            error=self.report(error),
            slices_cut=self.slices_cut,
            part=self._command.part,
        )

    def report(self, error: PlaybillError, place: str = "") -> ErrorReport:
        text = f"{place}{error.text} (tried {self._tries} times)" if self._tries > 1 else f"{place}{error.text}"
        return ErrorReport(code=error.code, text=self._redactor.text(text), step=self._command.step, at=self._clock())
