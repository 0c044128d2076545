"""The only door to SQLite: one writer's transactions, and everybody's reading."""

from actors.store.answers import SourceStatus, StoredCategory, StoredDeadLetter, StoredReject
from actors.store.reader import Reader
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
    "HomeSectionShown",
    "ItemsAnswer",
    "LibraryShown",
    "Reader",
    "Sort",
    "SourceStatus",
    "Store",
    "StoredCategory",
    "StoredDeadLetter",
    "StoredReject",
    "Transaction",
]
