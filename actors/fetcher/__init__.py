"""The only door to HTTP: asks a source, cuts its answer into slices while it streams, and says how far it is."""
