"""Whether the schedule of a CronJob is valid, as https://pkg.go.dev/github.com/robfig/cron/v3#ParseStandard reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tierwright.config.problems import written

_NAMED = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = re.compile(r"@every [-+]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)")
_FORMS = "allowed: minute, hour, day of the month, month and day of the week, such as '0 3 * * 1-5', or such as @daily, @every 6h"


class _Field(msgspec.Struct, frozen=True):
    """A field of a schedule: its name, its smallest and largest number, and the names of numbers, where there are any."""

    what: str
    least: int
    greatest: int
    names: Mapping[str, int] = msgspec.field(default_factory=dict)

    def has(self, entry: str) -> bool:
        """Whether an entry of its list is a number, a range, or one of them with a step."""
        span, *steps = entry.split("/")
        first, *more = span.split("-")
        if len(steps) > 1 or (steps and not _number(steps[0], {})):
            return False
        if first in ("*", "?"):
            return True
        start = _number(first, self.names)
        end = self.greatest if steps and not more else start if not more else _number(more[0], self.names)
        return len(more) <= 1 and start is not None and end is not None and self.least <= start <= end <= self.greatest


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
        known = schedule in _NAMED or _EVERY.fullmatch(schedule)
        return None if known else (f"{written(schedule)} is not allowed", f"allowed: {', '.join(_NAMED)}, @every 6h")
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"{written(schedule)} has {len(fields)} fields", _FORMS
    for text, one in zip(fields, _FIELDS, strict=True):
        for entry in text.split(","):
            if entry and not one.has(entry):
                return f"{written(entry)} is no {one.what}", f"allowed: {one.least} to {one.greatest}, or such as *, */2, 1-3, 1,2"
    return None


def _number(text: str, known: Mapping[str, int]) -> int | None:
    """The number that a text contains or names."""
    return known.get(text.lower(), int(text) if re.fullmatch("[+]?[0-9]{1,9}", text) else None)
