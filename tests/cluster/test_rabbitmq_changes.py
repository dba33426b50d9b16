"""Changes of a RabbitMQ that runs: from one node to a cluster, and an image that its data does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from secrets import token_hex
from typing import Any

import pytest

from tests.cluster.letters import MEMBERS, QUEUE, Brokers, published, render_letters
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of
from tests.cluster.waiting import wait_for

RABBITMQ_3, RABBITMQ_4 = "rabbitmq:3-management", "castiel.test/rabbitmq-4:4.0"

Start = Callable[..., Brokers]


@pytest.fixture(name="start")
def _start(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Applies the platform with an image and further values of RabbitMQ; it is removed at the end of the test."""
    with ExitStack() as end:

        def start(image: str, **rabbitmq: Any) -> Brokers:
            rendered = render_letters(tmp_path_factory.mktemp("catalogue"), image, **rabbitmq)
            platform = castiel_of(node, rendered, tmp_path_factory.mktemp("letters"))
            platform.provide_images()
            brokers = Brokers(platform)
            end.callback(brokers.remove)
            platform.apply()
            return brokers

        yield start


@pytest.mark.parametrize("image", [RABBITMQ_3, RABBITMQ_4])
def test_from_one_node_to_a_cluster(start: Start, image: str) -> None:
    """What the single node has stays where it is; publishers go on when it has restarted."""
    brokers = start(image)
    brokers.wait_until_whole(members=1)
    with published(brokers) as found:
        start(image, topology="cluster").wait_until_whole()
        found.goes_on()
        kinds = brokers.ask("rabbitmqctl", "-q", "list_queues", "--no-table-headers", "name", "type").split()
        assert kinds == [QUEUE, "classic"]
    assert found.lost == []
    assert len(found.confirmed) > 100
    assert all(len(brokers.running(number)) == MEMBERS for number in range(MEMBERS))


@pytest.mark.parametrize("image", [RABBITMQ_4])
def test_another_password_of_a_cluster(start: Start, image: str) -> None:
    """The Secret is changed, and the nodes restart one after another, as docs/rabbitmq.md says."""
    brokers = start(image, topology="cluster")
    node, where = brokers.platform.node, ("--namespace", brokers.platform.namespace)
    brokers.wait_until_whole()
    old, new = brokers.ask("printenv", "RABBITMQ_DEFAULT_PASS").strip(), token_hex(16)
    brokers.platform.set_password("rabbitmq-credentials", new)
    node.kubectl("rollout", "restart", *where, "statefulset/rabbitmq")
    node.kubectl("rollout", "status", *where, "statefulset/rabbitmq", "--timeout=300s", timeout=320)
    brokers.wait_until_whole()
    for number in range(MEMBERS):
        brokers.ask("rabbitmqctl", "-q", "authenticate_user", "letters", new, number=number)
        with pytest.raises(RuntimeError, match="invalid credentials"):
            brokers.ask("rabbitmqctl", "-q", "authenticate_user", "letters", old, number=number)


@pytest.mark.parametrize("image", [RABBITMQ_4])
def test_an_image_of_4_on_data_of_3(start: Start, image: str) -> None:
    """Its pod says why it does not start, and the broker of 3 goes on with all that it had."""
    brokers = start(RABBITMQ_3)
    brokers.wait_until_whole(members=1)
    node, namespace = brokers.platform.node, brokers.platform.namespace
    with published(brokers) as found:
        start(image)

        def words() -> str:
            return node.kubectl("logs", "--namespace", namespace, "rabbitmq-0", "--container", "rabbitmq", "--previous")

        wait_for("the refusal", lambda: "refused: this is RabbitMQ 4.0" in words(), timeout=120, explain=brokers.explain)
        assert "rabbitmq.upgradeInPlace" in words()
        start(RABBITMQ_3)
        brokers.wait_until_whole(members=1)
        found.goes_on()
    assert found.lost == []
    assert len(found.confirmed) > 100
