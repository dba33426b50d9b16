"""What quotas, limit ranges and the API's own schemas refuse of the objects that come of the values, with the whole message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.shop import errors


def quota(hard: str) -> str:
    return f"namespace: {{quota: {{enabled: true, hard: {{{hard}}}}}}}\n"


HARD = "1: namespace.quota.hard"
QUOTAS = [
    (
        quota("limits.cpu: '40'"),
        (
            f"{HARD}['limits.cpu']: secret-generator of Job secret-generator has no cpu limit, so no pod of it is ever made; "
            "set one for every container, such as in namespace.limitRange.defaultLimits.cpu"
        ),
    ),
    (
        quota("cpu: '40'") + "defaults: {resources: {requests: {cpu: ~}}}\n",
        "",  # the LimitRange says a request
    ),
    # 100m of postgres, 10m of the generator; twice, for a rollout, 50m of store and 50m of web
    (
        quota("requests.cpu: 309m"),
        (
            f"{HARD}['requests.cpu']: all pods at their largest, rollouts counted, ask for 310m, but 309m is allowed; "
            "allow 310m at least, or lower what they ask for"
        ),
    ),
    (quota("requests.cpu: 310m"), ""),
    (
        quota("requests.cpu: 310m") + "services: {web: {autoscaling: {enabled: true, maxReplicas: 4}}}",
        (
            f"{HARD}['requests.cpu']: all pods at their largest, rollouts counted, ask for 460m, but 310m is allowed; "
            "allow 460m at least, or lower what they ask for"
        ),
    ),
    # a gate that asks for more than what it gates
    (
        quota("requests.cpu: 310m") + "startup: {resources: {requests: {cpu: 100m}}}",
        (
            f"{HARD}['requests.cpu']: all pods at their largest, rollouts counted, ask for 510m, but 310m is allowed; "
            "allow 510m at least, or lower what they ask for"
        ),
    ),
    (
        quota("limits.memory: 1Gi"),
        (
            f"{HARD}['limits.memory']: all pods at their largest, rollouts counted, may use 3136Mi, but 1Gi is allowed; "
            "allow 3136Mi at least, or lower what they may use"
        ),
    ),
    (quota("pods: '5'"), f"{HARD}.pods: everything at its largest takes 6, but 5 is allowed; allow 6 at least"),
    (quota("pods: '6', services: '6', configmaps: '6', secrets: '3', persistentvolumeclaims: '1'"), ""),
    (quota("services: '5'"), f"{HARD}.services: everything at its largest takes 6, but 5 is allowed; allow 6 at least"),
    (
        quota("services.loadbalancers: '0', services.nodeports: '1'")
        + "services: {web: {service: {type: LoadBalancer}}}\nnetworkPolicy: {edge: {cidrs: [10.0.0.0/8]}}",
        f"{HARD}['services.loadbalancers']: everything at its largest takes 1, but 0 is allowed; allow 1 at least",
    ),
    (
        quota("services.nodeports: '0'") + "postgres: {developerAccess: {enabled: true, cidrs: [10.1.0.0/16]}}",
        f"{HARD}['services.nodeports']: everything at its largest takes 1, but 0 is allowed; allow 1 at least",
    ),
    (quota("configmaps: '5'"), f"{HARD}.configmaps: everything at its largest takes 6, but 5 is allowed; allow 6 at least"),
    (quota("secrets: '2'"), f"{HARD}.secrets: everything at its largest takes 3, but 2 is allowed; allow 3 at least"),
    (
        quota("count/deployments.apps: '1'"),
        f"{HARD}['count/deployments.apps']: everything at its largest takes 2, but 1 is allowed; allow 2 at least",
    ),
    (
        quota("requests.storage: 5Gi"),
        f"{HARD}['requests.storage']: everything at its largest takes 10Gi, but 5Gi is allowed; allow 10Gi at least",
    ),
    (
        quota("gold.storageclass.storage.k8s.io/requests.storage: 5Gi") + "postgres: {storage: {storageClass: gold}}",
        (
            f"{HARD}['gold.storageclass.storage.k8s.io/requests.storage']: "
            "everything at its largest takes 10Gi, but 5Gi is allowed; allow 10Gi at least"
        ),
    ),
    (quota("gold.storageclass.storage.k8s.io/requests.storage: 5Gi"), ""),
    (quota("pods: '10.5'"), f"{HARD}.pods: 10.5 is no whole number; write one, such as '20'"),
    (
        quota("limits.memory: 999999999Ti"),
        (f"{HARD}['limits.memory']: 999999999Ti is more than 64 bits can count; write a smaller one"),
    ),
    (quota("requests.nvidia.com/gpu: '0', count/widgets.example.com: '0', requests.hugepages-2Mi: 4Mi"), ""),
    *(
        (
            quota(f"{name}: '9'"),
            (
                f"{HARD}{shown}: the key is not allowed; allowed: a name that quotas count, such as requests.cpu, limits.memory, "
                "requests.storage, pods, services.nodeports, count/deployments.apps, requests.nvidia.com/gpu, "
                "CLASS.storageclass.storage.k8s.io/requests.storage"
            ),
        )
        for name, shown in (
            ("request.cpu", "['request.cpu']"),
            ("storage", ".storage"),
            ("deployments.apps", "['deployments.apps']"),
            ("nvidia.com/gpu", "['nvidia.com/gpu']"),
            ("requests.gpu", "['requests.gpu']"),
        )
    ),
]
_LIMITS = "namespace.limitRange"
LIMIT_RANGES = [
    (
        "namespace: {limitRange: {defaultLimits: {memory: 32Mi}}}",
        f"1: {_LIMITS}.defaultLimits.memory: 32Mi is less than defaultRequests.memory, 64Mi; allowed: at least 64Mi",
    ),
    (
        "namespace: {limitRange: {defaultRequests: {cpu: 50m}, min: {cpu: 60m}, defaultLimits: {cpu: 40m}}}",
        (
            f"1: {_LIMITS}.defaultLimits.cpu: 40m is less than defaultRequests.cpu, 50m; allowed: at least 50m\n"
            f"1: {_LIMITS}.defaultRequests.cpu: 50m is less than min.cpu, 60m; allowed: at least 60m"
        ),
    ),
    (
        "namespace: {limitRange: {min: {cpu: 6m}}}",
        (
            f"1: {_LIMITS}.min.cpu: 6m is more than the 5m that wait-for-data of Deployment store asks for; "
            "allowed: at most 5m, or raise that"
        ),
    ),
    (
        (
            "startup: {resources: {requests: {memory: 64Mi}, limits: {memory: 64Mi}}}\n"
            "secrets: {mode: existing}\nnamespace: {limitRange: {min: {memory: 48Mi}}}\n"
            "services: {web: {resources: {requests: {memory: 32Mi}}}}"
        ),
        (
            f"3: {_LIMITS}.min.memory: 48Mi is more than the 32Mi that web of Deployment web asks for; "
            "allowed: at most 32Mi, or raise that"
        ),
    ),
    (
        "defaults: {resources: {requests: {memory: 300Mi}, limits: {memory: ~}}}",
        (
            f"1: {_LIMITS}.defaultLimits.memory: store of Deployment store has no limit of its own and gets 256Mi, "
            "but asks for 300Mi; set its limit, or allow 300Mi here at least"
        ),
    ),
    ("defaults: {resources: {requests: {cpu: ~, memory: ~}}}", ""),
    ("namespace: {limitRange: {enabled: false, min: {cpu: '1'}}}", ""),
]


@pytest.mark.parametrize(("overlay", "error"), [*QUOTAS, *LIMIT_RANGES])
def test_what_no_pod_would_come_of(tmp_path: Path, overlay: str, error: str) -> None:
    assert [one.removeprefix("a.yaml:") for one in errors(tmp_path, overlays={"a.yaml": overlay})] == error.splitlines()


def _object(rest: str, *, kind: str = "ConfigMap", metadata: str = "name: a") -> str:
    version = "example.com/v1" if kind == "Odd" else "v1"
    return f"extraObjects:\n  - apiVersion: {version}\n    kind: {kind}\n    metadata: {{{metadata}}}\n    {rest}\n"


_OBJECT = "extraObjects[0]"
_WEB = "services.web"
_KINDS = "configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret"
_KEY = "the key is not allowed; allowed: letters, digits, hyphens, underscores and dots, not two dots first"
_JOBS = (
    "extraObjects: [{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: {minAvailable: [1]}}, "
    "{apiVersion: batch/v1, kind: CronJob, metadata: {name: b}, spec: {schedule: x}}]"
)
_OWN = "extraVolumes: [{name: own, secret: {secretName: own}}], extraVolumeMounts: [{name: own, mountPath: /own, readOnly: true}]"
PIECES = [
    (_object("data: {retries: 3}"), [f"5: {_OBJECT}.data.retries: 3 is not allowed; allowed: text"]),
    (
        _object("dta: {}"),
        [f"5: {_OBJECT}.dta: unknown key; did you mean data? allowed: apiVersion, binaryData, data, immutable, kind, metadata"],
    ),
    (_object("data: {x/y: a, ..: b}"), [f"5: {_OBJECT}.data['..']: {_KEY}", f"5: {_OBJECT}.data['x/y']: {_KEY}"]),
    (
        _object("data: {}", metadata="name: a..b"),
        [
            (
                f"4: {_OBJECT}.metadata.name: 'a..b' is not allowed; "
                "allowed: the name of a Kubernetes object: lower-case letters, digits, hyphens and dots"
            )
        ],
    ),
    (
        _object("data: {a: x!}", kind="Secret"),
        [f"5: {_OBJECT}.data.a: is no base64; encode it, or write it under stringData"],
    ),
    (
        _object("spec: {a: [[{b: 3}]]}", kind="Odd", metadata="name: a, labels: {b: 3}"),
        [f"4: {_OBJECT}.metadata.labels.b: 3 is not allowed; allowed: text"],
    ),
    (
        _object("spec: {a: [[{b: 3}]]}", kind="Odd", metadata="name: a, labels: {b: c d}"),
        [
            (
                f"4: {_OBJECT}.metadata.labels.b: 'c d' is not allowed; "
                "allowed: a label's value: up to 63 letters, digits, hyphens, underscores and dots"
            )
        ],
    ),
    (_object("spec: {a: [[{b: 3}]]}", kind="Odd", metadata="name: a, ownerReferences: []"), []),
    (_object("data: {a: b}\n    binaryData: {c: YQ==}"), []),
    (
        _JOBS,
        [
            f"1: {_OBJECT}.spec.minAvailable: a list is not allowed; allowed: text or a whole number",
            "1: extraObjects[1].spec.jobTemplate: is missing; add it",
        ],
    ),
    ("defaults: {extraEnv: [{name: A, value: 3}]}", ["1: defaults.extraEnv[0].value: 3 is not allowed; allowed: text"]),
    ("services: {web: {extraEnv: [{value: a}]}}", [f"1: {_WEB}.extraEnv[0].name: is missing; allowed: text"]),
    (
        "services: {web: {extraEnv: [{name: A=B}]}}",
        [f"1: {_WEB}.extraEnv[0].name: 'A=B' is not allowed; allowed: printable ASCII characters but ="],
    ),
    (
        "services: {web: {extraEnv: [{name: A, value: a, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}}",
        [f"1: {_WEB}.extraEnv[0].valueFrom: is set beside a value; keep one of the two"],
    ),
    (
        "services: {web: {extraEnv: [{name: A, valueFrom: {}}]}}",
        [
            (
                f"1: {_WEB}.extraEnv[0].valueFrom: names 0 sources; "
                "allowed: one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef"
            )
        ],
    ),
    (
        "services: {web: {extraEnv: [{name: A, valueFrom: {resourceFieldRef: {resource: cpu}}}]}}",
        [
            (
                f"1: {_WEB}.extraEnv[0].valueFrom.resourceFieldRef.resource: 'cpu' is not allowed; "
                "allowed: limits.cpu, limits.memory, limits.ephemeral-storage, requests.cpu, and so on"
            )
        ],
    ),
    (
        "services: {web: {extraVolumes: [{name: own}]}}",
        [f"1: {_WEB}.extraVolumes[0]: names 0 kinds of volumes; allowed: one of {_KINDS}"],
    ),
    (
        "services: {web: {extraVolumes: [{name: own, hostPath: {path: /}}]}}",
        [f"1: {_WEB}.extraVolumes[0].hostPath: the namespace's Pod Security Standard lets no pod have it; allowed: {_KINDS}"],
    ),
    (
        "services: {web: {extraVolumes: [{name: own, emptyDir: {sizeLimit: 1 Gi}}]}}",
        [f"1: {_WEB}.extraVolumes[0].emptyDir.sizeLimit: '1 Gi' is not allowed; allowed: a quantity, such as '500m', '512Mi'"],
    ),
    (
        "services: {web: {extraVolumeMounts: [{name: tmp, mountPath: /own, subPath: ../etc}]}}",
        [f"1: {_WEB}.extraVolumeMounts[0].subPath: '../etc' leads out of the volume; allowed: a path below it, without .."],
    ),
    (f"services: {{web: {{{_OWN}}}}}", []),
]


@pytest.mark.parametrize(("overlay", "expected"), PIECES)
def test_what_users_give_in_the_words_of_kubernetes_is_judged_as_there(tmp_path: Path, overlay: str, expected: list[str]) -> None:
    assert [one.removeprefix("a.yaml:") for one in errors(tmp_path, overlays={"a.yaml": overlay})] == expected


def test_an_object_of_the_user_counts_against_the_quota(tmp_path: Path) -> None:
    service = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1}]}}"
    overlay = quota("services: '6'") + f"extraObjects: [{service}]"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [
        "a.yaml:1: namespace.quota.hard.services: everything at its largest takes 7, but 6 is allowed; allow 7 at least"
    ]
    elsewhere = overlay.replace("name: a}", "name: a, namespace: other}")
    assert errors(tmp_path, overlays={"a.yaml": elsewhere}) == []


LONG = "x" * 256 * 1024
_LARGE = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a"
TOO_LARGE = {
    "of all objects": (
        f"commonAnnotations: {{a: {LONG}}}",
        "commonAnnotations.a: the annotations of every object have 262145 bytes",
    ),
    "of pods": (
        f"services: {{web: {{podAnnotations: {{a: {LONG}}}}}}}",
        "services.web.podAnnotations.a: the annotations of its pods have 262145 bytes",
    ),
    "with what kubectl adds": (
        f"services: {{web: {{env: {{A: {LONG}}}}}}}",
        "services.web: Deployment web has N bytes, which `kubectl apply` cannot keep",
    ),
    "of the user's": (
        f"extraObjects: [{_LARGE}, annotations: {{a: {LONG}}}}}}}]",
        "extraObjects[0].metadata.annotations.a: the annotations of ConfigMap a have 262145 bytes",
    ),
}


@pytest.mark.parametrize(("overlay", "error"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_annotations_too_large_for_the_api_are_refused(tmp_path: Path, overlay: str, error: str) -> None:
    found = [re.sub("has [0-9]+ bytes", "has N bytes", one) for one in errors(tmp_path, overlays={"a.yaml": overlay})]
    assert found == [f"a.yaml:1: {error}; allowed: 262144"]


def test_a_large_object_of_the_user_comes_through_for_server_side_apply(tmp_path: Path) -> None:
    assert errors(tmp_path, overlays={"a.yaml": f"extraObjects: [{_LARGE}}}, data: {{a: {LONG}}}}}]"}) == []


BARE = [
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {}, template: {}}}",
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: ~, selector: {}, template: {spec: ~}}}",
    (
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {}, revisionHistoryLimit: ~, "
        "strategy: {rollingUpdate: {maxSurge: x}}, template: {spec: {initContainers: ~, volumes: [{name: b, secret: {}}], "
        "imagePullSecrets: [{}], containers: [{name: c, resources: ~, env: [{name: D, valueFrom: {secretKeyRef: {key: e}}}]}]}}}}"
    ),
    "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {selector: {}, template: {}, volumeClaimTemplates: [{}]}}",
    "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: b, jobTemplate: {}}}",
    "{apiVersion: batch/v1, kind: Job, metadata: {name: a}}",
    "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}}",
    "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}}",
    "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {resources: ~}}",
    "{apiVersion: v1, kind: Pod, metadata: {name: a}}",
    "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, ports: ~}}",
    "{apiVersion: v1, kind: Secret, metadata: {name: a, labels: ~, annotations: {b: ~}}, data: {c: ~}}",
    "{apiVersion: example.com/v1, kind: Deployment, metadata: {name: a}, spec: [b]}",
    "{apiVersion: example.com/v1, kind: Service, metadata: {name: a}, spec: {ports: 3, type: LoadBalancer}}",
    "{apiVersion: example.com/v1, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {scaleTargetRef: b}}",
]


@pytest.mark.parametrize("one", BARE)
def test_a_bare_object_of_the_user_is_no_trouble(tmp_path: Path, one: str) -> None:
    overlay = quota("pods: '99', requests.storage: 99Gi, secrets: '99', count/replicasets.apps: '99'") + f"extraObjects: [{one}]"
    for error in errors(tmp_path, overlays={"a.yaml": overlay}):
        assert error.startswith(("a.yaml:2: extraObjects[0]", "a.yaml:1: namespace.quota.hard"))
