"""The catalogue: what the platform consists of and how it connects. Fixed when the manifests are made."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from tierwright.config.problems import Path
from tierwright.config.soundness import UnsoundError
from tierwright.model.compose import NOTHING, Compose
from tierwright.model.composed import Entry, composed
from tierwright.model.external import External
from tierwright.model.names import (
    CHART_VERSION,
    IMAGE_TAG,
    SHELL_NAME,
    upper_snake,
)
from tierwright.model.part import Clients, FurtherEndpoint, Part, PartKind, kinds_of
from tierwright.model.ports import MAIN, PortNumber
from tierwright.model.reach import Reach
from tierwright.model.service import Name, Service, Target, Variable


class Tier(Entry, frozen=True):
    """A stage of the startup order. Everything in it may wait for everything in the tiers before it."""

    name: Name
    """The name, also of the gate `wait-for-NAME` and of the file in dist/."""
    description: str = ""
    """What this tier contains, for the reader."""


class DataService(Entry, frozen=True, kw_only=True):
    """A data service. The values say how it is run, or where it listens."""

    # `catalogue_type` says which kinds there are.
    kind: str | None = None
    """What it is; its own name unless set."""
    tier: Name
    """One of `tiers`."""
    port: PortNumber
    """The port that it listens on."""
    url_variable: Variable
    """The variable that gives its URL to services that need it."""
    reads_variable: Variable | None = None
    """The variable that gives the URL for reads to services that need NAME:reads. Not every kind has them. urlVariable with
    _REPLICA before a last _URL, unless set."""
    direct_variable: Variable | None = None
    """The variable that gives the URL of the server itself, past the pooler, to services that need NAME:direct. Not every kind
    has one. urlVariable with _DIRECT before a last _URL, unless set."""
    clients: Literal["single", "sentinel", "cluster"] = "single"
    """What all of its clients speak, beside what a single server does: with `sentinel` or `cluster`, values may choose the
    topology of that name."""


class Secret(Entry, frozen=True, kw_only=True):
    """A Kubernetes Secret; each key is also the name of the variable that holds it."""

    description: str = ""
    """What it is for, for the reader."""
    source: Literal["generated", "provided"]
    """`generated`: random, so the cluster can make it. `provided`: somebody issues it, such as an API key."""
    keys: Annotated[list[Annotated[str, Meta(pattern=SHELL_NAME)]], Meta(min_length=1)]
    """The keys, each the name of a variable."""
    optional: bool = False
    """The service also starts without it (see `secrets.allowMissing` in the values)."""


class EveryService(Entry, frozen=True, kw_only=True):
    """What each service has besides its own."""

    needs: list[Target] = []
    """Further needs of each service, but for itself."""
    uses: list[Target] = []
    """What else each service uses, but for itself."""
    environment: dict[Variable, str] = {}
    """Variables of each service that does not set them itself."""
    secrets: list[Name] = []
    """Further secrets of each service; names of `secrets`."""
    external: list[Name] = []
    """Further destinations of each service; names of `external`."""


EMPTY = EveryService()
"""That of a catalogue which says nothing for all services."""


class Chart(Entry, frozen=True, kw_only=True):
    """What Chart.yaml of the Helm chart contains."""

    version: Annotated[str, Meta(pattern=CHART_VERSION)] = "0.1.0"
    """Raise it with every change that is released."""
    app_version: Annotated[str, Meta(pattern=IMAGE_TAG)] = "0.1.0"
    """The version of the platform."""
    keywords: list[str] = []
    """Words for people who search charts."""
    sources: list[str] = []
    """Where the platform's source is."""
    icon: str = ""
    """The address of a picture."""


class Catalogue(Entry, frozen=True, kw_only=True):
    """The complete file."""

    components: ClassVar[tuple[Part | PartKind, ...]] = ()
    """The components that a platform can have; `catalogue_type` gives them."""

    name: Name
    """The platform's name; also the label `app.kubernetes.io/part-of`."""
    description: str = ""
    """What it is, in a line."""
    chart: Chart = Chart()
    """What Chart.yaml of the Helm chart contains."""
    tiers: Annotated[list[Tier], Meta(min_length=1, max_length=50)]
    """The startup order, first tier first."""
    data_services: dict[Name, DataService] = {}
    """The data services, by name; several may be of one kind."""
    secrets: dict[Name, Secret] = {}
    """Secrets of the services. Those of the data services need no entry."""
    external: dict[Name, External] = {}
    """Destinations outside the platform."""
    every_service: EveryService = EMPTY
    """What each service has besides its own; `without` in a service takes out of it."""
    compose: Compose = NOTHING
    """What Docker Compose and Swarm need to know beside all this."""
    services: Annotated[dict[Name, Service], Meta(min_length=1)]
    """The microservices, by name."""

    def is_certain(self, client: str, target: str) -> bool:
        """Whether what the service `client` reaches is there wherever the client is.

        A service that is only used may be left out, and so may one that is optional.
        """
        service = self.services.get(target)
        return service is None or (not service.optional and target in self.services[client].awaited)

    def image_owner(self, name: str) -> str:
        """The workload whose image the pods of a workload run: its own, or the one at the end of all `image.of`."""
        service = self.services.get(name)
        return name if service is None or service.image is None else self.image_owner(service.image.of)

    def whose_image(self, service: Service) -> Iterator[Service]:
        """A service, then those whose image it runs, the nearest first: a fact about the image is what the first of them says."""
        passed: set[str] = set()
        while True:
            yield service
            owner = None if service.image is None else service.image.of
            if owner is None or owner in passed or owner not in self.services:
                return
            passed.add(owner)
            service = self.services[owner]

    def has_tmp(self, service: Service) -> bool:
        """Whether the program of a service may write to /tmp."""
        return next((sharer.tmp for sharer in self.whose_image(service) if sharer.tmp is not None), True)

    def has_scratch(self, service: Service) -> bool:
        """Whether its pods have the volume whose parts are /tmp and the folders that its program writes to."""
        return self.has_tmp(service) or bool(service.writable)

    def has(self, target: str) -> bool:
        """Whether there is a service or data service of this name or, for NAME:PORT, such a further port of a service."""
        owner, _, port = target.partition(":")
        if owner in self.services:
            return not port or port in self.services[owner].ports
        return owner in self.data_services and (not port or port in self.further_endpoints(owner))

    @property
    def has_public_service(self) -> bool:
        """Whether the edge may connect to a service."""
        return any(service.public for service in self.services.values())

    @property
    def has_secrets(self) -> bool:
        """Whether the platform has Secrets: its own, or the passwords of data services."""
        return bool(self.secrets or self.data_services)

    @property
    def public_hosts(self) -> list[str]:
        """The names of the public hosts, but for the main one, which has none."""
        addresses = [service.public_address for service in self.services.values()]
        return list(dict.fromkeys(address.host for address in addresses if address is not None and address.host))

    def further_endpoints(self, data_service: str) -> Mapping[str, FurtherEndpoint]:
        """The further endpoints of a data service, by key."""
        part = self.connected().get(data_service)
        return {} if part is None else part.further

    def has_url(self, target: str) -> bool:
        """Whether there is a service with a main port, a data service, or a further endpoint of one, that is the target."""
        service = self.services.get(target)
        return self.has(target) if service is None else service.port is not None

    def with_urls(self, client: str) -> Iterator[Reach]:
        """What the service `client` reaches and gets the URL of: all but the further ports of services."""
        return (
            reach
            for reach in self.services[client].reaches
            if self.has_url(reach.target) and (reach.port == MAIN or reach.owner in self.data_services)
        )

    def url_variable(self, target: str) -> str:
        """The variable that holds the URL of a target that has one, as `has_url` says; for any other, nothing has it."""
        # A name may hold a colon as long as nobody has refused it.
        is_name = target in self.services or target in self.data_services
        name, _, endpoint = (target, "", MAIN) if is_name else target.partition(":")
        data_service = self.data_services.get(name)
        if data_service is None:
            return self.services[name].url_variable or f"{upper_snake(name.removesuffix('-service'))}_SERVICE_URL"
        variable = str(data_service.url_variable)
        if endpoint == MAIN:
            return variable
        word = self.further_endpoints(name)[endpoint].word
        return further_variable(data_service, endpoint) or re.sub("(_URL)?$", rf"_{word}\1", variable, count=1)

    def kind_of(self, data_service: str) -> str:
        """The kind of a data service."""
        kind = self.data_services[data_service].kind
        return data_service if kind is None else kind

    def parts(self) -> tuple[Part, ...]:
        """The components that the platform has: those of every platform, its data services, and those that its services want."""
        data_services, parts = self.connected().values(), list[Part]()
        for component in self.components:
            if isinstance(component, PartKind):
                parts += [part for part in data_services if part.kind == component.name]
            elif component.wanted is None or _is_wanted(component.wanted, self):
                parts.append(component)
        return tuple(parts)

    def connected(self) -> dict[str, Part]:
        """The components of the platform's data services, by name."""
        kinds = _kinds(self.components)
        return {name: kinds[kind].of(name) for name in self.data_services if (kind := self.kind_of(name)) in kinds}

    def passwords(self, client: str) -> dict[str, str]:
        """The data services whose password the service `client` gets, by the variable that holds it."""
        connected, owners = self.connected(), [reach.owner for reach in self.services[client].reaches]
        connections = {owner: connected[owner].connection for owner in owners if owner in connected}
        return {connection.password_variable: owner for owner, connection in connections.items() if connection is not None}

    def logins(self, data_service: str) -> list[str]:
        """The services that may have a login of their own to a data service: its clients."""
        connection = self.connected()[data_service].connection
        if connection is None or not connection.login_switch:
            return []
        return [name for name, one in self.services.items() if any(reach.owner == data_service for reach in one.reaches)]

    def further_clients(self, data_service: str) -> Mapping[str, Clients]:
        """What clients of a data service need beside what a single server takes, by the topology that they speak: one or none."""
        connection, spoken = self.connected()[data_service].connection, self.data_services[data_service].clients
        return {} if connection is None or spoken not in connection.clients else {spoken: connection.clients[spoken]}

    def place(self, data_service: str) -> Path:
        """The path of the values of a data service."""
        return self.connected()[data_service].place


def further_variable(data_service: DataService, endpoint: str) -> str | None:
    """The variable that a data service's entry names for the URL of the further endpoint of this key."""
    variable: str | None = getattr(data_service, f"{endpoint}_variable")
    return variable


def _is_wanted(wanted: Callable[[Catalogue], bool], catalogue: Catalogue) -> bool:
    """Whether the platform has a component that only some services want; where the catalogue is wrong about that, it may."""
    try:
        return wanted(catalogue)
    except UnsoundError:
        return True


@cache
def _kinds(components: tuple[Part | PartKind, ...]) -> dict[str, PartKind]:
    return {component.name: component for component in components if isinstance(component, PartKind)}


@cache
def catalogue_type(components: tuple[Part | PartKind, ...]) -> type[Catalogue]:
    """The type of the catalogues whose platforms can have these components."""
    kind: Any = Literal[kinds_of(components)] | None
    data_service = composed(DataService, {}, changed={"kind": (kind, None)})
    changed: Mapping[str, Any] = {"data_services": (dict[Name, data_service], {})}  # type: ignore[valid-type]
    whole: type[Catalogue] = composed(Catalogue, {}, changed=changed, constants={"components": components})
    return whole
