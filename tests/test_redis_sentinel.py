"""`topology: sentinel`: what servers and their clients are told, and who reaches them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
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


@pytest.mark.parametrize("topology", ["sentinel", "cluster"])
def test_somebody_takes_the_processes_that_scripts_leave_behind(topology: str) -> None:
    """BusyBox's `timeout` leaves one with each question, and Redis takes some only while it has a child of its own."""
    redis = SHOP["dataServices"]["redis"] | {"clients": topology}
    values = {"redis": {"topology": topology}}
    pods = render_catalogue({**SHOP, "dataServices": {"redis": redis}}, values).get("StatefulSet", "redis")["spec"]["template"]
    assert pods["spec"]["shareProcessNamespace"] is True


def test_one_server_asks_nobody_and_is_alone_in_its_container() -> None:
    assert "shareProcessNamespace" not in single().get("StatefulSet", "redis")["spec"]["template"]["spec"]


def test_a_primary_that_has_lost_its_replicas_takes_no_writes() -> None:
    lines = three().lines("redis-config", "redis.conf")
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
