"""The order of a start, as Compose knows it: what waits for whom, and which part of the platform a profile starts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from tierwright.model.graph import Graph
from tierwright.outputs.containers.entries import Entry
from tierwright.outputs.containers.health import asks_itself, connection
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.programs import Health
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import Fragment, OnOneLine

EVERYTHING = "all"
"""The profile of the whole platform, which .env chooses."""


_LARGEST_PART = 100
"""The most workloads that a profile starts, but for that of everything: else the lists of profiles grow with the square of all."""


class Order(msgspec.Struct, frozen=True, dict=True, eq=False):
    """The order in which the workloads of an inventory start."""

    inventory: Inventory

    def waits(self, workload: Workload) -> Fragment:
        """What a workload waits for, as the gates of its pods do: its needs, and all that is before its tier."""
        needs = (self._started(self.inventory.workloads[need], needed=True) for need in self._needs[workload.name])
        ordered = self._graph.is_ordered(workload.name)
        return Fragment(dict(needs), base=self.before.get(self._graph.tier_of(workload.name)) if ordered else None)

    @cached_property
    def before(self) -> Mapping[str, Fragment]:
        """What is before each tier. It may be missing, as where a profile starts a part of the platform."""
        before: dict[str, Fragment] = {}
        members: dict[str, Entry] = {}
        base: Fragment | None = None
        for tier in self._graph.tiers if self._graph.order == "tiers" else ():
            if base or members:
                before[tier] = base = Fragment(members, name=f"before-{tier}", base=base)
            there = (self.inventory.workloads[name] for name in self._graph.awaited(tier) if name in self.inventory.workloads)
            members = {name: {**entry, "required": False} for name, entry in map(self._started, there)}
        return before

    def _started(self, target: Workload, *, needed: bool = False) -> tuple[str, Entry]:
        """The service that says when a workload has started, and what is waited for."""
        has_health = target.program.health is not None
        beside = self.beside(target) is not None if has_health or needed else False
        entry = {"condition": "service_healthy" if has_health or beside else "service_started"}
        return self.prober(target) if beside else target.name, entry

    def beside(self, workload: Workload) -> Health | None:
        """What a container beside a workload asks, if there is one."""
        health = workload.program.health
        if health is None:
            return connection(self.inventory.platform, workload) if workload.name in self._needed else None
        return None if asks_itself(self.inventory.platform, workload) else health

    def prober(self, workload: Workload) -> str:
        """The name of the service that asks the health of a workload which cannot do so itself."""
        return self.inventory.around(workload, "prober")

    def profiles(self, *workloads: Workload) -> OnOneLine:
        """The profile of everything, and one for each workload that cannot start without one of these."""
        everything = [EVERYTHING] if any(one.runs != "scheduled" for one in workloads) else []
        return OnOneLine([*everything, *dict.fromkeys(name for one in workloads for name in self._parts_with[one.name])])

    @cached_property
    def left_out(self) -> list[str]:
        """The parts that no profile starts, in words."""
        large = [name for name, parts in self._parts_with.items() if name not in parts and name != EVERYTHING]
        workloads = f"{large[0]} has" if len(large) == 1 else f"{len(large)} workloads, from {large[0]} on, have" if large else ""
        return [
            *([f"{EVERYTHING} has no profile of its own, as that one starts everything"] if EVERYTHING in self._parts_with else []),
            *([f"{workloads} no profile: each needs more than {_LARGEST_PART - 1} others"] if large else []),
        ]

    @cached_property
    def _parts_with(self) -> Mapping[str, list[str]]:
        """The parts that each workload is in, each called like the workload that it is for."""
        parts: dict[str, list[str]] = {name: [] for name in self.inventory.workloads}
        for name in self.inventory.workloads:
            part = self._part(name)
            for member in part if name != EVERYTHING and len(part) <= _LARGEST_PART else ():
                parts[member].append(name)
        return parts

    def _part(self, name: str) -> list[str]:
        """What a workload cannot start without, itself too; not all of it where that is too much."""
        part = [name]
        seen = {name}
        for member in part:
            new = [need for need in self._needs[member] if need not in seen]
            seen.update(new)
            part += new
            if len(part) > _LARGEST_PART:
                break
        return part

    @cached_property
    def _needs(self) -> Mapping[str, list[str]]:
        """The workloads that each cannot start without."""
        workloads, graph = self.inventory.workloads, self._graph
        return {name: [need for need in graph.needs.get(name, ()) if need in workloads] for name in workloads}

    @cached_property
    def _needed(self) -> set[str]:
        """The workloads that others cannot start without."""
        return {need for needs in self._needs.values() for need in needs}

    @property
    def _graph(self) -> Graph:
        return self.inventory.platform.platform.graph
