"""The only door to SQLite: one writer's transactions, and everybody's reading."""

from actors.store.answers import CatalogueItem, Page, Sort, SourceStatus, StoredCategory, StoredDeadLetter, StoredReject
from actors.store.reader import Reader
from actors.store.store import Durability, Store
from actors.store.transaction import Transaction

__all__ = [
    "CatalogueItem",
    "Durability",
    "Page",
    "Reader",
    "Sort",
    "SourceStatus",
    "Store",
    "StoredCategory",
    "StoredDeadLetter",
    "StoredReject",
    "Transaction",
]
