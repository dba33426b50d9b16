"""`topology: sentinel`: what servers and sentinels are told, who reaches them, and which role each server takes."""

from __future__ import annotations

import json
import signal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.documentation import commands_of, words
from tests.policies import Party, Policies
from tests.redis_member import Member
from tests.rendering import Rendered, render_catalogue
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import compose, described, swarm

DOMAIN = "redis-nodes.shop.svc.cluster.local"
SHOP: dict[str, Any] = {
    "name": "shop",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {"redis": {"tier": "data", "port": 6379, "urlVariable": "REDIS_URL", "clients": "sentinel"}},
    "services": {
        "web": {
            "tier": "app",
            "port": 80,
            "targetPort": 8080,
            "needs": ["redis"],
            "environment": {"WHERE": "${redis.masterName} by ${redis.sentinels}"},
        }
    },
}
SENTINELS = ",".join(f"redis-{number}.{DOMAIN}:26379" for number in range(3))


@cache
def three() -> Rendered:
    return render_catalogue(SHOP, {"redis": {"topology": "sentinel"}})


@cache
def single() -> Rendered:
    return render_catalogue(SHOP)


def containers(rendered: Rendered) -> dict[str, Any]:
    return {one["name"]: one for one in rendered.get("StatefulSet", "redis")["spec"]["template"]["spec"]["containers"]}


def test_three_servers_start_together_are_kept_apart_and_drained_one_by_one() -> None:
    spec = three().get("StatefulSet", "redis")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"], spec["serviceName"]) == (3, "Parallel", "redis-nodes")
    spread = {one["topologyKey"]: one["whenUnsatisfiable"] for one in spec["template"]["spec"]["topologySpreadConstraints"]}
    assert spread == {"kubernetes.io/hostname": "DoNotSchedule", "topology.kubernetes.io/zone": "ScheduleAnyway"}
    assert three().get("PodDisruptionBudget", "redis")["spec"]["maxUnavailable"] == 1
    assert three().get("Service", "redis-nodes")["spec"]["publishNotReadyAddresses"] is True


def test_a_sentinel_stands_beside_each_server_on_the_same_volume_with_a_lock_of_its_own() -> None:
    server, sentinel = (containers(three())[name] for name in ("redis", "sentinel"))
    assert sentinel["image"] == server["image"]
    assert sentinel["resources"]["limits"]["memory"] == "64Mi"
    assert {"name": "data", "mountPath": "/data"} in sentinel["volumeMounts"]
    locks = [one["command"][-1].splitlines()[0] for one in (server, sentinel)]
    assert locks == ["exec 9>> /data/.lock", "exec 9>> /data/.sentinel-lock"]


def test_a_primary_that_has_lost_its_replicas_takes_no_writes() -> None:
    lines = three().get("ConfigMap", "redis-config")["data"]["redis.conf"].splitlines()
    assert {"min-replicas-to-write 1", "min-replicas-max-lag 3", "appendonly yes"} <= {*lines}


def test_clients_get_the_addresses_of_the_sentinels_and_the_name_of_the_primary() -> None:
    told = {name: one.get("value") for name, one in three().variables("Deployment", "web").items()}
    assert (told["REDIS_SENTINELS"], told["REDIS_MASTER_NAME"]) == (SENTINELS, "redis")
    assert told["WHERE"] == f"redis by {SENTINELS}"
    assert told["REDIS_URL"] == "redis://:$(REDIS_PASSWORD)@redis:6379"


def test_servers_reach_one_another_and_clients_the_sentinels_too() -> None:
    policies = Policies(three().kinds("NetworkPolicy").values(), namespaces={"shop": {}})
    first, second, client = (
        Party(name, f"10.244.8.{number}", "shop", {"app.kubernetes.io/name": workload})
        for number, (name, workload) in enumerate((("a", "redis"), ("b", "redis"), ("c", "web")))
    )
    ports = (6379, 26379, 16379, 22)
    assert {port for port in ports if policies.allows(second, first, port)} == {6379, 26379}
    assert {port for port in ports if policies.allows(client, first, port)} == {6379, 26379}
    alone = Policies(single().kinds("NetworkPolicy").values(), namespaces={"shop": {}})
    assert {port for port in ports if alone.allows(client, first, port)} == {6379}


def test_a_single_server_has_nothing_of_it_and_its_clients_the_url_alone() -> None:
    spec = single().get("StatefulSet", "redis")["spec"]
    assert (spec["replicas"], [*containers(single())]) == (1, ["redis"])
    assert "topologySpreadConstraints" not in spec["template"]["spec"]
    assert "lifecycle" not in containers(single())["redis"]
    assert not single().has("PodDisruptionBudget", "redis")
    assert [*single().get("ConfigMap", "redis-config")["data"]] == ["redis.conf"]
    told = {name: one.get("value") for name, one in single().variables("Deployment", "web").items()}
    assert not {"REDIS_SENTINELS", "REDIS_MASTER_NAME"} & {*told}
    assert told["WHERE"] == "redis by "


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_a_cluster_runs_one_server(output: Any, tmp_path: Path) -> None:
    made: dict[str, dict[str, str]] = {}
    (tmp_path / "catalogue.yaml").write_text(json.dumps(SHOP))
    for form in ("single", "sentinel"):
        (tmp_path / "overlay.yaml").write_text(json.dumps({"redis": {"topology": form}}))
        files = output(described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "overlay.yaml"]))
        made[form] = {path: text for path, text in files.items() if path.endswith((".yaml", ".yml"))}
    line = "# - redis has one server, and several members on a cluster\n"
    assert any(line in text for text in made["sentinel"].values())
    assert {path: text.replace(line, "") for path, text in made["sentinel"].items()} == made["single"]


SPEAKING = "  cache: {kind: redis, tier: data, port: 6379, urlVariable: CACHE_URL, clients: sentinel}\n"
WITH_CACHE = CATALOGUE.replace("secrets:\n", f"{SPEAKING}secrets:\n")
DECIDED = "remove it; dataServices.cache.topology decides such things"
# (values of the topology, the path of the error below its own, the message)
REFUSED = [
    (
        {"storage": {"persistent": False}},
        "storage.persistent",
        (
            "a server that comes back without its data could be the primary, and the others would drop theirs; "
            "set it to true, or dataServices.cache.topology: single"
        ),
    ),
    (
        {"auth": False},
        "auth",
        (
            "the servers log in to one another as users with passwords, and may do more there than services; "
            "set it to true, or dataServices.cache.topology: single"
        ),
    ),
    (
        {"terminationGraceSeconds": 29},
        "terminationGraceSeconds",
        "a primary that leaves hands over in up to 15 s, and needs time to end after that; set 30 or more",
    ),
    *(
        ({"config": {setting: "x"}}, f"config.{setting}", f"the platform sets {setting} itself; {DECIDED}")
        for setting in ("appendonly", "replica-priority", "min-replicas-to-write", "repl-diskless-sync-delay")
    ),
    *(
        (
            {"config": {setting: "x"}},
            f"config.{setting}",
            f"the platform sets {setting} itself; remove it; a server knows by these names whether it has data",
        )
        for setting in ("appenddirname", "dbfilename")
    ),
    ({"topology": "replicated"}, "topology", "'replicated' is not allowed; allowed: cluster, external, sentinel, single"),
]


@pytest.mark.parametrize(("values", "path", "message"), REFUSED)
def test_what_would_be_unsafe_is_refused(tmp_path: Path, values: dict[str, Any], path: str, message: str) -> None:
    overlay = json.dumps({"dataServices": {"cache": {"topology": "sentinel", **values}}})
    refused = errors(tmp_path, catalogue=WITH_CACHE, overlays={"shop.yaml": overlay})
    assert refused == [f"shop.yaml:1: dataServices.cache.{path}: {message}"]


def test_what_only_several_servers_need_is_free_on_one(tmp_path: Path) -> None:
    free = "storage: {persistent: false}, terminationGraceSeconds: 10, config: {appendonly: 'no'}"
    assert not errors(tmp_path, catalogue=WITH_CACHE, overlays={"shop.yaml": f"dataServices: {{cache: {{{free}}}}}"})


def test_a_topology_that_clients_do_not_speak_is_refused(tmp_path: Path) -> None:
    catalogue = WITH_CACHE.replace(", clients: sentinel", "")
    refused = errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": "dataServices: {cache: {topology: sentinel}}"})
    wrong = "clients of cache speak single by the catalogue, and would not find the servers of a sentinel"
    allowed = "choose single; or write clients: sentinel at dataServices.cache there, once all speak it"
    assert refused == [f"shop.yaml:1: dataServices.cache.topology: {wrong}; {allowed}"]


def test_what_a_catalogue_cannot_say_of_clients_is_refused(tmp_path: Path) -> None:
    def told(catalogue: str) -> list[str]:
        return errors(tmp_path, catalogue=catalogue)

    of_postgres = CATALOGUE.replace("urlVariable: DATABASE_URL}", "urlVariable: DATABASE_URL, clients: sentinel}")
    assert told(of_postgres) == [
        "catalogue.yaml:7: dataServices.postgres.clients: clients of postgres reach each topology in the same way; remove it"
    ]
    assert told(WITH_CACHE.replace("clients: sentinel", "clients: all")) == [
        "catalogue.yaml:8: dataServices.cache.clients: 'all' is not allowed; allowed: cluster, sentinel, single"
    ]
    assert told(WITH_CACHE.replace("port: 6379", "port: 26379")) == [
        (
            "catalogue.yaml:8: dataServices.cache.port: cache listens on 26379 for something else; "
            "allowed: a port other than 26379, 16379"
        ),
    ]
    own = WITH_CACHE.replace("needs: [postgres]\n", "needs: [postgres, cache]\n    environment: {CACHE_SENTINELS: here}\n")
    (refused,) = told(own)
    assert "CACHE_SENTINELS tells clients of cache where its members are" in refused


ASK_PRIMARY = "sentinel get-master-addr-by-name redis"


class SentinelMember(Member):
    """One with a sentinel."""

    def __init__(self, folder: Path, *, number: int = 0) -> None:
        super().__init__(folder, three(), number=number)
        self.variables |= {"SENTINEL_PORT": "26379", "MASTER_NAME": "redis", "MEMBERS": "3"}

    def named(self, *primaries: str, later: bool = False) -> None:
        """The primary as each of the sentinels names it."""
        for number, primary in enumerate(primaries):
            self.answers(f"redis-{number}.nodes:26379", ASK_PRIMARY, f"{primary}\n6379", later=later)

    def replicas(self, *numbers: int) -> None:
        """How many replicas each of the sentinels knows."""
        for number, known in enumerate(numbers):
            line = f"master0:name=redis,status=ok,address=redis-0.nodes:6379,slaves={known},sentinels=3"
            self.answers(f"redis-{number}.nodes:26379", "info sentinel", line)

    def sentinel(self) -> list[str]:
        """The lines of the configuration with which the sentinel starts."""
        done = self.run("sentinel.sh")
        assert done.returncode == 0, done.stderr
        assert (self.folder / "started").read_text() == f"{self.folder}/data/sentinel.conf --sentinel\n"
        return (self.folder / "data" / "sentinel.conf").read_text().splitlines()


@pytest.fixture(name="member")
def _member(tmp_path: Path) -> SentinelMember:
    return SentinelMember(tmp_path)


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_a_server_is_a_replica_of_whom_most_sentinels_name(member: SentinelMember) -> None:
    """Its own earlier role says nothing: another one may have its place."""
    member.has_data()
    member.named("redis-2.nodes", "redis-0.nodes", "redis-2.nodes")
    lines = member.start()
    assert "replicaof redis-2.nodes 6379" in lines
    assert {"replica-announce-ip redis-0.nodes", "replica-announce-port 6379"} <= {*lines}
    assert "replica-priority 0" not in lines
    assert not member.slept


def test_without_a_majority_it_waits(member: SentinelMember) -> None:
    member.named("redis-2.nodes", "redis-0.nodes", "redis-1.nodes")
    member.named("redis-2.nodes", "redis-2.nodes", "redis-1.nodes", later=True)
    assert "replicaof redis-2.nodes 6379" in member.start()
    assert member.slept


def test_a_refusal_names_nobody(member: SentinelMember) -> None:
    for number in range(3):
        member.answers(f"redis-{number}.nodes:26379", ASK_PRIMARY, "NOAUTH Authentication required.")
    member.named(*["redis-1.nodes"] * 3, later=True)
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_at_the_first_start_the_one_that_all_name_is_the_primary_at_once(member: SentinelMember) -> None:
    member.named(*[member.own] * 3)
    member.replicas(0, 0, 0)
    assert not [line for line in member.start() if line.startswith("replicaof")]
    assert not member.slept


def test_a_primary_that_comes_back_waits_for_a_replica_to_take_over(member: SentinelMember) -> None:
    """The replicas may have what it did not write to its volume."""
    member.has_data()
    member.named(*[member.own] * 3)
    member.replicas(2, 2, 2)
    member.named(*["redis-1.nodes"] * 3, later=True)
    assert "replicaof redis-1.nodes 6379" in member.start()


def test_where_none_takes_over_in_half_a_minute_it_is_the_primary_again(member: SentinelMember) -> None:
    member.has_data()
    member.named(*[member.own] * 3)
    member.replicas(0, 2, 0)
    assert not [line for line in member.start() if line.startswith("replicaof")]
    assert (member.folder / "clock").read_text() == "30\n"


def test_one_without_data_never_takes_theirs_from_the_others(member: SentinelMember) -> None:
    member.named(*[member.own] * 3)
    member.replicas(0, 1, 1)
    sleep = member.folder / "bin" / "sleep"
    sleep.write_text(sleep.read_text() + '[ "$(cat "$FOLDER/clock")" -lt 60 ] || kill "$PPID"\n')
    assert member.run("server.sh").returncode == -signal.SIGTERM, "it would wait for ever"
    assert not (member.folder / "started").exists()


def test_a_replica_without_data_cannot_become_the_primary_until_it_has_it(member: SentinelMember) -> None:
    member.named(*["redis-1.nodes"] * 3)
    assert "replica-priority 0" in member.start()
    server = "127.0.0.1:6379"
    member.answers(server, "ping", "PONG")
    raised = f"member@{server} config set replica-priority 100"
    member.answers(server, "config set replica-priority 100", "OK")
    member.answers(server, "info replication", "role:slave\r\nmaster_link_status:down\r\nslave_priority:0\r")
    assert member.run("ready.sh").returncode == 1
    assert raised not in member.asked
    member.answers(server, "info replication", "role:slave\r\nmaster_link_status:up\r\nslave_priority:0\r")
    assert member.run("ready.sh").returncode == 0
    assert member.asked[-1] == raised


@pytest.mark.parametrize(
    ("pong", "said", "status"),
    [
        ("PONG", "role:master", 0),
        ("PONG", "role:slave\r\nmaster_link_status:up", 0),
        ("PONG", "role:slave\r\nmaster_link_status:down", 1),
        ("LOADING Redis is loading the dataset in memory", "role:master", 1),
    ],
)
def test_a_server_is_ready_with_the_primarys_data(member: SentinelMember, pong: str, said: str, status: int) -> None:
    member.answers("127.0.0.1:6379", "ping", pong)
    member.answers("127.0.0.1:6379", "info replication", said)
    assert member.run("ready.sh").returncode == status


def test_users_are_known_by_hashes_and_members_by_a_password_of_their_own(member: SentinelMember) -> None:
    member.named(*["redis-1.nodes"] * 3)
    lines, own = member.start(), hashed("member $secret")
    assert f"user default on #{hashed(member.variables['REDISCLI_AUTH'])} ~* &* +@all -@dangerous +role" in lines
    assert f"user administrator on #{hashed('$secret')} ~* &* +@all" in lines
    assert {f"user member on #{hashed(own)} ~* &* +@all", "masteruser member", f"masterauth {own}"} <= {*lines}
    assert {line.split("@")[0] for line in member.asked} == {"member"}


def test_a_new_sentinel_watches_the_first_server_by_names_that_stay(member: SentinelMember) -> None:
    lines = member.sentinel()
    assert {
        "sentinel resolve-hostnames yes",
        "sentinel announce-hostnames yes",
        "sentinel announce-ip redis-0.nodes",
        "sentinel monitor redis redis-0.nodes 6379 2",
    } <= {*lines}
    asked = [line for line in lines if line.startswith("user default ")]
    assert all(" -@dangerous -publish " in line and "+sentinel|get-master-addr-by-name" in line for line in asked), asked
    assert not [line for line in lines if "failover " in line and line.startswith("user default")]


def test_a_sentinel_keeps_what_it_has_agreed_on_and_no_password(member: SentinelMember) -> None:
    agreed = [
        "sentinel monitor redis redis-2.nodes 6379 2",
        f"sentinel myid {'a' * 40}",
        "sentinel current-epoch 4",
        "sentinel config-epoch redis 4",
        "sentinel leader-epoch redis 4",
        "sentinel known-replica redis redis-0.nodes 6379",
        f"sentinel known-sentinel redis redis-1.nodes 26379 {'b' * 40}",
    ]
    old = ["sentinel auth-pass redis earlier", "user default on #00 &* +@all", "sentinel down-after-milliseconds redis 1"]
    (member.folder / "data" / "sentinel.conf").write_text("\n".join([*old, *agreed]) + "\n")
    lines = member.sentinel()
    assert {*agreed} <= {*lines}
    assert not {*old} & {*lines}
    assert len([line for line in lines if line.startswith("sentinel monitor")]) == 1


@pytest.mark.parametrize("name", ["redis-1.nodes", "redis-0.nodes"])
def test_a_sentinel_waits_until_its_own_name_and_the_first_are_known(tmp_path: Path, name: str) -> None:
    member = SentinelMember(tmp_path, number=1)
    (tmp_path / "unknown").write_text(name)
    member.sentinel()
    assert member.slept


def test_a_primary_that_leaves_holds_writers_back_until_another_one_is_named(member: SentinelMember) -> None:
    server = "127.0.0.1:6379"
    member.answers(server, "role", "master\n100")
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "NOGOODSLAVE No suitable replica to promote")
    member.answers("redis-2.nodes:26379", "sentinel failover redis", "OK")
    member.answers("redis-2.nodes:26379", "sentinel failover redis", "INPROG Failover already in progress", later=True)
    member.named(*[member.own] * 3)
    member.named(*["redis-1.nodes"] * 3, later=True)
    assert member.run("leave.sh").returncode == 0
    begun = [line for line in member.asked if "failover" in line or "client" in line]
    assert begun == [
        f"member@{server} client pause 30000 write",
        "member@redis-1.nodes:26379 sentinel failover redis",
        "member@redis-2.nodes:26379 sentinel failover redis",
        "member@redis-2.nodes:26379 sentinel failover redis",
    ], "nobody writes to the old primary any more, and one sentinel alone is at it"


def test_a_primary_that_leaves_asks_the_next_sentinel_where_a_takeover_came_to_nothing(member: SentinelMember) -> None:
    for question, answer in (("role", "master\n100"), ("client unpause", "OK")):
        member.answers("127.0.0.1:6379", question, answer)
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "OK")
    member.answers("redis-1.nodes:26379", "sentinel failover redis", "NOGOODSLAVE No suitable replica to promote", later=True)
    member.named(*[member.own] * 3)
    assert member.run("leave.sh").returncode == 0
    assert "member@redis-2.nodes:26379 sentinel failover redis" in member.asked


def test_a_primary_that_nobody_can_follow_serves_to_its_end(member: SentinelMember) -> None:
    for question, answer in (("role", "master"), ("client unpause", "OK")):
        member.answers("127.0.0.1:6379", question, answer)
    member.named(*[member.own] * 3)
    assert member.run("leave.sh").returncode == 0
    assert member.asked[-1] == "member@127.0.0.1:6379 client unpause"
    assert int((member.folder / "clock").read_text()) < 30, "well within the time that a pod has to end"


def test_the_page_says_how_the_first_server_is_preferred_before_there_is_one_alone(member: SentinelMember) -> None:
    """Services may not do it, and sentinels know no administrator."""
    (command,) = (one for one in commands_of("docs/redis.md") if "replica-priority" in one)
    *begin, pod, end, shell, option, script = words(command)
    assert (begin, pod, end, shell, option) == (["kubectl", "exec", "-n", "castiel"], "redis-0", "--", "sh", "-c")
    member.answers("127.0.0.1:6379", "config set replica-priority 1", "OK")
    assert member.typed(script) == "OK\n"
    assert member.asked == ["member@127.0.0.1:6379 config set replica-priority 1"]


def test_a_replica_leaves_at_once(member: SentinelMember) -> None:
    member.answers("127.0.0.1:6379", "role", "slave")
    assert member.run("leave.sh").returncode == 0
    assert member.asked == ["member@127.0.0.1:6379 role"]
