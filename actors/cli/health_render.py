"""`playbill health` for people: one aligned line per check; pure."""

from collections.abc import Iterable

from actors.cli.health_judging import Check, Health
from actors.cli.wording import clean


def rendered(health: Health) -> str:
    """`ok       writer        idle, 512 handled`."""
    width = max((len(_name(check)) for check in health.checks), default=0)
    return "\n".join(_lines(health.checks, width))


def _lines(checks: Iterable[Check], width: int) -> Iterable[str]:
    for check in checks:
        advice = f"; {check.advice}" if check.advice else ""
        yield clean(f"{check.state:<8} {_name(check):<{width}}  {check.text}{advice}")


def _name(check: Check) -> str:
    return f"source {check.name}" if check.what == "source" else check.name if check.what == "actor" else check.what
