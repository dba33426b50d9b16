"""The most objects that can exist, by the names of quotas: our own, and those that Kubernetes and our scripts create for them.

What has no bound is not counted: Events, and failed pods that a controller has replaced.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tierwright.admission.containers import COUNTED, Pods, job_of
from tierwright.admission.operated import Operated
from tierwright.admission.secrets_read import secrets_of
from tierwright.blueprint import Evaluated
from tierwright.components.secrets.generator import made_by
from tierwright.kit.cluster_scoped import group_of
from tierwright.model.quantities import quantity

Object = Mapping[str, Any]

OF_CLUSTER = Counter({"configmaps": 1, "count/configmaps": 1, "count/serviceaccounts": 1})
"""What Kubernetes creates in every namespace: the ConfigMap kube-root-ca.crt and the ServiceAccount default."""

PER_SLICE = 100
"""The most pods of an EndpointSlice; https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#distribution-of-endpointslices."""

HISTORY = 10
"""The default of `revisionHistoryLimit`."""

IN_USE = 2
"""Revisions in addition to the history: the one in use and, during a rollout, the one that it replaces."""

_ALIASES = ("pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas")
_PER_CLASS = ".storageclass.storage.k8s.io/"


def counted(objects: Sequence[Evaluated], pods: Sequence[Pods], operated: Sequence[Operated] = ()) -> Counter[str]:
    """The amount of each. Of what operators make, only what it reads."""
    return _Count(objects, pods, operated).counted


def claims_of(objects: Sequence[Evaluated]) -> Iterator[tuple[str, str]]:
    """Every volume claim, named by what creates it, with its size as it is written."""
    for evaluated in objects:
        if evaluated.api_version in COUNTED and evaluated.kind in ("StatefulSet", "PersistentVolumeClaim"):
            name, spec = f"{evaluated.kind} {evaluated.manifest['metadata']['name']}", evaluated.manifest.get("spec") or {}
            if evaluated.kind == "PersistentVolumeClaim":
                yield name, _size(spec)
            for claim in spec.get("volumeClaimTemplates") or ():
                yield f"claim {(claim.get('metadata') or {}).get('name')} of {name}", _size(claim.get("spec") or {})


def claims_of_pods(pods: Sequence[Pods]) -> Iterator[tuple[str, str]]:
    """The claims that come and go with pods, as `claims_of` gives them."""
    for of in pods:
        for volume, claim in _claims_of_pod(of.spec):
            yield f"claim {volume} of {of.kind} {of.name}", _size(claim.get("spec") or {})


class _Count:
    """The counter, and how each kind adds to it."""

    def __init__(self, objects: Sequence[Evaluated], pods: Sequence[Pods], operated: Sequence[Operated]) -> None:
        self.counted: Counter[str] = Counter(OF_CLUSTER)
        self._pods = pods
        more: dict[str, Callable[[Object], None]] = {
            "Service": self._service,
            "StatefulSet": self._stateful_set,
            "PersistentVolumeClaim": lambda manifest: self._claim(manifest, 1),
            "Deployment": lambda manifest: self._revisions("replicasets.apps", manifest),
            "DaemonSet": lambda manifest: self._revisions("controllerrevisions.apps", manifest),
            "Job": lambda manifest: self._finished(manifest.get("spec") or {}, 1),
            "CronJob": self._cron_job,
        }
        self._mounted = {name for of in pods for name in _mounted(of.spec)}
        self._config_maps = {one.manifest["metadata"]["name"] for one in objects if one.kind == "ConfigMap"}
        for evaluated in objects:
            group = group_of(evaluated.api_version)
            if evaluated.kind not in ("Secret", "Pod"):
                self._add(f"{_plural(evaluated.kind)}.{group}" if group else _plural(evaluated.kind))
            if evaluated.api_version in COUNTED and evaluated.kind in more:
                more[evaluated.kind](evaluated.manifest)
            if (group, evaluated.kind) == ("rbac.authorization.k8s.io", "Role"):
                self._role(evaluated.manifest)
            self._made_later(made_by(evaluated).config_maps)
            if (group, evaluated.kind) == ("keda.sh", "ScaledObject"):
                self._add("horizontalpodautoscalers.autoscaling")
        for of in pods:
            self._add("pods", of.largest)
            for _, claim in _claims_of_pod(of.spec):
                self._add("persistentvolumeclaims", of.largest)
                self._claim(claim, of.largest)
        self._add("secrets", len(secrets_of(objects, pods, operated)))

    def _add(self, name: str, number: int = 1) -> None:
        self.counted[f"count/{name}"] += number
        if name in _ALIASES:
            self.counted[name] += number

    def _role(self, manifest: Object) -> None:
        """The ConfigMaps that pods make, whose names they have rights over."""
        rules = [rule for rule in manifest.get("rules") or () if "configmaps" in (rule.get("resources") or ())]
        if any("create" in (rule.get("verbs") or ()) for rule in rules):
            self._made_later(name for rule in rules for name in rule.get("resourceNames") or ())

    def _made_later(self, config_maps: Iterable[str]) -> None:
        """ConfigMaps that nobody declares, each once."""
        names = {*config_maps} - self._config_maps
        self._config_maps |= names
        self._add("configmaps", len(names))

    def _service(self, manifest: Object) -> None:
        spec = manifest.get("spec") or {}
        if spec.get("type") in ("NodePort", "LoadBalancer"):
            self.counted["services.nodeports"] += len(spec.get("ports") or ())
        self.counted["services.loadbalancers"] += spec.get("type") == "LoadBalancer"
        selector = spec.get("selector")
        if not selector or spec.get("type") == "ExternalName":
            return
        behind = sum(of.largest for of in self._pods if selector.items() <= of.labels.items())
        families = 2 if spec.get("ipFamilyPolicy") in ("PreferDualStack", "RequireDualStack") else 1
        self._add("endpoints")
        self._add("endpointslices.discovery.k8s.io", families * max(1, math.ceil(behind / PER_SLICE)))

    def _stateful_set(self, manifest: Object) -> None:
        self._revisions("controllerrevisions.apps", manifest)
        spec = manifest.get("spec") or {}
        for claim in spec.get("volumeClaimTemplates") or ():
            replicas = 1 if spec.get("replicas") is None else spec["replicas"]
            # While others work on the volumes, none of its own pods is wanted.
            claimed = f"{(claim.get('metadata') or {}).get('name')}-{manifest['metadata']['name']}"
            while f"{claimed}-{replicas}" in self._mounted:
                replicas += 1
            self._add("persistentvolumeclaims", replicas)
            self._claim(claim, replicas)

    def _claim(self, manifest: Object, replicas: int) -> None:
        spec = manifest.get("spec") or {}
        size = replicas * int(quantity(_size(spec)))
        self.counted["requests.storage"] += size
        if spec.get("storageClassName"):
            self.counted[f"{spec['storageClassName']}{_PER_CLASS}requests.storage"] += size
            self.counted[f"{spec['storageClassName']}{_PER_CLASS}persistentvolumeclaims"] += replicas

    def _revisions(self, name: str, manifest: Object) -> None:
        """Each rollout leaves a revision, which is kept for a while."""
        kept = (manifest.get("spec") or {}).get("revisionHistoryLimit")
        self._add(name, (HISTORY if kept is None else kept) + IN_USE)

    def _finished(self, job: Object, jobs: int) -> None:
        """Pods that no longer count as `pods`, but exist until their Job is deleted."""
        at_once = _or(job.get("parallelism"), 1)
        template = (job.get("template") or {}).get("spec") or {}
        failures = _or(job.get("backoffLimit"), 6) if template.get("restartPolicy") == "Never" else 0
        self.counted["count/pods"] += jobs * (max(at_once, _or(job.get("completions"), at_once)) + failures) - at_once

    def _cron_job(self, manifest: Object) -> None:
        spec = manifest["spec"]
        jobs = _or(spec.get("successfulJobsHistoryLimit"), 3) + _or(spec.get("failedJobsHistoryLimit"), 1) + 1
        self._add("jobs.batch", jobs)
        self._finished(job_of(manifest), jobs)


def _claims_of_pod(spec: Object) -> Iterator[tuple[str, Object]]:
    """The claims that come and go with a pod, each with the name of its volume.

    https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/
    """
    for volume in spec.get("volumes") or ():
        claim = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if claim:
            yield volume.get("name"), claim


def _mounted(spec: Object) -> Iterator[str]:
    """The names of the claims that a pod mounts."""
    for volume in spec.get("volumes") or ():
        yield (volume.get("persistentVolumeClaim") or {}).get("claimName") or ""


def _or(number: int | None, default: int) -> int:
    return default if number is None else number


def _size(claim: Object) -> str:
    requests = (claim.get("resources") or {}).get("requests") or {}
    return str(requests.get("storage") or "0")


def _plural(kind: str) -> str:
    """The resource of a kind."""
    word = kind.lower()
    if word == "endpoints":
        return word
    if word.endswith(("s", "x", "ch")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else f"{word}s"
