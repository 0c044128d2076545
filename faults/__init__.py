"""The fault suite: the whole of Playbill as real processes, faults injected on purpose, and what was lost counted."""
