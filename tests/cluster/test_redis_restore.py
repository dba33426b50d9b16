"""Redis with sentinels on the node is backed up and goes back to a snapshot as docs/redis.md says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of
from tests.cluster.waiting import wait_for
from tests.rendering import render_catalogue

CATALOGUE: dict[str, Any] = {
    "name": "ideas",
    "tiers": [{"name": "data"}],
    "dataServices": {"redis": {"tier": "data", "port": 6379, "urlVariable": "REDIS_URL", "clients": "sentinel"}},
    "services": {"web": {"tier": "data", "port": 3000, "needs": ["redis"]}},
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "snapshots"},
    "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}},
}
BACKUP: dict[str, Any] = {
    "enabled": True,
    "image": {"repository": "castiel.test/rclone"},
    "repository": {"claim": "snapshots", "passphrase": {"name": "redis-administrator", "key": "password"}},
    "resources": BESIDE_CASTIEL["redis"]["resources"],
    "scratch": "8Mi",
}


def platform_of(node: Node, folder: Path, **backup: Any) -> Castiel:
    """The platform with these values of `backup` beside those of all."""
    own = {"topology": "sentinel", **BESIDE_CASTIEL["redis"], "backup": {**BACKUP, **backup}}
    values = {"redis": own, "services": {"web": {"enabled": False}}, "extraObjects": [CLAIM]}
    platform = castiel_of(node, render_catalogue(CATALOGUE, values), folder)
    platform.provide_images()
    return platform


def ask(platform: Castiel, pod: str, *command: str) -> str:
    return platform.node.exec(platform.namespace, pod, "redis-cli", *command, container="redis").strip()


def primary(platform: Castiel) -> str:
    """The name of the pod that takes writes."""
    (name,) = (f"redis-{number}" for number in range(3) if "role:master" in ask(platform, f"redis-{number}", "info", "replication"))
    return name


def test_the_data_goes_back_to_a_snapshot_on_all_servers(node: Node, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    platform = platform_of(node, tmp_path)
    request.addfinalizer(lambda: platform.remove(wait=False))
    platform.start()
    ask(platform, primary(platform), "set", "idea", "first")
    succeeded, log = platform.run_cron_job("redis-backup")
    assert succeeded, log
    ask(platform, primary(platform), "set", "idea", "second")

    restoring = platform_of(node, tmp_path, restore={"snapshot": "latest"})
    restoring.start()
    jobs = [name for kind, name in restoring.rendered.objects if kind == "Job" and name.startswith("redis-restore-")]
    logs = [node.kubectl("logs", f"job/{job}", "--namespace", platform.namespace) for job in jobs]
    assert len(logs) == 3
    assert all("restored to latest" in log for log in logs), logs
    assert restoring.pods_of("redis") == []

    platform_of(node, tmp_path).start()
    wait_for("a primary", lambda: primary(platform), timeout=60)
    for number in range(3):
        assert ask(platform, f"redis-{number}", "get", "idea") == "first"
    assert ask(platform, primary(platform), "set", "idea", "third") == "OK"
