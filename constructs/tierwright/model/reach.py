"""What a service reaches: its needs and its uses. Policies, URLs and gates are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import msgspec

from tierwright.config.problems import Path
from tierwright.config.soundness import numbered

Way = Literal["needs", "uses"]
"""The key of a service under which what it reaches is written."""

WAYS: tuple[Way, ...] = get_args(Way)


class Reach(msgspec.Struct, frozen=True):
    """One thing that a service reaches, the target: NAME, or NAME:KEY for a further port or endpoint.

    `owner` is the service or data service, `port` the key of its port or endpoint: MAIN, or that of a further one. `way` says
    whether the service waits for it; `at` is its position in that list of the service.
    """

    target: str
    owner: str
    port: str
    way: Way
    at: int

    @property
    def waits(self) -> bool:
        """Whether the service waits for it."""
        return self.way == "needs"

    @property
    def path(self) -> Path:
        """Where it is written, from the service's entry."""
        return (self.way, self.at)


def reaches(needs: Iterable[str] = (), uses: Iterable[str] = ()) -> Iterator[Reach]:
    """What a service with these lists reaches, its needs first. What is unsound is skipped."""
    for way, targets in zip(WAYS, (needs, uses), strict=True):
        for index, target in numbered(targets):
            owner, _, port = target.partition(":")
            yield Reach(target, owner, port, way, index)
