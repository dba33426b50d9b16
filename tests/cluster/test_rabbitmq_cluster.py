"""RabbitMQ with several nodes under faults: no confirmed message is lost, and publishers go on soon, without help."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.cluster.api import Object
from tests.cluster.faults import force_delete, kill_main_process
from tests.cluster.letters import MEMBERS, QUEUE, Brokers, Published, published, render_letters
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of, is_ready
from tests.cluster.requirement import say
from tests.cluster.waiting import wait_for

ONE, SEVERAL = 5, 90
"""The most seconds for which a publisher gets no confirmation, when one node is lost, and from when several may return.

Measured with 4.0 were 0.4 and 30, on two processors for which ten processes waited.
"""

IMAGES = ("rabbitmq:3-management", "castiel.test/rabbitmq-4:4.0")
"""Of Debian 12 and 13: RabbitMQ 3.10 and 4.0."""

# Any Secret of the namespace does; this one is made with the platform.
READER = {"reader": {"secret": "rabbitmq-credentials", "key": "erlang-cookie", "tag": "monitoring"}}
DEFINITIONS = {
    "vhosts": [{"name": "reports", "metadata": {"default_queue_type": "quorum"}}],
    "permissions": [{"user": "reader", "vhost": "reports", "configure": "", "write": "", "read": ".*"}],
    "policies": [{"name": "limit", "vhost": "reports", "pattern": "^", "apply-to": "queues", "definition": {"max-length": 10}}],
}

LOSSES: list[tuple[Callable[[Node, Object], None], int]] = [
    *((kill_main_process, number) for number in range(MEMBERS)),
    (force_delete, MEMBERS - 1),
]


@pytest.fixture(scope="module", params=IMAGES)
def brokers(node: Node, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Brokers]:
    """A fresh cluster of three."""
    rendered = render_letters(
        tmp_path_factory.mktemp("catalogue"), request.param, topology="cluster", users=READER, definitions=DEFINITIONS
    )
    platform = castiel_of(node, rendered, tmp_path_factory.mktemp("letters"))
    platform.provide_images()
    started = Brokers(platform, may_hang=request.param == IMAGES[0])
    try:
        platform.start()
        started.wait_until_whole()
        yield started
        if started.helped:
            say(f"{request.param}: nodes that did not start again, and whose pods were deleted: {started.helped}", request.config)
    finally:
        started.remove()


@pytest.fixture(name="note")
def _note(record_property: Callable[[str, object], None]) -> Callable[[Published, float], float]:
    """Asserts that nothing is lost, notes the figures, and gives the longest outage from a moment on."""

    def note(found: Published, since: float = 0) -> float:
        outage = found.outage(since)
        for name, figure in (("outage", round(outage, 1)), ("confirmed", len(found.confirmed))):
            record_property(name, figure)
        assert found.lost == []
        assert len(found.confirmed) > 100
        return outage

    return note


def test_a_first_start_gives_one_cluster_whose_queues_have_a_copy_on_each_node(brokers: Brokers) -> None:
    """The queue is declared without a type, as clients do that know nothing of clusters."""
    assert all(len(brokers.running(number)) == MEMBERS for number in range(MEMBERS))
    with published(brokers):
        kinds = brokers.ask("rabbitmqctl", "-q", "list_queues", "--no-table-headers", "name", "type").split()
        assert kinds == [QUEUE, "quorum"]
        status = brokers.ask("rabbitmq-queues", "-q", "quorum_status", QUEUE)
        assert all(f"rabbit@rabbitmq-{number}." in status for number in range(MEMBERS))


def test_users_with_the_passwords_of_secrets_and_what_the_values_define_are_there(brokers: Brokers) -> None:
    def listed(what: str, *options: str, number: int = 0) -> list[list[str]]:
        lines = brokers.ask("rabbitmqctl", "-q", what, "--no-table-headers", *options, number=number).splitlines()
        return sorted(line.split("\t") for line in lines)

    for number in range(MEMBERS):
        assert listed("list_users", number=number) == [["letters", "[]"], ["reader", "[monitoring]"]]
    assert listed("list_permissions", "-p", "reports") == [["reader", "", "", ".*"]]
    assert listed("list_permissions") == [["letters", ".*", ".*", ".*"]]
    assert listed("list_policies", "-p", "reports") == [["reports", "limit", "^", "queues", '{"max-length":10}', "0"]]
    assert listed("list_vhosts", "name", "default_queue_type") == [["/", "quorum"], ["reports", "quorum"]]
    password = brokers.ask("cat", "/run/users/reader")
    brokers.ask("rabbitmqctl", "-q", "authenticate_user", "reader", password)
    with pytest.raises(RuntimeError, match="invalid credentials"):
        brokers.ask("rabbitmqctl", "-q", "authenticate_user", "reader", f"{password}x")


def test_any_one_node(brokers: Brokers, note: Callable[[Published], float]) -> None:
    """As after the kernel's out-of-memory killer, each after another, and as `kubectl delete pod --force`."""

    def is_away(number: int) -> bool:
        return not is_ready(brokers.pod(number))

    with published(brokers) as found:
        for fault, number in LOSSES:
            fault(brokers.platform.node, brokers.pod(number))
            found.goes_on()
            wait_for("the fault", partial(is_away, number), timeout=30)
            brokers.wait_until_whole()
    assert note(found) <= ONE


def test_all_nodes_at_once(brokers: Brokers, note: Callable[[Published], float]) -> None:
    with published(brokers) as found:
        for pod in brokers.pods():
            kill_main_process(brokers.platform.node, pod)
        found.goes_on(timeout=120)
        brokers.wait_until_whole()
    assert note(found) <= SEVERAL


def test_the_majority_away(brokers: Brokers, note: Callable[[Published, float], float]) -> None:
    """The node that is left closes its port until another one is back."""
    node, helped = brokers.platform.node, brokers.helped
    with published(brokers) as found:
        node.kubectl("cordon", node.name)
        try:
            force_delete(node, brokers.pod(1), brokers.pod(2))
            wait_for("the last one to stop", lambda: not is_ready(brokers.pod(0)), timeout=90, explain=brokers.explain)
            assert lives(brokers, 0), "it pauses"
        finally:
            node.kubectl("uncordon", node.name)
        back = time.monotonic()
        found.goes_on(timeout=120)
        brokers.wait_until_whole()
    assert note(found, back) <= SEVERAL or brokers.helped > helped


def test_a_node_whose_broker_has_stopped_is_restarted(brokers: Brokers) -> None:
    """Its Erlang machine goes on, and readiness alone would leave it there for ever."""
    assert lives(brokers, 1)
    brokers.ask("rabbitmqctl", "-q", "stop_app", number=1)
    try:
        assert not lives(brokers, 1)
    finally:
        brokers.ask("rabbitmqctl", "-q", "start_app", number=1)
    brokers.wait_until_whole()


def lives(brokers: Brokers, number: int) -> bool:
    """What the liveness probe of a node says at once."""
    (container,) = brokers.pod(number)["spec"]["containers"]
    try:
        brokers.ask(*container["livenessProbe"]["exec"]["command"], number=number)
    except RuntimeError:
        return False
    return True


def test_a_drain(brokers: Brokers, note: Callable[[Published], float]) -> None:
    """The machine has all nodes, and is drained of one; while that is away, the budget keeps the next one."""
    node = brokers.platform.node
    drain = ("drain", node.name, "--delete-emptydir-data", "--ignore-daemonsets", "--pod-selector")
    with published(brokers) as found:
        try:
            node.kubectl(*drain, "statefulset.kubernetes.io/pod-name=rabbitmq-1", "--timeout=100s")
            with pytest.raises(RuntimeError, match="would violate the pod's disruption budget"):
                node.kubectl(*drain, "statefulset.kubernetes.io/pod-name=rabbitmq-2", "--timeout=3s")
        finally:
            node.kubectl("uncordon", node.name)
        found.goes_on()
        brokers.wait_until_whole()
    assert note(found) <= ONE


def test_a_rolling_restart(brokers: Brokers, note: Callable[[Published], float]) -> None:
    """Each node waits before it leaves until no queue loses its majority with it."""
    before = brokers.pods()
    with published(brokers) as found:
        brokers.platform.node.kubectl("rollout", "restart", "--namespace", brokers.platform.namespace, "statefulset/rabbitmq")
        brokers.wait_until_whole(before=before, timeout=400)
    assert note(found) <= ONE
