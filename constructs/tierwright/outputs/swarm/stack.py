"""The stack: the services of all workloads, and what they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from tierwright.outputs.containers.entries import Entry
from tierwright.outputs.containers.interpolation import interpolated
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.mounts import File, Kept
from tierwright.outputs.containers.owners import volume_owner
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.swarm.names import config_of, network_name, secret_name, service_name, start_config
from tierwright.outputs.swarm.parts import UNTIL_DONE, Order, container, deploy, network, restart, surroundings
from tierwright.outputs.swarm.start import Start, starts
from tierwright.outputs.swarm.start_script import SCRIPT


class Stack(msgspec.Struct, frozen=True, dict=True, eq=False):
    """The stack of all that is in an inventory."""

    inventory: Inventory

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole file."""
        inventory = self.inventory
        document: dict[str, Any] = {
            "services": {self.names[name]: entry for name, entry in self._entries.items()},
            "networks": {network_name(inventory): {"driver": "overlay", "attachable": True}},
            "volumes": {volume: {} for volume in self.volumes},
            "configs": {name: {"file": f"./files/{name}"} for name in self.configs},
        }
        filled = interpolated(document, inventory.keys, missing=lambda _: "run deploy.sh")
        filled["secrets"] = {one: {"external": True, "name": secret_name(inventory, one)} for one in self.secrets}
        return {key: value for key, value in filled.items() if value}

    @cached_property
    def workloads(self) -> Mapping[str, tuple[Workload, list[Start]]]:
        """The workloads as a Swarm runs them, with the starts of their containers, by name."""
        return {name: starts(self.inventory, workload) for name, workload in self.inventory.workloads.items()}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names in the stack of all services, by those that the platform has for them."""
        return {name: service_name(self.inventory, name) for name in self._entries}

    @cached_property
    def label(self) -> str:
        """The label of the node that keeps the volumes."""
        return f"{self.inventory.name}.data"

    @cached_property
    def volumes(self) -> list[str]:
        """The names of the volumes that are kept."""
        return list(dict.fromkeys(one.volume for start in self._starts for one in start.program.mounts if isinstance(one, Kept)))

    @cached_property
    def secrets(self) -> Mapping[str, bool]:
        """The secrets that containers get as files, by their variables: whether each may be missing."""
        secrets: dict[str, bool] = {}
        for start in self._starts:
            files = [one for one in start.program.mounts if isinstance(one, File)]
            of_files = [(self.inventory.keys.of(one.secret).variable, one.optional) for one in files if one.secret is not None]
            for variable, optional in (*start.secrets.items(), *of_files):
                secrets[variable] = secrets.get(variable, True) and optional
        return secrets

    @cached_property
    def required(self) -> list[str]:
        """The variables of all secrets that cannot be missing."""
        given = [variable for start in self._starts for variable in start.variables]
        return list(dict.fromkeys([*(name for name, optional in self.secrets.items() if not optional), *given]))

    @cached_property
    def configs(self) -> Mapping[str, str]:
        """The contents of the files that containers get, by the names of their configs."""
        files = [one for start in self._starts for one in start.program.mounts if isinstance(one, File) and one.secret is None]
        own = {start_config(self.inventory): SCRIPT} if any(start.waiting for start in self._starts) else {}
        return {**own, **{config_of(self.inventory, one): one.content for one in files}}

    @cached_property
    def published(self) -> Mapping[str, str]:
        """The port of every node that leads to a workload, and the one of its program; the first that asks for a port gets it."""
        asked = {name: self.inventory.public_port(name) for name in self.workloads}
        first = {ports[0]: name for name, ports in reversed(asked.items()) if ports is not None}
        return {name: f"{ports[0]}:{ports[1]}" for name, ports in asked.items() if ports and first[ports[0]] == name}

    def replicas(self, workload: Workload) -> int:
        """How many tasks there are: one with volumes of its own has no second, and what runs at times none."""
        if workload.runs == "scheduled":
            return 0
        return 1 if workload.keeps_name else workload.replicas

    @property
    def _starts(self) -> Iterator[Start]:
        return (start for _, found in self.workloads.values() for start in found)

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        return {name: entry for alone, found in self.workloads.values() for name, entry in self._of(alone, found)}

    def _of(self, workload: Workload, found: list[Start]) -> Iterator[tuple[str, Entry]]:
        """The services of a workload, one after another."""
        around = self.inventory.around
        *steps, main = found
        owner = volume_owner(self.inventory, workload)
        if owner is not None:
            yield around(workload, "volumes"), self._placed({**owner, "deploy": deploy(None, restart=UNTIL_DONE, label=self.label)})
        for step in steps:
            replicas = 0 if workload.runs == "scheduled" else 1
            how = deploy(step.program, replicas=replicas, restart=UNTIL_DONE, label=self._label_of(step))
            yield around(workload, step.program), self._placed({**container(step), **surroundings(workload), "deploy": how})
        yield workload.name, self._main(workload, main)

    def _main(self, workload: Workload, start: Start) -> Entry:
        """The service of the program, which has the name of the workload."""
        how = deploy(
            start.program,
            replicas=self.replicas(workload),
            restart=restart(workload),
            label=self._label_of(start),
            order=self._order(workload) if workload.runs == "always" else None,
            watched=self.inventory.platform.blueprint.catalogue.compose.health_check.interval,
        )
        entry: Entry = {
            **container(start),
            **surroundings(workload),
            "hostname": workload.host if workload.names else "",
            "ports": [self.published[workload.name]] if workload.name in self.published else [],
            "healthcheck": start.health(workload),
            "stop_grace_period": f"{workload.grace_seconds}s",
            "deploy": how,
        }
        # A service is reached by its name in the stack.
        own = [] if service_name(self.inventory, workload.name) == workload.name else [workload.name]
        return self._placed(entry, [*own, *self.inventory.aliases(workload)])

    def _placed(self, entry: Entry, aliases: list[str] | None = None) -> Entry:
        """A service in the network."""
        placed = {**entry, "networks": network(self.inventory, aliases or [])}
        return {key: value for key, value in placed.items() if value}

    def _label_of(self, start: Start) -> str:
        """The label of the node to which a volume binds a container, if one does: local volumes do not move."""
        return self.label if any(isinstance(one, Kept) for one in start.program.mounts) else ""

    def _order(self, workload: Workload) -> Order:
        """What comes first where a task is replaced: two at once do no harm, unless they have the same data or are to be one."""
        service = self.inventory.platform.blueprint.catalogue.services.get(workload.name)
        alone = service is None or service.singleton or workload.keeps_name or bool(workload.volumes)
        return "stop-first" if alone else "start-first"
