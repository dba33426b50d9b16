"""Faults: everything returns without help, and nothing that was promised to be safe is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest

from tests.cluster.api import Object
from tests.cluster.faults import force_delete, kill_main_process, outages
from tests.cluster.platform import Castiel, is_ready, restarts_of, workload_of
from tests.cluster.recording import recording
from tests.cluster.waiting import wait_for
from tests.connectivity import CATALOGUE

DATA_SERVICES = tuple(CATALOGUE["dataServices"])
# One of each tier, hit at the same moment.
ONE_OF_EACH_TIER = tuple({entry["tier"]: name for name, entry in CATALOGUE["services"].items()}.values())
KINDS = [*((name,) for name in DATA_SERVICES), ONE_OF_EACH_TIER]
RETURN = 120  # seconds; a start of the whole platform takes about half of it


@pytest.fixture(autouse=True)
def whole(castiel: Castiel) -> Iterator[None]:
    """The platform is whole before a fault, and, without help, after it."""
    castiel.wait_until_ready()
    yield
    castiel.wait_until_ready(timeout=RETURN)


def _identities(pods: Sequence[Object]) -> dict[str, tuple[str, int]]:
    """For each workload its pod's id, and how often its containers have restarted."""
    restarted = restarts_of(list(pods))
    return {
        workload_of(one): (
            one["metadata"]["uid"],
            sum(count for name, count in restarted.items() if name.startswith(f"{one['metadata']['name']}/")),
        )
        for one in pods
        if one["status"]["phase"] == "Running"
    }


def _hit_returns_alone(castiel: Castiel, names: Sequence[str], hit: Callable[[Object], None]) -> None:
    """Hit these workloads under load: they return, all others live on untouched, and nothing safe is lost."""
    with recording(castiel), outages(castiel.node, castiel.namespace) as out:
        before = _identities(castiel.node.pods(castiel.namespace))
        for name in names:
            hit(castiel.pod(name))

        def changed() -> bool:
            now = _identities(castiel.node.pods(castiel.namespace))
            return all(now.get(name) != before[name] for name in names)

        wait_for(f"{names} to be hit", changed, timeout=30)
        castiel.wait_until_ready(timeout=RETURN)
        after = _identities(castiel.node.pods(castiel.namespace))
    assert {name for name in after if after[name] != before.get(name)} == set(names), "others were drawn in"
    assert {service.removesuffix("-nodes").removesuffix("-ready") for service in out} <= set(names), "others were out of reach"


@pytest.mark.parametrize("names", KINDS, ids=",".join)
def test_a_pod_deleted_by_force_returns_alone(castiel: Castiel, names: tuple[str, ...]) -> None:
    """Nothing else restarts: liveness looks at the own process only."""
    _hit_returns_alone(castiel, names, lambda one: force_delete(castiel.node, one))


@pytest.mark.parametrize("names", KINDS, ids=",".join)
def test_a_killed_main_process_returns_alone(castiel: Castiel, names: tuple[str, ...]) -> None:
    """As after the kernel's out-of-memory killer: its container restarts in its pod."""
    _hit_returns_alone(castiel, names, lambda one: kill_main_process(castiel.node, one))


@pytest.mark.parametrize("name", DATA_SERVICES)
def test_a_second_server_on_the_data_waits_for_the_first_to_end(castiel: Castiel, name: str) -> None:
    """As after a deletion by force of a pod whose server lives on: what the first one commits meanwhile would be lost."""
    spec = castiel.rendered.get("StatefulSet", name)["spec"]["template"]["spec"]
    data = {"name": "data", "persistentVolumeClaim": {"claimName": f"data-{name}-0"}}
    metadata = {"name": f"second-{name}", "namespace": castiel.namespace, "labels": {"app": "second"}}
    second = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**spec, "volumes": [*spec["volumes"], data]}}
    where = ("--namespace", castiel.namespace, f"second-{name}")
    castiel.node.apply([second])
    try:
        wait_for(
            "the second server to wait",
            lambda: "another server still has the data: waiting for " in castiel.node.kubectl("logs", *where),
            timeout=60,
            explain=lambda: castiel.node.explain(castiel.namespace),
        )
    finally:
        castiel.node.kubectl("delete", "pod", *where, "--timeout=20s")  # at once: it does not wait for its grace period
    assert castiel.missing() == []


def test_postgres_killed_during_a_start_delays_the_start_only(castiel: Castiel) -> None:
    """All services start anew, and the database dies while the first of them are starting."""
    with recording(castiel) as written:
        where = ("--namespace", castiel.namespace, "--selector", "app.kubernetes.io/component in (service, gateway)")
        castiel.node.kubectl("delete", "pods", *where, "--grace-period=1", "--wait=false")

        def first_ones_start() -> bool:
            pods = [one for one in castiel.node.pods(castiel.namespace) if "deletionTimestamp" not in one["metadata"]]
            running = [one for one in pods if one["status"]["phase"] == "Running" and not is_ready(one)]
            return bool(running) and len(pods) >= len(CATALOGUE["services"])

        wait_for("the first services to start", first_ones_start, timeout=60, explain=castiel.drawn)
        force_delete(castiel.node, castiel.pod("postgres"))
        castiel.wait_until_ready(timeout=RETURN)
        written.goes_on()


def test_pods_do_not_notice_a_restart_of_the_kubelet(castiel: Castiel) -> None:
    """No container restarts, no Service loses its pod, and the kubelet goes on to repair what dies afterwards."""
    node = castiel.node
    # The kubelet asks containers that it takes to be younger than ten seconds anew, and holds them unready until then.
    wait_for("every container to be older", lambda: _youngest(castiel) > 15, timeout=30)
    with recording(castiel) as written, outages(node, castiel.namespace) as out:
        before = _identities(node.pods(castiel.namespace))
        node.restart_kubelet()
        written.goes_on()
        castiel.wait_until_ready(timeout=RETURN)
        assert _identities(node.pods(castiel.namespace)) == before
        kill_main_process(node, castiel.pod("calendar"))
        wait_for("the restart", lambda: _identities(castiel.pods_of("calendar"))["calendar"][1], timeout=30)
        castiel.wait_until_ready(timeout=RETURN)
    assert out <= {"calendar", "calendar-ready"}, "others were out of reach"


def _youngest(castiel: Castiel) -> float:
    """The seconds that the youngest container has run."""
    starts = [
        datetime.fromisoformat(one["state"]["running"]["startedAt"])
        for pod in castiel.node.pods(castiel.namespace)
        for one in pod["status"].get("containerStatuses", [])
        if "running" in one["state"]
    ]
    return (datetime.now(UTC) - max(starts)).total_seconds()


def test_a_drained_node_gives_its_pods_back(castiel: Castiel) -> None:
    """Nothing holds the drain up; with no other node all pods wait, and after it all start in their order."""
    node = castiel.node
    with recording(castiel):
        before = {one["metadata"]["uid"] for one in node.pods(castiel.namespace)}
        try:
            node.kubectl("drain", node.name, "--delete-emptydir-data", "--force", "--timeout=150s", timeout=180)
            waiting = node.pods(castiel.namespace)
            assert {one["status"]["phase"] for one in waiting} == {"Pending"}
            assert not before & {one["metadata"]["uid"] for one in waiting}
        finally:
            node.kubectl("uncordon", node.name)
        castiel.wait_until_ready(timeout=2 * RETURN)
    assert restarts_of(node.pods(castiel.namespace)) == {}


def test_the_recording_would_tell_of_a_loss(castiel: Castiel) -> None:
    """A deleted row and a purged queue count as lost."""

    def lose() -> None:
        query = 'PGPASSWORD=$SERVICES_PASSWORD psql -U "$SERVICES_USER" -d castiel -c "DELETE FROM recorded"'
        castiel.node.exec(castiel.namespace, "postgres-0", "sh", "-c", query)
        castiel.node.exec(castiel.namespace, "rabbitmq-0", "rabbitmqctl", "purge_queue", "recorded")

    with pytest.raises(AssertionError, match=r"lost: [1-9]\d* rows, [1-9]\d* messages"), recording(castiel):
        lose()
