"""The table of what each durability loses when the power goes, as docs/reliability.md has it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
BEGIN: Final = "<!-- power loss: begin -->"
END: Final = "<!-- power loss: end -->"


_HEAD: Final = """\
Playbill ran with its database and its bus on a disk of our own making, which keeps nothing that was not synced, or every second
time half of its pages, any of them. The power of the whole computer went {cuts} times (seeds {first} to {last}): while an
acknowledged request waited on the bus, at the first rows, in the middle of a sync, and just after a sync was said to have ended;
on new installations, and on old ones whose every row was being rewritten. Then Playbill was started again, and nobody helped.
`python -m faults.powerloss` does it again.
"""
_COLUMNS: Final = (
    "`[store] durability`",
    "`[nats] sync_interval`",
    "power cuts",
    "acknowledged requests lost",
    "commits lost",
    "ended syncs lost",
    "older syncs lost",
    "damaged files",
    "streams made anew",
    "back by itself",
    "all well after at most",
)
_FOOT: Final = """
- **`full`, the default**: what was committed stays. A sync goes on where it stood: the streams of the bus are gone, are made
  anew by themselves, and the database asks again for what is missing. One thing can be lost: a request that the bus had
  acknowledged and the writer had not yet taken, which is a matter of milliseconds unless the writer is busy or down. Its sync
  does not start then, and is to be asked for again; a scheduled one comes by itself.
- **`full` with `sync_interval = "always"`**: nothing is lost, an acknowledged request neither. Every message is forced to the
  disk then, which costs time and wears out a memory card.
- **`normal`**: the file is not damaged, and goes back to an earlier moment. What was committed since the last checkpoint can be
  gone, a sync that was said to have ended as well; the next sync of the source brings it again, which Playbill asks for by itself
  where the mark beside the database has survived. `always` does not help: the bus forgets a request when the writer has it, and
  here the writer's word is lost.

This is the most that can be lost, but for one thing: the names of files were kept at once. A real system writes back by itself,
mostly within half a minute: what is older than that is safe with each choice. The death of processes, of all of them or of the
bus alone, is no power cut: it loses nothing with any."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one power cut took, and what came back."""

    durability: str
    sync_interval: str
    seed: int
    moment: str
    is_old: bool
    """The database and the bus had been on the disk for long."""
    is_torn: bool = False
    """Some pages of what was not synced had reached the disk."""
    acknowledged: int = 0
    acknowledged_lost: int = 0
    commits: int = 0
    commits_lost: int = 0
    ended: int = 0
    ended_lost: int = 0
    old_lost: int = 0
    """1 where a sync that ended long before is gone."""
    corrupt: int = 0
    streams_anew: int = 0
    recovery_s: float = 0.0
    is_whole: bool = False
    trouble: str = ""
    """Why it did not come back by itself; empty where it did."""

    @property
    def broken(self) -> str:
        """Which promise does not hold; empty when all do."""
        if self.trouble:
            return f"I10: {self.trouble}"
        if self.corrupt:
            return "I3: the database is damaged"
        if self.old_lost:
            return "I2: a sync that ended long before is gone"
        if self.durability == "full" and self.commits_lost + self.ended_lost:
            return "I2: what was committed is gone"
        if self.durability == "full" and self.sync_interval == "always" and self.acknowledged_lost:
            return "I1: an acknowledged request is gone"
        return ""

    def line(self) -> str:
        """One run, while it is measured."""
        age = ("old" if self.is_old else "new") + (", torn" if self.is_torn else "")
        return (
            f"seed {self.seed} {self.durability}/{self.sync_interval} {age}, {self.moment}:"
            f" requests {self.acknowledged_lost}/{self.acknowledged} lost, commits {self.commits_lost}/{self.commits},"
            f" ended {self.ended_lost}/{self.ended}, streams anew {self.streams_anew}, {self.recovery_s:.1f} s"
            f" {self.broken or 'recovered'}"
        )


def table(outcomes: Sequence[Outcome]) -> str:
    """One row for each choice, in the order in which they come, and the words around them."""
    choices = list(dict.fromkeys((outcome.durability, outcome.sync_interval) for outcome in outcomes))
    rows = [
        _row([outcome for outcome in outcomes if (outcome.durability, outcome.sync_interval) == choice]) for choice in choices
    ]
    seeds = sorted({outcome.seed for outcome in outcomes})
    head = _HEAD.format(cuts=len(outcomes), first=seeds[0], last=seeds[-1]) if seeds else ""
    title, line = f"| {' | '.join(_COLUMNS)} |", "|---|---|" + "--:|" * (len(_COLUMNS) - 2)
    return "\n".join([head, title, line, *rows, _FOOT])


def _row(runs: Sequence[Outcome]) -> str:
    first = runs[0]
    back = sum(not outcome.trouble for outcome in runs)
    cells = [
        f"`{first.durability}`",
        f"`{first.sync_interval}`",
        str(len(runs)),
        _share(sum(outcome.acknowledged_lost for outcome in runs), sum(outcome.acknowledged for outcome in runs)),
        _share(sum(outcome.commits_lost for outcome in runs), sum(outcome.commits for outcome in runs)),
        _share(sum(outcome.ended_lost for outcome in runs), sum(outcome.ended for outcome in runs)),
        _share(sum(outcome.old_lost for outcome in runs), sum(outcome.is_old for outcome in runs)),
        str(sum(outcome.corrupt for outcome in runs)),
        str(sum(outcome.streams_anew for outcome in runs)),
        f"{back} of {len(runs)}",
        f"{max(outcome.recovery_s for outcome in runs):.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"


def within(document: str, text: str) -> str:
    """The document with the text between its marks; they are added at its end where it has none."""
    if BEGIN not in document:
        return f"{document.rstrip()}\n\n{BEGIN}\n{text}\n{END}\n"
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
