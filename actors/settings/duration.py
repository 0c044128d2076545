"""A span of time as the settings write it: `90s`, `15m`, `6h`, `7d`."""

from typing import Final

HOUR_S: Final = 3_600.0
DAY_S: Final = 86_400.0


class Duration(float):
    """Seconds."""

    @classmethod
    def read(cls, value: object) -> "Duration":
        """What a settings file or variable says. Raises ValueError in a sentence."""
        if not isinstance(value, str):
            raise ValueError('Expected a duration such as "90s", "15m", "6h" or "7d"')
        # Loaded here, since most processes of a Playbill without schedules read none.
        from actors.scheduler.config import every

        return cls(every(value))
