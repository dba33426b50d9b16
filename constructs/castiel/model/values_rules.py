"""What a schema cannot say: the checks of the values, among themselves and against the catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from castiel.model.catalogue import Catalogue
from castiel.model.data_values import Operation
from castiel.model.documents import Node
from castiel.model.environment import derived_variables
from castiel.model.labels import reserved_labels
from castiel.model.names import EVERYBODY, is_cidr, joined, quantity
from castiel.model.platform import Platform, credentials_of
from castiel.model.problems import Path, Problem, choices, dotted, shown
from castiel.model.workload_values import Resources, ServicePort, ServiceValues

EPHEMERAL_STORAGE = "ephemeral-storage"

_LOWER = "lower the request, or raise the limit"
_ROOM = "raise the limit, or lower the size"


def unknown_names(document: Node, catalogue: Catalogue) -> Iterator[Problem]:
    """Names that the catalogue does not have, also those that null takes away; told before the values are typed."""
    secrets = [*map(credentials_of, catalogue.data_services.present()), *catalogue.secrets]
    places: tuple[tuple[Path, Iterable[str], str], ...] = (
        (("services",), catalogue.services, "the catalogue has no such service"),
        (("secrets", "names"), secrets, "there is no secret `{}`"),
        (("networkPolicy", "externalCidrs"), catalogue.external, "the catalogue has no external destination `{}`"),
    )
    for path, known, wrong in places:
        entries = document.get(*map(str, path)).value
        for name in entries if isinstance(entries, dict) else ():
            if name not in known:
                yield Problem(
                    document.locate((*path, name)), dotted((*path, name)), wrong.format(shown(name)), choices(name, known)
                )


def _excesses(resources: Resources) -> Iterator[tuple[str, str]]:
    """The resources of which more is asked for than may be used, and how much."""
    limits = resources.limits.given()
    for resource, request in resources.requests.given().items():
        limit = limits.get(resource)
        if limit is not None and quantity(request) > quantity(limit):
            yield resource, f"the request {request} is above the limit {limit}"


def _overflow(resources: Resources, **volumes: str) -> str:
    """What is wrong where volumes on the node's disk, sizes by name, may grow beyond the container's limit; else empty."""
    limit = resources.limits.ephemeral_storage
    if limit is None or sum(map(quantity, volumes.values())) <= quantity(limit):
        return ""
    sizes = " and ".join(f"{name} {size}" for name, size in volumes.items())
    return f"{sizes} {'does' if len(volumes) == 1 else 'do'} not fit into the limit of ephemeral-storage, {limit}"


def _is_everybody(cidr: str) -> bool:
    return re.search(EVERYBODY, cidr) is not None


class ValuesRules:
    """The rules of the values of one platform."""

    def __init__(self, document: Node, platform: Platform) -> None:
        """`document` is the merged values as the user wrote them, which has the lines."""
        self._document = document
        self._platform = platform
        self._values = platform.values

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong."""
        for name in self._platform.catalogue.services:
            yield from self._service(name)
            yield from self._needs(name)
        yield from self._digests()
        yield from self._data_services()
        for label in self._reserved(self._values.common_labels):
            yield self._problem(("commonLabels", label), f"policies and selectors go by {label}", "choose another name")
        yield from self._connections()
        yield from self._secrets()
        yield from self._networks()
        yield from self._gates()

    def _problem(self, path: Path, wrong: str, allowed: str) -> Problem:
        return Problem(self._document.locate(path), dotted(path), wrong, allowed)

    def _of_service(self, name: str, *choices: Path) -> Path:
        """Where one of these values of a service was written: its own entry before the defaults, overlays before their base."""
        paths = [(*above, *path) for above in (("services", name), ("defaults",)) for path in choices]
        written = [path for path in paths if self._document.has(path)]
        base = self._document.place.file
        return max(
            written,
            key=lambda path: (path[0] == "services", self._document.locate(path).file != base),
            default=("defaults", *choices[0]),
        )

    def _service(self, name: str) -> Iterator[Problem]:
        values = self._platform.values_of(name)
        yield from self._autoscaling(name, values)
        for resource, wrong in _excesses(values.resources):
            path = self._of_service(name, ("resources", "requests", resource), ("resources", "limits", resource))
            yield self._problem(path, wrong, _LOWER)
        if wrong := _overflow(values.resources, scratch=values.scratch):
            path = self._of_service(name, ("scratch",), ("resources", "limits", EPHEMERAL_STORAGE))
            yield self._problem(path, wrong, _ROOM)
        if values.rollout.max_surge == 0 and values.rollout.max_unavailable == 0:
            path = self._of_service(name, ("rollout", "maxUnavailable"), ("rollout", "maxSurge"))
            yield self._problem(path, "a rollout with neither surge nor unavailable pods never begins", "raise one of the two")
        yield from self._exposure(name, values.service)
        for label in self._reserved(values.pod_labels):
            path = self._of_service(name, ("podLabels", label))
            yield self._problem(path, f"policies and selectors go by {label}", "choose another name")
        taken = {one.name for one in derived_variables(self._platform.catalogue, name)}
        for variable in values.env:
            if variable in taken:
                path = self._of_service(name, ("env", variable))
                yield self._problem(path, f"{variable} follows from the catalogue", "remove it here")

    def _exposure(self, name: str, service: ServicePort) -> Iterator[Problem]:
        """A Service that clients outside of the cluster reach is meant for them, and its policy can tell them apart."""
        clients = self._values.network_policy.edge.cidrs
        if service.type == "ClusterIP":
            return
        path = self._of_service(name, ("service", "type"))
        if not self._platform.service(name).public:
            yield self._problem(path, f"{name} is not public, so it cannot be a {service.type}", "allowed: ClusterIP")
        elif not clients:
            wrong = f"{name} is a {service.type}, but its policy lets no client reach it"
            yield self._problem(path, wrong, "name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody")
        elif service.external_traffic_policy == "Cluster" and not any(map(_is_everybody, clients)):
            path = self._of_service(name, ("service", "externalTrafficPolicy"))
            wrong = "with Cluster the policy sees a node in place of the client"
            yield self._problem(path, wrong, "use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs")

    def _reserved(self, labels: Collection[str]) -> list[str]:
        """Those of the labels that are not the user's to set."""
        reserved = reserved_labels(self._platform.name)
        return [label for label in labels if label in reserved]

    def _needs(self, name: str) -> Iterator[Problem]:
        """A service is not left out while one that cannot do without it stays."""
        if not self._platform.values_of(name).enabled:
            return
        services = self._platform.catalogue.services
        for need in services[name].needs:
            if need in services and not services[need].optional and not self._platform.values_of(need).enabled:
                path = self._of_service(need, ("enabled",))
                yield self._problem(path, f"{need} is left out, but {name} needs it", f"enable it, or disable {name} too")

    def _autoscaling(self, name: str, values: ServiceValues) -> Iterator[Problem]:
        scaling = values.autoscaling
        if scaling.enabled and scaling.external:
            path = self._of_service(name, ("autoscaling", "external"), ("autoscaling", "enabled"))
            wrong = "autoscaling is enabled and external, so two autoscalers would own the number of pods"
            yield self._problem(path, wrong, "set one of the two to false")
        if values.is_scaled and scaling.min_replicas > scaling.max_replicas:
            path = self._of_service(name, ("autoscaling", "minReplicas"), ("autoscaling", "maxReplicas"))
            wrong = f"minReplicas, {scaling.min_replicas}, is more than maxReplicas, {scaling.max_replicas}"
            yield self._problem(path, wrong, "lower the one, or raise the other")
        if not scaling.enabled:
            return
        for resource, amount in (("cpu", values.resources.requests.cpu), ("memory", values.resources.requests.memory)):
            if amount is None or quantity(amount) == 0:
                path = self._of_service(name, ("resources", "requests", resource))
                wrong = f"no {resource} is asked for, by which the autoscaler measures"
                yield self._problem(path, wrong, "set it, or switch autoscaling off")

    def _digests(self) -> Iterator[Problem]:
        """A digest is that of one image: no service gets it by `defaults` for another."""
        shared, several = self._values.defaults.image, 0
        for name in self._platform.catalogue.services if shared.digest else ():
            image = self._platform.values_of(name).image
            if image.digest != shared.digest:
                continue
            remedy = f"set services.{name}.image.digest too"
            if not image.repository and not shared.repository:
                several += 1
            elif image.repository != shared.repository:
                path, wrong = ("image", "repository"), f"the digest of defaults.image is not that of {name}'s image"
                yield self._problem(self._of_service(name, path), wrong, remedy)
            elif image.tag != shared.tag:
                wrong = f"the digest of defaults.image decides which image {name} runs, not this tag"
                yield self._problem(self._of_service(name, ("image", "tag")), wrong, remedy)
        if several:
            wrong = "each service has an image of its own, and a digest is that of one image"
            remedy = "set it in services.NAME.image, or name the one image in defaults.image.repository"
            yield self._problem(("defaults", "image", "digest"), wrong, remedy)

    def _amounts(self, path: Path, resources: Resources) -> Iterator[Problem]:
        for resource, wrong in _excesses(resources):
            yield self._problem((*path, "requests", resource), wrong, _LOWER)

    def _data_services(self) -> Iterator[Problem]:
        for name, operation in self._platform.data_services.items():
            if operation.topology == "external":
                if not operation.external.host:
                    wrong = f"{name} is external, but {name}.external.host is empty"
                    yield self._problem((name, "topology"), wrong, "give a DNS name or an IPv4 address there")
                if not operation.external.cidrs:
                    wrong = f"{name} is external, but {name}.external.cidrs is empty, so no policy lets anybody reach it"
                    yield self._problem((name, "topology"), wrong, "give the networks that it is in there, such as [10.20.0.0/24]")
                continue
            yield from self._amounts((name, "resources"), operation.resources)
            yield from self._room(name, operation)
            memory = operation.resources.limits.memory
            if memory is None or quantity(memory) == 0:
                wrong = f"{name} computes its memory settings from the limit"
                yield self._problem((name, "resources", "limits", "memory"), wrong, "set it")
            developer_access = getattr(operation, "developer_access", None)
            if developer_access is not None and developer_access.enabled and not developer_access.cidrs:
                wrong = f"the developers' access to {name} is on, but lets nobody in"
                yield self._problem((name, "developerAccess", "cidrs"), wrong, "name their networks, such as [10.0.0.0/8]")
            elif developer_access is not None and developer_access.enabled:
                yield from self._developers((name, "developerAccess", "cidrs"), developer_access.cidrs)

    def _developers(self, path: Path, cidrs: Sequence[str]) -> Iterator[Problem]:
        """Who is let into a data service from outside is named."""
        remedy = "name the developers' networks, such as [10.0.0.0/8]"
        everybody = [at for at, cidr in enumerate(cidrs) if _is_everybody(cidr)]
        for at in everybody:
            yield self._problem((*path, at), f"'{cidrs[at]}' lets everybody in", remedy)
        if not everybody and any(network.prefixlen == 0 for network in joined(filter(is_cidr, cidrs))):
            yield self._problem(path, "the networks together let everybody in", remedy)

    def _room(self, name: str, operation: Operation) -> Iterator[Problem]:
        """What a data service keeps on the node's disk fits there."""
        volumes, paths = {"scratch": operation.scratch}, [(name, "scratch"), (name, "resources", "limits", EPHEMERAL_STORAGE)]
        if not operation.storage.persistent:
            volumes["storage.size"] = operation.storage.size
            paths = [(name, "storage", "size"), paths[1], (name, "storage", "persistent"), paths[0]]
        if wrong := _overflow(operation.resources, **volumes):
            base = self._document.place.file
            path = max(paths, key=lambda path: self._document.locate(path).file != base)
            yield self._problem(path, wrong, _ROOM)

    def _connections(self) -> Iterator[Problem]:
        postgres = self._platform.data_services.get("postgres")
        if postgres is None or postgres.topology == "external":
            return
        pools = 0
        for name, service in self._platform.catalogue.services.items():
            values = self._platform.values_of(name)
            if "postgres" in service.needs and values.enabled:
                pools += (values.largest + values.rollout.max_surge) * values.database.pool_size
        usable = self._values.postgres.max_connections - self._values.postgres.reserved_connections
        if pools > usable:
            wrong = f"all services at their largest, rollouts counted, open {pools} connections, but {usable} are there for them"
            remedy = "raise it, or lower database.poolSize or autoscaling.maxReplicas"
            yield self._problem(("postgres", "maxConnections"), wrong, remedy)

    def _secrets(self) -> Iterator[Problem]:
        secrets = self._values.secrets
        known = [*map(credentials_of, self._platform.data_services), *self._platform.catalogue.secrets]
        owners: dict[str, str] = {}
        for name in known:
            real = self._platform.secret_name(name)
            owner = owners.setdefault(real, name)
            if owner != name:
                path = ("secrets", "names", name if name in secrets.names else owner)
                yield self._problem(path, f"`{real}` would stand for {owner} and {name}", "give each a name of its own")
        for name, operation in self._platform.data_services.items():
            named = operation.external.secret
            keys = self._made_keys().get(named.name, ())
            if operation.topology == "external" and keys and named.key not in keys:
                wrong = f"the platform makes the Secret {named.name} itself, without a key {named.key}"
                remedy = f"name another Secret, or one of its keys: {', '.join(keys)}"
                yield self._problem((name, "external", "secret", "key"), wrong, remedy)
        if secrets.mode == "external" and not secrets.store.name:
            wrong = "the mode is external, but secrets.store.name is empty"
            yield self._problem(("secrets", "mode"), wrong, "name the store there")

    def _made_keys(self) -> dict[str, list[str]]:
        """The Secrets that are made here, by a Job or by External Secrets, and their keys."""
        mode = self._values.secrets.mode
        return {
            self._platform.secret_name(name): secret.keys
            for name, secret in self._platform.secrets.items()
            if mode == "external" or (mode == "generate" and secret.source == "generated")
        }

    def _networks(self) -> Iterator[Problem]:
        policy = self._values.network_policy
        yield from self._cidrs(("networkPolicy", "dns", "cidrs"), policy.dns.cidrs)
        yield from self._cidrs(("networkPolicy", "edge", "cidrs"), policy.edge.cidrs)
        for version, ranges in ((4, policy.internal_ranges.ipv4), (6, policy.internal_ranges.ipv6)):
            yield from self._cidrs(("networkPolicy", "internalRanges", f"ipv{version}"), ranges, version=version)
        yield from self._cidrs(("networkPolicy", "apiServerCidrs"), policy.api_server_cidrs)
        for name, cidrs in policy.external_cidrs.items():
            yield from self._cidrs(("networkPolicy", "externalCidrs", name), cidrs)
        for name, operation in self._platform.data_services.items():
            yield from self._cidrs((name, "external", "cidrs"), operation.external.cidrs)
            developer_access = getattr(operation, "developer_access", None)
            yield from self._cidrs((name, "developerAccess", "cidrs"), developer_access.cidrs if developer_access else ())

    def _cidrs(self, path: Path, cidrs: Collection[str], *, version: int | None = None) -> Iterator[Problem]:
        example = "fd00::/8" if version == 6 else "10.1.2.0/24"
        for at, cidr in enumerate(cidrs):
            if not is_cidr(cidr, version=version):
                what = f"IPv{version} network" if version else "network"
                remedy = f"write it as {example}, with no bits behind the prefix"
                yield self._problem((*path, at), f"'{shown(cidr)}' is no {what}", remedy)

    def _gates(self) -> Iterator[Problem]:
        startup, limit_range = self._values.startup, self._values.namespace.limit_range
        yield from self._amounts(("startup", "resources"), startup.resources)
        yield from self._amounts(("secrets", "generator", "resources"), self._values.secrets.generator.resources)
        if not limit_range.enabled:
            return
        requests = startup.resources.requests.given()
        for resource, least in limit_range.min.given().items():
            request = requests.get(resource)
            if request is not None and quantity(least) > quantity(request):
                path = ("namespace", "limitRange", "min", resource)
                yield self._problem(
                    path, f"{least} is more than the {request} that the gates ask for", f"allowed: at most {request}"
                )
