"""What an engine runs for a platform, and what the files of all engines say of it alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

import msgspec

from tierwright.blueprint import Described
from tierwright.components.extra_objects import position
from tierwright.components.secrets.generator import NAME as SECRET_GENERATOR
from tierwright.expressions.tree import resolve
from tierwright.kit.pods import template_in
from tierwright.model.labels import NAME_LABEL
from tierwright.model.own_names import developers_of
from tierwright.model.ports import MAIN
from tierwright.outputs.containers.addresses import without_services
from tierwright.outputs.containers.images import said_of
from tierwright.outputs.containers.keys import Keys
from tierwright.outputs.containers.members import of_clusters_alone, without_them
from tierwright.outputs.containers.mounts import File, Kept
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Secret, places
from tierwright.outputs.containers.workloads import RUNS, Workload, workloads

HELPERS = ("volumes", "prober", "witness")
"""What can be around a workload that is no program of its own."""


class Inventory(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All that an engine runs for the platform that is `described`."""

    described: Described

    @cached_property
    def platform(self) -> Described:
        """The platform without Services and members, of which everything else here tells."""
        return without_services(without_them(self.described))

    @property
    def name(self) -> str:
        """The name of the platform."""
        return self.platform.blueprint.name

    @property
    def network(self) -> str:
        """The name of the network that all share."""
        return self.platform.blueprint.catalogue.compose.network or "default"

    @cached_property
    def keys(self) -> Keys:
        """The variables that hold secrets."""
        return Keys(self.platform.blueprint, [one.key for one in self.secrets])

    @cached_property
    def workloads(self) -> Mapping[str, Workload]:
        """The workloads, by name."""
        return {one.name: one for one in workloads(self.platform)}

    @cached_property
    def programs(self) -> list[Program]:
        """The programs of all workloads."""
        return [one for workload in self.workloads.values() for one in workload.programs]

    @cached_property
    def files(self) -> list[File]:
        """The files that are mounted, each once: those of ConfigMaps may be called like those of Secrets."""
        files = (one for program in self.programs for one in program.mounts if isinstance(one, File))
        return list({(one.name, one.secret): one for one in files}.values())

    @cached_property
    def volumes(self) -> list[str]:
        """The names of the volumes that are kept."""
        return list(dict.fromkeys(one.volume for program in self.programs for one in program.mounts if isinstance(one, Kept)))

    @cached_property
    def parts(self) -> list[tuple[str, str]]:
        """The volumes of which only a part is mounted, with that part."""
        kept = (one for program in self.programs for one in program.mounts if isinstance(one, Kept))
        return list(dict.fromkeys((one.volume, one.part) for one in kept if one.part))

    def lenders(self, workload: Workload) -> list[Workload]:
        """The services of whose volumes a workload mounts some, often itself. Data services are none: images own theirs."""
        names = dict.fromkeys(one.owner for program in workload.programs for one in program.mounts if isinstance(one, Kept))
        return [self.workloads[name] for name in names if name not in self.platform.blueprint.data_services]

    @cached_property
    def borrowers(self) -> Mapping[str, list[Workload]]:
        """The workloads that mount volumes of a service, often itself, by the name of that."""
        borrowers: dict[str, list[Workload]] = {}
        for workload in self.workloads.values():
            for lender in self.lenders(workload):
                borrowers.setdefault(lender.name, []).append(workload)
        return borrowers

    @cached_property
    def secrets(self) -> list[Secret]:
        """The places for secrets in texts, as often as they are there, and the secrets that are files."""
        files = [Secret(file.secret) for file in self.files if file.secret is not None]
        return [*places([one.texts for one in self.programs]), *files]

    @cached_property
    def outside(self) -> list[str]:
        """The data services that run elsewhere."""
        return [name for name in self.platform.blueprint.data_services if name not in self.workloads]

    @cached_property
    def of_clusters(self) -> list[str]:
        """What the platform runs on a cluster alone, beside the workloads; not what makes Secrets, for which there is `.env`."""
        own = (one.manifest for one in self.described.objects if one.kind in RUNS and position(one) is None)
        names = dict.fromkeys(one["metadata"]["labels"][NAME_LABEL] for one in own)
        return [name for name in names if name not in self.workloads and name != SECRET_GENERATOR]

    @cached_property
    def otherwise(self) -> list[str]:
        """What of data services is otherwise here, in words."""
        return [*of_clusters_alone(self.described)]

    @cached_property
    def foreign(self) -> list[str]:
        """The objects of users that run something, in words."""
        objects = (one for one in self.platform.objects if position(one) is not None)
        return [
            f"{one.kind} {one.manifest['metadata']['name']}" for one in objects if template_in(one.manifest) or one.kind == "Pod"
        ]

    def address(self, name: str, port: str) -> str:
        """Where something takes connections at one of its ports; empty where it has no such port."""
        if (name, port) not in self._addresses:
            blueprint = self.platform.blueprint
            service = blueprint.catalogue.services.get(name)
            without = service is not None and port == MAIN and service.main_port is None
            self._addresses[name, port] = "" if without else str(resolve(blueprint.endpoint(name, port).address, blueprint.scope))
        return self._addresses[name, port]

    @cached_property
    def _addresses(self) -> dict[tuple[str, str], str]:
        return {}

    def aliases(self, workload: Workload) -> list[str]:
        """Further names by which others reach a workload."""
        return list(said_of(self.platform, workload.name).aliases)

    def public_port(self, name: str) -> tuple[int, int] | None:
        """The port at which users reach a public service, and the one that its program listens on."""
        service = self.described.blueprint.catalogue.services.get(name)
        port = service.main_port if service is not None and service.public_address is not None else None
        return None if port is None else (port.port, port.target_port)

    def developers_ports(self, name: str) -> list[int]:
        """The ports of a data service that the values open to developers."""
        if name not in self.platform.blueprint.data_services:
            return []
        services = (one.manifest for one in self.platform.objects if one.kind == "Service")
        opened = [one for one in services if one["metadata"]["name"] == developers_of(name)]
        return [port["port"] for one in opened for port in one["spec"]["ports"]]

    def around(self, workload: Workload, what: Program | str) -> str:
        """The name of a program around the one of a workload, or of one of the HELPERS: one that nothing else has."""
        return self._around[workload.name, *_kind_of(what)]

    @cached_property
    def _around(self) -> Mapping[tuple[str, bool, str], str]:
        taken = {*self.workloads, *(alias for one in self.workloads.values() for alias in self.aliases(one))}
        names: dict[tuple[str, bool, str], str] = {}
        running = self.workloads.values()
        around: list[tuple[Workload, Program | str]] = [(one, what) for one in running for what in (*one.steps, *one.companions)]
        around += [(one, what) for one in running for what in HELPERS]
        for workload, what in around:
            kind = _kind_of(what)
            name = f"{workload.name}-{kind[1]}"
            while name in taken:
                name += "-of-it"
            taken.add(name)
            names[workload.name, *kind] = name
        return names


def _kind_of(what: Program | str) -> tuple[bool, str]:
    return (False, what) if isinstance(what, str) else (True, what.name)


@lru_cache(maxsize=1)
def inventory_of(described: Described) -> Inventory:
    """What an engine runs for a platform: the files of all engines are made of one, one after another."""
    return Inventory(described)
