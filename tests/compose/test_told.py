"""What the Compose file says of what it does not have, and of what is other than on a cluster."""

from __future__ import annotations

import pytest

from tests.compose.engine import Engine
from tests.compose.platforms import composed_text

CATALOGUE = "name: shop\ntiers: [{name: back}]\ncompose: {contexts: ./images}\nservices: {web: {tier: back, port: 80}}\n"
CONFINED = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
OF_NODE = "valueFrom: {fieldRef: {fieldPath: spec.nodeName}}"


def engine(overlay: str, catalogue: str = CATALOGUE) -> Engine:
    return Engine(composed_text(catalogue, overlay).text)


@pytest.mark.parametrize(
    ("web", "told"),
    [
        ("resources: {limits: {nvidia.com/gpu: '1'}}", "the limit of nvidia.com/gpu"),
        ("lifecycle: {postStart: {httpGet: {port: 80}}}", "its hook postStart"),
        ("pod: {runtimeClassName: gvisor}", "runtimeClassName of its pods"),
        ("pod: {dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.1]}}", "dnsPolicy of its pods"),
        ("security: {pod: {seLinuxOptions: {level: s0}}}", "seLinuxOptions of its pods"),
        (f"extraEnv: [{{name: A, {OF_NODE}}}]", "the variable A"),
        ("extraEnvFrom: [{secretRef: {name: a}}]", "the variables of the Secret a"),
        ("extraEnvFrom: [{configMapRef: {name: a}}]", "the variables of the ConfigMap a"),
        (f"sidecars: [{{name: a, image: b, {CONFINED}, readinessProbe: {{exec: {{command: [c]}}}}}}]", "the health of a"),
        (f"initContainers: [{{name: a, image: b, restartPolicy: Always, {CONFINED}}}]", "that a starts before it"),
        (
            f"sidecars: [{{name: a, image: b, {CONFINED}, env: [{{name: A, {OF_NODE}}}]}}]",
            "the variable A, in a",
        ),
    ],
)
def test_what_a_workload_has_on_a_cluster_alone_is_told(web: str, told: str) -> None:
    assert f"web: {told}" in engine(f"services: {{web: {{{web}}}}}").told


def test_how_a_scheduled_run_is_started_is_told_with_the_options_that_the_file_needs() -> None:
    catalogue = CATALOGUE.replace("port: 80", "schedule: '0 3 * * *'")
    (told,) = engine("{}", catalogue).told
    assert told == "web runs at `0 3 * * *` on a cluster; here with `run --rm web` in place of `up --wait`"


def test_a_pause_before_the_end_is_nothing_to_tell() -> None:
    """On a cluster it lets all nodes learn of the end; here connections go to the container itself."""
    assert engine("{}").told == []


@pytest.mark.parametrize(
    ("labels", "is_pod"),
    [("app.kubernetes.io/name: web", False), ("app.kubernetes.io/name: other", False), ("a: b", True)],
)
def test_a_workload_among_the_objects_of_users_is_told_and_is_none_of_the_platform(labels: str, is_pod: bool) -> None:
    security = "runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}"
    pod = f"{{containers: [{{name: a, image: theirs, {CONFINED.replace('{allow', f'{{{security}, allow')}}}]}}"
    template = f"spec: {{selector: {{matchLabels: {{{labels}}}}}, template: {{metadata: {{labels: {{{labels}}}}}, spec: {pod}}}}}"
    kind, spec, version = ("Pod", f"spec: {pod}", "v1") if is_pod else ("Deployment", template, "apps/v1")
    found = engine(f"extraObjects: [{{apiVersion: {version}, kind: {kind}, metadata: {{name: mine}}, {spec}}}]")
    assert f"{kind} mine of extraObjects is not here" in found.told
    assert {name: one["image"] for name, one in found.services.items()} == {
        "web": "shop/web:0.1.0", "web-prober": "curlimages/curl:8.11.1",
    }  # fmt: skip


def test_an_image_with_a_digest_is_not_built() -> None:
    """What is built has another digest."""
    assert engine("{}").services["web"]["build"] == "./images/web"
    pinned = engine(f"services: {{web: {{image: {{digest: 'sha256:{'a' * 64}'}}}}}}").services["web"]
    assert "build" not in pinned
    assert "develop" not in pinned


def test_who_has_no_health_has_started_when_its_port_takes_connections_as_for_a_gate() -> None:
    catalogue = CATALOGUE.replace("port: 80", "port: 80, health: none").replace("}}\n", "}, next: {tier: back, needs: [web]}}\n")
    services = engine("{}", catalogue).services
    assert "web-prober" not in engine("{}", catalogue.replace(", needs: [web]", "")).services
    assert services["next"]["depends_on"] == {"web-prober": {"condition": "service_healthy"}}
    assert services["web-prober"]["healthcheck"]["test"][3].startswith("curl -s -m 2 telnet://web:80 ")


@pytest.mark.parametrize(
    ("limit", "memory"), [("16Mi", "16m"), ("6Mi", "6m"), ("4Mi", "6m"), ("1.5Gi", "1536m"), ("100M", "100000000b")]
)
def test_no_limit_of_memory_is_less_than_docker_takes(limit: str, memory: str) -> None:
    overlay = (
        f"services: {{web: {{resources: {{requests: {{memory: 4Mi}}, limits: {{memory: {limit}}}}}}}}}\n"
        "namespace: {limitRange: {enabled: false}}"
    )
    assert engine(overlay).services["web"]["deploy"]["resources"]["limits"]["memory"] == memory


def test_what_is_written_twice_is_said_once() -> None:
    """The specification refuses lists in which something is twice."""
    twice = "{ip: 10.0.0.1, hostnames: [a, a]}, {ip: 10.0.0.1, hostnames: [a]}"
    option = "{name: ndots, value: '2'}"
    web = engine(
        "services: {web: {security: {addCapabilities: [NET_BIND_SERVICE, NET_BIND_SERVICE], pod: {supplementalGroups: [7, 7]}}, "
        f"pod: {{hostAliases: [{twice}], dnsConfig: {{nameservers: [10.0.0.1, 10.0.0.1], options: [{option}, {option}]}}}}}}}}"
    ).services["web"]
    assert (web["cap_add"], web["group_add"], web["extra_hosts"]) == (["NET_BIND_SERVICE"], ["7"], ["a:10.0.0.1"])
    assert (web["dns"], web["dns_opt"]) == (["10.0.0.1"], ["ndots:2"])
