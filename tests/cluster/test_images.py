"""The images: real servers, started as the manifests start them, and the stand-in that checks what it needs."""

from __future__ import annotations

import json

import pytest

from tests.cluster.api import Object
from tests.cluster.manifests import STANDIN_IMAGE, claim, container, pod, restricted, service, standin
from tests.cluster.node import Node
from tests.cluster.waiting import wait_for

POSTGRES = "postgres:16"
RABBITMQ = "rabbitmq:3-management"
REDIS = "redis:7-alpine"
CURL = "curlimages/curl:8.10.1"
TMP = "/tmp"  # noqa: S108 - a volume of the pod
DATABASE_URL = "postgresql://coder:secret@postgres:5432/castiel"


@pytest.fixture(scope="module", autouse=True)
def images(node: Node) -> None:
    """The images of this module's pods."""
    node.provide_images([POSTGRES, RABBITMQ, REDIS, CURL, STANDIN_IMAGE])


def _postgres() -> list[Object]:
    main = container(
        "postgres",
        POSTGRES,
        arguments=["postgres", "-c", "max_connections=50", "-c", "shared_buffers=16MB"],
        environment={
            "POSTGRES_DB": "castiel",
            "POSTGRES_USER": "coder",
            "POSTGRES_PASSWORD": "secret",
            "POSTGRES_INITDB_ARGS": "--data-checksums",
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        mounts={"/var/lib/postgresql/data": "data", "/var/run/postgresql": "run", TMP: "tmp"},
        probe={"exec": {"command": ["pg_isready", "-h", "127.0.0.1", "-U", "coder", "-d", "castiel"]}},
    )
    volumes: dict[str, Object] = {
        "data": {"persistentVolumeClaim": {"claimName": "postgres"}},
        "run": {"emptyDir": {}},
        "tmp": {"emptyDir": {}},
    }
    made = pod("postgres", main, security=restricted(user=999), volumes=volumes)
    made["spec"]["terminationGracePeriodSeconds"] = 30
    return [claim("postgres"), made, service("postgres", 5432)]


def _rabbitmq() -> list[Object]:
    main = container(
        "rabbitmq",
        RABBITMQ,
        environment={"RABBITMQ_DEFAULT_USER": "castiel", "RABBITMQ_DEFAULT_PASS": "secret"},
        # The broker writes its upgrade log to a file even where it logs to the console.
        mounts={
            "/var/lib/rabbitmq": "data",
            "/var/log/rabbitmq": "logs",
            TMP: "tmp",
            "/etc/rabbitmq/conf.d/20-test.conf": "configuration",
        },
        probe={"tcpSocket": {"port": 5672}},
    )
    main["volumeMounts"][-1]["subPath"] = "20-test.conf"
    volumes: dict[str, Object] = {
        "data": {"persistentVolumeClaim": {"claimName": "rabbitmq"}},
        "logs": {"emptyDir": {}},
        "tmp": {"emptyDir": {}},
        "configuration": {"configMap": {"name": "rabbitmq"}},
    }
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "rabbitmq"},
        "data": {"20-test.conf": "vm_memory_high_watermark.absolute = 200MB\nlog.console.level = info\n"},
    }
    made = pod("rabbitmq", main, security=restricted(user=999), volumes=volumes)
    return [claim("rabbitmq"), settings, made, service("rabbitmq", 5672, 15672)]


def _redis() -> list[Object]:
    main = container(
        "redis",
        REDIS,
        arguments=["redis-server", "--requirepass", "secret", "--appendonly", "yes"],
        environment={"REDISCLI_AUTH": "secret"},
        mounts={"/data": "data"},
        probe={"exec": {"command": ["sh", "-c", '[ "$(redis-cli ping)" = PONG ]']}},
    )
    volumes: dict[str, Object] = {"data": {"emptyDir": {}}}
    return [
        pod("redis", main, security=restricted(user=999, group=1000), volumes=volumes),
        service("redis", 6379),
    ]


def test_a_service_finds_real_servers(node: Node, namespace: str) -> None:
    """The three servers start non-root with read-only roots, and a service that checks all of them gets ready."""
    node.apply([*_postgres(), *_rabbitmq(), *_redis()], namespace=namespace)
    node.wait_for_pods(namespace, timeout=90)
    needs = {
        "DATABASE_URL": DATABASE_URL,
        "RABBITMQ_URL": "amqp://castiel:secret@rabbitmq:5672",
        "REDIS_URL": "redis://:secret@redis:6379",
    }
    node.apply(standin("first", environment=needs), namespace=namespace)
    node.wait_for_pods(namespace, timeout=20, selector="app=first")
    # Its own need is a service; asked through the Service that follows its pod's readiness.
    node.apply(standin("second", environment={"FIRST_SERVICE_URL": "http://first:3000"}), namespace=namespace)
    node.wait_for_pods(namespace, timeout=30, selector="app=second")

    query = ("psql", "-U", "coder", "-d", "castiel", "-Atc")
    assert node.exec(namespace, "postgres", *query, "SHOW data_checksums") == "on\n"
    assert node.exec(namespace, "postgres", *query, "SHOW max_connections") == "50\n"
    assert "PostgreSQL init process complete" in node.kubectl("logs", "--namespace", namespace, "postgres")
    assert "castiel" in node.exec(namespace, "rabbitmq", "rabbitmqctl", "list_users", "--quiet")
    assert "200" in node.exec(namespace, "rabbitmq", "rabbitmq-diagnostics", "environment", "--quiet")
    overview = ("curl", "-fsS", "-u", "castiel:secret", "http://rabbitmq:15672/api/overview")
    node.apply([pod("curl", container("curl", CURL, arguments=["sleep", "3600"]), security=restricted(user=100))],
               namespace=namespace)  # fmt: skip
    node.wait_for_pods(namespace, timeout=20, selector="app=curl")
    assert json.loads(node.exec(namespace, "curl", *overview))["rabbitmq_version"].startswith("3.")
    assert node.exec(namespace, "redis", "redis-cli", "set", "key", "value") == "OK\n"


def test_data_outlives_a_pod(node: Node, namespace: str) -> None:
    """A second pod on the same claim finds the first one's rows and does not initialise again."""
    node.apply(_postgres(), namespace=namespace)
    node.wait_for_pods(namespace, timeout=60)
    query = ("psql", "-U", "coder", "-d", "castiel", "-Atc")
    node.exec(namespace, "postgres", *query, "CREATE TABLE kept AS SELECT 42 AS answer")
    node.kubectl("delete", "pod", "postgres", "--namespace", namespace)
    node.apply(_postgres(), namespace=namespace)
    node.wait_for_pods(namespace, timeout=60)
    assert node.exec(namespace, "postgres", *query, "SELECT answer FROM kept") == "42\n"
    assert "init process complete" not in node.kubectl("logs", "--namespace", namespace, "postgres")


def test_a_service_exits_when_a_need_does_not_answer(node: Node, namespace: str) -> None:
    """A missing gate shows as a restart, and the log names the need."""
    node.apply(standin("lonely", environment={"ABSENT_SERVICE_URL": "http://absent:3000"}), namespace=namespace)

    def restarted() -> bool:
        statuses = node.pods(namespace)[0]["status"].get("containerStatuses", [])
        return any(one["restartCount"] > 0 for one in statuses)

    wait_for("a restart", restarted, timeout=30)
    log = node.kubectl("logs", "--namespace", namespace, "lonely", "--previous")
    assert "lonely cannot start: ABSENT_SERVICE_URL does not answer" in log


def test_a_held_service_stays_unready_until_it_is_released(node: Node, namespace: str) -> None:
    """A test holds a service by its image alone; the manifests stay as they are."""
    image = "castiel/held:1"
    node.provide_images([image], environment={image: {"HOLD": "1"}})
    objects = standin("held")
    objects[0]["spec"]["containers"][0]["image"] = image
    node.apply(objects, namespace=namespace)

    def running() -> Object | None:
        one = node.pods(namespace)[0]
        return one if one["status"].get("phase") == "Running" else None

    held = wait_for("the held pod", running, timeout=20)
    with pytest.raises(TimeoutError):
        node.wait_for_pods(namespace, timeout=2)
    assert node.ask(held, "POST", "/release").status == 200
    node.wait_for_pods(namespace, timeout=10)
