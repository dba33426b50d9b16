"""What the API server refuses of objects whose every field is sound, with the whole message; https://kubernetes.io/docs/reference/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shop import RESTRICTED, errors
from tierwright.admission.objects import of_object
from tierwright.config.problems import dotted
from tierwright.model.schedule import fault

POD = f"containers: [{{name: a, image: b, {RESTRICTED}}}]"
KINDS = {
    "Service": "v1",
    "Pod": "v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
}
NETWORK = "allowed: a network such as 10.1.2.0/24"
VALUE = "allowed: a label's value: up to 63 letters, digits, hyphens, underscores and dots"
SOME = "allowed: a whole number from 0, or a share such as 25%"
TARGET = "allowed: a whole number from 1 to 65535, or the name of a port of the pods"
PORT_NAME = "allowed: a name of up to 15 lower-case letters, digits and single hyphens, with a letter among them"
LABEL = "allowed: a name of up to 63 lower-case letters, digits and hyphens"


def overlay(kind: str, spec: str, name: str = "a") -> str:
    return f"extraObjects: [{{apiVersion: {KINDS[kind]}, kind: {kind}, metadata: {{name: {name}}}, spec: {{{spec}}}}}]"


def workload(selector: str = "matchLabels: {app: a}", labels: str = "app: a", spec: str = POD) -> str:
    return f"selector: {{{selector}}}, template: {{metadata: {{labels: {{{labels}}}}}, spec: {{{spec}}}}}"


def job(restart: str) -> str:
    return f"template: {{spec: {{{restart}{POD}}}}}"


def cron(schedule: str) -> str:
    return f"schedule: '{schedule}', jobTemplate: {{spec: {{{job('restartPolicy: Never, ')}}}}}"


def ports(*given: str) -> str:
    return f"ports: [{', '.join(given)}]"


def ingress(path: str = "path: /, pathType: Prefix", backend: str = "service: {name: web, port: {number: 80}}") -> str:
    return f"rules: [{{host: shop.example, http: {{paths: [{{{path}, backend: {{{backend}}}}}]}}}}]"


def scaled(fields: str) -> str:
    return f"scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: other}}, {fields}"


def policy(peer: str) -> str:
    return f"podSelector: {{}}, ingress: [{{from: [{peer}]}}]"


_PATH = "rules[0].http.paths[0]"
_PEER = "ingress[0].from[0]"
REFUSED: list[tuple[str, str, str]] = [
    ("Service", "ports: []", "ports: there is none; add one, or write clusterIP: None"),
    ("Service", "selector: {a: b}", "ports: there is none; add one, or write clusterIP: None"),
    ("Service", "type: ExternalName", "externalName: is missing; add it"),
    (
        "Service",
        "type: NodePort, clusterIP: None",
        "clusterIP: None is not allowed for the type NodePort; remove one of the two",
    ),
    (
        "Service",
        ports("{port: 80, name: a}", "{port: 81, name: a}"),
        "ports[1].name: 'a' is used twice; give each its own",
    ),
    ("Service", ports("{port: 80, name: a}", "{port: 80, name: b}"), "ports[1].port: 80 is used twice; give each its own"),
    (
        "Service",
        ports("{port: 80, name: a}", "{port: 81}"),
        "ports[1].name: is missing; name each port where there are several",
    ),
    ("Service", ports("{port: 80, targetPort: 65536}"), f"ports[0].targetPort: 65536 is not allowed; {TARGET}"),
    ("Service", ports("{port: 80, targetPort: A_b}"), f"ports[0].targetPort: 'A_b' is not allowed; {TARGET}"),
    ("Service", f"selector: {{app: a b}}, {ports('{port: 80}')}", f"selector.app: 'a b' is not allowed; {VALUE}"),
    (
        "Service",
        f"sessionAffinity: Client, {ports('{port: 80}')}",
        "sessionAffinity: 'Client' is not allowed; allowed: None, ClientIP",
    ),
    (
        "Service",
        "type: ExternalName, externalName: 'https://shop.example'",
        "externalName: 'https://shop.example' is not allowed; allowed: a DNS name",
    ),
    (
        "NetworkPolicy",
        "podSelector: {matchLabels: {app: a b}}",
        f"podSelector.matchLabels.app: 'a b' is not allowed; {VALUE}",
    ),
    (
        "NetworkPolicy",
        policy("{namespaceSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}"),
        f"{_PEER}.namespaceSelector.matchExpressions[0].operator: 'in' is not allowed; allowed: In, NotIn, Exists, DoesNotExist",
    ),
    (
        "NetworkPolicy",
        policy("{namespaceSelector: {matchExpressions: [{key: a b, operator: Exists}]}}"),
        (
            f"{_PEER}.namespaceSelector.matchExpressions[0].key: 'a b' is not allowed; "
            "allowed: a name such as team or example.com/team: up to 63 letters, digits, hyphens, underscores and dots"
        ),
    ),
    (
        "NetworkPolicy",
        "podSelector: {}, egress: [{ports: [{port: 53, protocol: udp}]}]",
        "egress[0].ports[0].protocol: 'udp' is not allowed; allowed: TCP, UDP, SCTP",
    ),
    (
        "NetworkPolicy",
        "podSelector: {}, egress: [{ports: [{port: 65536}]}]",
        f"egress[0].ports[0].port: 65536 is not allowed; {TARGET}",
    ),
    (
        "NetworkPolicy",
        "podSelector: {}, egress: [{ports: [{port: 1, endPort: 65536}]}]",
        "egress[0].ports[0].endPort: 65536 is not allowed; allowed: a whole number to 65535",
    ),
    (
        "PodDisruptionBudget",
        "selector: {matchLabels: {app: a b}}",
        f"selector.matchLabels.app: 'a b' is not allowed; {VALUE}",
    ),
    ("PodDisruptionBudget", "minAvailable: '50'", f"minAvailable: '50' is not allowed; {SOME}"),
    ("PodDisruptionBudget", "maxUnavailable: -1", f"maxUnavailable: -1 is not allowed; {SOME}"),
    (
        "HorizontalPodAutoscaler",
        scaled("minReplicas: 5, maxReplicas: 2"),
        "minReplicas: 5 is more than maxReplicas, 2; lower the one, or raise the other",
    ),
    ("HorizontalPodAutoscaler", scaled("maxReplicas: 0"), "maxReplicas: 0 is not allowed; allowed: a whole number from 1"),
    (
        "HorizontalPodAutoscaler",
        scaled("maxReplicas: 2, metrics: [{type: Resource, resource: {name: cpu, target: {type: Value, value: 1}}}]"),
        "metrics[0].resource.target.type: 'Value' is not allowed; allowed: Utilization, AverageValue",
    ),
    (
        "HorizontalPodAutoscaler",
        scaled("maxReplicas: 2, behavior: {scaleDown: {tolerance: -1}}"),
        "behavior.scaleDown.tolerance: -1 is not allowed; allowed: a quantity of at least 0",
    ),
    (
        "HorizontalPodAutoscaler",
        "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ''}, maxReplicas: 2",
        "scaleTargetRef.name: is missing; add it",
    ),
    (
        "Deployment",
        f"strategy: {{type: Rolling}}, {workload()}",
        "strategy.type: 'Rolling' is not allowed; allowed: RollingUpdate, Recreate",
    ),
    (
        "Deployment",
        f"strategy: {{rollingUpdate: {{maxSurge: '25'}}}}, {workload()}",
        f"strategy.rollingUpdate.maxSurge: '25' is not allowed; {SOME}",
    ),
    ("Deployment", f"replicas: -1, {workload()}", "replicas: -1 is not allowed; allowed: a whole number from 0"),
    (
        "StatefulSet",
        f"updateStrategy: {{type: Recreate}}, serviceName: a, {workload()}",
        "updateStrategy.type: 'Recreate' is not allowed; allowed: RollingUpdate, OnDelete",
    ),
    (
        "StatefulSet",
        (
            f"serviceName: a, {workload()}, "
            "volumeClaimTemplates: [{metadata: {name: a}, spec: {resources: {requests: {storage: 1Gi}}}}]"
        ),
        "volumeClaimTemplates[0].spec.accessModes: is missing; add it",
    ),
    ("DaemonSet", workload(labels="app: a, team: a b"), f"template.metadata.labels.team: 'a b' is not allowed; {VALUE}"),
    (
        "CronJob",
        f"concurrencyPolicy: forbid, {cron('@daily')}",
        "concurrencyPolicy: 'forbid' is not allowed; allowed: Allow, Forbid, Replace",
    ),
    ("Service", ports("{port: 0}"), "ports[0].port: 0 is not allowed; allowed: a whole number from 1 to 65535"),
    ("Service", ports("{port: 80, protocol: tcp}"), "ports[0].protocol: 'tcp' is not allowed; allowed: TCP, UDP, SCTP"),
    ("Service", ports("{port: 80, name: A_b}"), f"ports[0].name: 'A_b' is not allowed; {LABEL}"),
    ("NetworkPolicy", policy("{ipBlock: {cidr: 10.0.0.1/8}}"), f"{_PEER}.ipBlock.cidr: '10.0.0.1/8' is not allowed; {NETWORK}"),
    ("NetworkPolicy", policy("{ipBlock: {cidr: 10.0.0.1}}"), f"{_PEER}.ipBlock.cidr: '10.0.0.1' is not allowed; {NETWORK}"),
    ("NetworkPolicy", policy("{ipBlock: {cidr: 'fd00:::/8'}}"), f"{_PEER}.ipBlock.cidr: 'fd00:::/8' is not allowed; {NETWORK}"),
    *(
        (
            "NetworkPolicy",
            policy(f"{{ipBlock: {{cidr: 10.0.0.0/8, except: ['{part}']}}}}"),
            f"{_PEER}.ipBlock.except[0]: {part} is no part of 10.0.0.0/8; allowed: a smaller network inside of it",
        )
        for part in ("192.168.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "fd00::/64")
    ),
    (
        "NetworkPolicy",
        policy("{ipBlock: {cidr: 10.0.0.0/8, except: [a]}}"),
        f"{_PEER}.ipBlock.except[0]: 'a' is not allowed; {NETWORK}",
    ),
    ("NetworkPolicy", policy("{}"), f"{_PEER}: names nobody; allowed: podSelector, namespaceSelector, ipBlock"),
    (
        "NetworkPolicy",
        policy("{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}"),
        f"{_PEER}.ipBlock: is set beside podSelector; make it an entry of its own",
    ),
    (
        "NetworkPolicy",
        "podSelector: {}, policyTypes: [egress]",
        "policyTypes[0]: 'egress' is not allowed; allowed: Ingress, Egress",
    ),
    (
        "Deployment",
        workload(labels="app: b"),
        "selector.matchLabels.app: the template has no label app: a; add it to spec.template.metadata.labels",
    ),
    (
        "DaemonSet",
        workload(selector="matchExpressions: [{key: app, operator: NotIn, values: [a]}]"),
        "selector.matchExpressions[0]: the labels of the template do not meet it; change spec.template.metadata.labels",
    ),
    (
        "Deployment",
        workload(selector="matchExpressions: [{key: app, operator: In}]"),
        "selector.matchExpressions[0].values: the operator In needs values; name one at least",
    ),
    (
        "Deployment",
        workload(selector="matchExpressions: [{key: app, operator: Is}]"),
        "selector.matchExpressions[0].operator: 'Is' is not allowed; allowed: In, NotIn, Exists, DoesNotExist",
    ),
    ("Deployment", workload(selector=""), "selector: is empty; name labels of the template"),
    (
        "Deployment",
        workload(spec="restartPolicy: Never, containers: [{name: a, image: b}]"),
        "template.spec.restartPolicy: 'Never' is not allowed; allowed: Always",
    ),
    ("Pod", "containers: [{name: a}]", "containers[0].image: is missing; add it"),
    ("Deployment", workload(spec="containers: []"), "template.spec.containers: there is none; add one"),
    ("Deployment", "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}", "template.spec: is missing; add it"),
    (
        "Deployment",
        workload(spec="initContainers: [{name: a, image: b}], containers: [{name: a, image: b}]"),
        "template.spec.containers[0].name: 'a' is used twice; give each its own",
    ),
    (
        "Pod",
        "containers: [{name: a, image: b, ports: [{containerPort: 80}, {containerPort: 80}]}]",
        "containers[0].ports[1].containerPort: 80 is used twice; give each its own",
    ),
    (
        "Pod",
        "containers: [{name: a, image: b, ports: [{containerPort: 80, name: a}, {containerPort: 81, name: a}]}]",
        "containers[0].ports[1].name: 'a' is used twice; give each its own",
    ),
    (
        "Pod",
        "containers: [{name: a, image: b, ports: [{containerPort: 80, name: a-name-much-too-long}]}]",
        f"containers[0].ports[0].name: 'a-name-much-too-long' is not allowed; {PORT_NAME}",
    ),
    (
        "Pod",
        "restartPolicy: never, containers: [{name: a, image: b}]",
        "restartPolicy: 'never' is not allowed; allowed: Always, OnFailure, Never",
    ),
    (
        "Job",
        job(""),
        "template.spec.restartPolicy: is missing, and Always is not allowed; allowed: OnFailure, Never",
    ),
    ("Job", job("restartPolicy: Always, "), "template.spec.restartPolicy: 'Always' is not allowed; allowed: OnFailure, Never"),
    (
        "CronJob",
        f"schedule: '@daily', jobTemplate: {{spec: {{{job('restartPolicy: Always, ')}}}}}",
        "jobTemplate.spec.template.spec.restartPolicy: 'Always' is not allowed; allowed: OnFailure, Never",
    ),
    ("CronJob", cron("99 * * * *"), "schedule: '99' is no minute; allowed: 0 to 59, or such as *, */2, 1-3, 1,2"),
    ("CronJob", cron("0 0 * * 7"), "schedule: '7' is no day of the week; allowed: 0 to 6, or such as *, */2, 1-3, 1,2"),
    (
        "CronJob",
        cron("* * * *"),
        (
            "schedule: '* * * *' has 4 fields; allowed: minute, hour, day of the month, month and day of the week, "
            "such as '0 3 * * 1-5', or such as @daily, @every 6h"
        ),
    ),
    ("CronJob", cron("TZ=UTC 0 0 * * *"), "schedule: 'TZ=UTC 0 0 * * *' names a time zone; write it under timeZone"),
    (
        "CronJob",
        cron("@reboot"),
        (
            "schedule: '@reboot' is not allowed; "
            "allowed: @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every 6h"
        ),
    ),
    ("CronJob", "schedule: '@daily', jobTemplate: {}", "jobTemplate.spec: is missing; add it"),
    ("Ingress", "ingressClassName: a", ": has neither rules nor a defaultBackend; add one of the two"),
    (
        "Ingress",
        ingress(path="path: api, pathType: Prefix"),
        f"{_PATH}.path: 'api' is not allowed; allowed: a path that begins with /, such as /health",
    ),
    ("Ingress", ingress(path="pathType: Exact"), f"{_PATH}.path: is missing; add it, such as /"),
    (
        "Ingress",
        ingress(path="path: /a//b, pathType: Exact"),
        f"{_PATH}.path: '/a//b' is not allowed; allowed: a path without //, /./, /../ and %2F",
    ),
    (
        "Ingress",
        ingress(path="path: /, pathType: prefix"),
        f"{_PATH}.pathType: 'prefix' is not allowed; allowed: Exact, Prefix, ImplementationSpecific",
    ),
    (
        "Ingress",
        ingress(backend="service: {name: web, port: {name: A_b}}"),
        f"{_PATH}.backend.service.port.name: 'A_b' is not allowed; {PORT_NAME}",
    ),
    (
        "Ingress",
        ingress(backend="service: {name: web, port: {number: 65536}}"),
        f"{_PATH}.backend.service.port.number: 65536 is not allowed; allowed: a whole number from 1 to 65535",
    ),
    (
        "Ingress",
        ingress(backend="service: {name: web}"),
        f"{_PATH}.backend.service.port: has neither a name nor a number; write one of the two",
    ),
    (
        "Ingress",
        ingress(backend="service: {name: web, port: {name: a, number: 1}}"),
        f"{_PATH}.backend.service.port: has both a name and a number; write one of the two",
    ),
    ("Ingress", ingress(backend=""), f"{_PATH}.backend: names neither a service nor a resource; name a service and its port"),
    ("Ingress", "rules: [{http: {paths: []}}]", "rules[0].http.paths: is missing; add it"),
    (
        "Ingress",
        f"tls: [{{hosts: ['https://shop.example']}}], {ingress()}",
        "tls[0].hosts: a list is not allowed; allowed: DNS names without a port",
    ),
    (
        "Ingress",
        f"tls: [{{secretName: Shop}}], {ingress()}",
        (
            "tls[0].secretName: 'Shop' is not allowed; "
            "allowed: the name of a Kubernetes object: lower-case letters, digits, hyphens and dots"
        ),
    ),
    ("Ingress", "tls: [~]", "tls[0]: has no value; add it, or remove the item"),
    *(
        (
            "Ingress",
            ingress().replace("shop.example", host),
            f"rules[0].host: '{host}' is not allowed; allowed: a DNS name without a port, such as shop.example or *.shop.example",
        )
        for host in ("Shop.example", "10.0.0.1", "shop.example:80", "a.*.example")
    ),
]


@pytest.mark.parametrize(("kind", "spec", "said"), REFUSED)
def test_an_object_that_the_api_refuses(tmp_path: Path, kind: str, spec: str, said: str) -> None:
    where = "extraObjects[0].spec" if said.startswith(":") else "extraObjects[0].spec."
    assert errors(tmp_path, overlays={"a.yaml": overlay(kind, spec)}) == [f"a.yaml:1: {where}{said}"]


TAKEN = [
    ("Service", "clusterIP: None"),
    ("Service", "type: ExternalName, externalName: shop.example"),
    ("Service", ports("{port: 53, name: a}", "{port: 53, name: b, protocol: UDP}")),
    ("NetworkPolicy", policy("{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {podSelector: {}, namespaceSelector: {}}")),
    ("NetworkPolicy", "podSelector: {}"),
    ("NetworkPolicy", "podSelector: {}, egress: [{ports: [{port: 1, endPort: 65535}, {port: http}, {protocol: SCTP}]}]"),
    ("PodDisruptionBudget", "minAvailable: 50%, selector: {matchLabels: {app: other}}"),
    (
        "HorizontalPodAutoscaler",
        scaled(
            "maxReplicas: 2, metrics: [{type: External, external: {metric: {name: a, selector: {matchLabels: {queue: a/b}}}, "
            "target: {type: Value, value: 1}}}], behavior: {scaleUp: {tolerance: '0.1'}}"
        ),
    ),
    ("Deployment", f"strategy: {{rollingUpdate: {{maxSurge: 25%, maxUnavailable: 0}}}}, {workload()}"),
    (
        "StatefulSet",
        (
            f"serviceName: a, {workload()}, volumeClaimTemplates: "
            "[{metadata: {name: a}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]"
        ),
    ),
    ("Service", f"{ports('{port: 80, targetPort: 0}')}, selector: {{app: ''}}"),
    ("Ingress", f"tls: [{{hosts: ['*.shop.example'], secretName: shop}}], {ingress()}"),
    ("Deployment", workload(labels="app: a, other: b")),
    (
        "Deployment",
        workload(selector="matchExpressions: [{key: x, operator: DoesNotExist}, {key: app, operator: In, values: [a]}]"),
    ),
    ("Job", job("restartPolicy: OnFailure, ")),
    ("CronJob", cron("*/5 0-6/2,23 +1 jan-MAR mon")),
    ("CronJob", cron("@every 1h30m")),
    ("Ingress", ingress(path="pathType: ImplementationSpecific")),
    ("Ingress", "defaultBackend: {resource: {apiGroup: a.example, kind: Bucket, name: a}}"),
    ("Ingress", ingress(backend="service: {name: web, port: {name: http}}").replace("shop.example", "'*.shop.example'")),
    (
        "Pod",
        (
            f"containers: [{{name: a, image: b, {RESTRICTED}, ports: [{{containerPort: 80}}]}}, "
            f"{{name: b, image: b, {RESTRICTED}, ports: [{{containerPort: 80}}]}}]"
        ),
    ),
]


@pytest.mark.parametrize(("kind", "spec"), TAKEN)
def test_an_object_that_the_api_takes(tmp_path: Path, kind: str, spec: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": overlay(kind, spec)}) == []


def test_names_that_the_api_refuses(tmp_path: Path) -> None:
    dotted_name = overlay("Service", ports("{port: 80}"), name="a.b")
    assert errors(tmp_path, overlays={"a.yaml": dotted_name}) == [
        f"a.yaml:1: extraObjects[0].metadata.name: 'a.b' is not allowed; {LABEL}"
    ]
    long = "a" * 53
    assert errors(tmp_path, overlays={"a.yaml": overlay("CronJob", cron("@daily"), name=long)}) == [
        f"a.yaml:1: extraObjects[0].metadata.name: '{long}' has 53 characters; allowed: 52"
    ]


def _damaged(value: Any) -> list[Any]:
    """The value with each of its parts, in turn, null or left out."""
    if isinstance(value, dict):
        parts = [{**value, key: other} for key in value for other in [None, *_damaged(value[key])]]
        return [*parts, *({key: one for key, one in value.items() if key != left} for left in value)]
    if isinstance(value, list):
        return [[], *([*value[:at], other, *value[at + 1 :]] for at in range(len(value)) for other in [None, *_damaged(value[at])])]
    return []


@pytest.mark.parametrize(("kind", "spec"), [*TAKEN, *((kind, spec) for kind, spec, _ in REFUSED)])
def test_gaps_and_nulls_are_no_trouble(kind: str, spec: str) -> None:
    (one,) = yaml.safe_load(overlay(kind, spec))["extraObjects"]
    for damaged in _damaged(one["spec"]):
        for path, wrong, allowed in of_object({**one, "spec": damaged}, "shop"):
            assert dotted(path), json.dumps(damaged)
            assert wrong
            assert allowed


@pytest.mark.parametrize(
    "schedule", ["5-1 * * * *", "1/0 * * * *", "-1 * * * *", "1/2/3 * * * *", "0 0 L * *", "60/5 * * * *", "", "@every"]
)
def test_what_is_no_schedule(schedule: str) -> None:
    assert fault(schedule)


STANDARD = "allowed, by the Pod Security Standard of the namespace:"
PLACES = {
    "Pod": ("{}", "spec"),
    "Deployment": ("selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {}}", "spec.template.spec"),
    "CronJob": (
        "schedule: '@daily', jobTemplate: {spec: {template: {spec: {restartPolicy: Never}}}}",
        "spec.jobTemplate.spec.template.spec",
    ),
}
"""The rest of a kind that has a pod, and the path of the pod in it."""


def with_pod(kind: str, pod: str, metadata: str = "name: a") -> str:
    """An overlay with an object of this kind, with this pod."""
    rest, path = PLACES[kind]
    within: dict[str, Any] = {"spec": yaml.safe_load(rest if rest == "{}" else f"{{{rest}}}")}
    above = within
    for step in path.split("."):
        above = above[step]
    above |= yaml.safe_load(f"{{{pod}}}")
    return json.dumps(
        {"extraObjects": [{"apiVersion": KINDS[kind], "kind": kind, "metadata": yaml.safe_load(f"{{{metadata}}}"), **within}]}
    )


def container(security: str = "", more: str = "", *, name: str = "a") -> str:
    confined = RESTRICTED.removeprefix("securityContext: {").removesuffix("}")
    return f"{{name: {name}, image: b, securityContext: {{{confined}{security}}}{more}}}"


UNSAFE = [
    (f"hostPID: true, containers: [{container()}]", [f"hostPID: true is not allowed; {STANDARD} false"]),
    (f"hostNetwork: true, containers: [{container()}]", [f"hostNetwork: true is not allowed; {STANDARD} false"]),
    (f"hostIPC: true, containers: [{container()}]", [f"hostIPC: true is not allowed; {STANDARD} false"]),
    (
        f"volumes: [{{name: a, emptyDir: {{}}}}, {{name: b, hostPath: {{path: /}}}}], containers: [{container()}]",
        [
            (
                "volumes[1].hostPath: the namespace's Pod Security Standard lets no pod have it; "
                "allowed: configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret"
            )
        ],
    ),
    (
        f"containers: [{container(', privileged: true')}]",
        [f"containers[0].securityContext.privileged: true is not allowed; {STANDARD} false"],
    ),
    (
        f"initContainers: [{container(', runAsUser: 0', name='first')}], containers: [{container()}]",
        [f"initContainers[0].securityContext.runAsUser: 0 is not allowed; {STANDARD} a user that is not root"],
    ),
    (
        f"containers: [{container(more=', ports: [{containerPort: 80, hostPort: 80}]')}]",
        [f"containers[0].ports[0].hostPort: 80 is not allowed; {STANDARD} none"],
    ),
    (
        f"securityContext: {{runAsNonRoot: false, runAsUser: 0}}, containers: [{container()}]",
        [
            f"securityContext.runAsNonRoot: false is not allowed; {STANDARD} true",
            f"securityContext.runAsUser: 0 is not allowed; {STANDARD} a user that is not root",
        ],
    ),
    (
        f"securityContext: {{seccompProfile: {{type: Unconfined}}}}, containers: [{container()}]",
        [f"securityContext.seccompProfile.type: 'Unconfined' is not allowed; {STANDARD} RuntimeDefault, Localhost"],
    ),
    (
        "containers: [{name: a, image: b}]",
        [
            f"containers[0].securityContext.allowPrivilegeEscalation: is missing; {STANDARD} false",
            f"containers[0].securityContext.capabilities.drop: is missing; {STANDARD} a list with ALL in it",
            f"securityContext.runAsNonRoot: is missing; {STANDARD} true",
            f"securityContext.seccompProfile.type: is missing; {STANDARD} RuntimeDefault, Localhost",
        ],
    ),
]


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize(("pod", "said"), UNSAFE)
def test_a_pod_that_the_namespace_does_not_take(tmp_path: Path, kind: str, pod: str, said: list[str]) -> None:
    told = errors(tmp_path, overlays={"a.yaml": with_pod(kind, pod)})
    assert sorted(told) == sorted(f"a.yaml:1: extraObjects[0].{PLACES[kind][1]}.{one}" for one in said)


def test_a_kernel_parameter_that_no_pod_may_set(tmp_path: Path) -> None:
    pod = f"securityContext: {{sysctls: [{{name: kernel.msgmax, value: '1'}}]}}, containers: [{container()}]"
    (told,) = errors(tmp_path, overlays={"a.yaml": with_pod("Pod", pod)})
    wrong = "a.yaml:1: extraObjects[0].spec.securityContext.sysctls[0].name: 'kernel.msgmax' is not allowed"
    assert told.startswith(f"{wrong}; allowed: kernel.shm_rmid_forced, ")


@pytest.mark.parametrize("kind", PLACES)
def test_a_pod_of_another_namespace_or_of_windows_is_none_of_its(tmp_path: Path, kind: str) -> None:
    unsafe = "hostPID: true, containers: [{name: a, image: b}]"
    assert errors(tmp_path, overlays={"a.yaml": with_pod(kind, unsafe, "name: a, namespace: other")}) == []
    assert errors(tmp_path, overlays={"a.yaml": with_pod(kind, unsafe, "name: a, namespace: shop")})
    assert errors(tmp_path, overlays={"a.yaml": with_pod(kind, "os: {name: windows}, containers: [{name: a, image: b}]")}) == []


def test_a_pod_may_say_for_its_containers_what_they_do_not_say(tmp_path: Path) -> None:
    confined = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
    pod = "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}"
    assert errors(tmp_path, overlays={"a.yaml": with_pod("Pod", f"{pod}, containers: [{{name: a, image: b, {confined}}}]")}) == []


def test_what_an_operator_completes_is_not_judged(tmp_path: Path) -> None:
    spec = "{podTemplate: {spec: {containers: [{name: a}]}}}"
    overlay = f"extraObjects: [{{apiVersion: example.com/v1, kind: Search, metadata: {{name: a}}, spec: {spec}}}]"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == []


def test_a_probe_of_a_port_that_its_container_does_not_name(tmp_path: Path) -> None:
    pod = f"containers: [{container(more=', livenessProbe: {httpGet: {port: http}}')}]"
    assert errors(tmp_path, overlays={"a.yaml": with_pod("Pod", pod)}) == [
        (
            "a.yaml:1: extraObjects[0].spec.containers[0].livenessProbe.httpGet.port: "
            "a has no port `http`; allowed: none, as there is none"
        )
    ]
