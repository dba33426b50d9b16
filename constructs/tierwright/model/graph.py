"""The dependency graph: the one definition of who waits for whom. Everything else is derived from it."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Literal

import msgspec

Order = Literal["tiers", "graph"]


class Wait(msgspec.Struct, frozen=True):
    """One thing that a pod waits for before it starts.

    `needed` is false for what only the order of the tiers names: the pod can run without it.
    """

    target: str
    tier: str
    needed: bool


class Graph:
    """Which services and data services are in which tier, and what they need.

    Built from checked data: all names are known, no need is in a later tier, and there are no cycles.
    """

    def __init__(
        self,
        *,
        order: Order,
        tiers: Iterable[str],
        tier_of: Mapping[str, str],
        needs: Mapping[str, Collection[str]],
        ending: Collection[str] = (),
        unordered: Collection[str] = (),
    ) -> None:
        """`tier_of` has the tier of every service and data service. The keys of `needs` (services) wait; the others do not.

        Nobody waits for those that are `ending`: their pods are never ready for long. Those that are `unordered` wait for their
        needs alone, whatever the order.
        """
        self.order: Order = order
        self.tiers = tuple(tiers)
        self.needs = {name: tuple(targets) for name, targets in needs.items()}
        self._tier_of = dict(tier_of)
        rank = {tier: position for position, tier in enumerate(self.tiers)}
        self._ending, self._unordered = frozenset(ending), frozenset(unordered)
        self._members: dict[str, list[str]] = {tier: [] for tier in self.tiers}
        for name, tier in tier_of.items():
            self._members[tier].append(name)
        self._position = {name: (rank[tier], index) for index, (name, tier) in enumerate(tier_of.items())}

    def tier_of(self, name: str) -> str:
        """The tier of a service or data service."""
        return self._tier_of[name]

    def members(self, tier: str) -> tuple[str, ...]:
        """The services and data services of a tier, in the catalogue's order."""
        return tuple(self._members[tier])

    def awaited(self, tier: str) -> tuple[str, ...]:
        """The members of a tier that the order of the tiers makes others wait for."""
        return tuple(name for name in self._members[tier] if name not in self._ending)

    def is_ordered(self, name: str) -> bool:
        """Whether the order of the tiers makes the service `name` wait for others."""
        return name in self.needs and name not in self._unordered

    def waits(self, name: str) -> tuple[Wait, ...]:
        """What the pods of `name` wait for, by tier and then in the catalogue's order.

        Order `graph`: its needs. Order `tiers`: every awaited member of the earlier tiers too.
        """
        if name not in self.needs:
            return ()
        needs = set(self.needs[name])
        targets = set(needs)
        if self.order == "tiers" and self.is_ordered(name):
            for tier in self.tiers[: self.tiers.index(self._tier_of[name])]:
                targets.update(self.awaited(tier))
        return tuple(
            Wait(target, self._tier_of[target], target in needs) for target in sorted(targets, key=self._position.__getitem__)
        )

    @cached_property
    def levels(self) -> Mapping[str, int]:
        """The length of the longest chain of waits below each name: what waits for nothing is on level 0."""
        levels: dict[str, int] = {}
        below = 0
        for tier in self.tiers:
            members = self._members[tier]
            own = {name: [need for need in self.needs.get(name, ()) if self._tier_of[need] == tier] for name in members}
            for name in graphlib.TopologicalSorter(own).static_order():
                waited = [levels[need] + 1 for need in self.needs.get(name, ())]
                if self.order == "tiers" and self.is_ordered(name):
                    waited.append(below)
                levels[name] = max(waited, default=0)
            below = max([below, *(levels[name] + 1 for name in self.awaited(tier))])
        return levels


def find_cycles(
    needs: Mapping[str, Iterable[str]], prefers: Callable[[str, str], bool] = lambda _name, _need: False
) -> Iterator[tuple[str, ...]]:
    """Cycles among the needs, first name repeated at the end: without the first need of each there is none left.

    Each is the shortest through its first need. That is one for which `prefers` holds, of a name and what it needs, where the cycle
    has such a need.
    """
    left = {name: list(targets) for name, targets in needs.items()}
    while True:
        try:
            graphlib.TopologicalSorter(left).prepare()
        except graphlib.CycleError as error:
            cycle: list[str] = error.args[1][::-1]
            pairs = [*pairwise(cycle)]  # the first name is there twice
            name, need = min(pairs, key=lambda pair: (not prefers(*pair), *pair))
            yield (name, *find_path(left, need, name))
            left[name].remove(need)
        else:
            return


def find_path(needs: Mapping[str, Iterable[str]], start: str, end: str) -> tuple[str, ...]:
    """The shortest path along the needs, including both ends; empty where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for need in needs.get(way[-1], ()):
            if need not in seen:
                seen.add(need)
                ways.append((*way, need))
    return ()
