"""What users add to pods and Services as Kubernetes writes it: where it comes, in both outputs, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.shop import CATALOGUE, errors, rendered

SAFE = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
EVERYTHING = f"""\
services:
  web:
    extraEnvFrom: [{{secretRef: {{name: own}}}}, {{prefix: "A_", configMapRef: {{name: own, optional: true}}}}]
    initContainers:
      - {{name: fetch, image: "acme/fetch:1", args: ["{{{{ x }}}}", "$(PORT)"], {SAFE}}}
      - {{name: proxy, image: "acme/proxy:1", restartPolicy: Always, startupProbe: {{exec: {{command: [ready]}}}}, {SAFE}}}
    sidecars: [{{name: logs, image: "acme/logs:1", volumeMounts: [{{name: tmp, mountPath: /var/log}}], {SAFE}}}]
    container: {{workingDir: "/app/{{{{x}}}}", tty: true, terminationMessagePolicy: FallbackToLogsOnError}}
    lifecycle: {{postStart: {{exec: {{command: [warm]}}}}}}
    pod:
      hostAliases: [{{ip: 192.0.2.1, hostnames: [db.example]}}]
      dnsConfig: {{options: [{{name: ndots, value: "2"}}]}}
      runtimeClassName: gvisor
      setHostnameAsFQDN: true
    service: {{labels: {{team: shop}}, spec: {{sessionAffinity: ClientIP, ipFamilyPolicy: PreferDualStack}}}}
"""


def pod(folder: Path, overlay: str = EVERYTHING, catalogue: str = CATALOGUE) -> Any:
    return rendered(folder, overlay, catalogue).get("Deployment", "web")["spec"]["template"]["spec"]


def test_further_init_containers_come_after_the_gates_and_before_the_steps(tmp_path: Path) -> None:
    """So that a step can use what they fetch, or the proxy that goes on; and gates ask for what they need too."""
    catalogue = CATALOGUE.replace("public: true", "public: true\n    prepare: [[migrate]]")
    names = [one["name"] for one in pod(tmp_path, catalogue=catalogue)["initContainers"]]
    assert names == ["wait-for-data", "wait-for-back", "fetch", "proxy", "prepare-1"]


def test_a_service_that_waits_for_nothing_can_have_init_containers(tmp_path: Path) -> None:
    catalogue = "name: shop\ntiers: [{name: only}]\nservices: {web: {tier: only, port: 80}}\n"
    assert [one["name"] for one in pod(tmp_path, catalogue=catalogue)["initContainers"]] == ["fetch", "proxy"]


def test_sidecars_are_beside_the_program_which_stays_the_first(tmp_path: Path) -> None:
    assert [one["name"] for one in pod(tmp_path)["containers"]] == ["web", "logs"]


def test_the_pieces_are_where_kubernetes_has_them(tmp_path: Path) -> None:
    values, made = yaml.safe_load(EVERYTHING)["services"]["web"], pod(tmp_path)
    program = made["containers"][0]
    assert values["pod"].items() <= made.items()
    assert values["container"].items() <= program.items()
    assert program["envFrom"] == values["extraEnvFrom"]
    assert program["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}, **values["lifecycle"]}


def test_steps_before_the_program_get_the_variables_of_the_sources_too(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("public: true", "public: true\n    prepare: [[migrate]]")
    made = pod(tmp_path, catalogue=catalogue)
    assert made["initContainers"][-1]["envFrom"] == made["containers"][0]["envFrom"]


def test_the_fields_and_labels_of_the_service_are_in_its_service(tmp_path: Path) -> None:
    made = rendered(tmp_path, EVERYTHING).get("Service", "web")
    assert made["metadata"]["labels"]["team"] == "shop"
    assert made["metadata"]["labels"]["app.kubernetes.io/name"] == "web"
    assert (made["spec"]["sessionAffinity"], made["spec"]["ipFamilyPolicy"]) == ("ClientIP", "PreferDualStack")


def test_a_hook_of_the_user_takes_the_place_of_the_pause(tmp_path: Path) -> None:
    overlay = "services: {web: {lifecycle: {preStop: {exec: {command: [drain]}}}}}"
    assert pod(tmp_path, overlay)["containers"][0]["lifecycle"] == {"preStop": {"exec": {"command": ["drain"]}}}


def test_a_service_without_a_port_has_the_hooks_of_the_user_alone(tmp_path: Path) -> None:
    catalogue = "name: shop\ntiers: [{name: only}]\nservices: {web: {tier: only}}\n"
    assert "lifecycle" not in pod(tmp_path, "", catalogue)["containers"][0]
    overlay = "services: {web: {lifecycle: {postStart: {exec: {command: [warm]}}}}}"
    assert pod(tmp_path, overlay, catalogue)["containers"][0]["lifecycle"] == {"postStart": {"exec": {"command": ["warm"]}}}


def test_what_a_service_says_is_laid_over_the_defaults_and_null_gives_these(tmp_path: Path) -> None:
    defaults = "defaults: {pod: {runtimeClassName: kata, schedulerName: mine}}\n"
    assert (
        pod(tmp_path, defaults + "services: {web: {pod: {runtimeClassName: gvisor}}}").items()
        >= {
            "runtimeClassName": "gvisor",
            "schedulerName": "mine",
        }.items()
    )
    assert pod(tmp_path, defaults + "services: {web: {pod: {runtimeClassName: ~}}}")["runtimeClassName"] == "kata"


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "",
        EVERYTHING,
        EVERYTHING.replace("services:\n  web:", "defaults:\n ").replace("\n    ", "\n  "),
        "defaults: {pod: {runtimeClassName: kata}}\nservices: {web: {pod: {runtimeClassName: ~, hostUsers: false}}}",
        "services: {web: {lifecycle: {preStop: {sleep: {seconds: 9}}}, pod: ~, container: {stdin: ~}}}",
        'services: {web: {env: {A: "$(OWN)"}, extraEnvFrom: [{secretRef: {name: own}}]}}',
        'services: {web: {env: {A: "$(OWN)"}}}',
        "services: {web: {pod: {hostNetwork: true}}}",
        "services: {web: {service: {labels: {app.kubernetes.io/name: store}}}}",
    ],
)
def test_the_chart_has_the_same(tmp_path: Path, overlay: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    assert not broken(charted(tmp_path / "catalogue.yaml"), [overlay])


def test_a_variable_may_refer_to_one_whose_name_only_the_cluster_knows(tmp_path: Path) -> None:
    overlay = 'services:\n  web:\n    env: {A: "$(OWN)"}\n    extraEnvFrom: [{secretRef: {name: own}}]'
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == []
    (told,) = errors(tmp_path, overlays={"shop.yaml": overlay.rpartition("\n")[0]})
    assert told.startswith("shop.yaml:3: services.web.env.A: ")


STANDARD = "allowed, by the Pod Security Standard of the namespace:"
CONTAINER = "is not allowed; allowed: a name of up to 63 lower-case letters, digits and hyphens"
ONGOING = "is for containers that go on, but this one ends first; remove it, or set restartPolicy: Always"


def added(fields: str, context: str = SAFE) -> str:
    return f"sidecars: [{{name: a, image: b, {context}, {fields}}}]"


def within(context: str, drop: str = "drop: [ALL]") -> str:
    """A sidecar with more in its security context."""
    whole = f"{{allowPrivilegeEscalation: false, capabilities: {{{drop}}}{context}}}"
    return f"sidecars: [{{name: a, image: a, securityContext: {whole}}}]"


def first(fields: str) -> str:
    return f"initContainers: [{{name: a, image: b, {SAFE}, {fields}}}]"


# what the values of web say, and the error
WRONG = [
    (
        f"sidecars: [{{name: web, image: a, {SAFE}}}]",
        "sidecars[0].name: web has the container web already; name each container once",
    ),
    (
        f"initContainers: [{{name: a, image: a, {SAFE}}}], sidecars: [{{name: a, image: a, {SAFE}}}]",
        "sidecars[0].name: web has the container a already; name each container once",
    ),
    (
        f"initContainers: [{{name: wait-for-me, image: a, {SAFE}}}]",
        "initContainers[0].name: the platform's own containers have such names; choose another name",
    ),
    (
        f"sidecars: [{{name: prepare-7, image: a, {SAFE}}}]",
        "sidecars[0].name: the platform's own containers have such names; choose another name",
    ),
    ("sidecars: [{name: a}]", "sidecars[0].image: is missing; allowed: text"),
    (f"sidecars: [{{name: A, image: a, {SAFE}}}]", f"sidecars[0].name: 'A' {CONTAINER}"),
    (added("imagePolicy: x"), "sidecars[0].imagePolicy: unknown key; did you mean imagePullPolicy?"),
    (
        added("ports: [{containerPort: 0}]"),
        "sidecars[0].ports[0].containerPort: 0 is not allowed; allowed: a whole number from 1 to",
    ),
    (added("ports: [{containerPort: 1, hostPort: 1}]"), f"sidecars[0].ports[0].hostPort: 1 is not allowed; {STANDARD} none"),
    (
        added("ports: [{containerPort: 1}, {containerPort: 1}]"),
        "sidecars[0].ports[1].containerPort: 1 is used twice; give each its own",
    ),
    (added("env: [{name: A=B}]"), "sidecars[0].env[0].name: 'A=B' is not allowed; allowed: printable ASCII characters but ="),
    (added("envFrom: [{}]"), "sidecars[0].envFrom[0]: names 0 sources; allowed: one of configMapRef, secretRef"),
    (
        added("volumeMounts: [{name: tpm, mountPath: /a}]"),
        "sidecars[0].volumeMounts[0].name: the pod has no volume `tpm`; did you mean tmp? allowed: tmp, startup-gate",
    ),
    (
        added("volumeMounts: [{name: tmp, mountPath: /a}, {name: tmp, mountPath: /a}]"),
        "sidecars[0].volumeMounts[1].mountPath: '/a' is used twice; give each its own",
    ),
    (
        added("resources: {requests: {cpu: 2}, limits: {cpu: '1'}}"),
        "sidecars[0].resources.requests.cpu: the request 2 is above the limit 1; lower the request, or raise the limit",
    ),
    (
        added("restartPolicy: Always"),
        "sidecars[0].restartPolicy: is for initContainers alone; remove it, or move the container there",
    ),
    (
        first("restartPolicy: Never"),
        "initContainers[0].restartPolicy: 'Never' is not allowed; allowed: Always, to go on beside the program",
    ),
    (first("livenessProbe: {exec: {command: [a]}}"), f"initContainers[0].livenessProbe: {ONGOING}"),
    (first("lifecycle: {preStop: {sleep: {seconds: 1}}}"), f"initContainers[0].lifecycle: {ONGOING}"),
    (
        added("lifecycle: {preStop: {}}"),
        "sidecars[0].lifecycle.preStop: names 0 things to do; allowed: one of exec, httpGet, sleep",
    ),
    # the Pod Security Standard
    (
        "sidecars: [{name: a, image: a, securityContext: {capabilities: {drop: [ALL]}}}]",
        f"sidecars[0].securityContext.allowPrivilegeEscalation: is missing; {STANDARD} false",
    ),
    (
        "initContainers: [{name: a, image: a, securityContext: {allowPrivilegeEscalation: false}}]",
        f"initContainers[0].securityContext.capabilities.drop: is missing; {STANDARD} a list with ALL in it",
    ),
    *(
        (within(f", {said}"), f"sidecars[0].securityContext.{error}")
        for said, error in (
            ("privileged: true", f"privileged: true is not allowed; {STANDARD} false"),
            ("runAsNonRoot: false", f"runAsNonRoot: false is not allowed; {STANDARD} true"),
            ("runAsUser: 0", f"runAsUser: 0 is not allowed; {STANDARD} a user that is not root"),
            ("procMount: Unmasked", f"procMount: 'Unmasked' is not allowed; {STANDARD} Default"),
            (
                "seccompProfile: {type: Unconfined}",
                f"seccompProfile.type: 'Unconfined' is not allowed; {STANDARD} RuntimeDefault, Localhost",
            ),
            (
                "appArmorProfile: {type: Unconfined}",
                f"appArmorProfile.type: 'Unconfined' is not allowed; {STANDARD} RuntimeDefault, Localhost",
            ),
            (
                "seLinuxOptions: {type: spc_t}",
                (
                    f"seLinuxOptions.type: 'spc_t' is not allowed; {STANDARD} "
                    "container_t, container_init_t, container_kvm_t, container_engine_t"
                ),
            ),
            ("seLinuxOptions: {user: a}", f"seLinuxOptions.user: 'a' is not allowed; {STANDARD} none"),
            ("windowsOptions: {hostProcess: true}", f"windowsOptions.hostProcess: true is not allowed; {STANDARD} false"),
        )
    ),
    (
        within("", "drop: [ALL], add: [SYS_TIME]"),
        f"sidecars[0].securityContext.capabilities.add[0]: 'SYS_TIME' is not allowed; {STANDARD} NET_BIND_SERVICE",
    ),
    (
        added("readinessProbe: {httpGet: {host: 192.0.2.1, port: 80}}"),
        f"sidecars[0].readinessProbe.httpGet.host: '192.0.2.1' is not allowed; {STANDARD} none, which is the pod itself",
    ),
    # further fields
    (
        "extraEnvFrom: [{secretRef: {name: A}}]",
        "extraEnvFrom[0].secretRef.name: 'A' is not allowed; allowed: the name of a Kubernetes",
    ),
    ("extraEnvFrom: [{prefix: a=, secretRef: {name: a}}]", "extraEnvFrom[0].prefix: 'a=' is not allowed; allowed: printable ASCII"),
    ("pod: {hostNetwork: true}", "pod.hostNetwork: unknown key; "),
    ("pod: {dnsPolicy: Default}", "pod.dnsPolicy: 'Default' is not allowed; allowed: ClusterFirst, None"),
    (
        "pod: {dnsPolicy: None}",
        "pod.dnsConfig.nameservers: is missing; name the servers, as dnsPolicy: None leaves the pods without any",
    ),
    ("pod: {dnsConfig: {nameservers: [a]}}", "pod.dnsConfig.nameservers: a list is not allowed; allowed: up to 3 IP addresses"),
    ("pod: {dnsConfig: {searches: ['a b']}}", "pod.dnsConfig.searches: a list is not allowed; allowed: up to 32 domains"),
    ("pod: {dnsConfig: {servers: []}}", "pod.dnsConfig.servers: unknown key; "),
    (
        "pod: {hostAliases: [{ip: 192.0.2, hostnames: [a]}]}",
        "pod.hostAliases[0].ip: '192.0.2' is not allowed; allowed: an IP address",
    ),
    ("pod: {hostAliases: [{ip: 192.0.2.1}]}", "pod.hostAliases[0].hostnames: is missing; add it"),
    ("pod: {readinessGates: [{conditionType: ''}]}", "pod.readinessGates[0].conditionType: is missing; add it"),
    ("container: {image: a}", "container.image: unknown key; "),
    ("container: {tty: 1}", "container.tty: 1 is not allowed; allowed: true or false"),
    (
        "container: {resizePolicy: [{resourceName: disk, restartPolicy: NotRequired}]}",
        "container.resizePolicy[0].resourceName: 'disk' is not allowed; allowed: cpu, memory",
    ),
    ("lifecycle: {postStart: {}}", "lifecycle.postStart: names 0 things to do; allowed: one of exec, httpGet, sleep"),
    ("lifecycle: {postStart: {exec: {}}}", "lifecycle.postStart.exec.command: is missing; add it"),
    (
        "lifecycle: {preStop: {sleep: {seconds: 0}}}",
        "lifecycle.preStop.sleep.seconds: 0 is not allowed; allowed: a whole number from 1",
    ),
    (
        "lifecycle: {preStop: {httpGet: {port: 80, host: a.example}}}",
        f"lifecycle.preStop.httpGet.host: 'a.example' is not allowed; {STANDARD} none, which is the pod itself",
    ),
    ("lifecycle: {preStop: {httpGet: {port: nope}}}", "lifecycle.preStop.httpGet.port: web has no port `nope`; allowed: http"),
    (
        "lifecycle: {postStart: {httpGet: {port: htp}}}",
        "lifecycle.postStart.httpGet.port: web has no port `htp`; did you mean http?",
    ),
    (
        added("ports: [{containerPort: 80, name: a}], lifecycle: {preStop: {httpGet: {port: b}}}"),
        "sidecars[0].lifecycle.preStop.httpGet.port: a has no port `b`; allowed: a",
    ),
    *(
        (
            added(f"{probe}: {{{kind}: {{port: http}}}}"),
            f"sidecars[0].{probe}.{kind}.port: a has no port `http`; allowed: none, as there is none",
        )
        for probe, kind in (("livenessProbe", "httpGet"), ("readinessProbe", "tcpSocket"), ("startupProbe", "httpGet"))
    ),
    (
        "service: {spec: {loadBalancerClass: a/b}}",
        "service.spec.loadBalancerClass: is for a LoadBalancer, and this is a ClusterIP; remove it, or change service.type",
    ),
    (
        "service: {spec: {sessionAffinityConfig: {clientIP: {timeoutSeconds: 1}}}}",
        "service.spec.sessionAffinityConfig: is set without an affinity; set sessionAffinity: ClientIP, or remove it",
    ),
    (
        "service: {spec: {ipFamilies: [IPv4, IPv4]}}",
        "service.spec.ipFamilies: a list is not allowed; allowed: IPv4, IPv6, each once",
    ),
    (
        "service: {spec: {trafficDistribution: Near}}",
        "service.spec.trafficDistribution: 'Near' is not allowed; allowed: PreferClose, PreferSameNode, PreferSameZone",
    ),
    (
        "service: {spec: {trafficDistribution: ''}}",
        "service.spec.trafficDistribution: '' is not allowed; allowed: PreferClose, PreferSameNode, PreferSameZone",
    ),
    (
        (
            "spread: {constraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: '', "
            "labelSelector: {matchLabels: {a: b}}}]}"
        ),
        "spread.constraints[0].nodeTaintsPolicy: '' is not allowed; allowed: Honor, Ignore",
    ),
    ("service: {spec: {externalIPs: [192.0.2.1]}}", "service.spec.externalIPs: unknown key; "),
    (
        "service: {labels: {app.kubernetes.io/name: a}}",
        "service.labels['app.kubernetes.io/name']: policies, selectors or controllers go by app.kubernetes.io/name; ",
    ),
]


@pytest.mark.parametrize(("values", "error"), WRONG)
def test_what_kubernetes_would_refuse_is_an_error_with_its_line(tmp_path: Path, values: str, error: str) -> None:
    (told,) = errors(tmp_path, overlays={"shop.yaml": f"services:\n  web: {{{values}}}"})
    assert told.startswith(f"shop.yaml:2: services.web.{error}")


@pytest.mark.parametrize("port", ["http", "3000", "9"])
def test_a_hook_may_ask_a_port_by_its_name_or_any_by_its_number(tmp_path: Path, port: str) -> None:
    overlay = f"services: {{web: {{lifecycle: {{preStop: {{httpGet: {{port: {port}}}}}}}}}}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == []


def test_an_error_of_the_defaults_is_told_once_where_it_is_written(tmp_path: Path) -> None:
    overlay = "defaults:\n  pod:\n    dnsConfig: {nameservers: [a]}\nservices: {web: {pod: {hostname: web}}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [
        "shop.yaml:3: defaults.pod.dnsConfig.nameservers: a list is not allowed; allowed: up to 3 IP addresses"
    ]


def test_a_sidecar_of_a_run_is_refused_as_the_run_would_never_end(tmp_path: Path) -> None:
    catalogue = CATALOGUE + '  nightly: {tier: front, schedule: "0 3 * * *"}\n'
    overlay = f"services:\n  nightly:\n    sidecars: [{{name: a, image: a, {SAFE}}}]"
    wrong = "a run of nightly would never end, as they go on"
    way_out = "move them to initContainers, with restartPolicy: Always; or set services.nightly.sidecars to []"
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:3: services.nightly.sidecars: {wrong}; {way_out}"
    ]


def needed(folder: Path, containers: str) -> str:
    """The CPU that a quota must allow where web has these containers beside its own."""
    quota = "namespace: {quota: {enabled: true, hard: {requests.cpu: 1m}}}\n"
    (told,) = errors(folder, overlays={"shop.yaml": f"{quota}services: {{web: {{{containers}}}}}"})
    return told.partition("but 1m is allowed; allow ")[2].partition(" at least")[0]


def test_a_quota_counts_what_goes_on_beside_the_program_and_of_the_rest_what_is_larger(tmp_path: Path) -> None:
    container = f"{{name: a, image: a, resources: {{requests: {{cpu: 500m}}}}, {SAFE}, restartPolicy: POLICY}}"
    ongoing, ending = container.replace("POLICY", "Always"), container.replace("POLICY", '""')
    beside = needed(tmp_path, f"sidecars: [{ending}]")
    # The pods of web, two in a rollout, ask for 550m each in place of 50m; for 500m where the container ends before the program.
    assert (needed(tmp_path, ""), beside) == ("310m", "1310m")
    assert needed(tmp_path, f"initContainers: [{ongoing}]") == beside
    assert needed(tmp_path, f"initContainers: [{ending}]") == "1210m"
