"""Failpoints that hold when they are told to: ordered once, armed and disarmed while everything runs."""

from collections.abc import Iterable
from pathlib import Path

from actors.failpoints import Point

_SPENT = b"armed no more\n"


class Arming:
    """Each point holds once, after it was armed. A point's own list of hits says whether it may hold again."""

    def __init__(self, directory: Path, points: Iterable[Point]) -> None:
        """Before the processes are started, so that nothing is armed when they come up."""
        self._directory, self.points = directory, tuple(points)
        for point in self.points:
            (directory / point).write_bytes(_SPENT)

    @property
    def orders(self) -> str:
        return "; ".join(f"{point}=hold*1" for point in self.points)

    def arm(self, *points: Point) -> None:
        """From now on, who passes one of these points first stands still there."""
        for point in points:
            for name in (f"{point}.held", f"{point}.go", point):
                (self._directory / name).unlink(missing_ok=True)

    def notice(self, *points: Point) -> None:
        """Count the next pass, and let it pass."""
        for point in points:
            (self._directory / f"{point}.go").touch()
            (self._directory / point).unlink(missing_ok=True)

    def release(self, *points: Point) -> None:
        """Let go who stands there, and let everybody else pass."""
        for point in points:
            (self._directory / point).write_bytes(_SPENT)
            (self._directory / f"{point}.go").touch()
