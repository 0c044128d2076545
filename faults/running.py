"""Runs cases, one after another, each in a folder and a time of its own."""

import asyncio
import shutil
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from faults.case import Case
from faults.trial import Skipped, Tally, Trial

Verdict = Literal["passed", "failed", "skipped"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one case with one seed."""

    case_id: str
    seed: int
    verdict: Verdict
    why: str = ""
    """Of one that failed or was skipped."""
    faults: dict[str, int] = {}
    tally: Tally = msgspec.field(default_factory=Tally)
    notes: tuple[str, ...] = ()
    took_s: float = 0.0
    kept: str = ""
    """Where its files are, of one that failed."""


def run_case(case: Case, seed: int, *, keep: bool = False) -> Result:
    """Run a case in a new event loop. Its files are kept when it fails, and when `keep` asks for it."""
    directory = Path(tempfile.mkdtemp(prefix=f"faults-{case.case_id}-"))
    trial = Trial(case.case_id, directory, seed)
    began_s = time.monotonic()
    verdict, why = asyncio.run(_verdict(case, trial))
    is_kept = keep or verdict == "failed"
    if not is_kept:
        shutil.rmtree(directory, ignore_errors=True)
    return Result(
        case_id=case.case_id,
        seed=seed,
        verdict=verdict,
        why=why,
        faults=dict(trial.faults),
        tally=trial.tally,
        notes=tuple(trial.notes),
        took_s=time.monotonic() - began_s,
        kept=str(directory) if is_kept else "",
    )


async def _verdict(case: Case, trial: Trial) -> tuple[Verdict, str]:
    try:
        async with asyncio.timeout(case.timeout_s):
            await case.run(trial)
    except Skipped as reason:
        return "skipped", str(reason)
    except TimeoutError:
        return "failed", f"not done after {case.timeout_s:.0f} s"
    except BaseExceptionGroup as group:
        return "failed", "; ".join(str(error) for error in group.exceptions)
    except AssertionError as broken:
        return "failed", str(broken) or traceback.format_exc()
    except Exception:  # noqa: BLE001 - whatever it is, it is this case's failure, and the others are still to run
        return "failed", traceback.format_exc()
    if not trial.faults:
        return "failed", "no fault was injected"
    if not trial.tally.is_clean:
        return "failed", f"something was lost, doubled or deleted: {trial.tally}"
    return "passed", ""


def total(results: list[Result]) -> tuple[Counter[str], Tally]:
    """Faults by kind and the tally of all results."""
    faults: Counter[str] = Counter()
    tally = Tally()
    for result in results:
        faults.update(result.faults)
        tally.add(result.tally)
    return faults, tally
