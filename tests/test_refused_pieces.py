"""Pieces that users add, and that the API server would refuse because of what else is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.shop import CATALOGUE, errors

SAFE = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (
            f"initContainers: [{{name: a, image: b, {SAFE}, lifecycle: {{}}}}]",
            (
                "initContainers[0].lifecycle: is for containers that go on, but this one ends first; "
                "remove it, or set restartPolicy: Always"
            ),
        ),
        ("extraEnvFrom: [{}]", "extraEnvFrom[0]: names 0 sources; allowed: one of configMapRef, secretRef"),
        (
            "pod: {hostAliases: [{ip: a, hostnames: [b]}]}",
            "pod.hostAliases[0].ip: 'a' is not allowed; allowed: an IP address",
        ),
    ],
)
def test_the_pieces_of_what_runs_once_are_judged_as_those_of_others(tmp_path: Path, values: str, error: str) -> None:
    """Although its Job is not called like the service."""
    catalogue = CATALOGUE + "  fill: {tier: front, run: once}\n"
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": f"services:\n  fill: {{{values}}}"}) == [
        f"shop.yaml:2: services.fill.{error}"
    ]


PAUSES = [
    ("lifecycle: {preStop: {sleep: {seconds: 36}}}", "lifecycle.preStop"),
    ("lifecycle: {postStart: {sleep: {seconds: 36}}}", "lifecycle.postStart"),
    (
        f"sidecars: [{{name: a, image: b, {SAFE}, lifecycle: {{preStop: {{sleep: {{seconds: 36}}}}}}}}]",
        "sidecars[0].lifecycle.preStop",
    ),
]


@pytest.mark.parametrize(("values", "hook"), PAUSES)
def test_no_hook_pauses_longer_than_its_pod_has_to_end(tmp_path: Path, values: str, hook: str) -> None:
    shutdown = "shutdown: {preStopSeconds: 10, drainSeconds: 20}"
    overlay = f"services:\n  web: {{{shutdown}, {values}}}"
    allowed = "allowed: a whole number from 1, not above what the pod has to end, which is the sum of `shutdown` and five seconds"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:2: services.web.{hook}.sleep.seconds: 36 is not allowed; {allowed}"
    ]
    assert errors(tmp_path, overlays={"shop.yaml": overlay.replace("36", "35")}) == []


def test_a_pause_that_is_too_long_for_all_services_is_told_once(tmp_path: Path) -> None:
    """Although those without a port have less time to end."""
    overlay = "defaults:\n  lifecycle: {preStop: {sleep: {seconds: 900}}}\nservices: {web: {env: {A: a}}}"
    (told,) = errors(tmp_path, catalogue=CATALOGUE + "  worker: {tier: front}\n", overlays={"shop.yaml": overlay})
    assert told.startswith("shop.yaml:2: defaults.lifecycle.preStop.sleep.seconds: 900 is not allowed; ")


def test_a_service_of_one_family_does_not_name_two(tmp_path: Path) -> None:
    overlay = "services:\n  web: {service: {spec: {ipFamilies: [IPv4, IPv6], ipFamilyPolicy: SingleStack}}}"
    way_out = "set PreferDualStack or RequireDualStack, or name one"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:2: services.web.service.spec.ipFamilyPolicy: is SingleStack, but ipFamilies has two; {way_out}"
    ]


def test_a_constraint_that_selects_nothing_in_particular_is_told_what_is_allowed(tmp_path: Path) -> None:
    constraint = "{maxSkew: 1, topologyKey: rack, whenUnsatisfiable: ScheduleAnyway, labelSelector: {}}"
    overlay = f"services:\n  web: {{spread: {{constraints: [{constraint}]}}}}"
    allowed = "allowed: a selector with matchLabels or matchExpressions"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:2: services.web.spread.constraints[0].labelSelector: a mapping is not allowed; {allowed}"
    ]


REFUSED = [
    ("image: ''", "image: is missing; add it"),
    ("image: ' a'", "image: ' a' is not allowed; allowed: an image without outer spaces"),
    ("image: a, imagePullPolicy: Often", "imagePullPolicy: 'Often' is not allowed; allowed: Always, IfNotPresent, Never"),
    (
        "image: a, terminationMessagePolicy: Log",
        "terminationMessagePolicy: 'Log' is not allowed; allowed: File, FallbackToLogsOnError",
    ),
    (
        "image: a, resources: {limits: {cpu: x}}",
        "resources.limits.cpu: 'x' is not allowed; allowed: a quantity, such as '500m', '512Mi'",
    ),
    (
        "image: a, resources: {requests: {cpu: -1}}",
        "resources.requests.cpu: -1 is not allowed; allowed: a quantity of at least 0",
    ),
    (
        "image: a, resources: {limits: {gpu: '1'}}",
        "resources.limits.gpu: is no resource; allowed: cpu, memory, ephemeral-storage, hugepages-SIZE, DOMAIN/NAME",
    ),
    (
        "image: a, livenessProbe: {grpc: {port: 1}, terminationGracePeriodSeconds: 0}",
        "livenessProbe.terminationGracePeriodSeconds: 0 is not allowed; allowed: a whole number from 1",
    ),
    (
        "image: a, readinessProbe: {grpc: {port: 1}, terminationGracePeriodSeconds: 5}",
        "readinessProbe.terminationGracePeriodSeconds: 5 is not allowed; allowed: none, as it ends nothing",
    ),
    ("image: a, livenessProbe: {}", "livenessProbe: asks 0 things; allowed: one of exec, grpc, httpGet, tcpSocket"),
    (
        "image: a, readinessProbe: {tcpSocket: {port: 0}}",
        "readinessProbe.tcpSocket.port: 0 is not allowed; allowed: from 1 to 65535, or a port's name",
    ),
    (
        "image: a, startupProbe: {grpc: {port: 1}, periodSeconds: -1}",
        "startupProbe.periodSeconds: -1 is not allowed; allowed: a whole number from 0",
    ),
    (
        "image: a, livenessProbe: {grpc: {port: 1}, successThreshold: 2}",
        "livenessProbe.successThreshold: 2 is not allowed; allowed: 1",
    ),
]


@pytest.mark.parametrize(("fields", "error"), REFUSED)
def test_a_container_of_the_user_is_judged_beside_a_service_and_in_a_pod_of_its_own(
    tmp_path: Path, fields: str, error: str
) -> None:
    container = f"{{name: a, {fields}, {SAFE}}}"
    pod = f"{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{container}]}}}}"
    for overlay, above in (
        (f"services:\n  web: {{sidecars: [{container}]}}", "services.web.sidecars[0]"),
        (f"extraObjects:\n  - {pod}", "extraObjects[0].spec.containers[0]"),
    ):
        assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:2: {above}.{error}"]


CONSTRAINT = "maxSkew: 1, topologyKey: rack, whenUnsatisfiable: ScheduleAnyway"
VALUE = "allowed: a label's value: up to 63 letters, digits, hyphens, underscores and dots"
CONSTRAINTS = [
    (
        f"{{{CONSTRAINT}, labelSelector: {{matchLabels: {{a: b c}}}}}}",
        f"[0].labelSelector.matchLabels.a: 'b c' is not allowed; {VALUE}",
    ),
    (
        f"{{{CONSTRAINT}, labelSelector: {{matchExpressions: [{{key: a, operator: Is}}]}}}}",
        "[0].labelSelector.matchExpressions[0].operator: 'Is' is not allowed; allowed: In, NotIn, Exists, DoesNotExist",
    ),
    (
        f"{{{CONSTRAINT}, labelSelector: {{matchExpressions: [{{key: a, operator: In, values: [b c]}}]}}}}",
        f"[0].labelSelector.matchExpressions[0].values[0]: 'b c' is not allowed; {VALUE}",
    ),
    (
        f"{{{CONSTRAINT}, labelSelector: {{matchLabels: {{a: b}}}}, matchLabelKeys: [a]}}",
        "[0].matchLabelKeys[0]: a is in the labelSelector too; keep one of the two",
    ),
    (
        ", ".join(2 * [f"{{{CONSTRAINT}, labelSelector: {{matchLabels: {{a: b}}}}}}"]),
        "[1].topologyKey: 'rack' has a constraint with ScheduleAnyway already; keep one of the two",
    ),
    (
        "{maxSkew: 1, topologyKey: rack, whenUnsatisfiable: Never, minDomains: 2, labelSelector: {matchLabels: {a: b}}}",
        "[0].whenUnsatisfiable: 'Never' is not allowed; allowed: DoNotSchedule, ScheduleAnyway",
    ),
]


@pytest.mark.parametrize(("constraints", "error"), CONSTRAINTS)
@pytest.mark.parametrize("above", ["services.web", "defaults", "postgres.pooler", "postgres.replication"])
def test_constraints_are_judged_wherever_pods_are_spread(tmp_path: Path, above: str, constraints: str, error: str) -> None:
    """One of each kind is taken."""
    overlay = f"{{spread: {{constraints: [{constraints}]}}}}"
    for step in reversed(above.split(".")):
        overlay = f"{{{step}: {overlay}}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:1: {above}.spread.constraints{error}"]


TWICE = [
    (
        f"container: {{resizePolicy: [{', '.join(2 * ['{resourceName: cpu, restartPolicy: NotRequired}'])}]}}",
        "container.resizePolicy[1].resourceName: 'cpu'",
    ),
    (
        "security: {pod: {sysctls: [{name: net.ipv4.tcp_rmem, value: '1'}, {name: net.ipv4.tcp_rmem, value: '2'}]}}",
        "security.pod.sysctls[1].name: 'net.ipv4.tcp_rmem'",
    ),
]


@pytest.mark.parametrize(("values", "said"), TWICE)
def test_what_kubernetes_takes_once_is_named_once(tmp_path: Path, values: str, said: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": f"services:\n  web: {{{values}}}"}) == [
        f"shop.yaml:2: services.web.{said} is used twice; give each its own"
    ]


REQUESTS = [
    ("port: 65536", "port: 65536 is not allowed; allowed: from 1 to 65535, or a port's name"),
    ("port: 80, scheme: http", "scheme: 'http' is not allowed; allowed: HTTP, HTTPS"),
    (
        "port: 80, httpHeaders: [{name: 'X Shop', value: a}]",
        "httpHeaders[0].name: 'X Shop' is not allowed; allowed: letters, digits and hyphens",
    ),
]


@pytest.mark.parametrize(("request_", "error"), REQUESTS)
@pytest.mark.parametrize(
    ("values", "above"),
    [
        ("lifecycle: {postStart: {httpGet: {REQUEST}}}", "lifecycle.postStart"),
        (
            f"sidecars: [{{name: a, image: b, {SAFE}, lifecycle: {{preStop: {{httpGet: {{REQUEST}}}}}}}}]",
            "sidecars[0].lifecycle.preStop",
        ),
        (f"sidecars: [{{name: a, image: b, {SAFE}, livenessProbe: {{httpGet: {{REQUEST}}}}}}]", "sidecars[0].livenessProbe"),
    ],
)
def test_a_request_of_a_hook_or_probe(tmp_path: Path, values: str, above: str, request_: str, error: str) -> None:
    overlay = f"services:\n  web: {{{values.replace('REQUEST', request_)}}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:2: services.web.{above}.httpGet.{error}"]


OF_CONTAINERS = [
    (
        "resources: {claims: [{name: gpu}]}",
        "resources.claims: a list is not allowed; allowed: none, as the pod has no resourceClaims",
    ),
    (
        "volumeDevices: [{name: a, devicePath: /dev/a}]",
        "volumeDevices: a list is not allowed; allowed: none, as the pod has no volume that is a device",
    ),
    (
        SAFE.replace("{allow", "{runAsUser: -1, allow"),
        "securityContext.runAsUser: -1 is not allowed; allowed: a whole number to 2147483647",
    ),
    (
        SAFE.replace("{allow", "{seccompProfile: {type: Localhost}, allow"),
        ("securityContext.seccompProfile.localhostProfile: is missing; name the file of the node, or set the type RuntimeDefault"),
    ),
    (
        SAFE.replace("{allow", "{appArmorProfile: {type: RuntimeDefault, localhostProfile: a}, allow"),
        "securityContext.appArmorProfile.localhostProfile: is for the type Localhost; remove it, or change the type",
    ),
]


@pytest.mark.parametrize(("fields", "error"), OF_CONTAINERS)
def test_a_container_beside_a_service_that_the_api_refuses(tmp_path: Path, fields: str, error: str) -> None:
    safe = "" if "securityContext" in fields else f", {SAFE}"
    overlay = f"services:\n  web: {{sidecars: [{{name: a, image: b, {fields}{safe}}}]}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:2: services.web.sidecars[0].{error}"]


TARGETS = [
    (
        "Resource, resource: {name: cpu, target: {type: Value, value: 1}}",
        "resource.target.type: 'Value' is not allowed; allowed: Utilization, AverageValue",
    ),
    (
        "Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: '0'}}",
        "pods.target.averageValue: '0' is not allowed; allowed: an amount above 0",
    ),
    ("External, external: {metric: {name: ''}, target: {type: Value, value: '5'}}", "external.metric.name: is missing; add it"),
    *(
        (
            f"Pods, pods: {{metric: {{name: '{name}'}}, target: {{type: AverageValue, averageValue: '1'}}}}",
            f"pods.metric.name: '{name}' is not allowed; allowed: a text without / and %",
        )
        for name in ("a/b", "a%", "..")
    ),
    (
        "Object, object: {describedObject: {kind: Ingress, name: ''}, metric: {name: a}, target: {type: Value, value: 1}}",
        "object.describedObject.name: is missing; add it",
    ),
    (
        "ContainerResource, containerResource: {name: CPU, container: web, target: {type: Utilization, averageUtilization: 5}}",
        "containerResource.name: 'CPU' is not allowed; allowed: cpu, memory, or another resource of containers",
    ),
    (
        "External, external: {metric: {name: a}, target: {type: Value, value: 1, averageValue: 1}}",
        "external.target.averageValue: is beside the type Value; remove it, or change the type",
    ),
    (
        "External, external: {metric: {name: a}, target: {type: Utilization, averageUtilization: 5}}",
        "external.target.type: 'Utilization' is not allowed; allowed: Value, AverageValue",
    ),
]


@pytest.mark.parametrize(("metric", "error"), TARGETS)
def test_a_metric_has_a_name_and_a_target_of_a_type_that_its_source_has(tmp_path: Path, metric: str, error: str) -> None:
    overlay = f"services:\n  web: {{autoscaling: {{metrics: [{{type: {metric}}}]}}}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:2: services.web.autoscaling.metrics[0].{error}"]


CRON_JOB = """\
extraObjects:
  - {apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: "0 3 * * *", timeZone: Local, jobTemplate: {spec:
      {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}
"""


def test_a_time_zone_is_one_that_there_is(tmp_path: Path) -> None:
    catalogue = CATALOGUE + '  nightly: {tier: front, schedule: "0 3 * * *"}\n  hourly: {tier: front, schedule: "0 * * * *"}\n'
    allowed = "allowed: a name of the tz database, such as Europe/Vienna"

    def told(overlay: str) -> list[str]:
        return errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": overlay})

    unknown = f"there is no time zone 'Mars/Base'; {allowed}"
    assert told("services:\n  nightly: {job: {timeZone: Mars/Base}}") == [f"shop.yaml:2: services.nightly.job.timeZone: {unknown}"]
    assert told("defaults:\n  job: {timeZone: Mars/Base}") == [f"shop.yaml:2: defaults.job.timeZone: {unknown}"]
    assert told(CRON_JOB) == [f"shop.yaml:2: extraObjects[0].spec.timeZone: there is no time zone 'Local'; {allowed}"]
    assert told("services:\n  nightly: {job: {timeZone: Europe/Vienna}}") == []


def test_no_two_services_ask_for_one_port_of_the_nodes(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("    needs: [postgres]\n", "    needs: [postgres]\n    public: true\n", 1)
    edge = "networkPolicy: {edge: {cidrs: [192.0.2.0/24]}}\n"
    service = "{service: {type: NodePort, nodePorts: {http: 30080}}}"
    both = f"{edge}services:\n  store: {service}\n  web: {service}\n"

    def told(overlay: str) -> list[str]:
        return errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": overlay})

    path = "services.web.service.nodePorts.http"
    wrong = "has the port 30080 of the nodes already; choose another"
    assert told(both) == [f"shop.yaml:4: {path}: the Service store {wrong}"]
    assert told(both.replace("30080", "30081", 1)) == []
    own = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, ports: [{port: 1, nodePort: 30080}]}}"
    overlay = f"{edge}services:\n  web: {service}\nextraObjects: [{own}]\n"
    assert told(overlay) == [f"shop.yaml:3: {path}: the Service a {wrong}"]


@pytest.mark.helm
@pytest.mark.parametrize(
    ("values", "key", "nature"),
    [
        ("worker: {service: {spec: {sessionAffinity: ClientIP}}}", "worker.service.spec.sessionAffinity", "worker has no port"),
        ("worker: {service: {annotations: {a: b}}}", "worker.service.annotations.a", "worker has no port"),
        ("worker: {service: {nodePorts: {http: 30080}}}", "worker.service.nodePorts.http", "worker has no port"),
        ("queue: {pod: {hostname: a}}", "queue.pod.hostname", "queue has storage"),
        ("queue: {pod: {subdomain: a}}", "queue.pod.subdomain", "queue has storage"),
    ],
)
def test_what_has_no_effect_on_a_service_is_refused_once_in_both_outputs(
    tmp_path: Path, values: str, key: str, nature: str
) -> None:
    """There is no Service without ports, and a StatefulSet names its pods itself."""
    catalogue = CATALOGUE + "  worker: {tier: front}\n  queue: {tier: back, port: 9092, protocol: tcp, storage: {a: /a}}\n"
    overlay = f"services:\n  {values}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:2: services.{key}: is not allowed, as {nature}; remove it"
    ]
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    assert not broken(charted(tmp_path / "catalogue.yaml"), [overlay])
