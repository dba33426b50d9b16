"""The files: compose.yaml, and .env.example with the variables that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from tierwright.blueprint import Described
from tierwright.outputs.compose.order import EVERYTHING, Order
from tierwright.outputs.compose.parts import container, owner_of_volumes, prober, witness, writes_to_image
from tierwright.outputs.compose.texts import header, variables_file, what_is_missing
from tierwright.outputs.containers.entries import Entry, emptied, network_entry
from tierwright.outputs.containers.health import own_health
from tierwright.outputs.containers.images import build_context
from tierwright.outputs.containers.interpolation import interpolated
from tierwright.outputs.containers.inventory import Inventory, inventory_of
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.kustomize import empty_base
from tierwright.outputs.yaml_text import Fragment, OnOneLine, stream

_LOOPBACK = "127.0.0.1"
_ENDED: Entry = {"condition": "service_completed_successfully"}


def compose_files(described: Described) -> dict[str, str]:
    """The text of each file, by its path in a folder that kustomize skips."""
    inventory = inventory_of(described)
    file = ComposeFile(inventory, Order(inventory))
    text = stream([interpolated(file.document, inventory.keys, missing=what_is_missing)])
    return {
        "kustomization.yaml": empty_base("the Compose file"),
        "compose.yaml": header(inventory.name, file.left_out) + text,
        ".env.example": variables_file(inventory.name, inventory.keys, inventory.secrets, everything=EVERYTHING),
    }


class ComposeFile(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A Compose file of all that is in an inventory, in this order."""

    inventory: Inventory
    order: Order

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole file; texts have places for secrets."""
        inventory = self.inventory
        document: dict[str, Any] = {
            "name": inventory.name,
            "x-before": dict(self.order.before),
            "services": {name: entry for one in inventory.workloads.values() for name, entry in self._of(one)},
            "networks": {inventory.network: {"driver": "bridge"}},
            "volumes": {volume: {} for volume in inventory.volumes},
            "configs": {one.name: {"content": one.content} for one in inventory.files if one.secret is None},
            "secrets": {one.name: {"environment": inventory.keys.of(one.secret).variable} for one in inventory.files if one.secret},
        }
        return {key: value for key, value in document.items() if value}

    @cached_property
    def left_out(self) -> list[str]:
        """What the file does not say, though the values do: a line for each."""
        workloads = self.inventory.workloads.values()
        writing = [one.name for one in workloads if any(map(writes_to_image, one.programs))]
        return [
            *([f"Compose puts files into these, so they may write to their images: {', '.join(writing)}"] if writing else []),
            *(line for one in workloads for line in self._left_out(one)),
            *self.order.left_out,
            *self.inventory.otherwise,
            *(f"{one} of extraObjects is not here" for one in self.inventory.foreign),
            *(f"{name} is of clusters alone, and not here" for name in self.inventory.of_clusters),
            *(f"{name} runs outside of the platform, so nobody waits for it" for name in self.inventory.outside),
        ]

    def _of(self, workload: Workload) -> Iterator[tuple[str, Entry]]:
        """The services of a workload, one after another."""
        platform, around = self.inventory.platform, self.inventory.around
        waits = self.order.waits(workload)
        profiles = self.order.profiles(workload)
        owner = owner_of_volumes(self.inventory, workload)
        if owner is not None:
            borrowers = self.inventory.borrowers[workload.name]
            yield around(workload, "volumes"), {**owner, "profiles": self.order.profiles(*borrowers)}
        before = {around(lender, "volumes"): _ENDED for lender in self.inventory.lenders(workload)}
        for step in workload.steps:
            name = around(workload, step)
            entry = {**container(self.inventory, step), **network_entry(workload), "restart": "no"}
            yield name, self._placed(workload, entry, waits.over(before))
            before[name] = _ENDED
        yield workload.name, self._main(workload, waits.over(before))
        started = Fragment({workload.name: {"condition": "service_started"}})
        for companion in workload.companions:
            entry = {
                **container(self.inventory, companion),
                "network_mode": f"service:{workload.name}",
                "restart": "unless-stopped",
            }
            yield around(workload, companion), {**entry, "depends_on": started, "profiles": profiles}
        asked = self.order.beside(workload)
        if asked is not None:
            yield self.order.prober(workload), self._placed(workload, prober(platform, workload, asked), started)
        after = witness(platform, workload)
        if after is not None:
            yield around(workload, "witness"), self._placed(workload, after, Fragment({workload.name: _ENDED}))

    def _main(self, workload: Workload, waits: Fragment) -> Entry:
        """The service of the program, which has the name of the workload."""
        restart = {
            "always": "unless-stopped",
            "once": f"on-failure:{workload.tries}" if workload.tries else "no",
            "scheduled": "no",
        }
        entry: Entry = {
            **container(self.inventory, workload.program),
            **network_entry(workload),
            "hostname": workload.host if workload.names else "",
            "ports": self._published.get(workload.name, []),
            "healthcheck": own_health(self.inventory.platform, workload),
            "restart": restart[workload.runs],
            "stop_grace_period": f"{workload.grace_seconds}s",
        }
        image = entry.pop("image")
        replicas = self._replicas(workload)
        if replicas > 1:
            entry["deploy"] = {"replicas": replicas, **entry.get("deploy", {})}
        aliases = [*self.inventory.aliases(workload), *workload.names]
        built = self._build(workload)
        return {**built, "image": image, **self._placed(workload, entry, waits, aliases)}

    def _placed(self, workload: Workload, entry: Entry, waits: Fragment, aliases: Iterable[str] = ()) -> Entry:
        """A service in the network, behind what it waits for."""
        network = {"aliases": list(aliases)} if aliases else {}
        placed = {
            **entry,
            "networks": {self.inventory.network: network} if network else OnOneLine([self.inventory.network]),
            "depends_on": waits,
            "profiles": self.order.profiles(workload),
        }
        return {key: value for key, value in placed.items() if value}

    def _build(self, workload: Workload) -> Entry:
        """How the image is made, where it is the platform's own."""
        context = build_context(self.inventory.platform, workload.name)
        if context is None:
            return {}
        return {"build": context, "develop": {"watch": [{"action": "rebuild", "path": context}]}}

    @cached_property
    def _published(self) -> Mapping[str, list[str]]:
        """The ports of the machine that lead to workloads: those of public services, and those that the values open."""
        published: dict[str, list[str]] = {}
        taken: set[int] = set()
        for name in self.inventory.workloads:
            for port, target in self._open(name):
                if port not in taken:
                    taken.add(port)
                    published.setdefault(name, []).append(f"{_LOOPBACK}:{port}:{target}")
        return published

    def _open(self, name: str) -> Iterator[tuple[int, int]]:
        public = self.inventory.public_port(name)
        if public is not None:
            yield public
        yield from ((port, port) for port in self.inventory.developers_ports(name))

    def _replicas(self, workload: Workload) -> int:
        """How many containers there can be: one with a volume, a port of the machine or companions has no second."""
        bound = workload.keeps_name or workload.companions or workload.name in self._published
        return 1 if bound else workload.replicas

    def _left_out(self, workload: Workload) -> Iterator[str]:
        name = workload.name
        if workload.runs == "scheduled":
            yield f"{name} runs at `{workload.schedule}` on a cluster; here with `run --rm {name}` in place of `up --wait`"
        elif workload.replicas != self._replicas(workload):
            yield f"{name} has one container in place of {workload.replicas}"
        for port, target in self._open(name):
            if f"{_LOOPBACK}:{port}:{target}" not in self._published.get(name, ()):
                yield f"{name} is not published: another workload has port {port}"
        for program in workload.programs:
            where = "" if program is workload.program else f", in {program.name}"
            yield from (f"{name}: {what}{where}" for what in emptied(program, self.inventory.keys))
        for what in workload.unknown:
            yield f"{name}: {what}"
