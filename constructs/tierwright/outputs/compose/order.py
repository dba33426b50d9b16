"""The order of a start, as Compose knows it: what waits for whom, and which part of the platform a profile starts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from tierwright.model.graph import Wait
from tierwright.outputs.containers.entries import Entry
from tierwright.outputs.containers.health import asks_itself
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

EVERYTHING = "all"
"""The profile of the whole platform, which .env chooses."""


class Order(msgspec.Struct, frozen=True, dict=True, eq=False):
    """The order in which the workloads of an inventory start."""

    inventory: Inventory

    def waits(self, workload: Workload) -> dict[str, Entry]:
        """What a workload waits for, as the gates of its pods do."""
        return dict(self._wait(wait) for wait in self.inventory.waits(workload.name))

    def _wait(self, wait: Wait) -> tuple[str, Entry]:
        """What is only there for the order of the tiers may be missing, as where a profile starts a part of the platform."""
        target = self.inventory.workloads[wait.target]
        asked = target.program.health is not None
        beside = asked and not asks_itself(self.inventory.platform, target)
        entry: Entry = {"condition": "service_healthy" if asked else "service_started"}
        if not wait.needed:
            entry["required"] = False
        return (self.prober(target) if beside else target.name), entry

    def prober(self, workload: Workload) -> str:
        """The name of the service that asks the health of a workload which cannot do so itself."""
        return self.inventory.around(workload, "prober")

    def profiles(self, workload: Workload) -> OnOneLine:
        """The profile of everything, and one for each workload that cannot start without this one."""
        everything = [] if workload.runs == "scheduled" else [EVERYTHING]
        others = [name for name, part in self._parts.items() if workload.name in part]
        return OnOneLine([*everything, *(name for name in others if name != EVERYTHING)])

    @cached_property
    def _parts(self) -> Mapping[str, set[str]]:
        """What each workload cannot start without, itself too."""
        waits = {name: self.inventory.waits(name) for name in self.inventory.workloads}
        needs = {name: [wait.target for wait in found if wait.needed] for name, found in waits.items()}
        parts: dict[str, set[str]] = {}
        for name in needs:
            part, open_ = {name}, [name]
            while open_:
                new = [need for need in needs[open_.pop()] if need not in part]
                part.update(new)
                open_ += new
            parts[name] = part
        return parts
