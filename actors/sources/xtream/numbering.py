"""Providers number the entries of a listing anew with each answer; what an entry says does not depend on it."""

from typing import Final

_NUMBER: Final = b'{"num":'
"""Inside a JSON string its quotes would be escaped, so this begins an object wherever it stands."""


def lasting(body: bytes) -> bytes:
    """The slice without the ordinals that its entries begin with. Where this is alike, so are the rows.

    What is left out of an entry ends at the first comma, and so lies inside the value of `num`, whatever that is.
    """
    first, *entries = body.split(_NUMBER)
    return b"".join((first, *(entry[max(entry.find(b","), 0) :] for entry in entries)))
