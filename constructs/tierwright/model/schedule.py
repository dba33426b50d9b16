"""Whether the schedule of a CronJob is valid, as https://pkg.go.dev/github.com/robfig/cron/v3#ParseStandard reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tierwright.config.problems import counted, written

LONGEST_NAME = 52
"""The most characters of a CronJob's name: its Jobs get eleven more."""

_NAMED = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = r"@every [-+]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)"
_FORMS = "allowed: minute, hour, day of the month, month and day of the week, such as '0 3 * * 1-5', or such as @daily, @every 6h"


_ANY = ("*", "?")


class _Field(msgspec.Struct, frozen=True):
    """A field of a schedule: its name, its smallest and largest number, and the names of numbers, where there are any."""

    what: str
    least: int
    greatest: int
    names: Mapping[str, int] = msgspec.field(default_factory=dict)

    def numbers(self, entry: str) -> range | None:
        """The numbers of an entry of its list: a number, a range, or one of them with a step; None where it is none of them."""
        span, *steps = entry.split("/")
        first, *more = span.split("-")
        step = _number(steps[0], {}) if steps else 1
        if len(steps) > 1 or not step:
            return None
        if first in _ANY:
            return range(self.least, self.greatest + 1, step)
        start = _number(first, self.names)
        end = self.greatest if steps and not more else start if not more else _number(more[0], self.names)
        if len(more) > 1 or start is None or end is None or not self.least <= start <= end <= self.greatest:
            return None
        return range(start, end + 1, step)

    def all_numbers(self, text: str) -> set[int]:
        """The numbers of its whole list, which is valid."""
        return {number for entry in text.split(",") if entry for number in self.numbers(entry) or ()}


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST = dict(enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1))
"""The most days of each month."""

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, {name: at for at, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 6, {name: at for at, name in enumerate(_DAYS)}),
)


def fault(schedule: str) -> tuple[str, str] | None:
    """What is wrong with a schedule, and what is allowed; None where nothing is."""
    if "TZ" in schedule:
        return f"{written(schedule)} names a time zone", "write it under timeZone"
    if schedule.startswith("@"):
        known = schedule in _NAMED or re.fullmatch(_EVERY, schedule)
        return None if known else (f"{written(schedule)} is not allowed", f"allowed: {', '.join(_NAMED)}, @every 6h")
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"{written(schedule)} has {counted(len(fields), 'field')}", _FORMS
    for text, field in zip(fields, _FIELDS, strict=True):
        for entry in text.split(","):
            if entry and field.numbers(entry) is None:
                return (
                    f"{written(entry)} is no {field.what}",
                    f"allowed: {field.least} to {field.greatest}, or such as *, */2, 1-3, 1,2",
                )
    return None


def fault_or_never(schedule: str) -> tuple[str, str] | None:
    """As `fault`, and of a valid schedule that it never comes to a time."""
    if wrong := fault(schedule):
        return wrong
    return (
        None if _is_due(schedule) else (f"{written(schedule)} never comes", "choose days that the months have, and no empty field")
    )


def _is_due(schedule: str) -> bool:
    """Whether a valid schedule comes to a time: `0 3 31 2 *` waits for the 31st of February."""
    if schedule.startswith("@"):
        return True
    fields = schedule.split()
    numbers = [field.all_numbers(text) for text, field in zip(fields, _FIELDS, strict=True)]
    if not all(numbers):
        return False
    _, _, days, months, _ = numbers
    any_weekday = any(entry.startswith(_ANY) for entry in fields[4].split(","))
    return not any_weekday or min(days) <= max(_LONGEST[month] for month in months)


def _number(text: str, known: Mapping[str, int]) -> int | None:
    """The number that a text contains or names."""
    return known.get(text.lower(), int(text) if re.fullmatch("[+]?[0-9]{1,9}", text) else None)
