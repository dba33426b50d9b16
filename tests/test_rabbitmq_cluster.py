"""`topology: cluster`: what the nodes of RabbitMQ are told, who reaches them, and how each of them starts and leaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
from tests.rendering import Rendered, render, render_with, yaml_files
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import compose, swarm

DOMAIN = "rabbitmq-nodes.castiel.svc.cluster.local"


def clustered(**more: Any) -> Rendered:
    return render_with({"rabbitmq": {"topology": "cluster", **more}})


@cache
def three() -> Rendered:
    return clustered()


def lines_of(rendered: Rendered) -> list[str]:
    (text,) = rendered.get("ConfigMap", "rabbitmq-config")["data"].values()
    return str(text).splitlines()


def test_the_nodes_start_together_are_kept_apart_and_drained_one_by_one() -> None:
    spec = three().get("StatefulSet", "rabbitmq")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"], spec["serviceName"]) == (3, "Parallel", "rabbitmq-nodes")
    spread = {one["topologyKey"]: one for one in spec["template"]["spec"]["topologySpreadConstraints"]}
    assert {key: one["whenUnsatisfiable"] for key, one in spread.items()} == {
        "kubernetes.io/hostname": "DoNotSchedule",
        "topology.kubernetes.io/zone": "ScheduleAnyway",
    }
    assert {one["nodeTaintsPolicy"] for one in spread.values()} == {"Honor"}
    assert three().get("PodDisruptionBudget", "rabbitmq")["spec"]["maxUnavailable"] == 1
    softly = clustered(cluster={"spread": {"nodes": "ScheduleAnyway"}}).get("StatefulSet", "rabbitmq")["spec"]["template"]["spec"]
    assert {one["whenUnsatisfiable"] for one in softly["topologySpreadConstraints"]} == {"ScheduleAnyway"}


@pytest.mark.parametrize("members", [3, 5, 7])
def test_each_node_knows_the_names_of_all(members: int) -> None:
    rendered = clustered(cluster={"members": members})
    assert rendered.get("StatefulSet", "rabbitmq")["spec"]["replicas"] == members
    variables = rendered.variables("StatefulSet", "rabbitmq")
    assert (variables["MEMBERS"]["value"], variables["NODES"]["value"]) == (str(members), DOMAIN)
    assert variables["RABBITMQ_NODENAME"]["value"] == f"rabbit@$(POD_NAME).{DOMAIN}"
    assert lines_of(rendered)[-members - 2 :] == [
        "cluster_formation.peer_discovery_backend = classic_config",
        *(f"cluster_formation.classic_config.nodes.{number + 1} = rabbit@rabbitmq-{number}.{DOMAIN}" for number in range(members)),
        "cluster_partition_handling = pause_minority",
    ]


def test_nodes_find_one_another_before_they_are_ready() -> None:
    service = three().get("Service", "rabbitmq-nodes")["spec"]
    assert service["publishNotReadyAddresses"] is True
    assert {port["port"] for port in service["ports"]} == {5672, 4369, 25672}


def test_nodes_reach_one_another_and_clients_the_broker_alone() -> None:
    policies = Policies(three().kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
    first, second = (
        Party(name, f"10.244.8.{number}", "castiel", {"app.kubernetes.io/name": "rabbitmq"}) for number, name in enumerate("ab")
    )
    client = Party("client", "10.244.8.9", "castiel", {"app.kubernetes.io/name": "api-gateway"})
    ports = (5672, 4369, 25672, 35672, 35675, 35676, 15672, 22)
    assert {port for port in ports if policies.allows(second, first, port)} == {4369, 25672, 35672, 35675}
    assert {port for port in ports if policies.enters(client, first, port)} == {5672}


def test_a_single_node_has_nothing_of_it() -> None:
    rendered = render()
    assert not rendered.has("PodDisruptionBudget", "rabbitmq")
    pod = rendered.get("StatefulSet", "rabbitmq")["spec"]["template"]["spec"]
    assert "topologySpreadConstraints" not in pod
    assert "lifecycle" not in pod["containers"][0]
    assert not [line for line in lines_of(rendered) if line.startswith("cluster")]
    assert {port["port"] for port in rendered.get("Service", "rabbitmq-nodes")["spec"]["ports"]} == {5672}
    assert "egress" not in rendered.get("NetworkPolicy", "rabbitmq")["spec"]


def test_further_lines_are_the_users_and_a_change_restarts_the_nodes() -> None:
    rendered = clustered(config={"net_ticktime": "10"})
    assert "net_ticktime = 10" in lines_of(rendered)

    def checksum(rendered: Rendered) -> str:
        annotations = rendered.get("StatefulSet", "rabbitmq")["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/config"])

    assert len({checksum(rendered), checksum(three()), checksum(clustered(cluster={"members": 5}))}) == 3


WITH_QUEUE = CATALOGUE.replace(
    "secrets:\n", "  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}\nsecrets:\n"
)
FEW = "so few nodes have no majority when one of them is away, and stop; set 3, 5 or 7, or dataServices.queue.topology: single"
EVEN = "an even number of nodes endures no more losses than one less, and two halves that lose each other both stop; set 3, 5 or 7"
DECIDED = "remove it; dataServices.queue.topology and dataServices.queue.cluster decide such things"
# (values of a cluster, the path of the error below its own, the message)
REFUSED = [
    *(({"cluster": {"members": members}}, "cluster.members", FEW) for members in (1, 2)),
    *(({"cluster": {"members": members}}, "cluster.members", EVEN) for members in (4, 6)),
    ({"cluster": {"members": 9}}, "cluster.members", "9 is not allowed; allowed: a whole number from 1 to 7"),
    (
        {"storage": {"persistent": False}},
        "storage.persistent",
        ("the others refuse a node that comes back without its data; set it to true, or dataServices.queue.topology: single"),
    ),
    (
        {"terminationGraceSeconds": 89},
        "terminationGraceSeconds",
        "a node that leaves waits up to 60 s for a majority without it, and needs time to end after that; set 90 or more",
    ),
    *(
        ({"config": {setting: "x"}}, f"config['{setting}']", f"the platform sets {setting} itself; {DECIDED}")
        for setting in ("cluster_formation.node_cleanup.interval", "Cluster_Formation.k8s.host", "cluster_partition_handling.x")
    ),
    ({"topology": "replicated"}, "topology", "'replicated' is not allowed; allowed: cluster, external, operator, single"),
]


@pytest.mark.parametrize(("values", "path", "message"), REFUSED)
def test_what_would_be_no_safe_cluster_is_refused(tmp_path: Path, values: dict[str, Any], path: str, message: str) -> None:
    overlay = json.dumps({"dataServices": {"queue": {"topology": "cluster", **values}}})
    refused = errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": overlay})
    assert refused == [f"shop.yaml:1: dataServices.queue.{path}: {message}"]


def test_what_only_several_nodes_need_is_free_on_one(tmp_path: Path) -> None:
    free = "cluster: {members: 2}, storage: {persistent: false}, terminationGraceSeconds: 30, config: {cluster_formation.a: b}"
    assert not errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": f"dataServices: {{queue: {{{free}}}}}"})


def test_a_node_that_leaves_waits_no_longer_than_half_of_its_time_to_end() -> None:
    container = three().container("StatefulSet", "rabbitmq")
    (_, _, script) = container["lifecycle"]["preStop"]["exec"]["command"]
    assert script.startswith("timeout 60 ")
    assert three().get("StatefulSet", "rabbitmq")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 120


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_a_cluster_runs_one_node(output: Any, tmp_path: Path) -> None:
    alone, several = [yaml_files(output, {"rabbitmq": {"topology": form}}, tmp_path) for form in ("single", "cluster")]
    line = "# - rabbitmq has one server, and several members on a cluster\n"
    assert any(line in text for text in several.values())
    assert {path: text.replace(line, "") for path, text in several.items()} == alone


JSON = '{"alarms":[],"disk_nodes":[%s],"ram_nodes":[],"running_nodes":["rabbit@a.b"]}'
RABBITMQCTL = """\
echo "$*" >> "$LOG"
case "$*" in
  "-q cluster_status --formatter json") cat "$FOLDER/status" ;;
  *"rabbit_amqqueue:list_names(V).") cat "$FOLDER/queues" ;;
  *"rabbit:is_running()"*) cat "$FOLDER/lives" ;;
  "-q update_vhost_metadata"*) exit "$OLD" ;;
esac
"""


class RabbitmqNode:
    """The scripts of a node, on a volume of a test, beside programs that write down how they are called."""

    def __init__(self, folder: Path, *, number: int = 0, first: str = "nobody") -> None:
        self.folder, self.volume, self.log = folder, folder / "volume", folder / "log"
        programs = folder / "bin"
        for made in (programs, self.volume):
            made.mkdir()
        own = {
            "rabbitmqctl": RABBITMQCTL,
            "getent": 'echo "getent $*" >> "$LOG"; grep -qx "$2" "$FOLDER/names"',
            "sleep": 'echo slept >> "$LOG"; rm -f "$FOLDER/silent"; echo rabbitmq-2.nodes >> "$FOLDER/names"; : > "$FOLDER/open"',
            "docker-entrypoint.sh": 'echo "server" >> "$LOG"',
            "bash": '[ -e "$FOLDER/silent" ] && exit 124; case "$*" in *"$FIRST") echo "$*" >> "$LOG"; [ -e "$FOLDER/open" ] ;; '
            '*) [ -e "$FOLDER/listens" ] ;; esac',
            "flock": "exit 0",
        }
        for program, text in own.items():
            (programs / program).write_text(f"#!/bin/sh\n{text}\n")
            (programs / program).chmod(stat.S_IRWXU)
        self.tell(members=3)
        self.variables = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "FOLDER": str(folder),
            "FIRST": first,
            "LOG": str(self.log),
            "POD_NAME": f"rabbitmq-{number}",
            "RABBITMQ_NODENAME": "rabbit@node",
            "MEMBERS": "3",
            "NODES": "nodes",
            "OLD": "0",
        }

    def tell(self, *, members: int, queues: str = "[]", names: tuple[str, ...] = ("rabbitmq-1.nodes",)) -> None:
        """What the programs answer."""
        (self.folder / "status").write_text(JSON % ",".join(f'"rabbit@node-{number}.x"' for number in range(members)))
        (self.folder / "queues").write_text(queues)
        (self.folder / "names").write_text("".join(f"{name}\n" for name in names))

    @property
    def new(self) -> Path:
        """The file that says that a node has not been a member with all others yet."""
        return self.volume / ".new"

    def start(self) -> list[str]:
        """What the programs wrote down while the node started."""
        self._run(three().container("StatefulSet", "rabbitmq")["command"][-1])
        return self.log.read_text().splitlines()

    def is_whole(self) -> bool:
        """Whether the startup probe succeeds."""
        return self._run(three().container("StatefulSet", "rabbitmq")["startupProbe"]["exec"]["command"][-1], check=False) == 0

    def lives(self, answer: str) -> bool:
        """Whether the liveness probe succeeds, where the Erlang machine answers this."""
        (self.folder / "lives").write_text(answer)
        return self._run(three().container("StatefulSet", "rabbitmq")["livenessProbe"]["exec"]["command"][-1], check=False) == 0

    def _run(self, script: str, *, check: bool = True) -> int:
        moved = script.replace("/var/lib/rabbitmq", str(self.volume)).replace("/run/definitions", str(self.folder))
        return subprocess.run(["sh", "-ec" if check else "-c", moved], check=check, env=self.variables, timeout=30).returncode


@pytest.fixture(name="node")
def _node(tmp_path: Path) -> RabbitmqNode:
    return RabbitmqNode(tmp_path)


def test_the_first_node_starts_at_once_where_another_one_has_a_name(node: RabbitmqNode) -> None:
    assert node.start()[-1] == "server"
    assert "slept" not in node.log.read_text()
    assert node.new.exists()


def test_a_node_that_finds_no_other_name_waits_for_one(node: RabbitmqNode) -> None:
    """It would look for the others once, and then wait for them for minutes."""
    node.tell(members=3, names=("rabbitmq-0.nodes",))
    log = node.start()
    assert log.count("slept") == 1
    assert "getent hosts rabbitmq-0.nodes" not in log, "its own name says nothing of the others"


def test_a_node_waits_until_policies_know_it(node: RabbitmqNode) -> None:
    """Until then nobody answers, not even with a refusal."""
    (node.folder / "silent").touch()
    assert node.start().count("slept") == 1


def test_patience_ends(node: RabbitmqNode) -> None:
    node.tell(members=3, names=())
    for program, text in (
        ("sleep", 'echo slept >> "$LOG"; : > "$FOLDER/late"'),
        ("date", '[ -e "$FOLDER/late" ] && echo 120 || echo 0'),
    ):
        (node.folder / "bin" / program).write_text(f"#!/bin/sh\n{text}\n")
        (node.folder / "bin" / program).chmod(stat.S_IRWXU)
    assert [line for line in node.start() if not line.startswith("getent")] == ["slept", "server"]


def test_a_new_node_waits_until_it_reaches_the_first_one(tmp_path: Path) -> None:
    """That one may have the data of a single node; and the three would be two and one for ever."""
    node = RabbitmqNode(tmp_path, number=1, first="rabbitmq-0.nodes/4369")
    node.tell(members=3, names=("rabbitmq-0.nodes",))
    asked = "-c : > /dev/tcp/rabbitmq-0.nodes/4369"
    reached, *waited = [line for line in node.start() if not line.startswith("getent")]
    assert reached == asked, "one that refuses is reached"
    assert waited == [asked, "slept", asked, "server"]


def test_a_node_with_data_waits_for_nobody(tmp_path: Path) -> None:
    """The first one may be the one that is lost."""
    node = RabbitmqNode(tmp_path, number=2, first="rabbitmq-0.nodes/4369")
    (node.volume / "mnesia" / "rabbit@node").mkdir(parents=True)
    assert "slept" not in node.start()
    assert not node.new.exists()


def test_a_new_node_whose_start_was_broken_off_is_new_again(tmp_path: Path) -> None:
    node = RabbitmqNode(tmp_path, number=2, first="rabbitmq-0.nodes/4369")
    (node.volume / "mnesia" / "rabbit@node").mkdir(parents=True)
    node.new.touch()
    assert "slept" in node.start()


def test_a_node_is_ready_once_all_are_members(node: RabbitmqNode) -> None:
    """Whether they run or not: else a node could not return while another one is away."""
    node.tell(members=3)
    assert not node.is_whole(), "it does not listen yet"
    assert not node.log.exists(), "and nobody starts an Erlang machine to ask it"
    (node.folder / "listens").touch()
    assert node.is_whole()
    node.tell(members=2)
    assert not node.is_whole()
    (node.folder / "status").write_text("Error: unable to perform an operation on node 'rabbit@a'")
    assert not node.is_whole()


QUORUM = "-q update_vhost_metadata / --default-queue-type quorum"


def test_a_new_cluster_makes_quorum_queues(node: RabbitmqNode) -> None:
    (node.folder / "listens").touch()
    node.new.touch()
    node.tell(members=1)
    assert not node.is_whole()
    assert node.new.exists()
    node.tell(members=3)
    assert node.is_whole()
    assert node.log.read_text().splitlines()[-1] == QUORUM
    assert not node.new.exists()
    node.log.unlink()
    assert node.is_whole()
    assert node.log.read_text().splitlines() == ["-q cluster_status --formatter json"], "it is done once"


def test_an_older_server_is_told_in_its_own_words(node: RabbitmqNode) -> None:
    (node.folder / "listens").touch()
    node.new.touch()
    node.variables |= {"OLD": "64", "RABBITMQ_DEFAULT_VHOST": "jobs"}
    assert node.is_whole()
    told = node.log.read_text().splitlines()
    assert told[-2] == "-q update_vhost_metadata jobs --default-queue-type quorum"
    assert told[-1].startswith("-q eval V = list_to_binary(os:getenv(")


def test_queues_that_are_there_keep_their_type(node: RabbitmqNode) -> None:
    """Clients that declare a classic queue again would be refused."""
    (node.folder / "listens").touch()
    node.new.touch()
    node.tell(members=3, queues="[{resource,<<47>>,queue,<<111>>}]")
    assert node.is_whole()
    assert QUORUM not in node.log.read_text()
    assert not node.new.exists()


def test_where_nobody_knows_whether_there_are_queues_the_node_is_not_ready(node: RabbitmqNode) -> None:
    (node.folder / "listens").touch()
    node.new.touch()
    (node.folder / "queues").unlink()
    assert not node.is_whole()
    assert QUORUM not in node.log.read_text()
    assert node.new.exists()


@pytest.fixture(name="listener")
def _listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.mark.skipif(shutil.which("bash") is None, reason="this machine has no bash")
def test_bash_finds_out_who_listens(listener: socket.socket) -> None:
    script = three().container("StatefulSet", "rabbitmq")["startupProbe"]["exec"]["command"][-1]
    asked = re.match(r"(.*) \|\| exit 1\n", script)
    assert asked is not None
    number = listener.getsockname()[1]
    here = asked[1].replace("/5672", f"/{number}")
    assert subprocess.run(["sh", "-c", here], check=False).returncode == 0
    listener.close()
    assert subprocess.run(["sh", "-c", here], check=False).returncode != 0


@pytest.mark.parametrize(
    ("waits", "steps"), [("0", ["await_online_quorum_plus_one", "drain"]), ("1", ["await_online_quorum_plus_one"])]
)
def test_a_node_lets_go_of_its_clients_once_it_can_be_missed(tmp_path: Path, waits: str, steps: list[str]) -> None:
    program = tmp_path / "rabbitmq-upgrade"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/log"\n[ "$1" = drain ] || exit {waits}\n')
    program.chmod(stat.S_IRWXU)
    command = three().container("StatefulSet", "rabbitmq")["lifecycle"]["preStop"]["exec"]["command"]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.run(command, check=False, env=environment).returncode == 0, "a hook that fails would say so for nothing"
    assert (tmp_path / "log").read_text().split() == steps


def test_who_stops_the_broker_by_hand_has_four_minutes() -> None:
    probe = three().container("StatefulSet", "rabbitmq")["livenessProbe"]
    assert (probe["failureThreshold"] - 1) * probe["periodSeconds"] == 240
    assert probe["timeoutSeconds"] == 30, "it starts an Erlang machine of its own, which takes seconds on a busy node"


def test_a_node_lives_while_its_broker_does_or_will(node: RabbitmqNode) -> None:
    """One whose broker failed to return from a pause stays away for ever, while its Erlang machine answers as before."""
    assert [node.lives(answer) for answer in ("true", "false", "")] == [True, False, False]
    (asked,) = {line for line in node.log.read_text().splitlines() if "eval" in line}
    assert all(word in asked for word in ("rabbit:is_running()", "rabbit:is_booting()", "whereis(rabbit_outside_app_process)"))
