"""A stateful server of several members, ports and images is a description, in the manifests and in the chart."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import pytest

from tests.chart.helm import read, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, small_with
from tests.kubernetes_schemas import validate
from tests.policies import Party, Policies
from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import NEVER, opposite
from tierwright.expressions.tree import when
from tierwright.kit.claims import Claim
from tierwright.kit.network_boundary import from_clients, to_external
from tierwright.kit.startup_values import startup_values
from tierwright.kit.stateful_server import (
    Access,
    Apart,
    Budget,
    Container,
    Peers,
    Port,
    ServerService,
    StatefulServer,
    declare_server,
    tcp,
)

Object = dict[str, Any]

STATE = Port("state", 8000, present=NEVER)
CLIENTS, MEMBERS, WATCHERS = Port("clients", 6379), Port("members", 7000), tcp(26379)


def ledger(blueprint: Blueprint) -> StatefulServer:
    """Three members that talk to one another and to the internet, each with a watcher beside it, in place of Redis."""
    values = blueprint.data_services["redis"]
    data = Claim(name="data", path="/data", storage=values.storage)
    log = Claim(name="log", path="/log", storage=blueprint.data_services["postgres"].storage)
    member = Container(
        name="redis",
        ports=(CLIENTS, MEMBERS, STATE),
        command=["serve"],
        claims=(data, log),
        readiness_probe={"tcpSocket": {"port": 6379}},
        pre_stop=when(blueprint.ordered, {"exec": {"command": ["leave"]}}),
    )
    watcher = Container(
        name="watcher",
        image=startup_values(blueprint).image,
        resources=startup_values(blueprint).resources,
        ports=(WATCHERS,),
        args=["--peers=3"],
        mounts=[{"name": "config", "mountPath": "/etc/watcher"}],
        present=blueprint.ordered,
    )
    return StatefulServer(
        name="redis",
        component="cache",
        operation=values,
        containers=(member, watcher),
        client=ServerService(id="service", name="redis", ports=(CLIENTS, WATCHERS), selector={"role": "primary"}),
        services=(ServerService(id="replicas", name="redis-replicas", ports=(CLIENTS,), selector={"role": "replica"}),),
        claims=(data, log),
        scripts={"watch.sh": "exec watch\n"},
        peers=Peers(ports=(MEMBERS, WATCHERS), present=blueprint.ordered),
        replicas=3,
        budget=Budget(),
        apart=Apart(spread=blueprint.values.defaults.spread, present=blueprint.ordered),
        access=Access(rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}], present=blueprint.ordered),
        pod_labels={"app.kubernetes.io/name": "other", "group": "ledger"},
        ingress=from_clients(blueprint, "redis", CLIENTS.number, WATCHERS.number),
        egress=to_external(blueprint, ["apis"]),
        present=opposite(blueprint.is_external("redis")),
    )


@cache
def charted() -> Charted:
    """The small platform with the ledger in place of Redis."""
    return small_with(lambda blueprint: declare_server("02-data", ledger(blueprint), blueprint=blueprint), without="redis")


@cache
def objects(output: str) -> dict[tuple[str, str], Object]:
    """The objects of one of the outputs, by kind and name."""
    platform = charted().load([])
    if output == "manifests":
        made = charted().objects(platform)
    else:
        text = template(charted().chart, namespace=platform.namespace)
        assert isinstance(text, str), text
        made = read(text)
    for one in made:
        validate(one)
    return {(one["kind"], one["metadata"]["name"]): one for one in made}


both = pytest.mark.parametrize("output", ["manifests", "chart"])

UNDER = [
    "",
    "startup: {order: graph}",
    "redis: {storage: {persistent: false}}",
    "redis: {topology: external, external: {host: cache.example, cidrs: [192.0.2.0/24]}}",
    "defaults: {spread: {nodes: DoNotSchedule}}",
]


@pytest.mark.parametrize("overlay", UNDER)
def test_both_outputs_are_the_same(overlay: str) -> None:
    assert broken(charted(), [overlay]) == ""


@both
def test_each_container_has_its_own_image_resources_and_ports(output: str) -> None:
    pod = objects(output)["StatefulSet", "redis"]["spec"]["template"]["spec"]
    member, watcher = pod["containers"]
    assert member["image"].startswith("redis:")
    assert watcher["image"].startswith("busybox:")
    assert member["resources"] != watcher["resources"]
    assert [(one["name"], one["containerPort"]) for one in member["ports"]] == [("clients", 6379), ("members", 7000)]
    assert [(one["name"], one["containerPort"]) for one in watcher["ports"]] == [("tcp-26379", 26379)]
    assert (member["command"], watcher["args"]) == (["serve"], ["--peers=3"])
    assert [one["mountPath"] for one in member["volumeMounts"]] == ["/data", "/log", "/tmp"]  # noqa: S108 - a volume of the pod
    assert [one["mountPath"] for one in watcher["volumeMounts"]] == ["/tmp", "/etc/watcher"]  # noqa: S108


@both
def test_there_are_as_many_members_as_described_each_with_its_claims_and_apart_from_the_others(output: str) -> None:
    spec = objects(output)["StatefulSet", "redis"]["spec"]
    assert (spec["replicas"], spec["serviceName"]) == (3, "redis-nodes")
    claims = {one["metadata"]["name"]: one["spec"]["resources"]["requests"]["storage"] for one in spec["volumeClaimTemplates"]}
    assert claims == {"data": "2Gi", "log": "10Gi"}
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert all("matchLabelKeys" not in one and one["labelSelector"] == spec["selector"] for one in spread)
    assert {one["nodeTaintsPolicy"] for one in spread} == {"Honor"}
    members, watcher = spec["template"]["spec"]["containers"]
    assert members["lifecycle"] == {"preStop": {"exec": {"command": ["leave"]}}}
    assert "lifecycle" not in watcher


@both
def test_what_it_may_do_at_the_api_server_is_bound_to_its_account_whose_token_it_gets(output: str) -> None:
    found = objects(output)
    (rule,) = found["Role", "redis"]["rules"]
    assert rule == {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
    binding = found["RoleBinding", "redis"]
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "redis"}
    assert [(one["kind"], one["name"]) for one in binding["subjects"]] == [("ServiceAccount", "redis")]
    pod = found["StatefulSet", "redis"]["spec"]["template"]["spec"]
    (identity,) = [one for one in pod["volumes"] if one["name"] == "identity"]
    assert [next(iter(one)) for one in identity["projected"]["sources"]] == ["serviceAccountToken", "configMap", "downwardAPI"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("redis", False)


@both
def test_labels_of_its_pods_replace_none_by_which_they_are_selected(output: str) -> None:
    labels = objects(output)["StatefulSet", "redis"]["spec"]["template"]["metadata"]["labels"]
    assert (labels["app.kubernetes.io/name"], labels["group"]) == ("redis", "ledger")


@both
def test_a_drain_takes_one_member_at_a_time(output: str) -> None:
    budget = objects(output)["PodDisruptionBudget", "redis"]["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == objects(output)["StatefulSet", "redis"]["spec"]["selector"]


@both
def test_its_services_are_for_clients_for_some_of_the_pods_and_for_each_by_name(output: str) -> None:
    services = {
        name: one["spec"] for (kind, name), one in objects(output).items() if kind == "Service" and name.startswith("redis")
    }
    assert {name: [port["port"] for port in one.get("ports", [])] for name, one in services.items()} == {
        "redis": [6379, 26379],
        "redis-ready": [],
        "redis-nodes": [6379, 26379, 7000],
        "redis-replicas": [6379],
    }
    own = {"app.kubernetes.io/name": "redis"}
    assert services["redis"]["selector"] == own | {"role": "primary"}
    assert services["redis-replicas"]["selector"] == own | {"role": "replica"}
    assert services["redis-nodes"]["selector"] == own
    assert (services["redis-nodes"]["clusterIP"], services["redis-nodes"]["publishNotReadyAddresses"]) == ("None", True)


@both
def test_nothing_gets_in_but_peers_and_those_that_need_it_each_to_its_ports(output: str) -> None:
    found = objects(output)
    here = found["NetworkPolicy", "redis"]["metadata"]["namespace"]
    policies = Policies([one for (kind, _), one in found.items() if kind == "NetworkPolicy"], namespaces={here: {}, "other": {}})
    parties = [Party(name, f"10.0.0.{at}", here, {"app.kubernetes.io/name": name}) for at, name in enumerate(("web", "store"))]
    members = [Party(f"redis-{at}", f"10.0.1.{at}", here, {"app.kubernetes.io/name": "redis"}) for at in range(2)]
    stranger = Party("elsewhere", "10.0.2.1", "other", {"app.kubernetes.io/name": "redis"})
    outside = Party("outside", "203.0.113.9")
    ports = (6379, 7000, 26379, 9999)
    entered = {
        (source.name, port)
        for source, port in product([*parties, members[1], stranger, outside], ports)
        if policies.enters(source, members[0], port)
    }
    assert entered == {("web", 6379), ("web", 26379), ("redis-1", 7000), ("redis-1", 26379)}


@both
def test_it_reaches_its_peers_the_dns_and_its_destinations_alone(output: str) -> None:
    egress = objects(output)["NetworkPolicy", "redis"]["spec"]["egress"]
    ports = [[port["port"] for port in rule["ports"]] for rule in egress]
    assert ports == [[443], [443, 6443], [7000, 26379], [53, 53]]
    assert egress[2]["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "redis"}}}]


def test_a_server_that_talks_to_nobody_has_no_way_out_not_even_to_the_dns() -> None:
    charted = small_with(lambda _: None)
    (policy,) = [
        one for one in charted.objects(charted.load([])) if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "redis"
    ]
    assert "egress" not in policy["spec"]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_what_is_for_several_members_goes_with_its_condition() -> None:
    platform = charted().load_with({"startup": {"order": "graph"}})
    found = {(one["kind"], one["metadata"]["name"]): one for one in charted().objects(platform)}
    assert len(found["StatefulSet", "redis"]["spec"]["template"]["spec"]["containers"]) == 1
    policy = found["NetworkPolicy", "redis"]["spec"]
    assert [[port["port"] for port in rule["ports"]] for rule in policy["ingress"]] == [[6379, 26379]]
    assert [[port["port"] for port in rule["ports"]] for rule in policy["egress"]] == [[443], [53, 53]]
    pod = found["StatefulSet", "redis"]["spec"]["template"]["spec"]
    assert "topologySpreadConstraints" not in pod
    assert "identity" not in [one["name"] for one in pod["volumes"]]
    assert not {("Role", "redis"), ("RoleBinding", "redis")} & {*found}
    assert "lifecycle" not in pod["containers"][0]
