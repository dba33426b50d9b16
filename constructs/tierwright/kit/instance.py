"""Instances: the data services of a platform, each as its kind sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.config.problems import dotted
from tierwright.endpoints import Endpoint
from tierwright.expressions.conditions import Condition, all_of, opposite
from tierwright.expressions.expression import Expression
from tierwright.expressions.tree import Tree, when
from tierwright.kit.credentials import SecretKey, administrator_password_of, password_of
from tierwright.kit.network_boundary import from_clients
from tierwright.model.data_values import Operation
from tierwright.model.own_names import nodes_of
from tierwright.model.part import Connection

V = TypeVar("V", bound=Operation)


class Instance(msgspec.Struct, Generic[V], frozen=True, dict=True, eq=False):
    """A data service of the catalogue, called `name`: tokens for its values, whose type is `kind`, and what belongs to it alone.

    A platform may have several of one kind; nothing that one of them declares is another's.
    """

    blueprint: Blueprint
    name: str
    kind: type[V]

    @cached_property
    def values(self) -> V:
        """A token for each of its values."""
        values = self.blueprint.data_services[self.name]
        assert isinstance(values, self.kind)
        return values

    @property
    def path(self) -> str:
        """The path of its values, for messages: `KIND`, or `dataServices.NAME`."""
        return dotted(self.blueprint.catalogue.place(self.name))

    @property
    def connection(self) -> Connection:
        """What its clients need."""
        connection = self.blueprint.connected[self.name].connection
        assert connection is not None
        return connection

    @property
    def clients(self) -> str:
        """What its clients speak, by the catalogue."""
        return self.blueprint.catalogue.data_services[self.name].clients

    @property
    def port(self) -> int:
        """The port on which it listens where it runs here."""
        return self.blueprint.own_port(self.name)

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens, here or elsewhere."""
        return self.blueprint.endpoint(self.name)

    @property
    def is_external(self) -> Condition:
        """Whether it runs outside the cluster."""
        return self.blueprint.is_external(self.name)

    @property
    def is_here(self) -> Condition:
        """Whether it runs in the cluster."""
        return opposite(self.is_external)

    def has_topology(self, word: str) -> Condition:
        """Whether its topology is that of this word."""
        topology: Condition = self.values.topology == word  # type: ignore[assignment] # a condition, as the value is open
        return topology

    @property
    def has_logins(self) -> Condition:
        """Whether each client has a login of its own."""
        return self.blueprint.has_logins(self.name)

    @property
    def logins(self) -> list[str]:
        """The services that have those."""
        return self.blueprint.catalogue.logins(self.name)

    @property
    def domain_of_nodes(self) -> str:
        """The domain of the names of its pods."""
        blueprint = self.blueprint
        return f"{nodes_of(self.name)}.{blueprint.namespace}.svc.{blueprint.values.cluster_domain}"

    @property
    def is_operated(self) -> Condition:
        """Whether an operator runs it in the cluster."""
        return self.blueprint.is_operated(self.name)

    @property
    def is_own(self) -> Condition:
        """Whether the platform runs it itself, in the cluster."""
        return all_of(self.is_here, opposite(self.is_operated))

    @property
    def password(self) -> SecretKey:
        """The Secret and the key with the password of its clients."""
        return password_of(self.blueprint, self.name)

    @property
    def administrator_password(self) -> SecretKey:
        """The Secret and the key with the password of its administrator."""
        return administrator_password_of(self.blueprint, self.name)

    @property
    def password_reference(self) -> str:
        """The password in the variables of its clients: a reference to the variable that holds it."""
        return f"$({self.connection.password_variable})"

    @property
    def from_clients(self) -> list[Tree]:
        """Ingress to its port from the services that need it; no rule where there are none.

        Under a topology of which clients need more ports, to those too.
        """
        rules = from_clients(self.blueprint, self.name, self.port)
        for topology, clients in self.blueprint.catalogue.further_clients(self.name).items():
            if clients.ports:
                further = from_clients(self.blueprint, self.name, *clients.ports)
                rules += [when(self.has_topology(topology), rule) for rule in further]
        return rules

    def text(self, template: str, build: Callable[[], str], /, **arguments: str | int | Expression) -> str:
        """A call of a named template of this data service alone, as `Blueprint.text` makes it."""
        return self.blueprint.text(f"{self.name}.{template}", build, **arguments)


def instance_of(blueprint: Blueprint, name: str, kind: type[V]) -> Instance[V]:
    """The data service `name` of a platform: the same object each time."""
    instance: Instance[V] | None = blueprint.instances.get(name)
    if instance is None:
        instance = blueprint.instances[name] = Instance(blueprint, name, kind)
    return instance
