"""How a failed request is repeated: by stamina, with every wait known beforehand so that it can be told."""

import random
from typing import Final

import stamina
from stamina import instrumentation

from actors.fetcher.config import RetryPolicy
from contracts.errors import IncompleteAnswer, SourceFailing, SourceTimeout, SourceUnreachable

RETRIED: Final = (SourceUnreachable, SourceTimeout, SourceFailing, IncompleteAnswer)

instrumentation.set_on_retry_hooks([])  # stamina's own log writes down the error and the call's arguments.


class Tries:
    """The tries of one fetch: iterate over them, and hand each failure to its try. The last failure is raised."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._wait_s = 0.0
        self._attempts = stamina.retry_context(
            on=self._waits,
            attempts=policy.max_retries + 1,
            timeout=None,
            wait_initial=policy.initial_s,
            wait_max=policy.max_s,
            wait_exp_base=policy.factor,
            wait_jitter=0,
        ).__aiter__()

    def __aiter__(self) -> "Tries":
        return self

    async def __anext__(self) -> "Try":
        """Sleeps the wait of the try that failed, and gives the next. Raises its failure when it is not to be repeated."""
        return Try(await self._attempts.__anext__(), self)

    def wait_s(self, attempt: stamina.Attempt) -> float:
        """The back-off of stamina with the jitter added; what is told is what is slept."""
        jitter = 1 + random.uniform(0, self._policy.jitter_share)  # noqa: S311
        self._wait_s = min(attempt.next_wait * jitter, self._policy.max_s)
        return self._wait_s

    def _waits(self, error: Exception) -> float | bool:
        return self._wait_s if isinstance(error, RETRIED) else False


class Try:
    """One try, counted from 0."""

    def __init__(self, attempt: stamina.Attempt, tries: Tries) -> None:
        self._attempt, self._tries = attempt, tries
        self.number = attempt.num - 1

    def failed(self, error: Exception) -> float:
        """Give the try its failure; the seconds until the next one, if there is one."""
        with self._attempt:
            _raise(error)
        return self._tries.wait_s(self._attempt)


def _raise(error: Exception) -> None:
    raise error
