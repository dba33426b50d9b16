"""Each mistake is one error: none that only follows from another one, and none that is told several times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

EDGE = "networkPolicy: {edge: {cidrs: [0.0.0.0/0]}}\n"
PUBLIC = (
    CATALOGUE.replace("    needs: [postgres]\n", "    needs: [postgres]\n    public: true\n")
    + """\
  third: {tier: front, port: 80, protocol: grpc, public: true}
  fourth: {tier: front, port: 80, protocol: tcp, public: true}
"""
)
"""The shop, whose services are all public and speak HTTP, HTTP, gRPC and something else."""

TAKEN = "the Service store has the port 30080 of the nodes already; choose another"

# (values of the Services of all services, their error)
NODE_PORTS = [
    ("{nodePorts: {http: 30080}}", "nodePorts: a ClusterIP has no ports of nodes; remove it, or change service.type"),
    (
        "{type: NodePort, nodePorts: {htp: 30080}}",
        "nodePorts.htp: the Service has no port `htp`; did you mean http? allowed: http",
    ),
]


@pytest.mark.parametrize(("service", "error"), NODE_PORTS)
def test_ports_of_nodes_that_are_wrong_for_all_services_are_told_once(tmp_path: Path, service: str, error: str) -> None:
    overlay = f"{EDGE}defaults: {{service: {service}}}"
    assert errors(tmp_path, catalogue=PUBLIC, overlays={"a.yaml": overlay}) == [f"a.yaml:2: defaults.service.{error}"]


def test_a_port_of_the_nodes_that_several_services_would_have_is_told_once(tmp_path: Path) -> None:
    public = PUBLIC.replace(", protocol: grpc", "").replace(", protocol: tcp", "")
    overlay = f"{EDGE}defaults: {{service: {{type: NodePort, nodePorts: {{http: 30080}}}}}}"
    assert errors(tmp_path, catalogue=public, overlays={"a.yaml": overlay}) == [
        f"a.yaml:2: defaults.service.nodePorts.http: {TAKEN}"
    ]


def test_a_port_of_nodes_is_nothing_that_a_cluster_ip_of_ones_own_can_have(tmp_path: Path) -> None:
    service = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, nodePort: 30080}]}}"
    overlay = f"{EDGE}extraObjects: [{service}]\nservices: {{web: {{service: {{type: NodePort, nodePorts: {{http: 30080}}}}}}}}"
    wrong = "is for a NodePort or LoadBalancer, and this is a ClusterIP; remove it"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:2: extraObjects[0].spec.ports[0].nodePort: {wrong}"]


SAFE = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
NATIVE = f"sidecars: [{{name: a, image: 'a:1', restartPolicy: Always, {SAFE}}}]"


def test_a_native_sidecar_in_the_wrong_list_of_a_job_is_told_where_it_belongs(tmp_path: Path) -> None:
    catalogue = f"{CATALOGUE}  job: {{tier: back, run: once}}\n"
    assert errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": f"services: {{job: {{{NATIVE}}}}}"}) == [
        (
            "a.yaml:1: services.job.sidecars: a run of job would never end, as they go on; "
            "move them to initContainers, with restartPolicy: Always; or set services.job.sidecars to []"
        )
    ]
    assert errors(tmp_path, overlays={"a.yaml": f"services: {{web: {{{NATIVE}}}}}"}) == [
        "a.yaml:1: services.web.sidecars[0].restartPolicy: is for initContainers alone; remove it, or move the container there"
    ]


IN_THE_VALUES = "belongs in the values, not in the catalogue; move it to services.web.image of values.yaml"

# (what takes the place of `public: true` of web, the error)
KEYS = [
    # what is misspelt may be what something else goes by: another address, another need
    ("public: {hosts: www}", "public.hosts: unknown key; did you mean host? allowed: host, path"),
    ("public: {pth: /web}", "public.pth: unknown key; did you mean path? allowed: host, path"),
    ("public: {host: www}\n    ports: {admin: {prt: 81}}", "ports.admin.prt: unknown key; did you mean port? "),
    ("public: {host: www}\n    files: {/a: {sorce: a.txt}}", "files['/a'].sorce: unknown key; did you mean source? "),
    # a key that is missing, and one that is another file's
    ("public: {host: www}\n    image: {tag: '1'}", f"image: {IN_THE_VALUES}"),
    ("public: {host: www}\n    image: {repository: a, tag: '1'}", f"image: {IN_THE_VALUES}"),
    ("public: {host: www}\n    image: {off: store}", "image: the key `off` is no text; write it in quotes"),
    ("public: {host: www}\n    image: {o: store}", "image.o: unknown key; did you mean of? allowed: of"),
]


@pytest.mark.parametrize(("entry", "error"), KEYS)
def test_a_wrong_key_is_one_error_whatever_would_follow_from_it(tmp_path: Path, entry: str, error: str) -> None:
    catalogue = CATALOGUE.replace("  store:\n", "  store:\n    public: true\n").replace(
        "    public: true\n    needs: [postgres, s", f"    {entry}\n    needs: [postgres, s"
    )
    (told,) = errors(tmp_path, catalogue=catalogue)
    assert f": services.web.{error}" in told


def test_a_misspelt_list_of_needs_is_no_error_of_what_goes_by_it(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [postgres, store]\n", "need: [postgres, store]\n").replace("hello", "'${store.url}'")
    (told,) = errors(tmp_path, catalogue=catalogue)
    assert told.startswith("catalogue.yaml:21: services.web.need: unknown key; did you mean needs? ")


def test_what_a_merged_mapping_would_bring_is_no_second_error(tmp_path: Path) -> None:
    """Compose files share entries so."""
    merged = """\
  mirror:
    <<: *web
    environment: {STORE: "${store.url}"}
  reader: {tier: front, needs: [mirror], environment: {MIRROR: "${mirror.url}"}}
"""
    assert errors(tmp_path, catalogue=CATALOGUE.replace("  web:\n", "  web: &web\n") + merged) == [
        "catalogue.yaml:26: services.mirror: `<<` merges a mapping; write the entries out"
    ]


def test_what_is_missing_beside_a_key_of_the_other_file_is_told_too(tmp_path: Path) -> None:
    told = errors(tmp_path, catalogue=CATALOGUE.replace("    tier: front\n", "    replicas: 2\n"))
    assert [one.partition("; ")[0] for one in told] == [
        "catalogue.yaml:17: services.web.tier: is missing",
        "catalogue.yaml:18: services.web.replicas: belongs in the values, not in the catalogue",
    ]


@pytest.mark.parametrize(("schedule", "said"), [("x", "'x' has 1 field"), ("0 3", "'0 3' has 2 fields"), ("", "'' has 0 fields")])
def test_one_field_is_one_field(tmp_path: Path, schedule: str, said: str) -> None:
    (told,) = errors(tmp_path, catalogue=f"{CATALOGUE}  job: {{tier: back, schedule: '{schedule}'}}\n")
    assert told.startswith(f"catalogue.yaml:25: services.job.schedule: {said}; ")


def test_a_word_for_run_that_there_is_not_says_nothing_of_the_port(tmp_path: Path) -> None:
    """Whoever writes `run: always` means no job, and should not remove the port."""
    assert errors(tmp_path, catalogue=CATALOGUE.replace("    public: true\n", "    public: true\n    run: always\n")) == [
        "catalogue.yaml:21: services.web.run: 'always' is not allowed; allowed: once"
    ]


def test_a_family_that_is_named_twice_is_not_two_families(tmp_path: Path) -> None:
    spec = "{ipFamilies: [IPv4, IPv4], ipFamilyPolicy: SingleStack}"
    assert errors(tmp_path, overlays={"a.yaml": f"services: {{web: {{service: {{spec: {spec}}}}}}}"}) == [
        "a.yaml:1: services.web.service.spec.ipFamilies: a list is not allowed; allowed: IPv4, IPv6, each once"
    ]


QUOTE = "5 is not allowed; allowed: a label's value: up to 63 letters, digits, hyphens, underscores and dots, so put it in quotes"
NUMBERS = [
    ("tolerations: [{key: a, operator: Gt, value: 5}]", "tolerations[0].value"),
    (
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
            "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: [5]}]}]}}}"
        ),
        ("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[0]"),
    ),
]


@pytest.mark.parametrize(("placement", "path"), NUMBERS)
@pytest.mark.parametrize("above", ["defaults", "services.web", "postgres"])
def test_a_number_that_is_compared_and_is_no_text_is_one_error(tmp_path: Path, above: str, placement: str, path: str) -> None:
    """And no traceback: what is wrong by itself, no rule reads."""
    overlay = f"{{placement: {{{placement}}}}}"
    for step in reversed(above.split(".")):
        overlay = f"{{{step}: {overlay}}}"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {above}.placement.{path}: {QUOTE}"]
