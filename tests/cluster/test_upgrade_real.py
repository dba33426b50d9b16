"""`kubectl apply` of today's manifests over those of an earlier version, with real servers and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chart.platforms import small
from tests.cluster.api import Object
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, apply_folder, castiel_of, workload_of
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render, render_platform
from tests.test_upgrade import of_folder, restarted
from tests.upgrade import earlier_manifests, kept

SHOP = "shop-earlier"
"""The namespace of the small platform in the kept manifests, which are for a node beside Castiel."""


@pytest.fixture
def shop(node: Node, tmp_path: Path) -> Iterator[tuple[Castiel, Castiel]]:
    """The small platform by the earlier version, started, and by today's."""
    platform = small().load_with(kept({**BESIDE_CASTIEL, "namespace": {"name": SHOP}}))
    files = {file.name: file.read_text() for file in earlier_manifests("shop").glob("*.yaml")}
    before = castiel_of(node, Rendered.of(platform, files), tmp_path / "before")
    after = castiel_of(node, render_platform(platform), tmp_path / "after")
    for one in (before, after):
        one.provide_images()
    try:
        before.start()
        yield before, after
    finally:
        after.remove(wait=False)


def uids(castiel: Castiel) -> dict[str, str]:
    return {workload_of(pod): pod["metadata"]["uid"] for pod in castiel.node.pods(castiel.namespace) if _stays(pod)}


def _stays(pod: Object) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and pod["status"]["phase"] == "Running"


def volumes(castiel: Castiel) -> dict[str, str]:
    """The volume of each claim."""
    claims = castiel.node.api.items(f"/api/v1/namespaces/{castiel.namespace}/persistentvolumeclaims")
    return {one["metadata"]["name"]: one["spec"]["volumeName"] for one in claims}


def query(castiel: Castiel, words: str) -> str:
    ask = 'PGPASSWORD="$POSTGRES_PASSWORD" exec psql -U postgres -d "$POSTGRES_DB" -Atc "$1"'
    return castiel.node.exec(castiel.namespace, "postgres-0", "sh", "-c", ask, "sh", words).strip()


def redis(castiel: Castiel, *command: str) -> str:
    return castiel.node.exec(castiel.namespace, "redis-0", "redis-cli", *command).strip()


def test_what_the_servers_hold_is_there_after_an_upgrade_and_nothing_else_restarts(shop: tuple[Castiel, Castiel]) -> None:
    before, after = shop
    query(before, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    redis(before, "set", "kept", "here")
    pods, claims = uids(before), volumes(before)

    after.node.kubectl("delete", "job", "--namespace", after.namespace, "secret-generator", "--ignore-not-found")
    after.apply()

    def restarted_now() -> set[str]:
        return {name for name, uid in uids(after).items() if pods.get(name) != uid}

    expected = restarted(of_folder(before.folder), of_folder(after.folder))
    wait_for("what the upgrade restarts to be new", lambda: restarted_now() >= expected, timeout=240, interval=0.5)
    after.wait_until_ready()
    assert restarted_now() == expected
    assert volumes(after) == claims
    assert query(after, "SELECT count(*) FROM kept") == "1000"
    assert redis(after, "get", "kept") == "here"


def without_pods(namespace: str) -> list[Object]:
    """The namespace, with a quota by which none of its pods is made."""
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "no-pods"}, "spec": {"hard": {"pods": "0"}}}
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, quota]


def test_the_api_server_takes_todays_manifests_of_castiel_over_the_earlier_ones(node: Node, tmp_path: Path) -> None:
    """All 21 services, as objects alone: no pod is made."""
    today = castiel_of(node, render("demo"), tmp_path)
    node.apply(without_pods(today.namespace), namespace=today.namespace)
    try:
        apply_folder(node, earlier_manifests("demo"))
        node.kubectl("delete", "job", "--namespace", today.namespace, "secret-generator")
        said = today.apply().output.splitlines()
        assert f"namespace/{today.namespace} unchanged" in said
        assert "statefulset.apps/postgres created" not in said
    finally:
        today.remove(wait=False)
