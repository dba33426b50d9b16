"""What the model knows about a component: its part of the values, and what follows from it for others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

import msgspec

from tierwright.config.problems import Path
from tierwright.model.labels import NAME_LABEL


class Complaint(msgspec.Struct, frozen=True):
    """What is wrong with values: the path from their root, what is wrong there, and the way out.

    `alone`: it is reported even if another file than the value's own caused it.
    """

    path: Path
    wrong: str
    allowed: str
    alone: bool = False


Rule = Callable[[Any], Iterator[Complaint]]
"""A rule over values. Keep it small: it ends where it reads an unsound value. Its argument is the `Platform`."""

Fact = Callable[[Any, str], str]
"""A fact of a data service in the words of the service that is named; its first argument is the `Blueprint`.

A password in it is the reference to the variable that holds it.
"""

Trust = Callable[[Any], Any]
"""The CA of a data service, as the kit's `Authority`; its argument is the `Blueprint`."""


DATA_SERVICES = "dataServices"
"""The key of the data services in the catalogue, and in the values of those that are not called like their kind."""


class Clients(msgspec.Struct, frozen=True, kw_only=True):
    """What clients need of a data service whose topology has several members, beside what they need of a single server.

    `variables` are theirs, by name, each with the fact that it holds; `ports` are those of the members that they connect to.
    """

    variables: Mapping[str, str]
    ports: tuple[int, ...] = ()


SERVICE, SECRET, ACCOUNT, CONFIG_MAP = "/Service", "/Secret", "/ServiceAccount", "/ConfigMap"
STATEFUL_SET, BUDGET = "apps/StatefulSet", "policy/PodDisruptionBudget"
"""Kinds of objects, by GROUP/KIND."""

OF_SERVICES = (SERVICE, ACCOUNT, STATEFUL_SET, BUDGET)
"""Those of which every service, or data service, may have one that is called like it."""


class Members(msgspec.Struct, frozen=True):
    """The members that an operator makes, as far as we tell it: part of their pod, their number, and the sizes of their volumes."""

    pod: Mapping[str, Any]
    number: int = 0
    sizes: tuple[str, ...] = ()


class Operated(msgspec.Struct, frozen=True, kw_only=True):
    """How the pods are known that an operator makes of a data service, under one of its topologies.

    `label` is the one whose value is the data service's name with `end`. `port` is the port that they listen on, where it is not
    the catalogue's. `named`: the operator reads the name of the user beside the password of the clients.

    `made` are the ends of the names of the objects that it makes, or that must not be there, by GROUP/KIND; `jobs` is a pattern of
    those of its Jobs. Each is after the label's value. `claims` is what its claims are called where services could have such ones:
    a storage, and the end of the workload's name. `members` tells what its pods are like, from the specifications of the objects
    that it reads, by GROUP/KIND.
    """

    label: str = NAME_LABEL
    end: str = ""
    port: int | None = None
    named: bool = False
    made: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    jobs: str = ""
    claims: tuple[str, str] | None = None
    members: Mapping[str, Callable[[Mapping[str, Any]], Members]] = msgspec.field(default_factory=dict)

    def names(self, data_service: str, kinds: Iterable[str]) -> Iterator[str]:
        """The names of objects of these kinds that the operator makes for a data service."""
        return (f"{data_service}{self.end}{end}" for kind in kinds for end in self.made.get(kind, ()))


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What makes of a component a data service: an entry of the catalogue's `dataServices` that services can need.

    `title` is its name in texts. `password_variable` holds its password, for those that need it; `password_switch` is the field of
    its values that says whether there is one, empty where there always is. `login_switch` is the one that says whether each client
    has a login of its own, empty where none has. `other_ports` are those that the server listens on
    beside the catalogue's. `clients` are what clients may speak beside what a single server does, each the topology which that is
    for; where there is any, its clients speak what the catalogue says, and other topologies are refused. `operated` are its
    topologies in which an operator runs it.
    """

    title: str
    password_variable: str
    password_switch: str = ""
    login_switch: str = ""
    other_ports: tuple[int, ...] = ()
    clients: Mapping[str, Clients] = msgspec.field(default_factory=dict)
    operated: Mapping[str, Operated] = msgspec.field(default_factory=dict)


READS = "reads"
"""The key of the further endpoint of a data service that has replicas to read from."""


DIRECT = "direct"
"""The key of the further endpoint of a data service that leads to its server, though something may stand before it."""


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """What takes the connections to a data service in place of its server, such as a pooler: a workload NAME-END.

    It is there where the value at `switch` holds, a path below the values of the data service; only on a cluster, as engines that
    run containers have one server. The data service has a further endpoint DIRECT then.
    """

    end: str
    switch: Path


class FurtherEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint of a data service beside its main one; needs and uses name it NAME:KEY.

    `word` tells the variable with its URL from that with the main one. `endpoint` is where it listens, told of the `Blueprint`, and
    `facts` are those of its own: `url`, and others in which it differs from the main one.
    """

    word: str
    endpoint: Callable[[Any], Any]
    facts: Mapping[str, Fact]


class ForClusters(msgspec.Struct, frozen=True):
    """What of a data service is for clusters alone: where engines run containers, the value at `path` is another.

    The path begins at the values of the data service; `words` say of it what differs, for the user.
    """

    path: Path
    value: Any
    words: str


class Part(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A component as the model sees it.

    `kind` is that of a data service; empty for any other component.

    `values` is the type of its values; a component may have none. They are at `place` in the values, and come before the key
    `before`. Where the model itself reads some of them, `values` is a subclass of the model's type, which has those. `defaults`
    is a file with their defaults, in the form of a values.yaml; in it, those of a data service are at its kind. `section_values`
    are what it adds to sections of others: by the key of the section a type with these fields, and the key before which they
    come. `service_values` are the fields that it adds to the values of each service, and `own_values` those, each with a default,
    that it adds under `services.NAME` alone. `secrets` are the Secrets that it makes, with their keys; of a data service one is
    that of `credentials_of`, whose key `password` its clients read. `facts` are what placeholders can ask of a data service
    beside host, port and password; `url` is one of them. `apart` are those that are no part of its URL, so that
    they are known where that comes whole from a Secret. `further` are its further endpoints, by key, `proxy` is what may stand
    before its server, and `authority` the CA by which its clients know it. `for_clusters` gives what of its values is for clusters
    alone, beside several members and what stands before the server. `program_rules` are those over its values that neither
    a schema nor a template can hold, and `alone` what they refuse, for the README of the chart. `reserved` are the names that no
    service of a catalogue can have, beside those of data services, and `reserved_pattern` a pattern of further ones.

    `wanted` says of a catalogue whether its platform has the component. Without it, a data service is of the platforms that name
    it, and any other component of every platform. `lack` is what is wrong with values of one that a platform does not have, and
    the way out.
    """

    name: str
    kind: str = ""
    values: type[msgspec.Struct] | None = None
    defaults: FilePath | None = None
    before: str = "defaults"
    section_values: Mapping[str, tuple[type[msgspec.Struct], str]] = msgspec.field(default_factory=dict)
    service_values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    own_values: Mapping[str, tuple[Any, Any]] = msgspec.field(default_factory=dict)
    connection: Connection | None = None
    facts: Mapping[str, Fact] = msgspec.field(default_factory=dict)
    apart: tuple[str, ...] = ()
    proxy: Proxy | None = None
    further: Mapping[str, FurtherEndpoint] = msgspec.field(default_factory=dict)
    authority: Trust | None = None
    for_clusters: Callable[[Any], Iterable[ForClusters]] = lambda _values: ()
    secrets: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    program_rules: tuple[Rule, ...] = ()
    alone: tuple[str, ...] = ()
    reserved: Callable[[Any], Iterable[str]] = lambda _catalogue: ()
    reserved_pattern: str = ""
    wanted: Callable[[Any], bool] | None = None
    lack: tuple[str, str] | None = None

    @property
    def place(self) -> Path:
        """The path of its values: the name in camel case or, for a data service, the name as in the catalogue."""
        if self.kind:
            return (self.name,) if self.name == self.kind else (DATA_SERVICES, self.name)
        first, *others = self.name.split("-")
        return (first + "".join(word.capitalize() for word in others),)

    @property
    def operated(self) -> Iterable[Operated]:
        """How operators run it, where it is a data service that they can run."""
        return () if self.connection is None else self.connection.operated.values()

    @property
    def lacking(self) -> tuple[str, str]:
        """What is wrong with its values where a platform does not have it, and the way out."""
        return self.lack or (f"the catalogue has no {self.name}", f"add {self.name} to its dataServices, or remove this")

    @property
    def attribute(self) -> str:
        """The name of the field with its values."""
        return self.name.replace("-", "_")


class PartKind(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A kind of data service as the model sees it. A platform may have several of one kind."""

    name: str

    def of(self, name: str) -> Part:
        """The component of the data service of this kind that the catalogue calls `name`: the same one each time."""
        raise NotImplementedError


def possible_parts(components: Iterable[Part | PartKind]) -> tuple[Part, ...]:
    """The components that a platform has which has a data service of each kind, called like it."""
    return tuple(component.of(component.name) if isinstance(component, PartKind) else component for component in components)


def kinds_of(components: Iterable[Part | PartKind]) -> tuple[str, ...]:
    """The names of the kinds of data services among these components."""
    return tuple(component.name for component in components if isinstance(component, PartKind))
