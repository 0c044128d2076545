"""playbill.toml and the environment as one validated Struct, and what each actor is told of it."""

from actors.settings.load import load
from actors.settings.rooms import (
    at_bus,
    ca_certificates,
    fetcher_source,
    fetcher_sources,
    has_push,
    has_schedules,
    home_stale_after,
    push_sources,
    schedules,
    writer_sources,
)
from actors.settings.secret import Secret
from actors.settings.shape import BUS_PORT, LogSettings, NatsSettings, Settings, SourceSettings, StoreSettings

__all__ = [
    "BUS_PORT",
    "LogSettings",
    "NatsSettings",
    "Secret",
    "Settings",
    "SourceSettings",
    "StoreSettings",
    "at_bus",
    "ca_certificates",
    "fetcher_source",
    "fetcher_sources",
    "has_push",
    "has_schedules",
    "home_stale_after",
    "load",
    "push_sources",
    "schedules",
    "writer_sources",
]
