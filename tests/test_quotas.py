"""Quotas count what Kubernetes makes too, and the user's own quotas and limit ranges hold like those of the values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, RESTRICTED, errors

HARD = "1: namespace.quota.hard"


def quota(hard: str) -> str:
    return f"namespace: {{quota: {{enabled: true, hard: {{{hard}}}}}}}\n"


def own_quota(hard: str, *, more: str = "", namespace: str = "''") -> str:
    metadata = f"{{name: own, namespace: {namespace}}}"
    return f"extraObjects: [{{apiVersion: v1, kind: ResourceQuota, metadata: {metadata}, spec: {{hard: {{{hard}}}{more}}}}}]\n"


def own_range(kind: str, parts: str, *, namespace: str = "''") -> str:
    metadata = f"{{name: own, namespace: {namespace}}}"
    item = f"{{type: {kind}, {parts}}}"
    return f"extraObjects: [{{apiVersion: v1, kind: LimitRange, metadata: {metadata}, spec: {{limits: [{item}]}}}}]\n"


def own(api_version: str, kind: str, spec: str) -> str:
    return f"extraObjects: [{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: own}}, spec: {spec}}}]\n"


def said(folder: Path, overlay: str) -> list[str]:
    return [one.removeprefix("a.yaml:") for one in errors(folder, overlays={"a.yaml": overlay})]


CONTAINERS = f"containers: [{{name: own, image: own, {RESTRICTED}}}]"
TEMPLATE = f"template: {{metadata: {{labels: {{a: own}}}}, spec: {{{CONTAINERS}}}}}"
SELECTED = "selector: {matchLabels: {a: own}}"
MANY = "services: {web: {replicas: 101}}\npostgres: {maxConnections: 2000}\n"
JOB = f"completions: 5, backoffLimit: 2, {TEMPLATE.replace('spec: {', 'spec: {restartPolicy: Never, ')}"
COUNTED = {
    # PostgreSQL has three Services, store two, web one
    "Endpoints of each Service": ("endpoints", "", 6),
    "an EndpointSlice of each Service": ("endpointslices.discovery.k8s.io", "", 6),
    "an EndpointSlice for each hundred pods": ("endpointslices.discovery.k8s.io", MANY, 7),
    "an EndpointSlice for each of two address families": (
        "endpointslices.discovery.k8s.io",
        own("v1", "Service", "{selector: {a: own}, ipFamilyPolicy: PreferDualStack, ports: [{port: 1}]}"),
        8,
    ),
    "nothing for a Service without a selector": (
        "endpointslices.discovery.k8s.io",
        own("v1", "Service", "{ports: [{port: 1}]}"),
        6,
    ),
    "Endpoints of the user's": ("endpoints", "extraObjects: [{apiVersion: v1, kind: Endpoints, metadata: {name: own}}]", 7),
    # the history, the one in use, and the one that a rollout replaces
    "revisions of a StatefulSet": ("controllerrevisions.apps", "", 7),
    "revisions of a DaemonSet": (
        "controllerrevisions.apps",
        own("apps/v1", "DaemonSet", f"{{selector: {{matchLabels: {{a: own}}}}, {TEMPLATE}}}"),
        19,
    ),
    "ReplicaSets": ("replicasets.apps", "services: {web: {rollout: {revisionHistory: 0}}}", 9),
    "the ServiceAccount default": ("serviceaccounts", "", 5),
    "the ConfigMap kube-root-ca.crt": ("configmaps", "secrets: {mode: existing}", 3),
    "the notes on Secrets that a server keeps with its data": ("configmaps", "", 6),
    "a note that is called after a name of the values, once": (
        "configmaps",
        (
            "secrets: {names: {postgres-credentials: own}}\n"
            "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: own-made}}]"
        ),
        6,
    ),
    "the ConfigMaps of Patroni": ("configmaps", "postgres: {topology: replicated, image: {repository: own/patroni}}", 10),
    "failed pods of the Job that makes Secrets": ("pods", "", 16),
    "the Jobs of a CronJob": (
        "jobs.batch",
        own("batch/v1", "CronJob", f"{{schedule: '* * * * *', jobTemplate: {{spec: {{{JOB}}}}}}}"),
        6,
    ),
    "finished pods of the Jobs of a CronJob": (
        "pods",
        own("batch/v1", "CronJob", f"{{schedule: '* * * * *', successfulJobsHistoryLimit: 0, jobTemplate: {{spec: {{{JOB}}}}}}}"),
        30,
    ),
    "the autoscaler that KEDA makes": (
        "horizontalpodautoscalers.autoscaling",
        own("keda.sh/v1alpha1", "ScaledObject", "{scaleTargetRef: {name: own}}"),
        1,
    ),
    "quotas and limit ranges": ("resourcequotas", own_quota("pods: '9'"), 2),
}


@pytest.mark.parametrize(("name", "more", "number"), COUNTED.values(), ids=COUNTED)
def test_what_kubernetes_makes_counts(tmp_path: Path, name: str, more: str, number: int) -> None:
    assert said(tmp_path, quota(f"count/{name}: '{number}'") + more) == []
    assert said(tmp_path, quota(f"count/{name}: '{number - 1}'") + more) == [
        f"{HARD}['count/{name}']: everything at its largest takes {number}, but {number - 1} is allowed; allow {number} at least"
    ]


def test_what_is_in_no_namespace_is_not_counted(tmp_path: Path) -> None:
    overlay = quota("count/namespaces: '0', count/clusterroles.rbac.authorization.k8s.io: '0'")
    role = "extraObjects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: own}, rules: []}]"
    assert said(tmp_path, overlay + role) == []


def test_a_service_that_another_autoscaler_scales_counts_at_its_largest(tmp_path: Path) -> None:
    scaled = "services: {web: {autoscaling: {external: true, minReplicas: 1, maxReplicas: 5}}}"
    assert said(tmp_path, quota("pods: '9'") + scaled) == [
        f"{HARD}.pods: everything at its largest takes 10, but 9 is allowed; allow 10 at least"
    ]


def test_what_keda_scales_counts_at_its_largest(tmp_path: Path) -> None:
    own_deployment = f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: own}}, spec: {{{SELECTED}, {TEMPLATE}}}}}"
    scaled = "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: own}, spec: {scaleTargetRef: {name: own}%s}}"
    most = ", maxReplicaCount: 4"  # and one more in a rollout
    assert said(tmp_path, quota("pods: '11'") + f"extraObjects: [{own_deployment}, {scaled % most}]") == []
    assert said(tmp_path, quota("pods: '11'") + f"extraObjects: [{own_deployment}, {scaled % ''}]") == [
        f"{HARD}.pods: everything at its largest takes 131, but 11 is allowed; allow 131 at least"
    ]


@pytest.mark.parametrize("restore", ["", ", restore: {to: latest}"])
def test_volumes_of_a_server_that_is_being_restored_are_still_claimed(tmp_path: Path, restore: str) -> None:
    overlay = quota("persistentvolumeclaims: '2'") + f"postgres: {{backup: {{enabled: true{restore}}}}}"
    assert said(tmp_path, overlay) == [
        f"{HARD}.persistentvolumeclaims: everything at its largest takes 3, but 2 is allowed; allow 3 at least"
    ]


# beside the two of PostgreSQL and the one that web reads
READ = {
    "a projected volume": (f"{{volumes: [{{name: a, projected: {{sources: [{{secret: {{name: b}}}}]}}}}], {CONTAINERS}}}", 4),
    "a projected volume that may lack it": (
        f"{{volumes: [{{name: a, projected: {{sources: [{{secret: {{name: b, optional: true}}}}]}}}}], {CONTAINERS}}}",
        3,
    ),
    "a driver of volumes": (
        f"{{volumes: [{{name: a, csi: {{driver: c, nodePublishSecretRef: {{name: b}}}}}}], {CONTAINERS}}}",
        4,
    ),
    "all its variables": (f"{{{CONTAINERS.replace('image', 'envFrom: [{secretRef: {name: b}}], image')}}}", 4),
    "the same one twice": (
        f"{{imagePullSecrets: [{{name: b}}], volumes: [{{name: a, secret: {{secretName: b}}}}], {CONTAINERS}}}",
        4,
    ),
}


@pytest.mark.parametrize(("spec", "number"), READ.values(), ids=READ)
def test_secrets_that_pods_read_count_whoever_makes_them(tmp_path: Path, spec: str, number: int) -> None:
    assert said(tmp_path, quota(f"secrets: '{number}'") + own("v1", "Pod", spec)) == []
    assert said(tmp_path, quota(f"secrets: '{number - 1}'") + own("v1", "Pod", spec)) == [
        f"{HARD}.secrets: everything at its largest takes {number}, but {number - 1} is allowed; allow {number} at least"
    ]


def test_secrets_that_are_made_for_nobody_yet_count(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("external:\n", "  unread: {source: generated, keys: [UNREAD]}\nexternal:\n", 1)
    assert errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": quota("secrets: '3'")}) == [
        f"a.yaml:{HARD}.secrets: everything at its largest takes 4, but 3 is allowed; allow 4 at least"
    ]


OWN_HARD = "1: extraObjects[0].spec.hard"
OWN_QUOTAS = {
    "too few pods": (
        own_quota("pods: 5"),
        f"{OWN_HARD}.pods: everything at its largest takes 6, but 5 is allowed; allow 6 at least",
    ),
    "too little of what pods ask for": (
        own_quota("requests.cpu: 309m"),
        (
            f"{OWN_HARD}['requests.cpu']: all pods at their largest, rollouts counted, ask for 310m, but 309m is allowed; "
            "allow 310m at least, or lower what they ask for"
        ),
    ),
    "containers that say nothing": (
        own_quota("limits.cpu: 40"),
        (
            f"{OWN_HARD}['limits.cpu']: secret-generator of Job secret-generator has no cpu limit, so no pod of it is ever made; "
            "set one for every container, such as in namespace.limitRange.defaultLimits.cpu"
        ),
    ),
    "less than nothing": (own_quota("pods: -1"), f"{OWN_HARD}.pods: -1 is less than nothing; write 0, or more"),
    "a name that nothing counts": (
        own_quota("nvidia.com/gpu: 1"),
        (
            f"{OWN_HARD}['nvidia.com/gpu']: the key is not allowed; allowed: a name that quotas count, such as requests.cpu, "
            "limits.memory, requests.storage, pods, services.nodeports, count/deployments.apps, requests.nvidia.com/gpu, "
            "CLASS.storageclass.storage.k8s.io/requests.storage"
        ),
    ),
    "enough": (own_quota("pods: 6, requests.cpu: 0.31"), ""),
    "nothing at all": (
        own_quota("services: ~"),
        f"{OWN_HARD}.services: everything at its largest takes 6, but 0 is allowed; allow 6 at least",
    ),
    "of another namespace": (own_quota("pods: 1", namespace="other"), ""),
    "for pods that end": (own_quota("pods: 0", more=", scopes: [Terminating]"), ""),
    "for pods that do not end": (
        own_quota("pods: 5", more=", scopes: [NotTerminating]"),
        f"{OWN_HARD}.pods: everything at its largest takes 6, but 5 is allowed; allow 6 at least",
    ),
    "for pods that ask for nothing": (own_quota("pods: 0", more=", scopes: [BestEffort]"), ""),
    "for pods of a priority that none has": (
        own_quota("pods: 0", more=", scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [a]}]}"),
        "",
    ),
    "for pods of all other priorities": (
        own_quota(
            "pods: 0", more=", scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: NotIn, values: [a]}]}"
        ),
        f"{OWN_HARD}.pods: everything at its largest takes 6, but 0 is allowed; allow 6 at least",
    ),
    "by what is not known here": (own_quota("pods: 0", more=", scopes: [CrossNamespacePodAffinity]"), ""),
}
ITEM = "extraObjects[0].spec.limits[0]"
OWN_RANGES = {
    "a minimum above a gate": (
        own_range("Container", "min: {memory: 100Mi}"),
        (
            f"1: {ITEM}.min.memory: 100Mi is more than the 8Mi that wait-for-data of Deployment store asks for; "
            "allowed: at most 8Mi, or raise that"
        ),
    ),
    "a maximum below a container": (
        own_range("Container", "max: {memory: 100Mi}"),
        (
            f"1: {ITEM}.max.memory: 100Mi is less than the 1Gi that postgres of StatefulSet postgres may use; "
            "allowed: at least 1Gi, or lower that"
        ),
    ),
    "a maximum below its default": (
        own_range("Container", "default: {memory: 10Mi}, max: {memory: 5Mi}"),
        f"1: {ITEM}.max.memory: 5Mi is less than default.memory, 10Mi; allowed: at least 10Mi",
    ),
    "a limit that is too many times the request": (
        own_range("Container", "maxLimitRequestRatio: {memory: 2}"),
        (
            f"1: {ITEM}.maxLimitRequestRatio.memory: secret-generator of Job secret-generator asks for 16Mi and may use 64Mi, "
            "which is more than 2 times as much; raise the request, or lower the limit"
        ),
    ),
    "a ratio where there is no limit": (
        own_range("Container", "maxLimitRequestRatio: {cpu: 2}"),
        (
            f"1: {ITEM}.maxLimitRequestRatio.cpu: secret-generator of Job secret-generator has no cpu limit, "
            "so none is ever made; set one"
        ),
    ),
    "a default limit below a request": (
        own_range("Container", "default: {cpu: 70m}"),
        (
            f"1: {ITEM}.default.cpu: postgres of StatefulSet postgres has no limit of its own and gets 70m, but asks for 100m; "
            "set its limit, or allow 100m here at least"
        ),
    ),
    "two defaults, one of them from a maximum": (
        "defaults: {resources: {limits: {memory: ~}}}\n" + own_range("Container", "max: {memory: 1Gi}"),
        (
            f"2: {ITEM}.max.memory: store of Deployment store has no memory limit of its own and gets, as it happens, 1Gi or the "
            "256Mi of namespace.limitRange.defaultLimits.memory; say the same in both, or set that of the container"
        ),
    ),
    "two defaults that nobody needs": (own_range("Container", "max: {memory: 1Gi}"), ""),
    "a minimum of pods": (
        own_range("Pod", "min: {cpu: 20m}"),
        (
            f"1: {ITEM}.min.cpu: 20m is more than the 10m that a pod of Job secret-generator asks for; "
            "allowed: at most 10m, or raise that"
        ),
    ),
    "a maximum of pods that say nothing": (
        own_range("Pod", "max: {cpu: 1}"),
        f"1: {ITEM}.max.cpu: a pod of Job secret-generator has no cpu limit, so none is ever made; set one",
    ),
    "defaults of pods": (
        own_range("Pod", "default: {cpu: 1}"),
        f"1: {ITEM}.default: is set in an item of type Pod, which has none; move it to one of type Container",
    ),
    "a maximum of claims": (
        own_range("PersistentVolumeClaim", "max: {storage: 5Gi}"),
        (
            f"1: {ITEM}.max.storage: 5Gi is less than the 10Gi that claim data of StatefulSet postgres asks for; "
            "allowed: at least 10Gi, or lower that"
        ),
    ),
    "a maximum of claims that come with a pod": (
        (
            "services: {web: {extraVolumes: [{name: own, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], "
            "resources: {requests: {storage: 20Gi}}}}}}]}}\n"
        )
        + own_range("PersistentVolumeClaim", "max: {storage: 15Gi}"),
        (
            f"2: {ITEM}.max.storage: 15Gi is less than the 20Gi that claim own of Deployment web asks for; "
            "allowed: at least 20Gi, or lower that"
        ),
    ),
    "claims in between": (own_range("PersistentVolumeClaim", "min: {storage: 1Gi}, max: {storage: 10Gi}"), ""),
    "of another namespace": (own_range("Container", "min: {memory: 100Mi}", namespace="other"), ""),
    "a default that lets a quota count": (
        quota("limits.cpu: '40'") + own_range("Container", "default: {cpu: 1}"),
        "",
    ),
}


@pytest.mark.parametrize(("overlay", "error"), OWN_QUOTAS.values(), ids=OWN_QUOTAS)
def test_a_quota_of_the_users_holds_like_that_of_the_values(tmp_path: Path, overlay: str, error: str) -> None:
    assert said(tmp_path, overlay) == error.splitlines()


@pytest.mark.parametrize(("overlay", "error"), OWN_RANGES.values(), ids=OWN_RANGES)
def test_a_limit_range_of_the_users_holds_like_that_of_the_values(tmp_path: Path, overlay: str, error: str) -> None:
    assert said(tmp_path, overlay) == error.splitlines()


def test_all_quotas_hold_together(tmp_path: Path) -> None:
    assert said(tmp_path, quota("pods: '5'") + own_quota("pods: 4")) == [
        f"{HARD}.pods: everything at its largest takes 6, but 5 is allowed; allow 6 at least",
        "2: extraObjects[0].spec.hard.pods: everything at its largest takes 6, but 4 is allowed; allow 6 at least",
    ]
