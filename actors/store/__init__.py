"""The only door to SQLite: one writer's transactions, and everybody's reading."""

from actors.store.answers import (
    HomeFreshness,
    SourceStatus,
    StepFreshness,
    StoredCategory,
    StoredDeadLetter,
    StoredReject,
    SyncHistory,
)
from actors.store.reader import Reader
from actors.store.scope import Scope
from actors.store.store import Durability, Store
from actors.store.transaction import Transaction
from contracts.messages import (
    CatalogueItem,
    FoundPlace,
    FoundTitle,
    HomeSectionShown,
    ItemsAnswer,
    LibraryShown,
    Sort,
)

__all__ = [
    "CatalogueItem",
    "Durability",
    "FoundPlace",
    "FoundTitle",
    "HomeFreshness",
    "HomeSectionShown",
    "ItemsAnswer",
    "LibraryShown",
    "Reader",
    "Scope",
    "Sort",
    "SourceStatus",
    "StepFreshness",
    "Store",
    "StoredCategory",
    "StoredDeadLetter",
    "StoredReject",
    "SyncHistory",
    "Transaction",
]
