"""The definitions of a cluster on the node are backed up on a volume, and come back from it as docs/rabbitmq.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.letters import QUEUE, Brokers, published, render_letters
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, castiel_of

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "definitions"},
    "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}},
}
BACKUP: dict[str, Any] = {
    "enabled": True,
    "image": {"repository": "castiel.test/rclone"},
    "repository": {"claim": "definitions"},
    "resources": BESIDE_CASTIEL["rabbitmq"]["resources"],
}
RESTORE = "cat > /tmp/d.json && rabbitmqctl import_definitions /tmp/d.json"


@pytest.mark.parametrize("image", ["rabbitmq:3-management", "castiel.test/rabbitmq-4:4.0"])
def test_definitions_come_back_and_nothing_secret_is_among_them(
    node: Node, tmp_path: Path, image: str, request: pytest.FixtureRequest
) -> None:
    rendered = render_letters(tmp_path, image, extra=[CLAIM], topology="cluster", backup=BACKUP)
    platform = castiel_of(node, rendered, tmp_path / "manifests")
    platform.provide_images()
    brokers = Brokers(platform)
    request.addfinalizer(brokers.remove)
    platform.apply()
    brokers.wait_until_whole()
    brokers.ask("rabbitmqctl", "-q", "set_policy", "few", f"^{QUEUE}$", '{"max-length":1000000}')
    with published(brokers):  # which removes the queue at the end
        succeeded, log = platform.run_cron_job("rabbitmq-backup")
        assert succeeded, log
        assert "exported by rabbit@rabbitmq-0" in log
    (stored,) = (node.folder / "volumes").glob("*/letters/rabbitmq/*/definitions.json")
    text = stored.read_text()
    definitions = json.loads(text)
    assert "users" not in definitions
    assert "parameters" not in definitions
    assert "hash" not in text

    brokers.ask("rabbitmqctl", "-q", "clear_policy", "few")
    where = ("--namespace", platform.namespace, "rabbitmq-0")
    node.kubectl("exec", "-i", *where, "--", "sh", "-c", RESTORE, stdin=text)
    assert brokers.ask("rabbitmqctl", "-q", "list_queues", "--no-table-headers", "name", "type").split() == [QUEUE, "quorum"]
    assert "few" in brokers.ask("rabbitmqctl", "-q", "list_policies", "--no-table-headers")
    with published(brokers) as found:
        pass
    assert found.lost == []
