"""From RabbitMQ 3 to 4 by a new broker beside the old one, with the commands of docs/rabbitmq.md, on the node."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.images.small import standin_program
from tests.cluster.letters import QUEUE, Brokers
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of
from tests.cluster.waiting import wait_for
from tests.rendering import render_catalogue

NAME = "app.kubernetes.io/name"


def policy(name: str, direction: str, pods: str, peer: str) -> dict[str, Any]:
    """Lets these pods and this peer speak AMQP."""
    kind, way = ("Ingress", "from") if direction == "in" else ("Egress", "to")
    rule = {way: [{"podSelector": {"matchLabels": {NAME: peer}}}], "ports": [{"port": 5672}]}
    spec = {"podSelector": {"matchLabels": {NAME: pods}}, "policyTypes": [kind], kind.lower(): [rule]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


START_SHOVEL = """
cp /etc/rabbitmq/enabled_plugins /tmp/
rabbitmqctl eval 'application:set_env(rabbit, enabled_plugins_file, "/tmp/enabled_plugins").'
RABBITMQ_ENABLED_PLUGINS_FILE=/tmp/enabled_plugins rabbitmq-plugins enable rabbitmq_shovel
"""

BOTH = [policy("moving-out", "out", "queue", "rabbitmq"), policy("moving-in", "in", "rabbitmq", "queue")]


def platform_of(node: Node, folder: Path, used: str, image: str) -> Castiel:
    """The platform with both brokers, whose service uses one of them."""
    variables = {"rabbitmq": "OLD_URL", "queue": "QUEUE_URL", used: "RABBITMQ_URL"}
    services = {
        name: {"kind": "rabbitmq", "tier": "data", "port": 5672, "urlVariable": variable} for name, variable in variables.items()
    }
    catalogue = {
        "name": "letters",
        "tiers": [{"name": "data"}, {"name": "app"}],
        "dataServices": services,
        "services": {"writer": {"tier": "app", "needs": [used], "health": "none"}},
    }
    repository, tag = image.rsplit(":", 1)
    small = BESIDE_CASTIEL["rabbitmq"]
    values = {
        "rabbitmq": {"image": {"tag": "3-management"}, **small},
        "dataServices": {"queue": {"topology": "cluster", "image": {"repository": repository, "tag": tag}, **small}},
        "defaults": BESIDE_CASTIEL["defaults"],
        "services": {"writer": {"image": {"repository": "castiel.test/standin", "tag": "1"}}},
        "extraObjects": BOTH,
    }
    platform = castiel_of(node, render_catalogue(catalogue, values), folder)
    platform.provide_images()
    return platform


def publish(old: Brokers, messages: int) -> set[int]:
    """Publish until so many messages are confirmed; those."""
    command = old.platform.node.namespace.command(standin_program(), "publish", QUEUE)
    with subprocess.Popen(
        command, env={**os.environ, "RABBITMQ_URL": old.address()}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as publishing:
        assert publishing.stdout is not None
        confirmed = {int(publishing.stdout.readline().split()[1]) for _ in range(messages)}
        publishing.terminate()
        return confirmed | {int(line.split()[1]) for line in publishing.stdout}


def taken(new: Brokers) -> set[int]:
    """The messages in the queue, each taken out of it."""
    command = new.platform.node.namespace.command(standin_program(), "published", QUEUE)
    environment = {**os.environ, "RABBITMQ_URL": new.address()}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    return set(map(int, done.stdout.split()))


@pytest.mark.parametrize("image", ["castiel.test/rabbitmq-4:4.0"])
def test_no_confirmed_message_is_lost_on_the_way(node: Node, tmp_path: Path, image: str, request: pytest.FixtureRequest) -> None:
    platform = platform_of(node, tmp_path, "rabbitmq", image)
    request.addfinalizer(platform.remove)
    old, new = Brokers(platform), Brokers(platform, "queue", "queue", "queue")
    request.addfinalizer(new.remove)
    platform.apply()
    old.wait_until_whole(members=1)
    new.wait_until_whole()
    confirmed = publish(old, 1000)

    where = ("--namespace", platform.namespace)
    definitions = node.kubectl("exec", *where, "rabbitmq-0", "--", "rabbitmqctl", "-q", "export_definitions", "-", "--format=json")
    load = "cat > /tmp/old.json && rabbitmqctl import_definitions /tmp/old.json"
    node.kubectl("exec", "-i", *where, "queue-0", "--", "sh", "-c", load, stdin=definitions)
    new.ask("sh", "-c", 'rabbitmqctl change_password "$RABBITMQ_DEFAULT_USER" "$RABBITMQ_DEFAULT_PASS"')
    assert new.ask("rabbitmqctl", "-q", "list_queues", "--no-table-headers", "name", "type").split() == [QUEUE, "quorum"]

    password = old.address().partition("letters:")[2].partition("@")[0]
    moved = platform_of(node, tmp_path, "queue", image)
    moved.apply()
    old.platform = new.platform = moved
    shovel = {
        "src-protocol": "amqp091",
        "src-uri": f"amqp://letters:{password}@rabbitmq:5672",
        "src-queue": QUEUE,
        "dest-protocol": "amqp091",
        "dest-uri": "amqp:///%2f",
        "dest-queue": QUEUE,
        "ack-mode": "on-confirm",
    }
    new.ask("sh", "-ec", START_SHOVEL)
    new.ask("rabbitmqctl", "set_parameter", "shovel", QUEUE, json.dumps(shovel))

    def left() -> str:
        return old.ask("rabbitmqctl", "-q", "list_queues", "--no-table-headers", "name", "messages")

    wait_for(
        "the old queue to be empty", lambda: left().split() == [QUEUE, "0"], timeout=90, explain=lambda: left() + new.explain()
    )
    new.ask("rabbitmqctl", "clear_parameter", "shovel", QUEUE)
    assert confirmed <= taken(new)
