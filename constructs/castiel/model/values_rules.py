"""What a schema cannot say: the checks of the values, among themselves and against the catalogue."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from castiel.model.catalogue import Catalogue
from castiel.model.documents import Node
from castiel.model.names import is_cidr, quantity
from castiel.model.platform import Platform
from castiel.model.problems import Path, Problem, dotted
from castiel.model.rules import DERIVED_VARIABLES
from castiel.model.workload_values import Amounts, ServiceValues


def unknown_services(document: Node, catalogue: Catalogue) -> Iterator[Problem]:
    """Entries of `services` that the catalogue does not have; told before the values are typed."""
    services = document.get("services").plain()
    for name in services if isinstance(services, dict) else ():
        if name not in catalogue.services:
            path = ("services", name)
            close = difflib.get_close_matches(name, catalogue.services, 1)
            meant = f"did you mean {close[0]}? " if close else ""
            known = ", ".join(catalogue.services)
            yield Problem(document.locate(path), dotted(path), "the catalogue has no such service", f"{meant}allowed: {known}")


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
        yield from self._data_services()
        yield from self._connections()
        yield from self._secrets()
        yield from self._networks()
        yield from self._gates()

    def _problem(self, path: Path, wrong: str, allowed: str) -> Problem:
        return Problem(self._document.locate(path), dotted(path), wrong, allowed)

    def _of_service(self, name: str, *keys: str | int) -> Path:
        """Where a value of a service was written: its own entry, or the defaults."""
        own = self._document.get("services", name)
        for key in keys:
            if not isinstance(own.value, dict) or key not in own.value:
                return ("defaults", *keys)
            own = own.value[key]
        return ("services", name, *keys)

    def _service(self, name: str) -> Iterator[Problem]:
        values = self._platform.values_of(name)
        yield from self._autoscaling(name, values)
        yield from self._amounts(
            self._of_service(name, "resources", "requests"), values.resources.requests, values.resources.limits
        )
        if values.rollout.max_surge == 0 and values.rollout.max_unavailable == 0:
            path = self._of_service(name, "rollout", "maxUnavailable")
            yield self._problem(path, "a rollout with neither surge nor unavailable pods never begins", "raise one of the two")
        service = self._platform.service(name)
        if values.service.type != "ClusterIP":
            path = self._of_service(name, "service", "type")
            if not service.public:
                yield self._problem(path, f"{name} is not public, so it cannot be a {values.service.type}", "allowed: ClusterIP")
            elif not self._values.network_policy.edge.cidrs:
                wrong = f"{name} is a {values.service.type}, but its policy lets no client reach it"
                yield self._problem(path, wrong, "name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody")
        taken = DERIVED_VARIABLES | {self._platform.catalogue.url_variable(need) for need in service.needs}
        taken |= {key for secret in service.secrets for key in self._platform.catalogue.secrets[secret].keys}
        for variable in values.env:
            if variable in taken:
                path = self._of_service(name, "env", variable)
                yield self._problem(path, f"{variable} of {name} follows from the catalogue", "remove it here")

    def _autoscaling(self, name: str, values: ServiceValues) -> Iterator[Problem]:
        scaling = values.autoscaling
        if not scaling.enabled:
            return
        if scaling.min_replicas > scaling.max_replicas:
            path = self._of_service(name, "autoscaling", "minReplicas")
            wrong = f"{scaling.min_replicas} is more than maxReplicas, {scaling.max_replicas}, of {name}"
            yield self._problem(path, wrong, "allowed: at most maxReplicas")
        for resource, amount in (("cpu", values.resources.requests.cpu), ("memory", values.resources.requests.memory)):
            if amount is None or quantity(amount) == 0:
                path = self._of_service(name, "resources", "requests", resource)
                wrong = f"{name} asks for no {resource}, which its autoscaler measures by"
                yield self._problem(path, wrong, "set it, or switch autoscaling off")

    def _amounts(self, path: Path, requests: Amounts, limits: Amounts) -> Iterator[Problem]:
        for resource in ("cpu", "memory"):
            request, limit = getattr(requests, resource), getattr(limits, resource)
            if request is not None and limit is not None and quantity(request) > quantity(limit):
                yield self._problem(
                    (*path, resource), f"the request {request} is above the limit {limit}", "lower it, or raise the limit"
                )

    def _data_services(self) -> Iterator[Problem]:
        for name, operation in self._platform.data_services.items():
            if operation.topology == "external":
                if not operation.external.host:
                    wrong = f"{name} is external, but its host is not named"
                    yield self._problem((name, "external", "host"), wrong, "give a DNS name or an address")
                if not operation.external.cidrs:
                    wrong = f"{name} is external, but no policy would let anybody reach it"
                    yield self._problem(
                        (name, "external", "cidrs"), wrong, "give the networks that it is in, such as [10.20.0.0/24]"
                    )
                continue
            yield from self._amounts((name, "resources", "requests"), operation.resources.requests, operation.resources.limits)
            if operation.resources.limits.memory is None:
                wrong = f"{name} computes its memory settings from the limit"
                yield self._problem((name, "resources", "limits", "memory"), wrong, "set it")
            developer_access = getattr(operation, "developer_access", None)
            if developer_access is not None and developer_access.enabled and not developer_access.cidrs:
                wrong = f"the developers' access to {name} is on, but lets nobody in"
                yield self._problem((name, "developerAccess", "cidrs"), wrong, "name their networks, such as [10.0.0.0/8]")

    def _connections(self) -> Iterator[Problem]:
        postgres = self._platform.data_services.get("postgres")
        if postgres is None or postgres.topology == "external":
            return
        pools = 0
        for name, service in self._platform.catalogue.services.items():
            if "postgres" in service.needs:
                values = self._platform.values_of(name)
                pools += (values.largest + values.rollout.max_surge) * values.database.pool_size
        usable = self._values.postgres.max_connections - self._values.postgres.reserved_connections
        if pools > usable:
            wrong = f"all services at their largest, rollouts counted, open {pools} connections, but {usable} are there for them"
            remedy = "raise it, or lower database.poolSize or autoscaling.maxReplicas"
            yield self._problem(("postgres", "maxConnections"), wrong, remedy)

    def _secrets(self) -> Iterator[Problem]:
        secrets = self._values.secrets
        for name in secrets.names:
            if name not in self._platform.secrets:
                known = ", ".join(self._platform.secrets)
                yield self._problem(("secrets", "names", name), f"there is no secret `{name}`", f"allowed: {known}")
        if secrets.mode == "external" and not secrets.store.name:
            yield self._problem(("secrets", "store", "name"), "the mode is external, but no store is named", "name it")

    def _networks(self) -> Iterator[Problem]:
        policy = self._values.network_policy
        yield from self._cidrs(("networkPolicy", "dns", "cidrs"), policy.dns.cidrs)
        yield from self._cidrs(("networkPolicy", "edge", "cidrs"), policy.edge.cidrs)
        yield from self._cidrs(("networkPolicy", "internalRanges"), policy.internal_ranges)
        yield from self._cidrs(("networkPolicy", "apiServerCidrs"), policy.api_server_cidrs)
        for name, cidrs in policy.external_cidrs.items():
            path = ("networkPolicy", "externalCidrs", name)
            if name not in self._platform.catalogue.external:
                known = ", ".join(self._platform.catalogue.external)
                yield self._problem(path, f"the catalogue has no external destination `{name}`", f"allowed: {known or 'none'}")
            yield from self._cidrs(path, cidrs)
        for name, operation in self._platform.data_services.items():
            yield from self._cidrs((name, "external", "cidrs"), operation.external.cidrs)
            developer_access = getattr(operation, "developer_access", None)
            yield from self._cidrs((name, "developerAccess", "cidrs"), developer_access.cidrs if developer_access else ())

    def _cidrs(self, path: Path, cidrs: Collection[str]) -> Iterator[Problem]:
        for at, cidr in enumerate(cidrs):
            if not is_cidr(cidr):
                yield self._problem(
                    (*path, at), f"'{cidr}' is no network", "write it as 10.1.2.0/24, with no bits behind the prefix"
                )

    def _gates(self) -> Iterator[Problem]:
        startup, limit_range = self._values.startup, self._values.namespace.limit_range
        yield from self._amounts(("startup", "resources", "requests"), startup.resources.requests, startup.resources.limits)
        if not limit_range.enabled:
            return
        for resource in ("cpu", "memory"):
            least, request = getattr(limit_range.min, resource), getattr(startup.resources.requests, resource)
            if least is not None and request is not None and quantity(least) > quantity(request):
                path = ("namespace", "limitRange", "min", resource)
                yield self._problem(
                    path, f"{least} is more than the {request} that the gates ask for", f"allowed: at most {request}"
                )
