"""Every case there is, in the order of the matrix."""

from typing import Final

from faults.case import Case
from faults.cases import (
    access,
    addresses,
    bus,
    canaries,
    cancels,
    concurrency,
    contents,
    contents_hostile,
    crashes,
    crashes_of_roles,
    files,
    hostile,
    order,
    poison,
    sources,
    sources_broken,
    sources_reached,
    sources_tired,
    storage,
    times,
)

_GROUPS: Final = (
    crashes.CASES,
    crashes_of_roles.CASES,
    order.CASES,
    poison.CASES,
    bus.CASES,
    storage.CASES,
    files.CASES,
    sources.CASES,
    sources_tired.CASES,
    sources_broken.CASES,
    sources_reached.CASES,
    contents.CASES,
    contents_hostile.CASES,
    cancels.CASES,
    concurrency.CASES,
    times.CASES,
    access.CASES,
    addresses.CASES,
    hostile.CASES,
    canaries.CASES,
)


def _place(case: Case) -> tuple[str, int]:
    return case.case_id[0], int(case.case_id[1:])


CASES: Final[tuple[Case, ...]] = tuple(sorted((case for group in _GROUPS for case in group), key=_place))


def chosen(names: list[str]) -> list[Case]:
    """The cases of these ids or groups (`A1`, `E`); all of them when there is none. Raises ValueError for one that is none."""
    wanted = [name.upper() for name in names]
    known = {case.case_id for case in CASES} | {case.case_id[0] for case in CASES}
    strangers = [name for name in wanted if name not in known]
    if strangers:
        raise ValueError(f"there is no case {', '.join(strangers)}; there is {', '.join(case.case_id for case in CASES)}")
    return [case for case in CASES if not wanted or case.case_id in wanted or case.case_id[0] in wanted]
