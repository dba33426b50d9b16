"""What the program takes the real API server takes: every field at its edges, and a quota that just holds everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chart.edges import fields, rounds
from tests.chart.platforms import small
from tests.cluster.api import ApiError
from tests.cluster.node import Node
from tests.cluster.waiting import wait_for
from tests.kubernetes_schemas import CUSTOM_RESOURCES
from tests.rendering import pod_templates
from tierwright.config.problems import ConfigError
from tierwright.model.quantities import quantity

Object = dict[str, Any]

BASES: list[Object] = [
    {"defaults": {"placement": {"priorityClass": ""}}},
    {
        "defaults": {"autoscaling": {"enabled": True}},
        "networkPolicy": {"edge": {"cidrs": ["192.0.2.0/24"], "namespaces": ["traefik"]}},
        "services": {"web": {"service": {"type": "LoadBalancer"}}},
    },
    {
        name: {"topology": "external", "external": {"host": "a.example", "cidrs": ["192.0.2.0/24"], "tls": False}}
        for name in ("postgres", "rabbitmq", "redis")
    },
    {
        name: {"developerAccess": {"enabled": True, "cidrs": ["192.0.2.0/24"]}, "storage": {"persistent": False}}
        for name in ("postgres", "rabbitmq")
    },
    # Nothing is too large, nothing too small: amounts may be anything.
    {
        "namespace": {"limitRange": {"enabled": False}},
        "defaults": {"resources": {"limits": {"cpu": None, "memory": None, "ephemeral-storage": None}}},
        "startup": {"resources": {"limits": None}},
        "secrets": {"generator": {"resources": {"limits": None}}},
        "postgres": {"maxConnections": 10000, "reservedConnections": 1},
    },
]
_PLURALS = {"NetworkPolicy": "networkpolicies"}
_OTHERS = {"Namespace", "Odd", *CUSTOM_RESOURCES}
"""Kinds that are not of the namespace, or not of Kubernetes."""
_OF_THE_CLUSTER = ("priorityClassName", "preemptionPolicy", "runtimeClassName", "serviceAccountName", "ipFamilies")
"""Fields of pods and Services that name objects of the cluster, or have to agree with what it has."""


def collection(one: Object) -> str:
    """The path at which objects of this kind are made."""
    group = "api" if one["apiVersion"] == "v1" else "apis"
    plural = _PLURALS.get(one["kind"], f"{one['kind'].lower()}s")
    return f"/{group}/{one['apiVersion']}/namespaces/{one['metadata']['namespace']}/{plural}"


def with_pods(objects: list[Object], namespace: str) -> Iterator[Object]:
    """Objects, and the pods that would come of them, without what refers to objects of the cluster that are not there."""
    for one in objects:
        if one["kind"] in _OTHERS:
            continue
        made = {**one, "metadata": {"namespace": namespace, **one["metadata"]}}
        if one["kind"] == "Service":
            made["spec"] = {key: value for key, value in one["spec"].items() if key not in _OF_THE_CLUSTER}
        yield made
        claims = one.get("spec", {}).get("volumeClaimTemplates", []) if one["kind"] == "StatefulSet" else []
        for claim in claims:
            yield {**claim, "metadata": {**claim["metadata"], "namespace": namespace}}
        volumes = [{"name": one["metadata"]["name"], "persistentVolumeClaim": {"claimName": "a"}} for one in claims]
        for template in pod_templates(one):
            spec = {key: value for key, value in template["spec"].items() if key not in _OF_THE_CLUSTER}
            spec["volumes"] = [*spec.get("volumes", []), *volumes]
            metadata = {**template["metadata"], "name": "pod", "namespace": namespace}
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"restartPolicy": "Always", **spec}}


def test_the_api_server_takes_every_field_at_its_edges(node: Node) -> None:
    charted = small()
    refused: list[str] = []
    said: set[tuple[str, ...]] = set()
    seen: set[str] = set()
    with node.fresh_namespace("edges") as namespace:
        for taken, platform in rounds(charted, BASES, namespace=namespace):
            said |= taken.keys()
            for one in with_pods(charted.objects(platform), namespace):
                if (text := repr(one)) in seen:
                    continue
                seen.add(text)
                try:
                    node.api.request("POST", f"{collection(one)}?dryRun=All&fieldValidation=Strict", one)
                except ApiError as refusal:
                    refused.append(f"{one['kind']} {one['metadata']['name']}: {refusal}")
    assert not refused, "\n".join(refused)
    assert fields(charted.blueprint.parts).keys() - said == set()


_PLACEMENT = {"placement": {"nodeSelector": {"castiel.test/nowhere": "yes"}}}
NOWHERE = {
    **dict.fromkeys(("postgres", "rabbitmq", "redis", "defaults"), _PLACEMENT),
    "secrets": {"generator": _PLACEMENT},
}
"""Pods that count and never start, so that no rollout and no Job ends while the quota is looked at."""


def just_enough(namespace: str, hard: list[str]) -> Object:
    """A quota that just holds everything, as the program itself says how much that is."""
    most = dict.fromkeys(hard, "0")
    overlay = {**NOWHERE, "namespace": {"name": namespace, "quota": {"enabled": True, "hard": most}}}
    with pytest.raises(ConfigError) as told:
        small().load_with(overlay)
    for problem in told.value.problems:
        needed = re.search(r"allow (\S+) at least", problem.allowed)
        assert needed, problem
        most[re.split(r"hard\.|\['|'\]", problem.path)[1]] = needed[1]
    return overlay


def test_a_quota_of_exactly_what_the_program_asks_for_holds_a_rollout_of_everything(node: Node) -> None:
    """What the API server counts in the middle of a rollout is what the program had counted."""
    computed = [f"{side}.{of}" for side in ("requests", "limits") for of in ("memory", "ephemeral-storage")]
    hard = ["requests.cpu", *computed, "pods", "services", "configmaps", "persistentvolumeclaims", "requests.storage"]
    with node.fresh_namespace("quota") as namespace:
        overlay = just_enough(namespace, [*hard, "count/deployments.apps"])
        platform = small().load_with(overlay)
        objects = [one for one in small().objects(platform) if one["kind"] != "Namespace"]
        objects.sort(key=lambda one: one["kind"] not in ("ResourceQuota", "LimitRange"))
        node.apply(objects[:2])
        used = f"/api/v1/namespaces/{namespace}/resourcequotas/quota"
        wait_for("the quota to count", lambda: node.api.request("GET", used)["status"].get("used"), timeout=20)
        node.apply([*objects[2:], *noted(objects, namespace)])
        pods = sum(one["kind"] in ("Deployment", "StatefulSet", "Job") for one in objects)
        wait_for("all pods", lambda: len(node.pods(namespace)) == pods, timeout=30, explain=lambda: events(node, namespace))
        for name in platform.catalogue.services:
            node.kubectl("rollout", "restart", f"deployment/{name}", "--namespace", namespace)
        counted = wait_for(
            "one pod more of each service",
            lambda: full(node.api.request("GET", used)["status"]),
            timeout=30,
            explain=lambda: f"{node.api.request('GET', used)['status']}\n{events(node, namespace)}",
        )
        assert counted


def noted(objects: list[Object], namespace: str) -> list[Object]:
    """The ConfigMaps in which the Job beside the Secrets notes that it has made one; here it never runs."""
    (job,) = [one for one in objects if one["kind"] == "Job"]
    variables = job["spec"]["template"]["spec"]["containers"][0]["env"]
    (in_data,) = [variable["value"].split() for variable in variables if variable["name"] == "IN_DATA"]
    kind = {"apiVersion": "v1", "kind": "ConfigMap"}
    return [{**kind, "metadata": {"name": f"{name}-made", "namespace": namespace}} for name in in_data]


def full(status: Object) -> bool:
    """Whether a quota is used up to the last piece."""
    return all(quantity(status["used"][name]) == quantity(most) for name, most in status["hard"].items())


def events(node: Node, namespace: str) -> str:
    return node.kubectl("get", "events", "--namespace", namespace, "--field-selector", "type=Warning")
