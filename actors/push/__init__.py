"""Listens to what media servers say by themselves and has them synced soon after: a wake-up, never a source of rows."""
