"""The workloads of a platform: what its evaluated objects run, one of them for each service and data service that runs here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tierwright.blueprint import Described
from tierwright.components.extra_objects import position
from tierwright.model.labels import NAME_LABEL
from tierwright.model.own_names import gate_of, nodes_of
from tierwright.outputs.containers.mounts import Kept, Volumes
from tierwright.outputs.containers.pods import Manifest, Pod
from tierwright.outputs.containers.programs import Program, program

Runs = Literal["always", "once", "scheduled"]

RUNS: Mapping[str, Runs] = {"Deployment": "always", "StatefulSet": "always", "Job": "once", "CronJob": "scheduled"}
"""The kinds of objects that run the platform's own programs, and how."""

_SAID = frozenset(
    {
        *("serviceAccountName", "automountServiceAccountToken", "enableServiceLinks", "securityContext", "imagePullSecrets"),
        *("terminationGracePeriodSeconds", "topologySpreadConstraints", "affinity", "nodeSelector", "tolerations"),
        *("priorityClassName", "initContainers", "containers", "volumes", "restartPolicy", "hostAliases", "dnsConfig"),
        *("runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy", "supplementalGroups", "sysctls"),
        *("supplementalGroupsPolicy", "seccompProfile"),
    }
)
"""Fields of pods that come over, or are about the nodes of a cluster and its API."""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """A workload, called as in the catalogue: steps one after another, then its program, with companions that share its network.

    `replicas` is the number of pods that run at least, `keeps_name` whether they have names and volumes of their own. `names` are
    further names by which its program knows its own host. `tries` is how often one that ends is tried again. `unknown` is what it
    has on a cluster alone, in words.
    """

    name: str
    runs: Runs
    schedule: str = ""
    replicas: int
    keeps_name: bool
    host: str
    names: tuple[str, ...]
    steps: tuple[Program, ...]
    program: Program
    companions: tuple[Program, ...]
    grace_seconds: int
    tries: int
    hosts: tuple[str, ...]
    dns: Manifest
    sysctls: Mapping[str, str]
    volume_group: str
    unknown: tuple[str, ...]

    @property
    def programs(self) -> tuple[Program, ...]:
        """All that it runs."""
        return (*self.steps, self.program, *self.companions)

    @property
    def volumes(self) -> Mapping[str, bool]:
        """The volumes that are kept for it alone, or that others mount too: whether a cluster keeps them too, longer than a pod."""
        mounted = (one for program in self.programs for one in program.mounts if isinstance(one, Kept))
        return {one.volume: one.empty is None for one in mounted if one.owner == self.name}


def workloads(platform: Described) -> list[Workload]:
    """The workloads that the values leave in the platform, tier by tier, in the catalogue's order.

    The Jobs with which the platform makes its own Secrets are none of them.
    """
    blueprint = platform.blueprint
    found = _Found(platform)
    order = [name for tier in blueprint.tiers for name in blueprint.members(tier)]
    return [found.workload(name) for name in order if name in found.running]


class _Found:
    """What the objects of a platform say of its workloads."""

    def __init__(self, platform: Described) -> None:
        self._platform = platform
        config_maps = [one.manifest for one in platform.objects if one.kind == "ConfigMap"]
        self._config_maps = {one["metadata"]["name"]: _content(one) for one in config_maps}
        self.running: dict[str, tuple[str, Manifest, Manifest]] = {}
        """The kind of each workload's object, its specification, and the part of that which has the template of the pods."""
        self._volumes: dict[str, str] = {}
        """The kept volumes by the names that the claims of StatefulSets have."""
        for one in platform.objects:
            if one.kind in RUNS and position(one) is None:
                self._read(one.kind, one.manifest["spec"])

    def _read(self, kind: str, spec: Manifest) -> None:
        holder = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
        name = holder["template"]["metadata"].get("labels", {}).get(NAME_LABEL, "")
        if not self._platform.blueprint.has(name):
            return
        self.running[name] = kind, spec, holder
        for claim in spec.get("volumeClaimTemplates", ()):
            volume = claim["metadata"]["name"]
            self._volumes[f"{volume}-{name}-0"] = f"{name}_{volume}"

    def workload(self, name: str) -> Workload:
        """The workload of this name."""
        kind, spec, holder = self.running[name]
        platform, keeps_name = self._platform, kind == "StatefulSet"
        pod = Pod(
            name=f"{name}-0" if keeps_name else name,
            namespace=platform.platform.namespace,
            template=holder["template"],
            config_maps=self._config_maps,
        )
        before, beside = _around(platform, name, pod.spec)
        containers = [*before, *pod.spec["containers"], *beside]
        volumes = Volumes(name, pod, claims=self._volumes, containers=containers)
        programs = [program(one, pod, volumes) for one in containers]
        steps, (main, *companions) = programs[: len(before)], programs[len(before) :]
        return Workload(
            name=name,
            runs=RUNS[kind],
            schedule=spec.get("schedule", ""),
            replicas=platform.platform.values_of(name).smallest if name in platform.blueprint.catalogue.services else 1,
            keeps_name=keeps_name,
            host=pod.name,
            names=_names(platform, name, [*steps, main, *companions]) if keeps_name else (),
            steps=tuple(steps),
            program=main,
            companions=tuple(companions),
            grace_seconds=pod.spec.get("terminationGracePeriodSeconds", 30),
            tries=holder.get("backoffLimit", 0),
            hosts=tuple(f"{host}:{alias['ip']}" for alias in pod.spec.get("hostAliases", ()) for host in alias["hostnames"]),
            dns=pod.spec.get("dnsConfig", {}),
            volume_group=str(pod.spec.get("securityContext", {}).get("fsGroup", "")),
            sysctls={one["name"]: one["value"] for one in pod.spec.get("securityContext", {}).get("sysctls", ())},
            unknown=(
                *main.unknown,
                *(f"{what}, in {one.name}" for one in (*steps, *companions) for what in one.unknown if what not in main.unknown),
                *(f"that {one.name} starts before it" for one in companions if one.name in {first["name"] for first in beside}),
                *(f"the health of {one.name}" for one in companions if one.health is not None),
                *(f"{field} of its pods" for field in (*pod.spec, *pod.spec.get("securityContext", {})) if field not in _SAID),
            ),
        )


def _content(config_map: Manifest) -> Mapping[str, str | None]:
    return {**(config_map.get("data") or {}), **dict.fromkeys(config_map.get("binaryData") or ())}


def _around(platform: Described, name: str, spec: Manifest) -> tuple[list[Manifest], list[Manifest]]:
    """The containers before the program, and those that start before it and run beside it.

    Gates are neither: what an engine knows of the order is in its own words. Nor are the steps of a data service, which prepare
    its pod to be one of several.
    """
    if name in platform.blueprint.data_services:
        return [], []
    gates = {gate_of(tier) for tier in platform.blueprint.tiers}
    others = [one for one in spec.get("initContainers", ()) if one["name"] not in gates]
    beside = [one for one in others if one.get("restartPolicy") == "Always"]
    return [one for one in others if one not in beside], beside


def _names(platform: Described, name: str, programs: list[Program]) -> tuple[str, ...]:
    """The names of a pod's own in the cluster's DNS that its programs use."""
    pod = f"{name}-0.{nodes_of(name)}"
    whole = f"{pod}.{platform.platform.namespace}.svc.{platform.platform.values.cluster_domain}"
    texts = [piece for one in programs for text in one.texts for piece in text if isinstance(piece, str)]
    used = [one for one in (whole, pod) if any(one in text for text in texts)]
    return tuple(used[:1])
