"""The ResourceQuota against everything that it counts: what pods ask for at their largest, and how many objects there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tierwright.admission.containers import COUNTED, Defaults, Pods, Side
from tierwright.blueprint import Evaluated
from tierwright.config.problems import Complaint, Path
from tierwright.model.quantities import as_bytes, as_cores, quantity
from tierwright.model.values import Quota

_PATH: Path = ("namespace", "quota", "hard")
_LARGEST = 2**63 - 1

_ENFORCED = ("cpu", "memory")
"""The resources of which the API server takes no container that says nothing, once a quota counts them."""

_OF_CLUSTER = Counter({"configmaps": 1, "count/configmaps": 1})
"""What the cluster itself makes in every namespace: the ConfigMap kube-root-ca.crt."""

_ALIASES = ("pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas")
_PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses", "StorageClass": "storageclasses"}
_PER_CLASS = ".storageclass.storage.k8s.io/"


@dataclass(frozen=True)
class QuotaRules:
    """The rules of one quota, which is enabled."""

    quota: Quota
    defaults: Defaults

    def complaints(self, objects: Sequence[Evaluated], pods: Sequence[Pods]) -> Iterator[Complaint]:
        """Everything that is wrong."""
        counted = _counted(objects, pods)
        for name, hard in self.quota.hard.items():
            path = (*_PATH, name)
            computed = _computed(name)
            if quantity(hard) > _LARGEST:
                yield path, f"{hard} is more than 64 bits can count", "write a smaller one"
            elif computed is None and not _is_size(name) and quantity(hard) % 1:
                yield path, f"{hard} is no whole number", "write one, such as '20'"
            elif computed is None:
                if counted[name] > quantity(hard):
                    needed = as_bytes(Decimal(counted[name])) if _is_size(name) else f"{counted[name]}"
                    yield path, f"everything at its largest takes {needed}, but {hard} is allowed", f"allow {needed} at least"
            else:
                yield from self._of_pods(path, hard, *computed, pods=pods)

    def _of_pods(self, path: Path, hard: str, side: Side, resource: str, *, pods: Sequence[Pods]) -> Iterator[Complaint]:
        """A resource that containers ask for, or may use."""
        said = "request" if side == "requests" else "limit"
        if resource in _ENFORCED:
            for of in pods:
                silent = (one["name"] for one in of.containers() if self.defaults.amount(one, side, resource) is None)
                for container in silent if of.largest else ():
                    key = "defaultRequests" if side == "requests" else "defaultLimits"
                    wrong = f"{container} of {of.kind} {of.name} has no {resource} {said}, so no pod of it is ever made"
                    yield path, wrong, f"set one for every container, such as in namespace.limitRange.{key}.{resource}"
                    return
        written = as_cores if resource == "cpu" else as_bytes
        total = sum((one.largest * self.defaults.total(one, side, resource) for one in pods), Decimal(0))
        if total > quantity(hard):
            does = "ask for" if side == "requests" else "may use"
            wrong = f"all pods at their largest, rollouts counted, {does} {written(total)}, but {hard} is allowed"
            yield path, wrong, f"allow {written(total)} at least, or lower what they {does}"


def _computed(name: str) -> tuple[Side, str] | None:
    """Of which side of the containers' resources a quota's name speaks, and of which resource; None where of neither."""
    side, _, resource = name.rpartition(".")
    if resource in ("cpu", "memory", "ephemeral-storage") and side in ("", "requests", "limits"):
        return ("limits" if side == "limits" else "requests"), resource
    return None


def _is_size(name: str) -> bool:
    """Whether a quota counts bytes and not objects."""
    return name.endswith("requests.storage") or "hugepages-" in name


def _counted(objects: Sequence[Evaluated], pods: Sequence[Pods]) -> Counter[str]:
    """How much there is, by the names that quotas have for it."""
    counted: Counter[str] = Counter(_OF_CLUSTER)

    def count(name: str, number: int = 1) -> None:
        counted[f"count/{name}"] += number
        if name in _ALIASES:
            counted[name] += number

    for one in objects:
        if one.kind not in ("Secret", "Pod"):
            group = one.api_version.rpartition("/")[0]
            plural = _PLURALS.get(one.kind, f"{one.kind.lower()}s")
            count(f"{plural}.{group}" if group else plural)
        if one.api_version in COUNTED:
            _BY_KIND.get(one.kind, _nothing)(counted, count, one.manifest)
    for of in pods:
        count("pods", of.largest)
    count("secrets", len(_secrets(objects, pods)))
    return counted


Count = Callable[[str, int], None]
Object = Mapping[str, Any]


def _nothing(_counted: Counter[str], _count: Count, _manifest: Object) -> None:
    """Nothing more than the object itself is counted."""


def _of_service(counted: Counter[str], _count: Count, manifest: Object) -> None:
    spec = manifest.get("spec") or {}
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        counted["services.nodeports"] += len(spec.get("ports") or ())
    counted["services.loadbalancers"] += spec.get("type") == "LoadBalancer"


def _of_stateful_set(counted: Counter[str], count: Count, manifest: Object) -> None:
    spec = manifest.get("spec") or {}
    for claim in spec.get("volumeClaimTemplates") or ():
        replicas = 1 if spec.get("replicas") is None else spec["replicas"]
        count("persistentvolumeclaims", replicas)
        _of_claim(counted, count, claim, replicas)


def _of_claim(counted: Counter[str], _count: Count, manifest: Object, replicas: int = 1) -> None:
    spec = manifest.get("spec") or {}
    requests = (spec.get("resources") or {}).get("requests") or {}
    size = replicas * int(quantity(requests.get("storage") or "0"))
    counted["requests.storage"] += size
    if spec.get("storageClassName"):
        counted[f"{spec['storageClassName']}{_PER_CLASS}requests.storage"] += size
        counted[f"{spec['storageClassName']}{_PER_CLASS}persistentvolumeclaims"] += replicas


def _of_deployment(_counted: Counter[str], count: Count, manifest: Object) -> None:
    """Each rollout leaves a ReplicaSet, which is kept for a while beside the one in use."""
    kept = (manifest.get("spec") or {}).get("revisionHistoryLimit")
    count("replicasets.apps", (10 if kept is None else kept) + 2)


_BY_KIND: dict[str, Callable[[Counter[str], Count, Object], None]] = {
    "Service": _of_service,
    "StatefulSet": _of_stateful_set,
    "PersistentVolumeClaim": _of_claim,
    "Deployment": _of_deployment,
}


def _secrets(objects: Sequence[Evaluated], pods: Sequence[Pods]) -> set[str]:
    """The Secrets that must be there, whoever makes them: those that are declared, fetched, or read by pods."""
    found = {one.manifest["metadata"]["name"] for one in objects if one.kind in ("Secret", "ExternalSecret")}
    for of in pods:
        for container in of.containers():
            for variable in container.get("env") or ():
                reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
                if reference and not reference.get("optional"):
                    found.add(reference.get("name"))
        for volume in of.spec.get("volumes") or ():
            if volume.get("secret") and not volume["secret"].get("optional"):
                found.add(volume["secret"].get("secretName"))
        found.update(one.get("name") for one in of.spec.get("imagePullSecrets") or ())
    return found - {None, ""}
