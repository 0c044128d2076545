"""The only door to SQLite: one writer's transactions, and everybody's reading."""

from actors.store.store import Durability, Store
from actors.store.transaction import Transaction

__all__ = ["Durability", "Store", "Transaction"]
