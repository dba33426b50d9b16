"""What a schema cannot say: the checks of the values, among themselves and against the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile

from tierwright.config.documents import Node
from tierwright.config.problems import Path, Problem, choices, dotted, shown
from tierwright.config.soundness import numbered, until_unsound, value_at
from tierwright.model.catalogue import Catalogue
from tierwright.model.checks import EPHEMERAL_STORAGE, LOWER, RESOURCES, ROOM, Checks, excess, is_everybody, of_devices, overflow
from tierwright.model.data_service_rules import DataServiceRules
from tierwright.model.environment import derived_variables
from tierwright.model.labels import is_reserved
from tierwright.model.own_names import DATA_SERVICES
from tierwright.model.platform import Platform, secret_names
from tierwright.model.quantities import quantity
from tierwright.model.reference_rules import ReferenceRules
from tierwright.model.scheduling import Toleration
from tierwright.model.scheduling_rules import complaints
from tierwright.model.waiting_rules import WaitingRules


def unknown_names(document: Node, catalogue: Catalogue) -> Iterator[Problem]:
    """Names that the catalogue does not have, also those that null takes away; told before the values are typed."""
    places: tuple[tuple[Path, Callable[[], Iterable[str]], str], ...] = (
        (("services",), lambda: catalogue.services, "the catalogue has no such service"),
        (("secrets", "names"), lambda: secret_names(catalogue), "there is no secret `{}`"),
        (("networkPolicy", "externalCidrs"), lambda: catalogue.external, "the catalogue has no external destination `{}`"),
    )
    for path, known, wrong in places:
        yield from until_unsound(_unknown(document, path, known, wrong))


def _unknown(document: Node, path: Path, known: Callable[[], Iterable[str]], wrong: str) -> Iterator[Problem]:
    names = list(known())
    entries = document.get(*map(str, path)).value
    for name in entries if isinstance(entries, dict) else ():
        if name not in names:
            at = (*path, name)
            yield Problem(document.locate(at), dotted(at), wrong.format(shown(name)), choices(name, names), at)


class ValuesRules(Checks):
    """All rules of the values of one platform."""

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong."""
        for rule in self._rules():
            yield from until_unsound(rule)

    def _rules(self) -> Iterator[Iterator[Problem]]:
        yield self._connections()
        yield self._secret_names()
        yield self._secret_store()
        yield self._common_labels()
        yield self._digests()
        yield self._pull_secrets()
        yield from self._networks()
        for above in (("startup",), ("secrets", "generator")):
            yield self._devices((*above, "resources"))
            for resource in RESOURCES:
                yield self._amount((*above, "resources"), resource)
        for path in (("secrets", "generator"), ("chartTest",), *((name,) for name in DATA_SERVICES)):
            yield self._placement((*path, "placement"))
        yield from DataServiceRules(self._document, self._platform).rules()
        yield from ReferenceRules(self._document, self._platform).rules(until_unsound(_names(self._platform)))
        yield WaitingRules(self._document, self._platform).problems()
        for name in until_unsound(_names(self._platform)):
            for rule in (
                self._owners,
                self._scaling,
                self._scratch,
                self._rollout,
                self._exposure,
                self._pod_labels,
                self._placement_of,
                self._devices_of,
            ):
                yield rule(name)
            yield self._variables(name)
            yield self._needs(name)
            for resource in RESOURCES:
                yield self._amount_of_service(name, resource)
            for resource in ("cpu", "memory"):
                yield self._measured(name, resource)

    def _amount_of_service(self, name: str, resource: str) -> Iterator[Problem]:
        if wrong := excess(self._platform.values_of(name).resources, resource):
            path = self._of_service(name, ("resources", "requests", resource), ("resources", "limits", resource))
            yield self._problem(path, wrong, LOWER)

    def _devices_of(self, name: str) -> Iterator[Problem]:
        for below, wrong, allowed in of_devices(self._platform.values_of(name).resources):
            yield self._problem(self._of_service(name, ("resources", *below)), wrong, allowed, alone=True)

    def _scratch(self, name: str) -> Iterator[Problem]:
        values = self._platform.values_of(name)
        if wrong := overflow(values.resources, scratch=values.scratch):
            path = self._of_service(name, ("scratch",), ("resources", "limits", EPHEMERAL_STORAGE))
            yield self._problem(path, wrong, ROOM)

    def _rollout(self, name: str) -> Iterator[Problem]:
        rollout = self._platform.values_of(name).rollout
        if rollout.max_surge == 0 and rollout.max_unavailable == 0:
            path = self._of_service(name, ("rollout", "maxUnavailable"), ("rollout", "maxSurge"))
            yield self._problem(path, "a rollout with neither surge nor unavailable pods never begins", "raise one of the two")

    def _exposure(self, name: str) -> Iterator[Problem]:
        """A Service that clients outside of the cluster reach is meant for them, and its policy can tell them apart."""
        service = self._platform.values_of(name).service
        if service.type == "ClusterIP":
            return
        path = self._of_service(name, ("service", "type"))
        if not self._platform.service(name).public:
            yield self._problem(path, f"{name} is not public, so it cannot be a {service.type}", "allowed: ClusterIP")
            return
        clients = self._values.network_policy.edge.cidrs
        if not clients:
            wrong = f"{name} is a {service.type}, but its policy lets no client reach it"
            yield self._problem(path, wrong, "name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody")
        elif service.external_traffic_policy == "Cluster" and not any(map(is_everybody, clients)):
            path = self._of_service(name, ("service", "externalTrafficPolicy"))
            wrong = "with Cluster the policy sees a node in place of the client"
            yield self._problem(path, wrong, "use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs")

    def _reserved(self, labels: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Those of the labels that are not the user's to set, and what is wrong with them."""
        reserved = (label for label in labels if is_reserved(label, self._platform.name))
        yield from ((label, f"policies, selectors or controllers go by {label}") for label in reserved)

    def _common_labels(self) -> Iterator[Problem]:
        for label, wrong in self._reserved(self._values.common_labels):
            yield self._problem(("commonLabels", label), wrong, "choose another name")

    def _placement_of(self, name: str) -> Iterator[Problem]:
        for below, wrong, allowed in complaints(self._platform.values_of(name).placement):
            whole = tuple(takewhile(lambda step: isinstance(step, str), below))  # of lists the last one counts, whole
            path = self._of_service(name, ("placement", *whole))
            yield from self._misplaced((*path, *below[len(whole) :]), wrong, allowed)

    def _placement(self, path: Path) -> Iterator[Problem]:
        for below, wrong, allowed in complaints(value_at(self._values, path)):
            yield from self._misplaced((*path, *below), wrong, allowed)

    def _misplaced(self, path: Path, wrong: str, allowed: str) -> Iterator[Problem]:
        """What is wrong with a placement, unless it only follows from a misspelled key of a toleration."""
        entry = self._document.find(path).value
        if not (path[-2] == "tolerations" and isinstance(entry, dict) and entry.keys() - {*Toleration.__struct_encode_fields__}):
            yield self._problem(path, wrong, allowed, alone=True)

    def _pod_labels(self, name: str) -> Iterator[Problem]:
        for label, wrong in self._reserved(self._platform.values_of(name).pod_labels):
            yield self._problem(self._of_service(name, ("podLabels", label)), wrong, "choose another name")

    def _variables(self, name: str) -> Iterator[Problem]:
        taken = {one.name for one in derived_variables(self._platform.catalogue, name)}
        for variable in self._platform.values_of(name).env:
            if variable in taken:
                path = self._of_service(name, ("env", variable))
                yield self._problem(path, f"{variable} follows from the catalogue", "remove it here")

    def _needs(self, name: str) -> Iterator[Problem]:
        """A service is not left out while one that cannot do without it stays."""
        if not self._platform.values_of(name).enabled:
            return
        services = self._platform.catalogue.services
        for _, need in numbered(services[name].needs):
            if need in services and not services[need].optional and not self._platform.values_of(need).enabled:
                path = self._of_service(need, ("enabled",))
                yield self._problem(path, f"{need} is left out, but {name} needs it", f"enable it, or disable {name} too")

    def _owners(self, name: str) -> Iterator[Problem]:
        scaling = self._platform.values_of(name).autoscaling
        if scaling.enabled and scaling.external:
            path = self._of_service(name, ("autoscaling", "external"), ("autoscaling", "enabled"))
            wrong = "autoscaling is enabled and external, so two autoscalers would own the number of pods"
            yield self._problem(path, wrong, "set one of the two to false")

    def _scaling(self, name: str) -> Iterator[Problem]:
        values = self._platform.values_of(name)
        scaling = values.autoscaling
        if values.is_scaled and scaling.min_replicas > scaling.max_replicas:
            path = self._of_service(name, ("autoscaling", "minReplicas"), ("autoscaling", "maxReplicas"))
            wrong = f"minReplicas, {scaling.min_replicas}, is more than maxReplicas, {scaling.max_replicas}"
            yield self._problem(path, wrong, "lower the one, or raise the other")

    def _measured(self, name: str, resource: str) -> Iterator[Problem]:
        values = self._platform.values_of(name)
        if values.autoscaling.enabled:
            amount = values.resources.requests.get(resource)
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

    def _connections(self) -> Iterator[Problem]:
        postgres = self._platform.data_services.get("postgres")
        if postgres is None or postgres.topology == "external":
            return
        pools = 0
        for name, service in self._platform.catalogue.services.items():
            values = self._platform.values_of(name)
            if "postgres" in [need for _, need in numbered(service.needs)] and values.enabled:
                pools += (values.largest + values.rollout.max_surge) * values.database.pool_size
        usable = self._values.postgres.max_connections - self._values.postgres.reserved_connections
        if pools > usable:
            wrong = f"all services at their largest, rollouts counted, open {pools} connections, but {usable} are there for them"
            remedy = "raise it, or lower database.poolSize or autoscaling.maxReplicas"
            yield self._problem(("postgres", "maxConnections"), wrong, remedy)

    def _secret_names(self) -> Iterator[Problem]:
        secrets = self._values.secrets
        owners: dict[str, str] = {}
        for name in secret_names(self._platform.catalogue):
            real = self._platform.secret_name(name)
            owner = owners.setdefault(real, name)
            if owner != name:
                path = ("secrets", "names", name if name in secrets.names else owner)
                yield self._problem(path, f"`{real}` would stand for {owner} and {name}", "give each a name of its own")

    def _secret_store(self) -> Iterator[Problem]:
        secrets = self._values.secrets
        if secrets.mode == "external" and not secrets.store.name:
            wrong = "the mode is external, but secrets.store.name is empty"
            yield self._problem(("secrets", "mode"), wrong, "name the store there")

    def _pull_secrets(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for at, name in numbered(self._values.images.pull_secrets):
            if name in seen:
                yield self._problem(("images", "pullSecrets", at), f"`{name}` stands twice", "name each once")
            seen.add(name)

    def _networks(self) -> Iterator[Iterator[Problem]]:
        policy: Path = ("networkPolicy",)
        for path in (("dns", "cidrs"), ("edge", "cidrs"), ("apiServerCidrs",)):
            yield self._cidrs((*policy, *path))
        for version in (4, 6):
            yield self._cidrs((*policy, "internalRanges", f"ipv{version}"), version=version)
        for name in until_unsound(self._keys((*policy, "externalCidrs"))):
            yield self._cidrs((*policy, "externalCidrs", name))

    def _keys(self, path: Path) -> Iterator[str]:
        yield from value_at(self._values, path)


def _names(platform: Platform) -> Iterator[str]:
    yield from platform.catalogue.services
