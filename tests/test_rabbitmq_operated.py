"""`topology: operator`: what RabbitMQ's Cluster Operator is told, who reaches its pods, and where clients connect."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, render, render_with, yaml_files
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import compose, swarm

NAME = "app.kubernetes.io/name"
PODS = {NAME: "rabbitmq-cluster"}
IMAGE = {"tag": "4-management"}
HOSTS = "rabbitmq-cluster-server-{}.rabbitmq-cluster-nodes.castiel"


def operated(**more: Any) -> Rendered:
    return render_with({"rabbitmq": {"topology": "operator", "image": IMAGE, **more}})


@cache
def three() -> Rendered:
    return operated()


def spec_of(rendered: Rendered) -> Object:
    spec: Object = rendered.get("RabbitmqCluster", "rabbitmq-cluster")["spec"]
    return spec


def pod_of(rendered: Rendered) -> Object:
    pod: Object = spec_of(rendered)["override"]["statefulSet"]["spec"]["template"]["spec"]
    return pod


def lines_of(rendered: Rendered) -> list[str]:
    return str(spec_of(rendered)["rabbitmq"]["additionalConfig"]).splitlines()


def script_of(rendered: Rendered) -> str:
    (container,) = (one for one in pod_of(rendered)["initContainers"] if one["name"] == "preparation")
    return str(container["command"][-1])


def test_nothing_is_made_that_the_operator_makes() -> None:
    own = {(kind, name) for kind, name in three().objects if name.startswith("rabbitmq")}
    assert own == {
        ("RabbitmqCluster", "rabbitmq-cluster"),
        ("Service", "rabbitmq"),
        ("Service", "rabbitmq-ready"),
        ("PodDisruptionBudget", "rabbitmq"),
        ("NetworkPolicy", "rabbitmq"),
    }
    assert not render().kinds("RabbitmqCluster")


def test_no_object_of_the_platform_has_a_name_that_the_operator_gives() -> None:
    names = {name for kind, name in three().objects if kind != "RabbitmqCluster"}
    assert not {"rabbitmq-cluster", "rabbitmq-cluster-nodes", "rabbitmq-cluster-server", "rabbitmq-cluster-default-user"} & names


@pytest.mark.parametrize("members", [3, 5, 7])
def test_nodes_know_one_another_by_the_names_that_the_operator_gives_them(members: int) -> None:
    rendered = operated(cluster={"members": members})
    assert spec_of(rendered)["replicas"] == members
    lines = lines_of(rendered)
    assert "cluster_formation.peer_discovery_backend = classic_config" in lines
    named = [line.rpartition("@")[2] for line in lines if line.startswith("cluster_formation.classic_config.nodes.")]
    assert named == [HOSTS.format(number) for number in range(members)]
    # Never a cluster of its own.
    assert "cluster_formation.discovery_retry_limit = 86400" in lines


def test_its_settings_are_those_of_any_node_and_the_values_have_the_last_word() -> None:
    lines = lines_of(operated(config={"heartbeat": "30"}, memoryWatermarkPercent=55))
    assert lines[:3] == [
        "listeners.tcp.default = 5672",
        "vm_memory_high_watermark.relative = 0.55",
        "disk_free_limit.absolute = 512MB",
    ]
    assert {"management.tcp.ip = 127.0.0.1", "prometheus.tcp.ip = 127.0.0.1"} <= {*lines}
    assert lines[-1] == "heartbeat = 30"
    # The operator's own would be four fifths of the limit.
    assert "total_memory_available_override_value = 1048576kiB" in lines


def test_accounts_are_written_before_each_start_and_new_queues_are_quorum_queues() -> None:
    assert "load_definitions = /run/definitions" in lines_of(three())
    assert '"metadata":{"default_queue_type":"quorum"}' in script_of(three())
    own = render_with({"rabbitmq": {"topology": "cluster"}}).container("StatefulSet", "rabbitmq")
    assert '"metadata"' not in own["command"][-1]
    (container,) = (one for one in pod_of(three())["initContainers"] if one["name"] == "preparation")
    variables = {one["name"]: one for one in container["env"]}
    reference = variables["RABBITMQ_DEFAULT_PASS"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "rabbitmq-credentials", "key": "password"}
    assert variables["RABBITMQ_NODENAME"]["value"] == "rabbit@$(POD_NAME).rabbitmq-cluster-nodes.castiel"
    assert variables["NODES"]["value"] == "rabbitmq-cluster-nodes.castiel", "where it looks for the others"


def test_what_the_values_define_is_loaded_too_and_a_change_restarts_the_nodes() -> None:
    first, second = (operated(definitions={"vhosts": [{"name": name}]}) for name in ("a", "b"))
    assert json.loads(first.get("ConfigMap", "rabbitmq-config")["data"]["definitions.json"]) == {"vhosts": [{"name": "a"}]}
    assert lines_of(first) != lines_of(second)
    # The operator's library keeps a comment with the line after it, and none at the end.
    assert not lines_of(first)[-1].startswith("#")
    volume = next(one for one in pod_of(first)["volumes"] if one["name"] == "config")
    assert volume["configMap"]["name"] == "rabbitmq-config"
    volumes = {one["name"]: one for one in pod_of(operated(users={"ops": {"secret": "own"}}))["volumes"]}
    (source,) = volumes["users"]["projected"]["sources"]
    assert source["secret"] == {"name": "own", "items": [{"key": "password", "path": "ops"}]}


def test_a_new_node_waits_for_the_first_one_and_every_node_for_a_majority() -> None:
    script = script_of(three())
    assert 'until connected || [ "$(date +%s)" -ge "$end" ]; do sleep 1; done' in script
    assert '[ ! -d /var/lib/rabbitmq/mnesia/"$RABBITMQ_NODENAME" ] && [ "$own" != 0 ]' in script
    # So the operator needs no fixed delay.
    assert spec_of(three())["delayStartSeconds"] == 0


def test_a_node_that_leaves_waits_as_one_of_the_platforms_own_cluster() -> None:
    (container,) = pod_of(three())["containers"]
    (_, _, script) = container["lifecycle"]["preStop"]["exec"]["command"]
    first, second = script.splitlines()
    assert first == '[ -z "$(cat /etc/pod-info/skipPreStopChecks)" ] || exit 0'
    own = render_with({"rabbitmq": {"topology": "cluster"}}).container("StatefulSet", "rabbitmq")
    assert second == own["lifecycle"]["preStop"]["exec"]["command"][-1]
    assert spec_of(three())["terminationGracePeriodSeconds"] == 120


def test_a_node_whose_broker_has_stopped_is_restarted_as_one_of_the_platforms_own_cluster() -> None:
    (container,) = pod_of(three())["containers"]
    own = render_with({"rabbitmq": {"topology": "cluster"}}).container("StatefulSet", "rabbitmq")
    assert container["livenessProbe"] == own["livenessProbe"]


def test_its_pods_keep_the_restricted_standard_and_have_no_token() -> None:
    pod = pod_of(three())
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    containers = [*pod["initContainers"], *pod["containers"]]
    assert [one["name"] for one in containers] == ["setup-container", "preparation", "rabbitmq"]
    for one in containers:
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_its_pods_are_as_large_and_where_the_values_want_them() -> None:
    rendered = operated(
        storage={"size": "20Gi", "storageClass": "fast"},
        terminationGraceSeconds=300,
        podAnnotations={"a": "b"},
        placement={
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"key": "data", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "priorityClass": "high",
        },
        security={"user": 100, "group": 101},
        image={"repository": "own/rabbitmq", "tag": "4.1"},
    )
    spec, pod = spec_of(rendered), pod_of(rendered)
    assert spec["persistence"] == {"storage": "20Gi", "storageClassName": "fast"}
    assert spec["image"] == "own/rabbitmq:4.1"
    assert (spec["affinity"], spec["tolerations"]) == ({"nodeAffinity": {}}, [{"key": "data", "operator": "Exists"}])
    assert (pod["nodeSelector"], pod["priorityClassName"]) == ({"disk": "ssd"}, "high")
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]) == (100, 101)
    assert spec["override"]["statefulSet"]["spec"]["template"]["metadata"]["annotations"] == {"a": "b"}
    spread = {one["topologyKey"]: one for one in pod["topologySpreadConstraints"]}
    assert spread["kubernetes.io/hostname"]["whenUnsatisfiable"] == "DoNotSchedule"
    assert all(one["labelSelector"] == {"matchLabels": PODS} for one in spread.values())
    annotations = rendered.get("RabbitmqCluster", "rabbitmq-cluster")["metadata"]["annotations"]
    assert annotations["rabbitmq.com/disable-default-topology-spread-constraints"] == "true"
    assert rendered.get("PodDisruptionBudget", "rabbitmq")["spec"]["selector"] == {"matchLabels": PODS}


def test_with_tls_it_speaks_nothing_else_on_the_port_of_the_catalogue() -> None:
    rendered = operated(tls={"enabled": True, "secret": "own"})
    assert spec_of(rendered)["tls"] == {"secretName": "own", "caSecretName": "own", "disableNonTLSListeners": True}
    lines = lines_of(rendered)
    assert {"listeners.tcp = none", "listeners.ssl.default = 5672", "ssl_options.verify = verify_none"} <= {*lines}
    # The operator leaves them out with TLS, and both stay where they are without it.
    assert {"management.tcp.port = 15672", "prometheus.tcp.port = 15692"} <= {*lines}
    assert "tls" not in spec_of(three())


def test_clients_connect_to_the_names_that_other_topologies_have() -> None:
    rendered = operated(developerAccess={"enabled": True, "cidrs": ["10.9.0.0/24"]})
    selectors = {
        name: rendered.get("Service", name)["spec"]["selector"] for name in rendered.kinds("Service") if "rabbitmq" in name
    }
    assert selectors == {"rabbitmq": PODS, "rabbitmq-developer": PODS, "rabbitmq-ready": PODS}
    urls = [one.variables("Deployment", "ai-service")["RABBITMQ_URL"]["value"] for one in (rendered, render())]
    assert urls[0] == urls[1]


def test_its_secret_is_that_of_other_topologies() -> None:
    for rendered in (three(), render()):
        assert "rabbitmq-credentials:password,erlang-cookie" in rendered.container("Job", "secret-generator")["args"]


def test_policies_know_its_pods_by_the_operators_label() -> None:
    rendered = operated(
        developerAccess={"enabled": True, "cidrs": ["10.9.0.0/24"]}, metrics={"namespaces": ["monitoring"], "podLabels": {}}
    )
    policies = Policies(
        rendered.kinds("NetworkPolicy").values(),
        namespaces={name: {"kubernetes.io/metadata.name": name} for name in ("castiel", "rabbitmq-system", "monitoring")},
    )
    first, second = (Party(name, f"10.244.8.{at}", "castiel", PODS) for at, name in enumerate(("a", "b")))
    client = Party("client", "10.244.8.9", "castiel", {NAME: "api-gateway"})
    operator = Party("operator", "10.244.9.1", "rabbitmq-system", {NAME: "rabbitmq-cluster-operator"})
    scraper = Party("scraper", "10.244.9.2", "monitoring", {})
    ports = (4369, 5672, 15672, 15692, 25672, 35672, 35675, 22)
    assert {port for port in ports if policies.allows(second, first, port)} == {4369, 25672, 35672, 35675}
    assert {port for port in ports if policies.allows(client, first, port)} == {5672}
    assert {port for port in ports if policies.enters(scraper, first, port)} == {15692}
    # It runs its commands in the pods through the API server.
    assert not {port for port in ports if policies.enters(operator, first, port)}
    assert policies.enters(Party("developer", "10.9.0.7"), first, 15672)
    assert not {port for port in (443, 6443) if policies.leaves(first, Party("api", "172.18.0.2"), port)}


WITH_QUEUE = CATALOGUE.replace(
    "secrets:\n", "  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}\nsecrets:\n"
)
FEW = "so few nodes have no majority when one of them is away, and stop; set 3, 5 or 7, or dataServices.queue.topology: single"
EVEN = "an even number of nodes endures no more losses than one less, and two halves that lose each other both stop; set 3, 5 or 7"
SIGNS = "the operator takes quotes, #, ; and a backslash at the end for more than signs of the value; choose a value without them"
# (values, the path of the error below its own, the message)
REFUSED = [
    *(({"cluster": {"members": members}}, "cluster.members", FEW) for members in (1, 2)),
    *(({"cluster": {"members": members}}, "cluster.members", EVEN) for members in (4, 6)),
    (
        {"storage": {"persistent": False}},
        "storage.persistent",
        "the others refuse a node that comes back without its data; set it to true, or dataServices.queue.topology: single",
    ),
    (
        {"terminationGraceSeconds": 89},
        "terminationGraceSeconds",
        "a node that leaves waits up to 60 s for a majority without it, and needs time to end after that; set 90 or more",
    ),
    *(
        (
            {"image": {"tag": tag}},
            "image.tag",
            (
                "a cluster of the operator begins with RabbitMQ 4 here, so that nobody has to upgrade it from 3; name an image of "
                "4, or set dataServices.queue.topology: cluster"
            ),
        )
        for tag in ("3-management", "3.13.7", "3")
    ),
    ({"upgradeInPlace": True}, "upgradeInPlace", "no member of the operator has data of RabbitMQ 3; set it to false"),
    (
        {"backup": {"enabled": True, "repository": {"claim": "own"}}},
        "backup.enabled",
        (
            "the backup asks the nodes of the platform's own cluster, by its cookie, and the operator's have another one; set it "
            "to false and keep what must exist in dataServices.queue.definitions, or set dataServices.queue.topology: cluster"
        ),
    ),
    *(
        (
            {"config": {setting: "x"}},
            f"config['{setting}']" if "." in setting else f"config.{setting}",
            f"the platform sets {setting} itself; remove it; dataServices.queue.{decide}",
        )
        for setting, decide in (
            ("cluster_formation.k8s.host", "topology and dataServices.queue.cluster decide such things"),
            ("cluster_partition_handling", "topology and dataServices.queue.cluster decide such things"),
            ("load_definitions", "users and dataServices.queue.definitions decide such things"),
            ("total_memory_available_override_value", "resources and dataServices.queue.tls decide such things"),
        )
    ),
    (
        {"resources": {"limits": {"memory": None}}},
        "resources.limits.memory",
        "queue computes its memory settings from the limit; set it",
    ),
    (
        {"config": {"channel_max": 5}},
        "config.channel_max",
        "5 is not allowed; allowed: printable ASCII characters without outer spaces, in quotes where it is a number",
    ),
    *(({"config": {"log.console.level": value}}, "config['log.console.level']", SIGNS) for value in ("a#b", "a;b", '"a"', "a\\")),
]


@pytest.mark.parametrize(("values", "path", "message"), REFUSED)
def test_what_would_be_no_safe_cluster_is_refused(tmp_path: Path, values: dict[str, Any], path: str, message: str) -> None:
    overlay = json.dumps({"dataServices": {"queue": {"topology": "operator", **values}}})
    refused = errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": overlay})
    assert refused == [f"shop.yaml:1: dataServices.queue.{path}: {message}"]


def test_a_name_that_the_operator_makes_too_long_is_refused(tmp_path: Path) -> None:
    name = "q" * 38
    overlay = json.dumps({"dataServices": {name: {"topology": "operator"}}})
    refused = errors(tmp_path, catalogue=WITH_QUEUE.replace("queue:", f"{name}:"), overlays={"shop.yaml": overlay})
    message = (
        f"the operator calls its StatefulSet {name}-cluster-server, which is longer than the 52 characters that can be; choose a "
        "name of at most 37 characters in the catalogue"
    )
    assert refused == [f"shop.yaml:1: dataServices.{name}.topology: {message}"]


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_a_cluster_runs_one_node(output: Any, tmp_path: Path) -> None:
    alone, several = [
        yaml_files(output, {"rabbitmq": {"topology": form, "image": IMAGE}}, tmp_path) for form in ("single", "operator")
    ]
    line = "# - rabbitmq has one server, and several members on a cluster\n"
    assert any(line in text for text in several.values())
    assert {path: text.replace(line, "") for path, text in several.items()} == alone
