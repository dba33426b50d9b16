"""Accounts, security, scaling, spread and labels of services as the values set them, in both outputs, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.rendering import Object, Rendered
from tests.shop import CATALOGUE, errors, rendered

STORED = CATALOGUE.replace("    needs: [postgres]\n", "    needs: [postgres]\n    storage: {data: /data}\n", 1).replace(
    "public: true", "public: true\n    volumes: {store.data: /shared}"
)
"""The shop whose store keeps a volume, which web mounts too."""


def pod(made: Rendered, name: str = "web", kind: str = "Deployment") -> Object:
    found: Object = made.get(kind, name)["spec"]["template"]["spec"]
    return found


NONE = "defaults: {security: {user: ~, group: ~}}"


def test_where_the_cluster_assigns_users_pods_name_none(tmp_path: Path) -> None:
    others = "secrets: {generator: {security: {user: ~, group: ~}}}\npostgres: {security: {user: ~, group: ~}}"
    for owner, template in rendered(tmp_path, f"{NONE}\n{others}").pods():
        context = template["spec"]["securityContext"]
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & context.keys(), owner
        assert (context["runAsNonRoot"], context["seccompProfile"]) == (True, {"type": "RuntimeDefault"}), owner


def test_volumes_of_services_then_belong_to_the_group_that_the_cluster_assigns(tmp_path: Path) -> None:
    made = rendered(tmp_path, NONE, STORED)
    assert "fsGroup" not in pod(made, "store", "StatefulSet")["securityContext"]
    assert "supplementalGroups" not in pod(made)["securityContext"]


def test_further_fields_of_the_pods_security_context(tmp_path: Path) -> None:
    fields = "{fsGroup: 2000000, sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}], supplementalGroups: [7]}"
    context = pod(rendered(tmp_path, f"services: {{web: {{security: {{pod: {fields}}}}}}}"))["securityContext"]
    assert yaml.safe_load(fields).items() <= context.items()
    assert (context["runAsUser"], context["runAsNonRoot"]) == (1000, True)


def test_a_group_of_volumes_of_the_users_choice_takes_the_place_of_the_services_own(tmp_path: Path) -> None:
    overlay = "services: {store: {security: {pod: {fsGroup: 7, fsGroupChangePolicy: Always}}}}"
    context = pod(rendered(tmp_path, overlay, STORED), "store", "StatefulSet")["securityContext"]
    assert (context["fsGroup"], context["fsGroupChangePolicy"], context["runAsGroup"]) == (7, "Always", 1000)


def test_further_groups_are_beside_that_of_the_volumes_that_are_mounted_too(tmp_path: Path) -> None:
    overlay = "services: {store: {security: {group: 5}}, web: {security: {pod: {supplementalGroups: [7]}}}}"
    context = pod(rendered(tmp_path, overlay, STORED))["securityContext"]
    assert (context["fsGroup"], context["supplementalGroups"]) == (5, [7])


def test_a_container_may_write_to_its_root_and_have_the_one_capability_where_the_values_say_so(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("public: true", "public: true\n    prepare: [[migrate]]")
    overlay = "services: {web: {security: {readOnlyRootFilesystem: false, addCapabilities: [NET_BIND_SERVICE]}}}"
    made = pod(rendered(tmp_path, overlay, catalogue))
    expected = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": False,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    }
    assert made["containers"][0]["securityContext"] == made["initContainers"][-1]["securityContext"] == expected
    assert made["initContainers"][0]["securityContext"]["readOnlyRootFilesystem"] is True, "a gate is none of the service's"


def test_labels_of_one_service_come_before_those_of_everything(tmp_path: Path) -> None:
    own = "podLabels: {team: web}, workloadLabels: {team: web}, service: {labels: {team: web}}"
    made = rendered(tmp_path, f"commonLabels: {{team: all, floor: first}}\nservices: {{web: {{{own}}}}}")
    deployment = made.get("Deployment", "web")
    for metadata in (
        deployment["metadata"],
        deployment["spec"]["template"]["metadata"],
        made.get("Service", "web")["metadata"],
    ):
        assert {"team": "web", "floor": "first", "app.kubernetes.io/name": "web"}.items() <= metadata["labels"].items()
    assert made.get("NetworkPolicy", "web")["metadata"]["labels"]["team"] == "all"


def test_an_account_can_have_an_identity_in_a_cloud(tmp_path: Path) -> None:
    made = rendered(tmp_path, "services: {web: {serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:x'}}}}")
    assert made.get("ServiceAccount", "web")["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == "arn:x"
    assert "eks.amazonaws.com/role-arn" not in made.get("ServiceAccount", "store")["metadata"]["annotations"]


def test_with_an_existing_account_none_is_made(tmp_path: Path) -> None:
    made = rendered(tmp_path, "services: {web: {serviceAccount: {name: shared}}}")
    assert pod(made)["serviceAccountName"] == "shared"
    assert not made.has("ServiceAccount", "web")
    assert not made.has("ServiceAccount", "shared")


def test_a_pod_with_a_token_may_connect_to_the_api_server_and_no_other_may(tmp_path: Path) -> None:
    network = "networkPolicy: {apiServerCidrs: [192.0.2.1/32]}\n"
    made = rendered(tmp_path, f"{network}services: {{web: {{serviceAccount: {{automountToken: true}}}}}}")
    assert (pod(made)["automountServiceAccountToken"], pod(made, "store")["automountServiceAccountToken"]) == (True, False)
    way = {
        "to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}],
        "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 6443}],
    }
    assert way in made.get("NetworkPolicy", "web")["spec"]["egress"]
    assert way not in made.get("NetworkPolicy", "store")["spec"]["egress"]


SCALED = """\
services:
  web:
    autoscaling:
      enabled: true
      targetMemoryPercent: 0
      metrics: [{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: "10"}}}]
      behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
"""


def test_an_autoscaler_goes_by_further_metrics_and_not_by_what_is_switched_off(tmp_path: Path) -> None:
    spec = rendered(tmp_path, SCALED).get("HorizontalPodAutoscaler", "web")["spec"]
    assert [one["type"] for one in spec["metrics"]] == ["Resource", "Pods"]
    assert spec["metrics"][0]["resource"]["name"] == "cpu"
    assert spec["metrics"][1] == yaml.safe_load(SCALED)["services"]["web"]["autoscaling"]["metrics"][0]
    assert spec["behavior"] == {"scaleDown": {"stabilizationWindowSeconds": 5}}


def test_null_switches_a_target_off_for_all_services(tmp_path: Path) -> None:
    overlay = "defaults: {autoscaling: {enabled: true, targetCpuPercent: ~}}"
    spec = rendered(tmp_path, overlay).get("HorizontalPodAutoscaler", "store")["spec"]
    assert [one["resource"]["name"] for one in spec["metrics"]] == ["memory"]


def test_a_service_without_a_port_can_be_scaled_by_a_queue(tmp_path: Path) -> None:
    metric = "{type: External, external: {metric: {name: depth}, target: {type: AverageValue, averageValue: '5'}}}"
    scaling = f"{{enabled: true, targetCpuPercent: 0, targetMemoryPercent: 0, metrics: [{metric}]}}"
    catalogue = "name: shop\ntiers: [{name: only}]\nservices: {web: {tier: only}}\n"
    made = rendered(tmp_path, f"services: {{web: {{autoscaling: {scaling}}}}}", catalogue)
    assert [one["type"] for one in made.get("HorizontalPodAutoscaler", "web")["spec"]["metrics"]] == ["External"]
    assert not made.has("Service", "web")


def test_constraints_of_the_user_come_after_those_that_every_service_has(tmp_path: Path) -> None:
    labels = "labelSelector: {matchLabels: {app.kubernetes.io/name: web}}"
    constraint = f"{{maxSkew: 2, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, {labels}}}"
    made = pod(rendered(tmp_path, f"services: {{web: {{spread: {{constraints: [{constraint}]}}}}}}"))
    keys = [one["topologyKey"] for one in made["topologySpreadConstraints"]]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "rack"]


@pytest.mark.parametrize(("kind", "catalogue"), [("Deployment", CATALOGUE), ("StatefulSet", STORED)])
def test_labels_and_annotations_of_the_workload_are_not_those_of_its_pods(tmp_path: Path, kind: str, catalogue: str) -> None:
    own = "workloadAnnotations: {reloader/auto: 'true'}, workloadLabels: {team: a}, rollout: {minReadySeconds: 9}"
    workload = rendered(tmp_path, f"services: {{store: {{{own}}}}}", catalogue).get(kind, "store")
    assert workload["metadata"]["annotations"]["reloader/auto"] == "true"
    assert workload["metadata"]["labels"]["team"] == "a"
    assert workload["spec"]["minReadySeconds"] == 9
    inside: dict[str, Any] = workload["spec"]["template"]["metadata"]
    assert "team" not in inside["labels"]
    assert "annotations" not in inside


NODES = "networkPolicy: {edge: {cidrs: [0.0.0.0/0]}}\nservices: {web: {service: {type: NodePort, nodePorts: {http: 30080}}}}"


def test_a_public_service_has_the_ports_of_nodes_that_the_values_name(tmp_path: Path) -> None:
    assert [one["nodePort"] for one in rendered(tmp_path, NODES).get("Service", "web")["spec"]["ports"]] == [30080]
    (port,) = rendered(tmp_path, NODES.replace("{http: 30080}", "{}")).get("Service", "web")["spec"]["ports"]
    assert "nodePort" not in port


EVERYTHING = """\
defaults: {security: {user: ~, group: ~}, workloadLabels: {team: a, shared: "2"}, podLabels: {shared: "3"}}
commonLabels: {shared: "1"}
commonAnnotations: {shared: "{{ x }}"}
services:
  store:
    security: {user: 7, pod: {fsGroup: 2000000, seLinuxOptions: {level: s0}}}
    serviceAccount: {name: mine, automountToken: true}
    workloadAnnotations: {a: "{{ b }}"}
    rollout: {minReadySeconds: 599}
  web:
    security: {readOnlyRootFilesystem: false, addCapabilities: [NET_BIND_SERVICE], pod: {supplementalGroups: [1000000]}}
    serviceAccount: {annotations: {a: b}}
    spread:
      constraints: [{maxSkew: 1, topologyKey: rack, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}]
"""


@pytest.mark.helm
@pytest.mark.parametrize("catalogue", [CATALOGUE, STORED], ids=["pods alone", "volumes"])
@pytest.mark.parametrize(
    "overlay",
    [
        "",
        EVERYTHING,
        SCALED,
        NONE,
        "defaults: {autoscaling: {targetCpuPercent: ~}}\nservices: {web: {autoscaling: {enabled: true}}}",
        "defaults: {security: ~}",
        "services: {web: {security: {user: ~}}}",
        "services: {web: {autoscaling: {enabled: true, targetCpuPercent: 0, targetMemoryPercent: 0}}}",
        "services: {web: {serviceAccount: {name: a, annotations: {b: c}}}}",
        "services: {web: {workloadLabels: {app.kubernetes.io/name: a}}}",
        "services: {web: {security: {addCapabilities: [SYS_ADMIN]}}}",
        "services: {store: {security: {group: 5}}}",
        "secrets: {generator: {security: {user: ~, group: ~}}}",
        "defaults: {spread: {nodes: DoNotSchedule}}",
        "services: {store: {spread: {zones: DoNotSchedule}}}",
        NODES,
        NODES.replace("http", "https"),
        "services: {store: {service: {nodePorts: {http: 30080}}}}",
    ],
)
def test_the_chart_has_the_same(tmp_path: Path, catalogue: str, overlay: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    assert not broken(charted(tmp_path / "catalogue.yaml"), [overlay])


@pytest.mark.helm
def test_a_platform_whose_own_values_name_no_user_has_a_chart_without_one(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "values.yaml").write_text(NONE)
    made = charted(tmp_path / "catalogue.yaml", tmp_path / "values.yaml")
    assert yaml.safe_load((made.chart / "values.yaml").read_text())["defaults"]["security"]["user"] is None
    assert not broken(made, [""])
    assert not broken(made, ["services: {web: {security: {user: 7}}}"])


STANDARD = "allowed, by the Pod Security Standard of the namespace:"
CONSTRAINT = "maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}"
METRIC = "{metric: {name: a}, target: {type: AverageValue, averageValue: 1}}"
POLICY = "autoscaling: {behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}}"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ("security: {user: 0}", "security.user: 0 is not allowed; allowed: a whole number from 1 to 2147483647"),
        (
            "security: {addCapabilities: [SYS_ADMIN]}",
            "security.addCapabilities[0]: 'SYS_ADMIN' is not allowed; allowed: NET_BIND_SERVICE",
        ),
        ("security: {pod: {runAsUser: 0}}", "security.pod.runAsUser: unknown key; "),
        (
            "security: {pod: {sysctls: [{name: kernel.msgmax, value: '1'}]}}",
            "security.pod.sysctls[0].name: 'kernel.msgmax' is not allowed; allowed: kernel.shm_rmid_forced, ",
        ),
        (
            "security: {pod: {seLinuxOptions: {type: spc_t}}}",
            f"security.pod.seLinuxOptions.type: 'spc_t' is not allowed; {STANDARD} container_t, ",
        ),
        (
            "security: {pod: {appArmorProfile: {type: Unconfined}}}",
            f"security.pod.appArmorProfile.type: 'Unconfined' is not allowed; {STANDARD} RuntimeDefault, Localhost",
        ),
        (
            "security: {pod: {fsGroupChangePolicy: Never}}",
            "security.pod.fsGroupChangePolicy: 'Never' is not allowed; allowed: Always, OnRootMismatch",
        ),
        ("serviceAccount: {name: A}", "serviceAccount.name: 'A' is not allowed; allowed: the name of a Kubernetes object"),
        (
            "serviceAccount: {name: a, annotations: {b: c}}",
            (
                "serviceAccount.annotations: web uses the existing account a, to which nothing is added; "
                "annotate that one, or leave the name empty"
            ),
        ),
        (
            "autoscaling: {enabled: true, targetCpuPercent: 0, targetMemoryPercent: 0}",
            "autoscaling.enabled: the autoscaler has nothing to go by; set a target of CPU or memory, or name a metric",
        ),
        ("autoscaling: {metrics: [{type: Queue}]}", "autoscaling.metrics[0].type: 'Queue' is not allowed; allowed: Resource, "),
        ("autoscaling: {metrics: [{type: Pods}]}", "autoscaling.metrics[0].pods: is missing; add it"),
        (
            "autoscaling: {metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: Value}}}]}",
            "autoscaling.metrics[0].pods.target.type: 'Value' is not allowed; allowed: AverageValue",
        ),
        (
            "autoscaling: {metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: Mean}}}]}",
            "autoscaling.metrics[0].pods.target.type: 'Mean' is not allowed; allowed: AverageValue",
        ),
        (
            f"autoscaling: {{metrics: [{{type: Pods, pods: {METRIC}, external: {METRIC}}}]}}",
            "autoscaling.metrics[0].external: is beside the type Pods; make it an entry of its own",
        ),
        (
            f"autoscaling: {{metrics: [{{type: Pods, pod: {METRIC}, pods: {METRIC}}}]}}",
            "autoscaling.metrics[0].pod: unknown key; did you mean pods?",
        ),
        ("autoscaling: {behavior: {scaleUp: {speed: 1}}}", "autoscaling.behavior.scaleUp.speed: unknown key; "),
        (
            "autoscaling: {behavior: {scaleUp: {policies: []}}}",
            "autoscaling.behavior.scaleUp.policies: is empty; name one, or remove it",
        ),
        (
            POLICY.replace("60", "1801"),
            "autoscaling.behavior.scaleUp.policies[0].periodSeconds: 1801 is not allowed; allowed: a whole number from 1 to 1800",
        ),
        (
            POLICY.replace("value: 1", "value: 0"),
            "autoscaling.behavior.scaleUp.policies[0].value: 0 is not allowed; allowed: a whole number from 1",
        ),
        (
            "service: {nodePorts: {http: 30080}}",
            "service.nodePorts: a ClusterIP has no ports of nodes; remove it, or change service.type",
        ),
        ("rollout: {minReadySeconds: 600}", "rollout.minReadySeconds: 600 is not allowed; allowed: a whole number from 0 to 599"),
        (
            f"spread: {{constraints: [{{{CONSTRAINT.replace('rack', 'kubernetes.io/hostname')}}}]}}",
            (
                "spread.constraints[0].topologyKey: every service is spread by kubernetes.io/hostname already; "
                "set spread.nodes, or choose another key"
            ),
        ),
        (
            f"spread: {{constraints: [{{{CONSTRAINT.replace('DoNotSchedule', 'Never')}}}]}}",
            "spread.constraints[0].whenUnsatisfiable: 'Never' is not allowed; allowed: DoNotSchedule, ScheduleAnyway",
        ),
        (
            f"spread: {{constraints: [{{{CONSTRAINT.partition(', labelSelector')[0]}}}]}}",
            "spread.constraints[0].labelSelector: is missing; add it",
        ),
        (
            f"spread: {{constraints: [{{{CONSTRAINT.replace('DoNotSchedule', 'ScheduleAnyway')}, minDomains: 2}}]}}",
            "spread.constraints[0].minDomains: is for DoNotSchedule alone; remove it, or set whenUnsatisfiable: DoNotSchedule",
        ),
        (
            "workloadLabels: {app.kubernetes.io/name: a}",
            "workloadLabels['app.kubernetes.io/name']: policies, selectors or controllers go by app.kubernetes.io/name; ",
        ),
    ],
)
def test_what_cannot_be_is_an_error_with_its_line(tmp_path: Path, values: str, error: str) -> None:
    (told,) = errors(tmp_path, overlays={"shop.yaml": f"services:\n  web: {{{values}}}"})
    assert told.startswith(f"shop.yaml:2: services.web.{error}")


@pytest.mark.parametrize(
    ("ports", "wrong"),
    [
        ("{https: 30443}", ".https: the Service has no port `https`; did you mean http? allowed: http"),
        ("{http: 0}", ".http: 0 is not allowed; allowed: a whole number from 1 to 65535"),
    ],
)
def test_a_port_of_nodes_is_one_for_a_port_that_the_service_has(tmp_path: Path, ports: str, wrong: str) -> None:
    values = NODES.replace("{http: 30080}", ports)
    assert errors(tmp_path, overlays={"shop.yaml": values}) == [f"shop.yaml:2: services.web.service.nodePorts{wrong}"]


def test_the_request_of_a_resource_that_does_not_count_may_be_missing(tmp_path: Path) -> None:
    overlay = (
        "defaults: {resources: {requests: {cpu: ~}}}\nservices: {web: {autoscaling: {enabled: true, targetCpuPercent: PERCENT}}}"
    )
    assert errors(tmp_path, overlays={"shop.yaml": overlay.replace("PERCENT", "0")}) == []
    (told,) = errors(tmp_path, overlays={"shop.yaml": overlay.replace("PERCENT", "50")})
    assert "requests.cpu is not set, but the autoscaler measures by it; set it, or switch autoscaling off" in told
