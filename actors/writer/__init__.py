"""The only writer of the store: admits requests, plans steps, commits slices, keeps the ledger, ends syncs."""
