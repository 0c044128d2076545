"""Telling of changes: a library says what became of it, and its servers hear."""

from collections.abc import Callable
from typing import Generic, TypeVar

Change = TypeVar("Change")


class Telling(Generic[Change]):
    """Whoever wants to hear of changes. They are told in the thread that makes the change, with its lock held."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Change], None]] = []

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call `listener`, which must not wait, with every change from now on."""
        self._listeners.append(listener)

    def tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
