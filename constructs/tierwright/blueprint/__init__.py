"""The blueprint of a platform: its catalogue, with the values left open. Components read nothing else.

Fragments that many objects share are named templates, which the chart contains once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, TypeVar

import msgspec

from tierwright.aspects import Aspect, with_aspects
from tierwright.blueprint.evaluated import Evaluated
from tierwright.blueprint.facts import replacement
from tierwright.blueprint.structure import Structure
from tierwright.config.soundness import value_at
from tierwright.declarations import Declarations, Declared, NamedTemplates
from tierwright.endpoints import Endpoint
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, HasKey, Matches, Ternary, all_of, any_of, opposite
from tierwright.expressions.differences import either
from tierwright.expressions.expression import AllValues, Argument, BuiltIn, Expression, Field, Lookup, Operand, Scope
from tierwright.expressions.tokens import Text, expression_of, filled, traced
from tierwright.expressions.tree import Include, Tree, choose, resolve
from tierwright.model.data_values import Operation
from tierwright.model.environment import vanishing_variables
from tierwright.model.files import MountedFile, Sources, mounted_files
from tierwright.model.graph import Graph
from tierwright.model.names import NAMES_REGISTRY
from tierwright.model.own_names import further_ports_of
from tierwright.model.part import Operated, Part
from tierwright.model.placeholders import replaced
from tierwright.model.platform import Platform, part_of
from tierwright.model.ports import MAIN
from tierwright.model.values import Secrets, Values, own_values_type, values_type
from tierwright.model.workload_values import Image, ServiceValues

__all__ = ["Blueprint", "Described", "Evaluated", "scope_of"]

T = TypeVar("T", bound=msgspec.Struct)


class Blueprint(Structure, dict=True):
    """The structure of a platform, tokens for the values, and the values themselves as the scope in which manifests are evaluated.

    `parts` are the components that the platform has, `sources` the files below the catalogue's folder. `declared` collects the
    objects in their order, each with what the `aspects` add to it. `instances` keeps what the kit makes for each data service.
    """

    scope: Scope
    parts: tuple[Part, ...]
    sources: Sources
    aspects: tuple[Aspect, ...] = ()
    declared: Declarations = msgspec.field(default_factory=Declarations)
    instances: dict[str, Any] = msgspec.field(default_factory=dict)
    _files: dict[str, Sequence[MountedFile]] = msgspec.field(default_factory=dict)
    _vanishing: dict[str, Mapping[str, tuple[str, ...]]] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, platform: Platform) -> Blueprint:
        """The blueprint of a platform, to be evaluated with its values."""
        return cls(platform.catalogue, platform.graphs, scope_of(platform), platform.parts, platform.sources)

    @cached_property
    def values(self) -> Values:
        """A token for every value."""
        return traced(values_type(self.parts), AllValues())

    def values_of_part(self, part: str, kind: type[T]) -> T:
        """A token for every value of a component that is no data service.

        `kind` is their type, or that of what another component adds to them, if the platform has that one.
        """
        own: T = part_of(self.values, part)
        assert {*kind.__struct_fields__} <= {*own.__struct_fields__}
        return own

    @cached_property
    def namespace(self) -> str:
        """The namespace of all objects: the one in the values, where the chart puts its release's."""
        return Text(BuiltIn("namespace", "Values.namespace.name"))

    @cached_property
    def manager(self) -> str:
        """What manages the objects: cdk8s, or Helm."""
        return Text(BuiltIn("manager", "Release.Service"))

    @cached_property
    def ordered(self) -> Condition:
        """Whether pods wait for the earlier tiers too, and not for their needs alone."""
        return self.values.startup.order == "tiers"  # type: ignore[return-value]

    def by_order(self, derive: Callable[[Graph], Tree]) -> Tree:
        """What `derive` makes of the graph, a choice between the two startup orders."""
        return either(self.ordered, derive(self.graphs["tiers"]), derive(self.graphs["graph"]))

    def files(self, name: str) -> Sequence[MountedFile]:
        """The files that a service mounts."""
        if name not in self._files:
            self._files[name] = mounted_files(self.service(name), self.sources)
        return self._files[name]

    def values_of(self, name: str) -> ServiceValues:
        """Tokens for how a service is run: the defaults, with what differs laid over them."""
        return _values_of_service(own_values_type(self.parts), name)

    def values_of_argument(self, name: str) -> ServiceValues:
        """Tokens for how a service is run, in a named template that has its values as an argument."""
        return _values_of_argument(own_values_type(self.parts), name)

    @cached_property
    def data_services(self) -> Mapping[str, Operation]:
        """Tokens for the values of the platform's data services, by name."""
        return {name: value_at(self.values, part.place) for name, part in self.connected.items()}

    @cached_property
    def connected(self) -> Mapping[str, Part]:
        """The components of the platform's data services, by name."""
        return self.catalogue.connected()

    def is_external(self, name: str) -> Condition:
        """Whether a data service runs outside the cluster."""
        return self.data_services[name].topology == "external"  # type: ignore[return-value]

    def is_proxied(self, name: str) -> Condition:
        """Whether something stands before the server of a data service."""
        part = self.connected[name]
        return NEVER if part.proxy is None else value_at(self.values, (*part.place, *part.proxy.switch))

    def is_operated(self, name: str) -> Condition:
        """Whether an operator runs a data service in the cluster."""
        return self._has_one_of(name, self._operated(name))

    def names_user(self, name: str) -> Condition:
        """Whether an operator runs a data service that reads the name of the user beside the password."""
        return self._has_one_of(name, [form for form, operated in self._operated(name).items() if operated.named])

    def _has_one_of(self, name: str, forms: Iterable[str]) -> Condition:
        topology = self.data_services[name].topology
        return any_of(*(topology == form for form in forms))

    def _operated(self, name: str) -> Mapping[str, Operated]:
        connection = self.connected[name].connection
        return {} if connection is None else connection.operated

    def is_protected(self, name: str) -> Condition:
        """Whether a data service asks its clients for a password."""
        return self._switched(name, "password_switch", ALWAYS)

    def has_logins(self, name: str) -> Condition:
        """Whether each client of a data service has a login of its own there."""
        return self._switched(name, "login_switch", NEVER)

    def _switched(self, name: str, switch: str, otherwise: Condition) -> Condition:
        """The value of a data service that this field of its connection names; where it names none, `otherwise`."""
        field = getattr(self.connected[name].connection, switch, "")
        return getattr(self.data_services[name], field) if field else otherwise

    def has_whole_url(self, name: str) -> Condition:
        """Whether the URL of a data service comes whole from a Secret, so that nobody here knows its parts."""
        return all_of(self.is_external(name), filled(self.data_services[name].external.secret.url_key))

    def has_password(self, name: str) -> Condition:
        """Whether the clients of a data service get its password."""
        return self._has_password[name]

    @cached_property
    def _has_password(self) -> Mapping[str, Condition]:
        return {name: all_of(self.is_protected(name), opposite(self.has_whole_url(name))) for name in self.connected}

    def reads_secret(self, name: str) -> Condition:
        """Whether the clients of a data service read a Secret of it."""
        return any_of(self.is_protected(name), self.has_whole_url(name))

    def presence(self, name: str) -> Condition:
        """Whether a service is part of the platform; a data service always is, here or outside."""
        return ALWAYS if name in self.data_services else self.values_of(name).enabled  # type: ignore[return-value]

    def presence_for(self, client: str, target: str) -> Condition:
        """Whether what the service `client` reaches is part of the platform, where the client is."""
        return ALWAYS if self.catalogue.is_certain(client, target) else self.presence(target)

    def presence_of(self, client: str, variable: str) -> Condition:
        """Whether the service `client` has a variable that follows from the catalogue, where the client is.

        A text of the catalogue is left out where a service is of which it asks a fact, unless the values say it otherwise. So is a
        password where there is none.
        """
        holder = self.catalogue.passwords(client).get(variable)
        if holder is not None:
            return self.has_password(holder)
        if client not in self._vanishing:
            self._vanishing[client] = vanishing_variables(self.catalogue, client)
        targets = self._vanishing[client].get(variable, ())
        present = all_of(*map(self.presence, targets))
        if variable not in self.service(client).environment:
            return present
        return any_of(present, HasKey(expression_of(self.values_of(client).env), variable))

    def endpoint(self, name: str, port: str = MAIN) -> Endpoint:
        """The endpoint of a service or data service; `port` is the key of a further port of the one, or endpoint of the other.

        Raises KeyError where there is none of this key.
        """
        if name in self.catalogue.services:
            own = self.catalogue.services[name].named_port(port)
            # Clients outside reach the main port alone, so their Service has no other.
            apart = NEVER if port == MAIN else self.is_exposed(name)
            host = name if apart == NEVER else Text(Ternary(apart, further_ports_of(name), name))
            return Endpoint(host=host, port=own.port, target_port=own.target_port, transport=own.transport, pods=name)
        if port != MAIN:
            further: Endpoint = self.connected[name].further[port].endpoint(self)
            return further
        proxy, server = self.connected[name].proxy, self.server(name)
        if proxy is None:
            return server
        before = f"{name}-{proxy.end}"
        return Endpoint.either(self.is_proxied(name), Endpoint(host=before, port=self.own_port(name), pods=before), server)

    def server(self, name: str) -> Endpoint:
        """Where the server of a data service listens itself, here or outside, whatever stands before it."""
        operation = self.data_services[name]
        tls = operation.tls.enabled if hasattr(operation, "tls") else NEVER
        here = Endpoint(host=name, port=self.own_port(name), tls=tls, pods=name)
        topology = operation.topology
        assert isinstance(topology, Text)
        forms: dict[str, Endpoint] = dict.fromkeys([word for word in topology.words if word != "external"], here)
        for form, clients in self.catalogue.further_clients(name).items():
            forms[form] = msgspec.structs.replace(here, further_ports=clients.ports) if clients.ports else here
        for form, operated in self._operated(name).items():
            pods = f"{name}{operated.end}"
            forms[form] = msgspec.structs.replace(here, target_port=operated.port, label=operated.label, pods=pods)
        return Endpoint.switched(topology, {"external": self.outside(name), **forms})

    def is_exposed(self, name: str) -> Condition:
        """Whether the Service of a service is for clients outside the cluster; only that of a public one can be."""
        type_of = self.values_of(name).service.type
        return NEVER if self.service(name).public_address is None else type_of != "ClusterIP"  # type: ignore[return-value]

    def outside(self, name: str) -> Endpoint:
        """The endpoint of a data service outside the cluster."""
        external = self.data_services[name].external
        return Endpoint(host=external.host, port=external.port, tls=external.tls, networks=external.cidrs)

    def image_of(self, name: str) -> Image:
        """Tokens for the image that the pods of a service run: its own, or that of another workload."""
        owner = self.catalogue.image_owner(name)
        return self.data_services[owner].image if owner in self.data_services else self.values_of(owner).image

    def image(self, image: Image, *, name: str = "") -> str:
        """The complete reference of an image; `name` is the service whose image an empty repository means."""
        return self.text("image", self._image, image=expression_of(image), name=name)

    def _image(self) -> str:
        image, images = traced(Image, Argument("image")), self.values.images
        mirrored = all_of(filled(images.public_registry), opposite(Matches(expression_of(image.repository), NAMES_REGISTRY)))
        public = choose(mirrored, f"{images.public_registry}/", "")
        own = choose(filled(images.registry), f"{images.registry}/", "")
        path = choose(filled(image.repository), f"{public}{image.repository}", f"{own}{Text(Argument('name'))}")
        return f"{path}:{image.tag}" + choose(filled(image.digest), f"@{image.digest}", "")

    def fill(self, text: str, *, client: str, step: bool = False) -> str:
        """A text of the service `client` in the catalogue, or of a step before it, with its placeholders replaced.

        Passwords become references to variables of the client, which Kubernetes expands in variables alone.
        """
        return replaced(text, lambda placeholder: replacement(self, placeholder, client=client, step=step))

    def secret_name(self, name: str) -> str:
        """The name that a Secret of the catalogue, or one of a component, has in the namespace."""
        return Text(Lookup(expression_of(self.values_of_part("secrets", Secrets).names), name, otherwise=name))

    def declare(self, declared: Declared) -> None:
        """Declare an object, with what the aspects add to it.

        Raises DeclarationError where there is one of its kind and name, or of its id, or where two aspects add the same to it.
        """
        self.declared.add(with_aspects(self.aspects, declared))

    def evaluated(self) -> list[Evaluated]:
        """The objects of the manifests under the platform's values."""
        return [
            Evaluated(declared.file, declared.id, declared.api_version, declared.kind, resolve(declared.manifest, self.scope))
            for declared in self.declared
            if declared.file and declared.condition.value(self.scope)
        ]

    @cached_property
    def templates(self) -> NamedTemplates:
        """The named templates of the platform."""
        return NamedTemplates(self.name)

    def text(self, template: str, build: Callable[[], str], /, **arguments: str | int | Expression) -> str:
        """A call of a named template as a text; the arguments are those of `call`."""
        return Text(self.call(template, build, **arguments))

    def call(self, template: str, build: Callable[[], Tree], /, **arguments: Operand) -> Include:
        """A call of a named template. `build` makes its body, the same each time, with an `Argument` for each argument.

        Raises DeclarationError where the template has another body already.
        """
        return self.templates.call(template, build, arguments)

    def part(self, template: str, build: Callable[[], Tree], /, **arguments: Operand) -> Include:
        """As `call`, for a map or list that stands in manifests, and of whose text nothing else is made."""
        return self.templates.call(template, build, arguments, placed=True)


class Described(msgspec.Struct, frozen=True, eq=False):
    """A sound platform, all that its components declare, and the objects of its manifests under its values.

    It is what every output is made of.
    """

    platform: Platform
    blueprint: Blueprint
    objects: list[Evaluated]


@cache
def _values_of_service(kind: type[ServiceValues], name: str) -> ServiceValues:
    """The same tokens for every blueprint: the rules have one, and the described platform another."""
    return traced(kind, Field(Field(AllValues(), "services"), name))


@cache
def _values_of_argument(kind: type[ServiceValues], name: str) -> ServiceValues:
    return traced(kind, Argument(name))


def scope_of(platform: Platform) -> Scope:
    """The values of a platform, as expressions read them; UNSOUND stays in them."""
    return Scope(platform.plain_values, {"namespace": platform.namespace, "manager": "cdk8s", "revision": 1})
