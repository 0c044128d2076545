"""Answers questions about the catalogue over the bus: a reader like everybody else, and never a writer."""
