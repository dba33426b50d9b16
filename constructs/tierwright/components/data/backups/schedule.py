"""When backups are made."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Path
from tierwright.model.names import pattern
from tierwright.model.part import Complaint
from tierwright.model.schedule import fault_or_never


def _list(number: str) -> str:
    """A list of numbers, ranges and steps, as a field of a schedule is."""
    entry = rf"(\*|{number}(-{number})?)(/[1-9][0-9]?)?"
    return f"{entry}(,{entry})*"


_FIELDS = ("[1-5]?[0-9]", "(1?[0-9]|2[0-3])", "([1-9]|[12][0-9]|3[01])", "([1-9]|1[0-2])", "[0-6]")
_NAMED = r"@(yearly|annually|monthly|weekly|daily|midnight|hourly)"

SCHEDULE = pattern(
    "schedule",
    rf"^({' '.join(map(_list, _FIELDS))}|{_NAMED})\Z",
    "minute, hour, day of the month, month and day of the week, in numbers, such as '0 2 * * 1-5', or such as @daily",
)
"""A schedule in UTC, as a CronJob writes it."""


def never(path: Path, schedule: str) -> Iterator[Complaint]:
    """The complaint, at `path`, about a schedule that is wrong or never comes to a time."""
    if wrong := fault_or_never(schedule):
        yield Complaint(path, *wrong)
