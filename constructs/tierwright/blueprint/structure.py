"""The structure of a platform: what its catalogue alone says, whatever the values are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from tierwright.model.catalogue import Catalogue
from tierwright.model.graph import Graph, Order
from tierwright.model.service import Service


class Structure(msgspec.Struct, dict=True):
    """A catalogue, with the graph of each order in which its services may start."""

    catalogue: Catalogue
    graphs: Mapping[Order, Graph]

    @property
    def name(self) -> str:
        """The platform's name."""
        return self.catalogue.name

    def has(self, name: str) -> bool:
        """Whether the catalogue has a service or data service of this name."""
        return name in self.catalogue.services or name in self.catalogue.data_services

    def service(self, name: str) -> Service:
        """A service of the catalogue."""
        return self.catalogue.services[name]

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers, first tier first."""
        return self.graphs["tiers"].tiers

    def members(self, tier: str) -> tuple[str, ...]:
        """The services and data services of a tier, in the catalogue's order."""
        return self.graphs["tiers"].members(tier)

    def awaited(self, tier: str) -> tuple[str, ...]:
        """The members of a tier that the order of the tiers makes others wait for."""
        return self.graphs["tiers"].awaited(tier)

    def tier_of(self, name: str) -> str:
        """The tier of a service or data service."""
        return self.graphs["tiers"].tier_of(name)

    def tiers_before(self, name: str) -> tuple[str, ...]:
        """The tiers for which the order of the tiers makes a service wait, without those where nobody is waited for."""
        if not self.graphs["tiers"].is_ordered(name):
            return ()
        tiers = self.tiers[: self.tiers.index(self.tier_of(name))]
        return tuple(tier for tier in tiers if self.awaited(tier))

    def tiers_after(self, name: str) -> tuple[str, ...]:
        """The tiers that wait for a service or data service by the order of the tiers, without those where nobody waits."""
        tiers = self.tiers[self.tiers.index(self.tier_of(name)) + 1 :]
        return tuple(tier for tier in tiers if any(map(self.graphs["tiers"].is_ordered, self.members(tier))))

    @cached_property
    def clients(self) -> Mapping[str, tuple[str, ...]]:
        """The services that reach each service or data service, in startup order; the order of the tiers does not count."""
        everybody = [name for tier in self.tiers for name in self.members(tier)]
        clients: dict[str, list[str]] = {name: [] for name in everybody}
        for name in everybody:
            service = self.catalogue.services.get(name)
            for target in dict.fromkeys(reach.owner for reach in service.reaches) if service else ():
                clients[target].append(name)
        return {name: tuple(reaching) for name, reaching in clients.items()}

    def uses_proxy(self, client: str, name: str) -> bool:
        """Whether the service `client` connects to the main endpoint of a data service, before which a proxy may stand."""
        return any(reach.target == name for reach in self.service(client).reaches)

    def passes_proxy(self, client: str, name: str) -> bool:
        """Whether the service `client` connects to the server of a data service itself, though a proxy may stand before it.

        So do those that reach a further endpoint, what runs once, and steps: they change what others rely on, such as tables, with
        what belongs to a session, such as locks.
        """
        service = self.service(client)
        further = any(reach.owner == name and reach.port for reach in service.reaches)
        return further or bool(service.prepare) or service.run is not None

    @cached_property
    def needed(self) -> frozenset[str]:
        """What gates wait for, whatever the order of the tiers: NAME, or NAME:PORT for a further port of a service."""
        return frozenset(reach.target for service in self.catalogue.services.values() for reach in service.reaches if reach.waits)

    def is_asked_by_name(self, name: str) -> bool:
        """Whether services need a service without a main port, so that their gates ask the cluster's DNS for it."""
        service = self.catalogue.services.get(name)
        return service is not None and service.main_port is None and name in self.needed

    def own_port(self, name: str) -> int:
        """The port of a data service that runs here."""
        return self.catalogue.data_services[name].port
