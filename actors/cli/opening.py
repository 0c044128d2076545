"""What every command does first: read the settings, set up the log, and find the bus."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from actors import logs
from actors.settings import Settings, ca_certificates, load

if TYPE_CHECKING:
    from actors.runtime.config import BusConfig


def opened(config: Path | None) -> Settings:
    """The settings, for a command whose own words are on standard output: only warnings are logged. Raises BadSettings."""
    settings = load(config)
    logs.configure(json=settings.log.json, level="warning", role="playbill")
    _warn(settings)
    return settings


def opened_for_service(config: Path | None, *, log_json: bool, role: str) -> Settings:
    """The settings, for a command that runs until it is stopped and logs as they say. Raises BadSettings."""
    hand_down(as_json=log_json)
    settings = load(config)
    logs.configure(json=settings.log.json, level=settings.log.level, role=role)
    _warn(settings)
    return settings


def hand_down(*, as_json: bool = False, level: str | None = None) -> None:
    """What the command line says of logs, to this process's settings and those of the actors it starts."""
    if as_json:
        os.environ["PLAYBILL_LOG__JSON"] = "true"
    if level is not None:
        os.environ.setdefault("PLAYBILL_LOG__LEVEL", level)


def bus_of_running(settings: Settings) -> "BusConfig | None":
    """How to reach the configured bus, or the Playbill that runs here; None when none does."""
    if settings.nats.url is not None:
        return settings.nats.bus_config("client")
    if not (settings.nats.directory / "lock").exists():
        return None  # never ran here; spares the import
    from actors.supervisor import running_instance

    return running_instance(settings.nats.directory)


def check_secrets(settings: Settings) -> None:
    """Raises BadSettings now, in one line, rather than in an actor's log later."""
    for source in settings.sources:
        for secret in source.secrets:
            secret.reveal()
        ca_certificates(settings, source)


def _warn(settings: Settings) -> None:
    for warning in settings.warnings:
        print(f"warning: {warning}", file=sys.stderr)
