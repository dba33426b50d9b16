"""The files: compose.yaml, and .env.example with the variables that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from tierwright.blueprint import Described
from tierwright.model.graph import Wait
from tierwright.outputs.compose.parts import (
    Entry,
    developers_ports,
    own_health,
    prober,
    program_entry,
    volume_owner,
)
from tierwright.outputs.compose.texts import header, variables_file, written_for_compose
from tierwright.outputs.containers.addresses import without_services
from tierwright.outputs.containers.keys import Keys
from tierwright.outputs.containers.mounts import File, Kept
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Secret, places
from tierwright.outputs.containers.workloads import Workload, workloads
from tierwright.outputs.kustomize import empty_base
from tierwright.outputs.yaml_text import OnOneLine, stream

EVERYTHING = "all"
"""The profile of the whole platform, which .env chooses."""

_LOOPBACK = "127.0.0.1"


def compose_files(described: Described) -> dict[str, str]:
    """The text of each file, by its path in a folder that kustomize skips."""
    file = ComposeFile(described, without_services(described))
    text = stream([written_for_compose(file.document, file.keys)])
    return {
        "kustomization.yaml": empty_base("the Compose file"),
        "compose.yaml": header(file.platform, file.left_out) + text,
        ".env.example": variables_file(file.platform, file.keys, file.secrets, everything=EVERYTHING),
    }


class ComposeFile(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A Compose file of the platform that is `described`; `platform` is the same without Services."""

    described: Described
    platform: Described

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole file; texts have places for secrets."""
        services = self.services
        files = {one.name: one for one in self._files()}
        secrets = {name: self.keys.of(one.secret).variable for name, one in files.items() if one.secret is not None}
        document: dict[str, Any] = {
            "name": self.platform.blueprint.name,
            "services": services,
            "networks": {self._network: {"driver": "bridge"}},
            "volumes": {volume: {} for volume in self._volumes()},
            "configs": {name: {"content": one.content} for name, one in files.items() if one.secret is None},
            "secrets": {name: {"environment": variable} for name, variable in secrets.items()},
        }
        return {key: value for key, value in document.items() if value}

    @cached_property
    def keys(self) -> Keys:
        """The variables that hold secrets."""
        return Keys(self.platform.blueprint)

    @cached_property
    def services(self) -> dict[str, Entry]:
        """The services, those of a workload one after another."""
        return {name: entry for one in self.workloads.values() for name, entry in self._of(one)}

    @cached_property
    def workloads(self) -> Mapping[str, Workload]:
        """The workloads, by name."""
        return {one.name: one for one in workloads(self.platform)}

    @cached_property
    def left_out(self) -> list[str]:
        """What the file does not say, though the values do: a line for each."""
        return [line for one in self.workloads.values() for line in self._left_out(one)] + [
            f"{name} runs outside of the platform, so nobody waits for it"
            for name in self.platform.blueprint.data_services
            if name not in self.workloads
        ]

    @cached_property
    def secrets(self) -> list[Secret]:
        """The places for secrets, as often as they are there; variables that may be missing are no places in the document."""
        texts = [(*one.variables.values(), *one.entrypoint, *one.command) for one in self._programs()]
        return [*places(texts), *(Secret(file.secret) for file in self._files() if file.secret is not None)]

    def _programs(self) -> Iterator[Program]:
        for workload in self.workloads.values():
            yield from (*workload.steps, workload.program, *workload.companions)

    def _of(self, workload: Workload) -> Iterator[tuple[str, Entry]]:
        waits = self._waits(workload)
        before: dict[str, Entry] = {}
        owner = volume_owner(self.platform, workload)
        if owner is not None:
            name = self._around(workload, "volumes")
            yield name, {**owner, "profiles": self._profiles(workload)}
            before[name] = {"condition": "service_completed_successfully"}
        for step in workload.steps:
            name = self._around(workload, step.name)
            entry = {**program_entry(self.platform, step), "restart": "no"}
            yield name, self._placed(workload, entry, {**waits, **before})
            before[name] = {"condition": "service_completed_successfully"}
        yield workload.name, self._main(workload, {**waits, **before})
        for companion in workload.companions:
            entry = {
                **program_entry(self.platform, companion),
                "network_mode": f"service:{workload.name}",
                "restart": "unless-stopped",
            }
            entry["depends_on"] = {workload.name: {"condition": "service_started"}}
            yield self._around(workload, companion.name), {**entry, "profiles": self._profiles(workload)}
        beside = prober(self.platform, workload)
        if beside is not None:
            yield (
                self._prober(workload),
                self._placed(workload, {**beside, "restart": "unless-stopped"}, {workload.name: {"condition": "service_started"}}),
            )

    def _main(self, workload: Workload, waits: Mapping[str, Entry]) -> Entry:
        """The service of the program, which has the name of the workload."""
        restart = {
            "always": "unless-stopped",
            "once": f"on-failure:{workload.tries}" if workload.tries else "no",
            "scheduled": "no",
        }
        entry: Entry = {
            **program_entry(self.platform, workload.program),
            "hostname": workload.host if workload.names else "",
            "extra_hosts": list(workload.hosts),
            "ports": self._published.get(workload.name, []),
            "healthcheck": own_health(self.platform, workload),
            "restart": restart[workload.runs],
            "stop_grace_period": f"{workload.grace_seconds}s",
        }
        image = entry.pop("image")
        replicas = self._replicas(workload)
        if replicas > 1:
            entry["deploy"] = {"replicas": replicas, **entry.get("deploy", {})}
        aliases = [*self._aliases(workload), *workload.names]
        built = self._build(workload)
        return {**built, "image": image, **self._placed(workload, entry, waits, aliases)}

    def _placed(self, workload: Workload, entry: Entry, waits: Mapping[str, Entry], aliases: Iterable[str] = ()) -> Entry:
        """A service in the network, behind what it waits for."""
        network = {"aliases": list(aliases)} if aliases else {}
        placed = {
            **entry,
            "networks": {self._network: network} if network else OnOneLine([self._network]),
            "depends_on": dict(waits),
            "profiles": self._profiles(workload),
        }
        return {key: value for key, value in placed.items() if value}

    def _build(self, workload: Workload) -> Entry:
        """How the image is made, where it is the platform's own."""
        catalogue = self.platform.blueprint.catalogue
        owner = catalogue.image_owner(workload.name)
        if owner not in catalogue.services or self.platform.platform.values_of(owner).image.repository:
            return {}
        own, contexts = catalogue.services[owner].compose, catalogue.compose.contexts
        context = (own and own.context) or (f"{contexts.rstrip('/')}/{owner}" if contexts else None)
        if context is None:
            return {}
        return {"build": context, "develop": {"watch": [{"action": "rebuild", "path": context}]}}

    def _aliases(self, workload: Workload) -> list[str]:
        service = self.platform.blueprint.catalogue.services.get(workload.name)
        return list(service.compose.aliases) if service is not None and service.compose is not None else []

    @cached_property
    def _published(self) -> Mapping[str, list[str]]:
        """The ports of the machine that lead to workloads: those of public services, and those that the values open."""
        published: dict[str, list[str]] = {}
        taken: set[int] = set()
        for name in self.workloads:
            for port, target in self._open(name):
                if port not in taken:
                    taken.add(port)
                    published.setdefault(name, []).append(f"{_LOOPBACK}:{port}:{target}")
        return published

    def _open(self, name: str) -> Iterator[tuple[int, int]]:
        services = self.described.blueprint.catalogue.services
        if name in services:
            port = services[name].main_port
            if port is not None and services[name].public_address is not None:
                yield port.port, port.target_port
        else:
            yield from ((port, port) for port in developers_ports(self.platform, name))

    @property
    def _network(self) -> str:
        return self.platform.blueprint.catalogue.compose.network or "default"

    def _around(self, workload: Workload, what: str) -> str:
        """The name of a service around a workload: one that no workload has."""
        name = f"{workload.name}-{what}"
        while name in self.workloads:
            name += "-of-it"
        return name

    def _prober(self, workload: Workload) -> str:
        return self._around(workload, "prober")

    def _waits(self, workload: Workload) -> dict[str, Entry]:
        """What a workload waits for, as the gates of its pods do."""
        return {name: entry for wait in self._waited(workload.name) for name, entry in [self._wait(wait)]}

    def _waited(self, name: str) -> list[Wait]:
        return [wait for wait in self.platform.platform.graph.waits(name) if wait.target in self.workloads]

    def _wait(self, wait: Wait) -> tuple[str, Entry]:
        """What is only there for the order of the tiers may be missing, as where a profile starts a part of the platform."""
        target = self.workloads[wait.target]
        asked = target.program.health is not None
        other = asked and own_health(self.platform, target) is None
        entry: Entry = {"condition": "service_healthy" if asked else "service_started"}
        if not wait.needed:
            entry["required"] = False
        return (self._prober(target) if other else target.name), entry

    @cached_property
    def _parts(self) -> Mapping[str, set[str]]:
        """What each workload cannot start without, itself too."""
        needs = {name: [wait.target for wait in self._waited(name) if wait.needed] for name in self.workloads}
        parts: dict[str, set[str]] = {}
        for name in self.workloads:
            part, open_ = {name}, [name]
            while open_:
                new = [need for need in needs[open_.pop()] if need not in part]
                part.update(new)
                open_ += new
            parts[name] = part
        return parts

    def _profiles(self, workload: Workload) -> OnOneLine:
        """The profile of everything, and one for each workload that cannot start without this one."""
        everything = [] if workload.runs == "scheduled" else [EVERYTHING]
        others = [name for name, part in self._parts.items() if workload.name in part]
        return OnOneLine([*everything, *(name for name in others if name != EVERYTHING)])

    def _replicas(self, workload: Workload) -> int:
        """How many containers there can be: one with a volume, a port of the machine or companions has no second."""
        bound = workload.keeps_name or workload.companions or workload.name in self._published
        return 1 if bound else workload.replicas

    def _left_out(self, workload: Workload) -> Iterator[str]:
        name = workload.name
        if workload.runs == "scheduled":
            yield f"{name} runs at `{workload.schedule}` on a cluster; here with: docker compose run --rm {name}"
        elif workload.replicas != self._replicas(workload):
            yield f"{name} has one container in place of {workload.replicas}"
        for port, target in self._open(name):
            if f"{_LOOPBACK}:{port}:{target}" not in self._published.get(name, ()):
                yield f"{name} is not published: another workload has port {port}"
        for what in workload.unknown:
            yield f"{name}: {what}"

    def _volumes(self) -> list[str]:
        return list(dict.fromkeys(one.volume for program in self._programs() for one in program.mounts if isinstance(one, Kept)))

    def _files(self) -> Iterator[File]:
        return (one for program in self._programs() for one in program.mounts if isinstance(one, File))
