"""Which version of Playbill this is."""

from functools import cache


@cache
def own_version() -> str | None:
    """Of this build, as `0.1.0`; none for a source tree that was never installed."""
    # Loaded here, as it takes a while and most commands never ask.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("playbill")
    except PackageNotFoundError:
        return None
