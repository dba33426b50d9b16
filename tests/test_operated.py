"""What operators make of data services: nobody else has their names, and quotas and limit ranges hold as far as one knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

BOTH = CATALOGUE.replace("secrets:\n", "  rabbitmq: {tier: data, port: 5672, urlVariable: QUEUE_URL}\nsecrets:\n", 1)
OPERATED = "postgres: {topology: cloudnative-pg}\nrabbitmq: {topology: operator, image: {tag: 4-management}}\n"
ITEM = "extraObjects[0].spec.limits[0]"
HARD = "1: namespace.quota.hard"


def limit_range(kind: str, parts: str) -> str:
    spec = f"{{limits: [{{type: {kind}, {parts}}}]}}"
    return f"extraObjects: [{{apiVersion: v1, kind: LimitRange, metadata: {{name: own}}, spec: {spec}}}]\n"


def quota(hard: str) -> str:
    return f"namespace: {{quota: {{enabled: true, hard: {{{hard}}}}}}}\n"


def said(folder: Path, overlay: str) -> list[str]:
    return [one.removeprefix("a.yaml:") for one in errors(folder, catalogue=BOTH, overlays={"a.yaml": overlay})]


OF_POSTGRES = ("rw", "r", "ro", "any", "primary", "1-initdb", "2-join", "3-snapshot-recovery", "1-major-upgrade")
TAKEN = (*(f"postgres-{end}" for end in OF_POSTGRES), "rabbitmq-cluster", "rabbitmq-cluster-nodes", "rabbitmq-cluster-server")
FREE = (
    *("postgres-rw-config", "postgres-ca", "postgres-app", "postgres-1", "rabbitmq-server", "rabbitmq-cluster-config"),
    *("rabbitmq-cluster-peer-discovery", "rabbitmq-cluster-default-user", "rabbitmq-1-initdb"),
)


@pytest.mark.parametrize("name", TAKEN)
def test_a_service_that_an_operator_would_take_for_its_own_is_refused(name: str, tmp_path: Path) -> None:
    catalogue = BOTH.replace("  web:", f"  {name}:")
    assert errors(tmp_path, catalogue=catalogue) == [
        f"catalogue.yaml:18: services.{name}: the name `{name}` is reserved; choose another name"
    ]


@pytest.mark.parametrize("name", FREE)
def test_a_service_that_no_operator_has_an_object_like_is_not_refused(name: str, tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=BOTH.replace("  web:", f"  {name}:"), overlays={"a.yaml": OPERATED}) == []


def test_a_data_service_that_an_operator_would_take_for_its_own_is_refused(tmp_path: Path) -> None:
    catalogue = BOTH.replace("secrets:\n", "  postgres-r: {kind: redis, tier: data, port: 6379, urlVariable: A}\nsecrets:\n", 1)
    assert errors(tmp_path, catalogue=catalogue) == [
        "catalogue.yaml:9: dataServices.postgres-r: the name `postgres-r` is reserved; choose another name"
    ]


SECRETS = {
    **{f"postgres-{end}": True for end in ("ca", "server", "replication", "pull")},
    **{f"postgres-{end}": False for end in ("app", "superuser", "rw")},  # the Cluster has the platform's, and no superuser
    **{f"rabbitmq-cluster-{end}": True for end in ("default-user", "erlang-cookie")},
    **{f"rabbitmq-{end}": False for end in ("cluster-server", "default-user")},
}


@pytest.mark.parametrize(("name", "taken"), SECRETS.items())
def test_a_secret_that_an_operator_makes_is_made_by_nobody_else(name: str, taken: bool, tmp_path: Path) -> None:
    catalogue = BOTH.replace("  api-keys:", f"  {name}: {{source: generated, keys: [KEY]}}\n  api-keys:")
    wrong = f"catalogue.yaml:10: secrets.{name}: the name `{name}` is reserved; choose another name"
    assert errors(tmp_path, catalogue=catalogue) == [wrong] * taken


def test_a_storage_whose_claims_would_be_those_of_an_operator_is_refused(tmp_path: Path) -> None:
    service = "  cluster-server: {tier: back, port: 1, storage: {persistence-mq: /a}}\n"
    catalogue = BOTH.replace("  rabbitmq: {", "  mq: {kind: rabbitmq, ").replace("services:\n", f"services:\n{service}")
    assert errors(tmp_path, catalogue=catalogue) == [
        (
            "catalogue.yaml:14: services.cluster-server.storage.persistence-mq: "
            "its claim would be persistence-mq-cluster-server-0, which is that of mq; choose another name"
        )
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("v1, kind: Service", "postgres-ro"),
        ("policy/v1, kind: PodDisruptionBudget", "postgres"),
        ("v1, kind: Service", "rabbitmq-cluster"),
        ("v1, kind: ConfigMap", "rabbitmq-cluster-server-conf"),
        ("rbac.authorization.k8s.io/v1, kind: RoleBinding", "rabbitmq-cluster-server"),
    ],
)
def test_an_object_of_the_users_that_an_operator_makes_is_refused_where_it_runs(kind: str, name: str, tmp_path: Path) -> None:
    needed = {"Service": "spec: {ports: [{port: 1}]}", "RoleBinding": "roleRef: {apiGroup: a, kind: Role, name: b}"}
    word = kind.rpartition(" ")[2]
    one = f"extraObjects: [{{apiVersion: {kind}, metadata: {{name: {name}}}, {needed.get(word, '')}}}]\n"
    assert said(tmp_path, one) == []
    assert said(tmp_path, one + OPERATED) == [
        (f"1: extraObjects[0].metadata.name: the platform has the {word} {name} already; give each object a name of its own")
    ]


def test_a_user_may_give_an_operator_a_ca(tmp_path: Path) -> None:
    assert said(tmp_path, OPERATED + "extraObjects: [{apiVersion: v1, kind: Secret, metadata: {name: postgres-ca}}]\n") == []


@pytest.mark.parametrize("end", ["ca", "replication", "server"])
def test_the_certificate_of_a_server_is_in_no_secret_that_the_operator_makes(end: str, tmp_path: Path) -> None:
    """With a certificate of the user's, it makes none for the server."""
    wrong = "1: postgres.tls.secret: the operator makes a Secret of this name itself; choose another name"
    tls = f"postgres: {{topology: TOPOLOGY, urlOptions: sslmode=require, tls: {{enabled: true, secret: postgres-{end}}}}}"
    assert said(tmp_path, tls.replace("TOPOLOGY", "cloudnative-pg")) == [wrong] * (end != "server")
    assert said(tmp_path, tls.replace("TOPOLOGY", "single")) == []


HELD = {
    "the server of CloudNativePG": (
        limit_range("Container", "max: {memory: 768Mi}"),
        (
            f"1: {ITEM}.max.memory: 768Mi is less than the 1Gi that postgres of Cluster postgres may use; "
            "allowed: at least 1Gi, or lower that"
        ),
    ),
    "the container before RabbitMQ": (
        "postgres: {resources: {limits: {memory: 512Mi}}}\n" + limit_range("Container", "max: {memory: 768Mi}"),
        (
            f"2: {ITEM}.max.memory: 768Mi is less than the 1Gi that preparation of RabbitmqCluster rabbitmq-cluster may use; "
            "allowed: at least 1Gi, or lower that"
        ),
    ),
    "a volume of CloudNativePG": (
        limit_range("PersistentVolumeClaim", "max: {storage: 9Gi}"),
        (
            f"1: {ITEM}.max.storage: 9Gi is less than the 10Gi that a claim of Cluster postgres asks for; "
            "allowed: at least 10Gi, or lower that"
        ),
    ),
    "a volume of RabbitMQ": (
        limit_range("PersistentVolumeClaim", "min: {storage: 9Gi}"),
        (
            f"1: {ITEM}.min.storage: 9Gi is more than the 5Gi that a claim of RabbitmqCluster rabbitmq-cluster asks for; "
            "allowed: at most 5Gi, or raise that"
        ),
    ),
    "a pod that has more than that": (
        limit_range("Pod", "max: {memory: 768Mi}"),
        (
            f"1: {ITEM}.max.memory: 768Mi is less than the 1Gi that a pod of Cluster postgres may use; "
            "allowed: at least 1Gi, or lower that"
        ),
    ),
    "no pod whose other containers may have what it lacks": (limit_range("Pod", "min: {memory: 16Mi}"), ""),
    "a default limit below the request": (
        limit_range("Container", "default: {cpu: 70m}"),
        (
            f"1: {ITEM}.default.cpu: postgres of Cluster postgres has no limit of its own and gets 70m, but asks for 100m; "
            "set its limit, or allow 100m here at least"
        ),
    ),
    "what says nothing where a quota counts it": (
        "secrets: {mode: existing}\ndefaults: {resources: {limits: {cpu: '1'}}}\nstartup: {resources: {limits: {cpu: '1'}}}\n"
        + quota("limits.cpu: '90', limits.memory: 2Gi"),
        (
            "4: namespace.quota.hard['limits.cpu']: postgres of Cluster postgres has no cpu limit, so no pod of it is ever made; "
            "set one for every container, such as in namespace.limitRange.defaultLimits.cpu"
        ),
    ),
    "nothing that the operator says itself": (
        "rabbitmq: {resources: {requests: {cpu: ~}, limits: {cpu: ~}}}\n" + limit_range("Container", "max: {memory: 1Gi}"),
        "",
    ),
}


@pytest.mark.parametrize(("overlay", "error"), HELD.values(), ids=HELD)
def test_members_of_operators_are_held_to_what_the_values_say_of_them(tmp_path: Path, overlay: str, error: str) -> None:
    found = errors(tmp_path, catalogue=BOTH, overlays={"operated.yaml": OPERATED, "a.yaml": overlay})
    assert [one.removeprefix("a.yaml:") for one in found] == error.splitlines()


# the credentials of both, the key of web
@pytest.mark.parametrize(
    ("more", "number"),
    [
        ("", 3),
        ("rabbitmq: {users: {ops: {secret: a}, dev: {secret: b}}}\n", 5),
        ("rabbitmq: {tls: {enabled: true, secret: a}}\n", 4),
        ("postgres: {urlOptions: sslmode=require, tls: {enabled: true, secret: a}}\n", 4),
        ("images: {pullSecrets: [a]}\n", 4),
        (
            (
                "postgres: {backup: {enabled: true, method: barman-cloud, restoreTest: {enabled: false}, repository: "
                "{s3: {bucket: own, host: b.example, secret: {name: c}, cidrs: [10.0.0.0/8]}}}}\n"
            ),
            4,
        ),
    ],
)
def test_secrets_that_members_of_operators_read_count(tmp_path: Path, more: str, number: int) -> None:
    def found(hard: int) -> list[str]:
        overlays = {"operated.yaml": OPERATED, "more.yaml": more, "a.yaml": quota(f"secrets: '{hard}'")}
        return errors(tmp_path, catalogue=BOTH, overlays=overlays)

    assert found(number) == []
    assert found(number - 1) == [
        f"a.yaml:{HARD}.secrets: everything at its largest takes {number}, but {number - 1} is allowed; allow {number} at least"
    ]
