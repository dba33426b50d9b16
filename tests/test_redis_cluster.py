"""`topology: cluster`: what the nodes of Redis are told, who reaches them, and how they become a cluster."""

from __future__ import annotations

import copy
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
from tests.redis_member import Member
from tests.rendering import Rendered, render_catalogue
from tests.test_redis_sentinel import SHOP

DOMAIN = "redis-nodes.shop.svc.cluster.local"
OF_CLUSTER: dict[str, Any] = copy.deepcopy(SHOP)
OF_CLUSTER["dataServices"]["redis"]["clients"] = "cluster"
OF_CLUSTER["services"]["web"]["environment"] = {"WHERE": "at ${redis.nodes}"}
NODES = ",".join(f"redis-{number}.{DOMAIN}:6379" for number in range(6))


@cache
def six() -> Rendered:
    return render_catalogue(OF_CLUSTER, {"redis": {"topology": "cluster"}})


def test_six_nodes_start_together_are_kept_apart_and_drained_one_by_one() -> None:
    spec = six().get("StatefulSet", "redis")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"], spec["serviceName"]) == (6, "Parallel", "redis-nodes")
    spread = {one["topologyKey"]: one["whenUnsatisfiable"] for one in spec["template"]["spec"]["topologySpreadConstraints"]}
    assert spread == {"kubernetes.io/hostname": "DoNotSchedule", "topology.kubernetes.io/zone": "ScheduleAnyway"}
    assert six().get("PodDisruptionBudget", "redis")["spec"]["maxUnavailable"] == 1
    assert [one["name"] for one in spec["template"]["spec"]["containers"]] == ["redis"]


def test_nodes_are_announced_by_names_that_stay() -> None:
    lines = six().lines("redis-config", "redis.conf")
    assert {"cluster-enabled yes", "cluster-port 16379", "cluster-preferred-endpoint-type hostname"} <= {*lines}
    assert not [line for line in lines if line.startswith("min-replicas")], "a primary has one replica, and goes on without it"


def test_a_lost_primary_is_replaced_after_seconds_and_the_others_serve_meanwhile() -> None:
    lines = six().lines("redis-config", "redis.conf")
    assert {"cluster-node-timeout 5000", "cluster-require-full-coverage no", "appendfsync everysec"} <= {*lines}


def test_clients_get_the_addresses_of_the_nodes() -> None:
    told = {name: one.get("value") for name, one in six().variables("Deployment", "web").items()}
    assert (told["REDIS_CLUSTER_NODES"], told["WHERE"]) == (NODES, f"at {NODES}")
    alone = render_catalogue(OF_CLUSTER).variables("Deployment", "web")
    assert "REDIS_CLUSTER_NODES" not in alone
    assert alone["WHERE"]["value"] == "at "


def test_nodes_alone_reach_the_bus() -> None:
    policies = Policies(six().kinds("NetworkPolicy").values(), namespaces={"shop": {}})
    first, second, client = (
        Party(name, f"10.244.8.{number}", "shop", {"app.kubernetes.io/name": workload})
        for number, (name, workload) in enumerate((("a", "redis"), ("b", "redis"), ("c", "web")))
    )
    ports = (6379, 16379, 26379, 22)
    assert {port for port in ports if policies.allows(second, first, port)} == {6379, 16379}
    assert {port for port in ports if policies.allows(client, first, port)} == {6379}


PRIMARY, FAILED = "master", "master,fail"


class ClusterNode(Member):
    """A node of six; the ID of each is its number, five times."""

    def __init__(self, folder: Path, *, number: int = 0) -> None:
        super().__init__(folder, six(), number=number)
        self.number = number
        self.variables |= {"MEMBERS": "6", "BUS_PORT": "16379", "POD_IP": "10.0.0.9"}
        self.here("ping", "PONG")
        self.slots(16384)
        self.know({})

    def here(self, question: str, text: str) -> None:
        """What its own server answers."""
        self.answers("127.0.0.1:6379", question, text)

    def slots(self, assigned: int) -> None:
        """How many slots somebody has."""
        self.here("cluster info", f"cluster_state:ok\r\ncluster_slots_assigned:{assigned}\r")

    def know(self, nodes: dict[int, str], *, where: str = "127.0.0.1:6379", more: str = "") -> None:
        """What a server says of the nodes, by number: `master 0-9`, `slave of 2`, `master,fail 0-9`."""
        lines = [line_of(number, text, mine=number == self.number) for number, text in nodes.items()]
        self.answers(where, "cluster nodes", "\n".join([*lines, more]).strip())

    def addresses(self) -> None:
        """DNS knows the addresses that the nodes have."""
        script = 'n=${2#redis-}; echo "10.0.0.${n%%.*} $2"'
        (self.folder / "bin" / "getent").write_text(f"#!/bin/sh\n{script}\n")

    def said(self, word: str) -> list[str]:
        """What was asked with this word in it."""
        return [line.removeprefix("member@") for line in self.asked if f" {word}" in line]


def line_of(number: int, text: str, *, mine: bool = False) -> str:
    """A line of `cluster nodes`."""
    flags, _, rest = text.partition(" ")
    slots, copied = ("", rest.removeprefix("of ") * 5) if rest.startswith("of ") else (rest, "-")
    state = "disconnected" if "fail" in flags else "connected"
    flags = f"myself,{flags}" if mine else flags
    return f"{str(number) * 5} 10.0.0.{number}:6379@16379,redis-{number}.nodes {flags} {copied} 0 0 1 {state} {slots}".strip()


FRESH = dict.fromkeys(range(6), PRIMARY)
WHOLE = {
    0: "master 0-5460",
    1: "master 5461-10922",
    2: "master 10923-16383",
    3: "slave of 0",
    4: "slave of 1",
    5: "slave of 2",
}


@pytest.fixture(name="node")
def _node(tmp_path: Path) -> ClusterNode:
    made = ClusterNode(tmp_path)
    made.addresses()
    return made


def test_a_node_meets_those_that_it_does_not_reach_by_name(node: ClusterNode) -> None:
    """It remembers addresses of pods that have gone."""
    node.know({0: PRIMARY, 1: PRIMARY, 2: FAILED})
    for number in range(2, 6):
        node.here(f"cluster meet 10.0.0.{number} 6379 16379", "OK")
    done = node.run("join.sh")
    assert (done.returncode, done.stdout) == (1, "it knows 3 of 6 nodes\n")
    assert node.said("meet") == [f"127.0.0.1:6379 cluster meet 10.0.0.{number} 6379 16379" for number in range(2, 6)]


def test_a_node_whose_pod_has_another_address_is_met_again(node: ClusterNode) -> None:
    moved = line_of(3, WHOLE[3]).replace("10.0.0.3:", "10.0.0.77:")
    node.know({number: text for number, text in WHOLE.items() if number != 3}, more=moved)
    node.here("cluster meet 10.0.0.3 6379 16379", "OK")
    node.run("join.sh")
    assert node.said("meet") == ["127.0.0.1:6379 cluster meet 10.0.0.3 6379 16379"]


def test_the_first_node_gives_the_slots_to_three_where_none_has_data(node: ClusterNode) -> None:
    node.know(FRESH)
    node.slots(0)
    for number in range(6):
        node.answers(f"redis-{number}.nodes:6379", "ping", "PONG")
        node.answers(f"redis-{number}.nodes:6379", "info keyspace", "# Keyspace")
    assert node.run("join.sh").returncode == 1
    assert node.said("addslotsrange") == [
        "redis-0.nodes:6379 cluster addslotsrange 0 5460",
        "redis-1.nodes:6379 cluster addslotsrange 5461 10921",
        "redis-2.nodes:6379 cluster addslotsrange 10922 16383",
    ]


@pytest.mark.parametrize(
    ("where", "question", "answer", "said"),
    [
        ("redis-4.nodes:6379", "info keyspace", "# Keyspace\ndb0:keys=1", "redis-4.nodes has data, but nobody has all slots"),
        ("redis-5.nodes:6379", "ping", "LOADING", "waiting for redis-5.nodes"),
    ],
)
def test_no_slots_are_given_beside_data(node: ClusterNode, where: str, question: str, answer: str, said: str) -> None:
    node.know(FRESH)
    node.slots(0)
    for number in range(6):
        node.answers(f"redis-{number}.nodes:6379", "ping", "PONG")
        node.answers(f"redis-{number}.nodes:6379", "info keyspace", "# Keyspace")
    node.answers(where, question, answer)
    done = node.run("join.sh")
    assert done.returncode == 1
    assert said in done.stdout
    assert not node.said("addslotsrange")


def test_the_others_wait_for_the_slots(tmp_path: Path) -> None:
    node = ClusterNode(tmp_path, number=3)
    node.addresses()
    node.know(FRESH)
    node.slots(5461)
    done = node.run("join.sh")
    assert (done.returncode, done.stdout) == (1, "nobody has all slots yet\n")


THREE = {number: WHOLE[number] if number < 3 else PRIMARY for number in range(6)}


@pytest.mark.parametrize(("number", "nodes", "primary"), [(4, THREE, 1), (4, {**THREE, 1: "slave of 5", 5: "master 9"}, 0)])
def test_a_node_without_slots_copies_a_primary_that_nobody_copies(
    tmp_path: Path, number: int, nodes: dict[int, str], primary: int
) -> None:
    """The one of its own place in the other half, if it can."""
    node = ClusterNode(tmp_path, number=number)
    node.addresses()
    node.know(nodes)
    node.here(f"cluster replicate {str(primary) * 5}", "OK")
    assert node.run("join.sh").returncode == 1
    assert node.said("replicate") == [f"127.0.0.1:6379 cluster replicate {str(primary) * 5}"]


def test_a_node_that_learns_meanwhile_who_has_slots_copies_the_primary_of_its_place(tmp_path: Path) -> None:
    """By what it knew at first, it would copy a primary that another node copies too."""
    node = ClusterNode(tmp_path, number=3)
    node.addresses()
    node.know({**FRESH, 2: WHOLE[2]})
    known = "\n".join(line_of(number, text, mine=number == 3) for number, text in THREE.items())
    node.answers_again("127.0.0.1:6379", "cluster nodes", known)
    node.here("cluster replicate 00000", "OK")
    assert node.run("join.sh").returncode == 1
    assert node.said("replicate") == ["127.0.0.1:6379 cluster replicate 00000"]


def test_one_without_slots_that_nobody_needs_says_so(node: ClusterNode) -> None:
    node.know({**WHOLE, 0: PRIMARY, 3: "master 0-5460", 6: "slave of 3"})
    done = node.run("join.sh")
    assert (done.returncode, done.stdout) == (1, "it has no slots, and every primary has a replica\n")


def test_a_node_in_its_place_is_ready_and_those_of_its_name_before_are_forgotten(node: ClusterNode) -> None:
    lost = line_of(8, FAILED).replace("redis-8", "redis-0")
    node.know(WHOLE, more=lost)
    node.here("info replication", "role:master")
    for number in range(6):
        node.answers(f"redis-{number}.nodes:6379", "cluster forget 88888", "OK")
    assert node.run("join.sh").returncode == 0
    assert node.said("forget") == [f"redis-{number}.nodes:6379 cluster forget 88888" for number in range(6)]


@pytest.mark.parametrize(
    ("state", "replication", "status"),
    [
        ("ok", "role:master", 0),
        ("ok", "role:slave\r\nmaster_link_status:up", 0),
        ("ok", "role:slave\r\nmaster_link_status:down", 1),
        ("fail", "role:master", 1),
    ],
)
def test_a_node_is_ready_in_the_majority_with_its_data(node: ClusterNode, state: str, replication: str, status: int) -> None:
    node.here("cluster info", f"cluster_state:{state}\r")
    node.here("info replication", replication)
    assert node.run("ready.sh").returncode == status


@pytest.mark.parametrize(("asked", "told"), [("10.0.0.33", ["127.0.0.1:6379 cluster replicate 33333"]), ("10.0.0.3", [])])
def test_a_replica_is_told_where_its_primary_is_now(node: ClusterNode, asked: str, told: list[str]) -> None:
    """Redis learns a new address of it by gossip, and goes on copying from the earlier one."""
    node.know({**WHOLE, 0: "slave of 3", 3: "master 0-5460"})
    node.here("info replication", f"role:slave\r\nmaster_host:{asked}\r\nmaster_link_status:down\r")
    node.here("cluster replicate 33333", "OK")
    done = node.run("ready.sh")
    assert (done.returncode, done.stdout) == (1, "it has no connection to its primary\n")
    assert node.said("replicate") == told


def remembering(node: ClusterNode, text: str) -> None:
    """Its file on the volume says what it was."""
    (node.folder / "data" / "nodes.conf").write_text(f"{line_of(node.number, text, mine=True)}\nvars currentEpoch 6\n")


def test_a_new_node_starts_at_once_with_its_address_and_its_name(node: ClusterNode) -> None:
    lines = node.start()
    assert {"cluster-announce-ip 10.0.0.9", "cluster-announce-hostname redis-0.nodes", "masteruser member"} <= {*lines}
    assert not node.slept


def test_a_primary_that_comes_back_waits_until_its_replica_has_taken_over(node: ClusterNode) -> None:
    remembering(node, WHOLE[0])
    other = "redis-1.nodes:6379"
    node.know({**WHOLE, 0: f"{FAILED} 0-5460"}, where=other)
    taken = [line_of(0, f"{FAILED}"), line_of(3, "master 0-5460"), *(line_of(number, WHOLE[number]) for number in (1, 2, 4, 5))]
    node.answers(other, "cluster nodes", "\n".join(taken), later=True)
    node.start()
    assert node.slept


@pytest.mark.parametrize(
    "nodes",
    [
        {**WHOLE, 0: "slave of 3", 3: "master 0-5460"},
        {**WHOLE, 3: "slave,fail of 0"},
        {**WHOLE, 1: "master,fail 5461-10922"},
    ],
    ids=["it is a replica already", "its replica is lost", "too few could elect it"],
)
def test_a_primary_whose_replica_cannot_take_over_starts_at_once(node: ClusterNode, nodes: dict[int, str]) -> None:
    remembering(node, WHOLE[0])
    node.know(nodes, where="redis-1.nodes:6379")
    node.start()
    assert not node.slept


def in_domain(node: ClusterNode, domain: str) -> None:
    """The names of the nodes are in another domain, in all that was said."""
    node.variables["NODES"] = domain
    answers = [*(node.folder / "answers").iterdir(), *(node.folder / "data").iterdir()]
    for file in answers:
        text = file.read_text().replace(".nodes", f".{domain}")
        file.unlink()
        file.with_name(file.name.replace(".nodes:", f".{domain}:")).write_text(text)


@pytest.mark.parametrize("domain", ["masterdata", "slave-1", "fail"])
def test_names_say_nothing_of_roles(tmp_path: Path, domain: str) -> None:
    """The namespace is part of them."""
    for made in ("primary", "replica"):
        (tmp_path / made).mkdir()
    primary = ClusterNode(tmp_path / "primary")
    remembering(primary, WHOLE[0])
    primary.know({**WHOLE, 0: f"{FAILED} 0-5460"}, where="redis-1.nodes:6379")
    in_domain(primary, domain)
    primary.start()
    assert primary.slept, "its replica takes over"
    replica = ClusterNode(tmp_path / "replica", number=3)
    replica.addresses()
    replica.know(WHOLE)
    replica.here("info replication", "role:slave\r\nmaster_link_status:up")
    in_domain(replica, domain)
    assert replica.run("join.sh").returncode == 0


def test_patience_ends(node: ClusterNode) -> None:
    remembering(node, WHOLE[0])
    node.start()
    assert (node.folder / "clock").read_text() == "20\n"


def test_a_replica_starts_at_once(node: ClusterNode) -> None:
    remembering(node, "slave of 3")
    node.start()
    assert not node.slept


def test_a_primary_that_leaves_lets_its_replica_take_over(node: ClusterNode) -> None:
    node.here("role", "master")
    node.answers("127.0.0.1:6379", "role", "slave", later=True)
    node.here("cluster myid", "00000")
    node.know(WHOLE)
    node.answers("redis-3.nodes:6379", "cluster failover", "OK")
    assert node.run("leave.sh").returncode == 0
    assert node.said("failover") == ["redis-3.nodes:6379 cluster failover"]


def test_a_primary_without_a_replica_leaves_in_time(node: ClusterNode) -> None:
    node.here("role", "master")
    node.here("cluster myid", "00000")
    node.know({**WHOLE, 3: "slave,fail of 0"})
    assert node.run("leave.sh").returncode == 0
    assert not node.said("failover")
    assert int((node.folder / "clock").read_text()) < 30, "well within the time that a pod has to end"


def test_the_scripts_are_sound_shell() -> None:
    for file, text in six().get("ConfigMap", "redis-config")["data"].items():
        if file.endswith(".sh"):
            assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0, file
